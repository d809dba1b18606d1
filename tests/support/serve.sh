# Starts and stops `h2 serve` for a test script; needs tap.sh. Sets http, https (URLs without a slash at the end)
# and serve_pid.
[ -x "$H2" ] || skip_all "no command in $H2_BUILD_DIR"

# Sanitized programs run a tenth of the amounts.
scale=1
[ -z "${H2_SANITIZE:-}" ] || scale=10

# start_serve [OPTION]... ROOT
start_serve() {
    : >"$scratch/serve.out"
    "$H2" serve --host 127.0.0.1 --port 0 --tls-port 0 "$@" >"$scratch/serve.out" 2>"$scratch/serve.err" &
    serve_pid=$!
    children+=("$serve_pid")
    if ! wait_for 20 grep -q 'https://' "$scratch/serve.out"; then
        not_ok "h2 serve says where it listens"
        explain "$scratch/serve.out"
        explain "$scratch/serve.err"
        finish
    fi
    http=$(head -n 2 "$scratch/serve.out" | grep -oE 'http://[0-9.]+:[0-9]+' | head -n 1)
    https=$(head -n 2 "$scratch/serve.out" | grep -oE 'https://[0-9.]+:[0-9]+' | head -n 1)
}

# SIGTERM: the server finishes and ends with 0, without a word from a sanitizer.
stop_serve() {
    local code=0
    kill -TERM "$serve_pid" 2>/dev/null
    if ! wait_for 20 gone "$serve_pid"; then
        not_ok "h2 serve ends after SIGTERM"
        kill -KILL "$serve_pid"
    fi
    wait "$serve_pid" || code=$?
    equal "h2 serve ends with 0 after SIGTERM" 0 "$code"
    if [ "$code" -ne 0 ] || grep -qE 'Sanitizer|runtime error' "$scratch/serve.err"; then
        not_ok "h2 serve has nothing to complain about"
        explain "$scratch/serve.err" 60
    fi
}

gone() {
    ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status"
}

# make_file PATH OCTETS: random octets, the same for the same size.
make_file() {
    openssl enc -aes-128-ctr -K 00112233445566778899aabbccddeeff -iv "$(printf '%032x' "$2")" -nosalt \
        -in /dev/zero 2>/dev/null | head -c "$2" >"$1"
}

sum() {
    sha256sum | cut -d ' ' -f 1
}
