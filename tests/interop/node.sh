#!/bin/bash
# Node's http2 module: its client against `h2 serve`, its server against `h2 get`.
. "$(dirname "$0")/../support/tap.sh"
. "$(dirname "$0")/../support/serve.sh"
command -v node >/dev/null || skip_all "node is not installed"
support=$H2_SOURCE_DIR/tests/support

root=$scratch/root
mkdir "$root"
make_file "$root/small" 1024
make_file "$root/large" $((20 * 1000 * 1000 / scale))
start_serve "$root"
for url in "$http" "$https"; do
    timeout 100 node "$support/node_client.js" "$url" "$root" >"$scratch/log" 2>&1
    code=$?
    grep -E '^(not )?ok ' "$scratch/log" | sed "s/^\(not ok\|ok\)/\1 node client ${url%%:*}:/"
    failures=$((failures + $(grep -c '^not ok' "$scratch/log")))
    [ $code -eq 0 ] || explain "$scratch/log"
    equal "node client ${url%%:*}: exit code" 0 $code
done
stop_serve

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$scratch/key.pem" -out "$scratch/cert.pem" 2>/dev/null
for scheme in http https; do
    : >"$scratch/port"
    node "$support/node_server.js" $scheme "$root" "$scratch/cert.pem" "$scratch/key.pem" >"$scratch/port" \
        2>"$scratch/node.err" &
    children+=($!)
    node_pid=$!
    if ! wait_for 20 test -s "$scratch/port"; then
        not_ok "node server $scheme starts"
        explain "$scratch/node.err"
        continue
    fi
    url=$scheme://127.0.0.1:$(cat "$scratch/port")
    get() {
        timeout 60 "$H2" get --cacert "$scratch/cert.pem" "$@"
    }
    equal "node server $scheme: GET" "$(sum <"$root/large")" "$(get "$url/large" | sum)"
    equal "node server $scheme: POST" "$(sum <"$root/large")" "$(get -d @"$root/large" "$url/echo" | sum)"
    get "$url/nothing" >/dev/null 2>&1
    equal "node server $scheme: 404 ends with 6" 6 $?
    get -v "$url/trailers" >"$scratch/log" 2>&1
    check "node server $scheme: trailers are shown" grep -q 'x-sum' "$scratch/log"
    get "$url/reset" >"$scratch/log" 2>&1
    equal "node server $scheme: a reset stream ends with 5" 5 $?
    check "node server $scheme: the code of the reset is named" grep -q 'INTERNAL_ERROR' "$scratch/log"
    get -v "$url/push" >"$scratch/log" 2>&1
    equal "node server $scheme: an answer that would push" 0 $?
    kill "$node_pid"
    wait "$node_pid" 2>/dev/null
done
finish
