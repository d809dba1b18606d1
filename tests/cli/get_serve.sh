#!/bin/bash
# Both sides of the command: `h2 get` against `h2 serve`, cleartext, TLS and Upgrade; files, echo, ranges, many at once.
. "$(dirname "$0")/../support/tap.sh"
. "$(dirname "$0")/../support/serve.sh"

root=$scratch/root
mkdir "$root"
large=$((100 * 1000 * 1000 / scale))
make_file "$root/empty" 0
make_file "$root/small" 1024
make_file "$root/large" $large
for i in $(seq 200); do
    echo "file $i" >"$root/$i"
done
start_serve "$root"

# A failure adds to the output, so that no comparison takes it for an empty body.
get() {
    local code=0
    timeout 120 "$H2" get -k "$@" || code=$?
    [ $code -eq 0 ] || echo "get ended with $code"
    return $code
}

for url in "$http" "$https"; do
    scheme=${url%%:*}
    for file in empty small large; do
        equal "$scheme: GET $file" "$(sum <"$root/$file")" "$(get "$url/$file" | sum)"
        get -o "$scratch/out" "$url/$file"
        check "$scheme: -o $file" cmp "$root/$file" "$scratch/out"
        equal "$scheme: echo $file" "$(sum <"$root/$file")" "$(get -d @"$root/$file" "$url/echo" | sum)"
    done
    equal "$scheme: echo of a pipe" "$(sum <"$root/large")" "$(cat "$root/large" | get -d @- "$url/echo" | sum)"
    equal "$scheme: a range" "$(head -c 100 "$root/small" | tail -c 90 | sum)" \
        "$(get -H 'Range: bytes=10-99' "$url/small" | sum)"
    equal "$scheme: HEAD" 0 "$(get -X HEAD "$url/large" | wc -c)"
    equal "$scheme: 200 files in order" "$(for i in $(seq 200); do echo "file $i"; done | sum)" \
        "$(get $(seq -f "$url/%.0f" 200) | sum)"
    mkdir -p "$scratch/$scheme"
    get --output-dir "$scratch/$scheme" "$url/large" "$url/small" "$url/empty" $(seq -f "$url/%.0f" 20)
    check "$scheme: --output-dir" diff -r -x '2[1-9]' -x '[3-9][0-9]' -x '[12][0-9][0-9]' "$root" "$scratch/$scheme"
    equal "$scheme: large bodies in order" "$(cat "$root/large" "$root/small" "$root/large" | sum)" \
        "$(get "$url/large" "$url/small" "$url/large" | sum)"
    get "$url/nothing" >"$scratch/out" 2>"$scratch/err"
    equal "$scheme: 404" 6 $?
    check "$scheme: 404 is said" grep -q 'HTTP status 404' "$scratch/err"
    get -v "$url/small" >"$scratch/out" 2>"$scratch/err"
    check "$scheme: -v tells events" grep -q '^\* ResponseReceived' "$scratch/err"
    check "$scheme: -v tells frames" grep -q '^> HEADERS' "$scratch/err"
done
check "-v tells the cipher" grep -qE '^- connected .*TLSv1' "$scratch/err"
equal "--upgrade" "$(sum <"$root/large")" "$(get --upgrade "$http/large" | sum)"
equal "--upgrade, more URLs" "$(cat "$root/small" "$root/1" | sum)" "$(get --upgrade "$http/small" "$http/1" | sum)"
equal "--upgrade, a body" "$(sum <"$root/small")" "$(get --upgrade -d @"$root/small" "$http/echo" | sum)"
equal "both origins" "$(cat "$root/small" "$root/small" | sum)" "$(get "$http/small" "$https/small" | sum)"

# A reader that reads nothing for a while loses nothing.
equal "a slow reader" "$(sum <"$root/large")" "$(get "$http/large" | { sleep 1; sum; })"
"$H2" get "$http/small" 2>"$scratch/err" >&-
equal "standard output is closed: 7" 7 $?
equal "standard input and error are closed" "$(sum <"$root/small")" "$("$H2" get "$http/small" <&- 2>&- | sum)"
equal "a reader that stops early" 7 "$(
    { "$H2" get "$http/large" 2>/dev/null; echo $? >"$scratch/code"; } | head -c 1000 >/dev/null
    cat "$scratch/code"
)"

port=${http##*:}
if [ -x "$H2_BUILD_DIR/examples/client" ]; then
    equal "the example client" "$(sum <"$root/small")" "$("$H2_BUILD_DIR/examples/client" 127.0.0.1 "$port" /small | sum)"
fi
stop_serve
if [ -x "$H2_BUILD_DIR/examples/server" ]; then
    port=$(pick_port)
    "$H2_BUILD_DIR/examples/server" "$port" &
    children+=($!)
    disown
    wait_for 10 port_open "$port"
    equal "the example server" "/some/path?q/other" "$(get "http://127.0.0.1:$port/some/path?q" "http://127.0.0.1:$port/other")"
fi
if [ -x "$H2_BUILD_DIR/examples/file" ]; then
    port=$(pick_port)
    "$H2_BUILD_DIR/examples/file" "$port" "$root/large" &
    children+=($!)
    disown
    wait_for 10 port_open "$port"
    equal "the example that serves a file, twice at once" "$(cat "$root/large" "$root/large" | sum)" \
        "$("$H2" get "http://127.0.0.1:$port/a" "http://127.0.0.1:$port/b" | sum)"
    equal "it answers HEAD" "content-length: $(stat -c %s "$root/large")" \
        "$("$H2" get -v -X HEAD "http://127.0.0.1:$port/" 2>&1 | grep -o 'content-length: .*')"
fi
finish
