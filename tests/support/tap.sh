# Shell side of a test script: one "ok" or "not ok" line a case, a scratch folder, and an end that takes every
# process and file with it. Source it first; call `finish` last.
set -uo pipefail

: "${H2_SOURCE_DIR:=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}"
: "${H2_BUILD_DIR:=$H2_SOURCE_DIR/build}"
H2=$H2_BUILD_DIR/h2
scratch=$(mktemp -d "${TMPDIR:-/tmp}/h2-test.XXXXXX")
children=()
failures=0

cleanup() {
    local pid
    for pid in "${children[@]}"; do
        kill -KILL "$pid" 2>/dev/null
    done
    wait 2>/dev/null
    rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

ok() {
    echo "ok $*"
}

not_ok() {
    echo "not ok $*"
    failures=$((failures + 1))
}

skip_all() {
    echo "ok # SKIP $*"
    exit 77
}

# Shows the end of a file as a remark.
explain() {
    tail -n "${2:-20}" "$1" 2>/dev/null | sed 's/^/#   /'
}

# check NAME COMMAND...: passes when the command does.
check() {
    local name=$1
    shift
    if "$@" >"$scratch/check.log" 2>&1; then
        ok "$name"
    else
        not_ok "$name"
        explain "$scratch/check.log"
    fi
}

# equal NAME EXPECTED ACTUAL
equal() {
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1"
        echo "#   expected: $2"
        echo "#   actual:   $3"
    fi
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
    local tries=$(($1 * 20))
    shift
    while ! "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.05
    done
}

# pick_port: a free loopback port below the range that the kernel hands out itself.
pick_port() {
    local port
    while :; do
        port=$((10000 + RANDOM % 20000))
        if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo $port
            return
        fi
    done
}

port_open() {
    (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

finish() {
    [ "$failures" -eq 0 ]
    exit
}
