#!/bin/bash
# nghttp and h2load (nghttp2's clients) against `h2 serve`.
. "$(dirname "$0")/../support/tap.sh"
. "$(dirname "$0")/../support/serve.sh"
for program in nghttp h2load; do
    command -v $program >/dev/null || skip_all "$program is not installed"
done

root=$scratch/root
mkdir "$root"
make_file "$root/small" 1024
make_file "$root/medium" 1000000
start_serve --workers 2 "$root"

talk() { # NAME URL OPTION...: nghttp -v, and what it must have seen
    local name=$1 url=$2
    shift 2
    timeout 60 nghttp -v "$@" "$url" >"$scratch/log" 2>&1
    equal "nghttp $name: exit code" 0 $?
    for line in 'recv SETTINGS frame' 'recv (stream_id=[0-9]*) :status: 200' 'recv HEADERS frame' 'recv DATA frame'; do
        check "nghttp $name: $line" grep -q "$line" "$scratch/log"
    done
    if grep -qE 'recv (GOAWAY|RST_STREAM)|[Ii]nvalid|ERROR' "$scratch/log" && ! grep -q 'NO_ERROR' "$scratch/log"; then
        not_ok "nghttp $name: no error"
        explain "$scratch/log"
    fi
}

talk "with priorities" "$http/medium"
talk "without" "$http/medium" --no-dep
talk "over TLS" "$https/medium"
talk "over TLS without priorities" "$https/medium" --no-dep
talk "with Upgrade" "$http/medium" -u
talk "with padding" "$http/medium" -b 100
talk "with a window of 2^14-1" "$http/medium" -w 14
talk "with many at once" "$http/small" -m 200
timeout 60 nghttp -d "$root/medium" "$http/echo" >"$scratch/echo" 2>"$scratch/log"
equal "nghttp POST" "$(sum <"$root/medium")" "$(sum <"$scratch/echo")"
timeout 60 nghttp -H ':method: HEAD' -v "$http/medium" >"$scratch/log" 2>&1
check "nghttp HEAD" grep -q ':status: 200' "$scratch/log"
timeout 60 nghttp -d "$root/small" --trailer 'x-sum: 42' -v "$http/echo" >"$scratch/log" 2>&1
check "nghttp trailers come back" grep -q 'recv (stream_id=[0-9]*) x-sum: 42' "$scratch/log"

requests=$((100000 / scale))
for url in "$http/small" "$https/small"; do
    timeout 250 h2load -n $requests -c 10 -m 100 "$url" >"$scratch/log" 2>&1
    equal "h2load ${url%%:*}: exit code" 0 $?
    equal "h2load ${url%%:*}: nothing failed" \
        "requests: $requests total, $requests started, $requests done, $requests succeeded, 0 failed, 0 errored, 0 timeout" \
        "$(grep '^requests:' "$scratch/log")"
    equal "h2load ${url%%:*}: status codes" "status codes: $requests 2xx, 0 3xx, 0 4xx, 0 5xx" \
        "$(grep '^status codes:' "$scratch/log")"
    grep -E '^finished in' "$scratch/log" | sed 's/^/# /'
done

stop_serve
finish
