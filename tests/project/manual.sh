#!/bin/bash
# The manual page is what the script makes of the command's --help, and groff finds nothing wrong in it.
. "$(dirname "$0")/../support/tap.sh"
[ -x "$H2" ] || skip_all "no command in $H2_BUILD_DIR"
page=$H2_SOURCE_DIR/docs/h2.1
/usr/bin/python3 "$H2_SOURCE_DIR/scripts/gen-man" "$H2" >"$scratch/h2.1"
check "docs/h2.1 is as scripts/gen-man writes it: scripts/gen-man build/h2 >docs/h2.1" diff "$page" "$scratch/h2.1"
while read -r option; do
    check "it tells of $option" grep -qF -- "${option//-/\\-}" "$page"
done < <(for command in serve get frames states; do "$H2" $command --help; done | grep -oE '^ +(-., +)?--[a-z-]+' | grep -oE '[-]-[a-z-]+' | sort -u)
if command -v groff >/dev/null; then
    equal "groff understands it" "" "$(groff -man -Tutf8 -ww -z "$page" 2>&1)"
fi
finish
