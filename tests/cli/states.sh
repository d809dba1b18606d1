#!/bin/bash
# `h2 states`: every format, profile and table; Graphviz takes the drawings where it is installed.
. "$(dirname "$0")/../support/tap.sh"
[ -x "$H2" ] || skip_all "no command in $H2_BUILD_DIR"

for profile in rfc python; do
    "$H2" states --profile $profile >"$scratch/text"
    equal "$profile: text" 0 $?
    for heading in "Stream states" "Connection states" Frames Settings "Header fields"; do
        check "$profile: text has $heading" grep -q "^$heading" "$scratch/text"
    done
    check "$profile: a step" grep -qE '^IDLE +SEND_HEADERS +OPEN' "$scratch/text"

    "$H2" states --profile $profile --format markdown >"$scratch/markdown"
    equal "$profile: markdown" 0 $?
    equal "$profile: markdown rows have as many cells as their headings" 0 "$(awk -F'|' '
        /^\|/ { line = $0; gsub(/\\\|/, "", line); cells = split(line, parts, "|")
                if (!inside) { width = cells; inside = 1 } else if (cells != width) bad++ }
        !/^\|/ { inside = 0 }
        END { print bad + 0 }' "$scratch/markdown")"
    equal "$profile: 7 stream states" 7 "$("$H2" states --profile $profile --format markdown --machine stream |
        awk -F'|' '/^\| input/ { print NF - 3 }')"

    "$H2" states --profile $profile --format dot >"$scratch/dot"
    equal "$profile: dot" 0 $?
    equal "$profile: dot draws two machines" 2 "$(grep -c '^digraph' "$scratch/dot")"
    if command -v dot >/dev/null; then
        check "$profile: Graphviz takes it" dot -Tsvg -o "$scratch/svg" "$scratch/dot"
        check "$profile: and says nothing" test ! -s "$scratch/check.log"
    fi
done

check "the profiles differ" test "$("$H2" states --profile rfc)" != "$("$H2" states --profile python)"
for table in stream connection frames settings fields; do
    equal "--machine $table shows one table" 1 "$("$H2" states --machine $table | grep -c '^---')"
done
check "frames name SETTINGS" grep -q SETTINGS <("$H2" states --machine frames)
check "settings name INITIAL_WINDOW_SIZE" grep -q INITIAL_WINDOW_SIZE <("$H2" states --machine settings)

refuse() {
    "$H2" states "$@" >"$scratch/out" 2>"$scratch/err"
    equal "states $*: 2" 2 $?
    equal "states $*: one line" 1 "$(wc -l <"$scratch/err")"
    equal "states $*: nothing on standard output" 0 "$(wc -c <"$scratch/out")"
}
refuse --format pdf
refuse --profile mine
refuse --machine what
refuse --machine frames --format dot
refuse operand
refuse --what
"$H2" states --help >"$scratch/out"
equal "--help" 0 $?
for option in --format --profile --machine; do
    check "--help tells $option" grep -q -- $option "$scratch/out"
done
"$H2" states >/dev/full 2>"$scratch/err"
equal "full disk: 7" 7 $?
finish
