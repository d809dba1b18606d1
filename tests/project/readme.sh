#!/bin/bash
# What README.md shows is true: its client is examples/client.c, compiles as shown and fetches a file; the commands
# and options it names exist.
. "$(dirname "$0")/../support/tap.sh"
. "$(dirname "$0")/../support/serve.sh"
readme=$H2_SOURCE_DIR/README.md

awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$readme" >"$scratch/client.c"
check "the client in README.md is examples/client.c" cmp "$scratch/client.c" "$H2_SOURCE_DIR/examples/client.c"
sanitize=()
[ -z "${H2_SANITIZE:-}" ] || sanitize=(-fsanitize="$H2_SANITIZE")
for compiler in gcc clang; do
    command -v $compiler >/dev/null || continue
    [ -z "${H2_SANITIZE:-}" ] || [ $compiler = gcc ] || continue # the library's runtime is gcc's
    check "it compiles with $compiler" $compiler -Wall -Wextra -Werror "${sanitize[@]}" -I"$H2_SOURCE_DIR/include" \
        "$scratch/client.c" "$H2_BUILD_DIR/libh2.a" -o "$scratch/client-$compiler"
done

mkdir "$scratch/root"
make_file "$scratch/root/file" 1000000
start_serve "$scratch/root"
for client in "$scratch"/client-*; do
    port=${http##*:}
    equal "$(basename "$client") fetches a file" "$(sum <"$scratch/root/file")" \
        "$(timeout 30 "$client" 127.0.0.1 "$port" /file | sum)"
done
stop_serve

for command in serve get frames states; do
    "$H2" $command --help >"$scratch/help" 2>&1
    while read -r option; do
        check "h2 $command $option exists" grep -q -- "$option" "$scratch/help"
    done < <(grep -E "^build/h2 $command " "$readme" | sed 's/ #.*//' | grep -oE ' --?[a-z][a-z-]*' | tr -d ' ' | sort -u)
done

check "its figures are those of docs/benchmarks" "$H2_SOURCE_DIR/bench/run" --check

while read -r target; do
    check "make $target exists" grep -q "^$target:" "$H2_SOURCE_DIR/Makefile"
done < <(grep -ohE '\`make [a-z-]+\`' "$H2_SOURCE_DIR"/*.md | sed 's/.*make \([a-z-]*\).*/\1/' | sort -u)
finish
