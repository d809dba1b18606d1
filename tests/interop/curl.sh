#!/bin/bash
# curl against `h2 serve`: prior knowledge, Upgrade and ALPN; small and large bodies both ways; conditional and
# range requests; fifty transfers at once.
. "$(dirname "$0")/../support/tap.sh"
. "$(dirname "$0")/../support/serve.sh"

root=$scratch/root
mkdir -p "$root/sub"
large=$((200 * 1000 * 1000 / scale))
upload=$((100 * 1000 * 1000 / scale))
make_file "$root/empty" 0
make_file "$root/small" 1024
make_file "$root/large" $large
make_file "$scratch/upload" $upload
printf '<p>index</p>' >"$root/index.html"
printf 'inside' >"$root/sub/file.txt"
for file in empty small large; do
    eval "sum_$file=$(sum <"$root/$file")"
done
start_serve "$root"

fetch() { # MODE PATH [OPTION]...: curl in that mode
    local mode=$1 path=$2 base=$http option=--http2-prior-knowledge
    shift 2
    case $mode in
    upgrade) option=--http2 ;;
    alpn) option=--http2 base=$https ;;
    esac
    curl -sS -k -m 200 "$option" "$@" "$base$path"
}

status() { # MODE PATH [OPTION]...: "code version size"
    fetch "$@" -o /dev/null -w '%{http_code} %{http_version} %{size_download}'
}

for mode in prior upgrade alpn; do
    for file in empty small large; do
        name=sum_$file
        equal "$mode: GET $file" "${!name}" "$(fetch $mode /$file | sum)"
    done
    equal "$mode: HTTP/2, 200, whole size" "200 2 1024" "$(status $mode /small)"
    equal "$mode: HEAD" "200 2 0" "$(status $mode /large -I)"
    equal "$mode: HEAD has the length" "content-length: $large" \
        "$(fetch $mode /large -I | tr -d '\r' | grep -i '^content-length')"
    equal "$mode: range" "$(head -c 300 "$root/small" | tail -c 200 | sum)" "$(fetch $mode /small -r 100-299 | sum)"
    equal "$mode: range status" "206 2 200" "$(status $mode /small -r 100-299)"
    equal "$mode: last octets" "$(tail -c 10 "$root/small" | sum)" "$(fetch $mode /small -r -10 | sum)"
    equal "$mode: range beyond the end" "416" "$(status $mode /small -r 5000-6000 | cut -d ' ' -f 1)"
    equal "$mode: no such file" "404" "$(status $mode /nothing | cut -d ' ' -f 1)"
    equal "$mode: index" "<p>index</p>" "$(fetch $mode /)"
    etag=$(fetch $mode /small -I | tr -d '\r' | sed -n 's/^etag: //Ip')
    equal "$mode: etag known, 304" "304 2 0" "$(status $mode /small -H "if-none-match: $etag")"
    modified=$(fetch $mode /small -I | tr -d '\r' | sed -n 's/^last-modified: //Ip')
    equal "$mode: not modified since, 304" "304 2 0" "$(status $mode /small -H "if-modified-since: $modified")"
    [ $mode = upgrade ] && continue # with a body curl sends HTTP/1.1
    equal "$mode: DELETE, 405" "405" "$(status $mode /small -X DELETE | cut -d ' ' -f 1)"
    equal "$mode: POST to /echo, $upload octets" "$(sum <"$scratch/upload")" \
        "$(fetch $mode /echo --data-binary @"$scratch/upload" -H 'expect:' | sum)"
    equal "$mode: POST of unknown length" "$(sum <"$scratch/upload")" \
        "$(fetch $mode /echo -T - -X POST <"$scratch/upload" | sum)"
    equal "$mode: empty POST" "200 2 0" "$(status $mode /echo -d '')"
done

equal "directory listing names its files" 1 "$(fetch prior /sub/ | grep -c 'file.txt' | head -n 1)"

for mode in prior alpn; do
    urls=()
    base=$http
    [ $mode = alpn ] && base=$https
    for i in {1..50}; do
        urls+=(-o "$scratch/parallel.$i" "$base/small?$i")
    done
    option=--http2
    [ $mode = prior ] && option=--http2-prior-knowledge
    curl -sS --no-progress-meter -k -m 60 $option --parallel --parallel-max 50 --parallel-immediate "${urls[@]}"
    equal "$mode: 50 at once, exit code" 0 $?
    right=0
    for i in {1..50}; do
        cmp -s "$root/small" "$scratch/parallel.$i" && right=$((right + 1))
    done
    equal "$mode: 50 at once, right bodies" 50 $right
    rm -f "$scratch"/parallel.*
done

stop_serve
finish
