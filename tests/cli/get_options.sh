#!/bin/bash
# `h2 get`: wrong options and URLs end in one line and exit code 2, before anything is connected to.
. "$(dirname "$0")/../support/tap.sh"
[ -x "$H2" ] || skip_all "no command in $H2_BUILD_DIR"

refuse() { # WORD ARGUMENT...
    local word=$1
    shift
    timeout 20 "$H2" get "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
    equal "get ${*@Q}: 2" 2 $?
    equal "get ${*@Q}: one line" 1 "$(wc -l <"$scratch/err")"
    check "get ${*@Q}: says '$word'" grep -qF -- "$word" "$scratch/err"
    equal "get ${*@Q}: nothing on standard output" 0 "$(wc -c <"$scratch/out")"
}

url=http://127.0.0.1:1/
refuse "no URL"
refuse "http:// or https://" ftp://host/
refuse "http:// or https://" host/path
refuse "user information" http://me:secret@host/
refuse "no host" http:///path
refuse "no host" http://:80/
refuse "port" http://host:0/
refuse "port" http://host:65536/
refuse "port" http://host:8a/
refuse "port" http://host:123456789/
refuse "bracket" 'http://[::1/'
refuse "between" 'http://[::1]8080/'
refuse "blank" 'http://host/a b'
refuse "percent-encoded" $'http://host/\xc3\xa4'
refuse "control" $'http://host/\x01'
refuse "no name" 'http://ho<st/'
refuse "no colon" -H nothing $url
refuse "no valid name" -H ': x' $url
refuse "no valid name" -H ':path: /other' $url
refuse "no valid name" -H 'a b: c' $url
refuse "line break" -H $'a: b\rc: d' $url
refuse "line break" -H $'a: b\nc: d' $url
refuse "no method" -X 'GET /' $url
refuse "no method" -X '' $url
refuse "not supported" -X CONNECT $url
refuse "seconds" --timeout soon $url
refuse "seconds" --timeout -1 $url
refuse "needs a value" $url -o
refuse "--what" --what $url
refuse "takes no value" --insecure=1 $url
refuse "exclude" -o file --output-dir dir $url
refuse "standard input" -d @- $url $url
refuse "--upgrade" --upgrade https://127.0.0.1:1/
refuse "both" --output-dir "$scratch" http://127.0.0.1:1/a http://127.0.0.1:2/b/a
refuse "no file name" --output-dir "$scratch" http://127.0.0.1:1/..

"$H2" get --help >"$scratch/out" 2>"$scratch/err"
equal "--help: 0" 0 $?
for option in -v -o -H -d -X -k --cacert --upgrade --timeout --output-dir "Exit codes"; do
    check "--help tells $option" grep -q -- "$option" "$scratch/out"
done

local_error() { # WORD ARGUMENT...
    local word=$1
    shift
    timeout 20 "$H2" get "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
    equal "get ${*@Q}: 7" 7 $?
    check "get ${*@Q}: says '$word'" grep -qF -- "$word" "$scratch/err"
}
local_error "nowhere" --cacert "$scratch/nowhere" https://127.0.0.1:1/
finish
