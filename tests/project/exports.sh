#!/bin/bash
# The shared library exports what the public headers mark with H2_API, all of it and nothing else; its soname is
# versioned; the library has no writable globals and needs libc alone.
. "$(dirname "$0")/../support/tap.sh"
[ -e "$H2_BUILD_DIR/libh2.so" ] || skip_all "no shared library in $H2_BUILD_DIR"

nm -D --defined-only "$H2_BUILD_DIR/libh2.so" | awk '$2 ~ /[TDBRVW]/ { sub(/@.*/, "", $3); print $3 }' |
    grep -vE '^(__(asan|ubsan|odr_asan|tsan)|_init$|_fini$)' | sort >"$scratch/exported"
# A declared name is what stands before the first parenthesis of its declaration.
cat "$H2_SOURCE_DIR"/include/h2/*.h | tr '\n' ' ' | grep -oE 'H2_API[^;(]*\(' | grep -oE 'h2_[a-z0-9_]+ *\($' |
    tr -d ' (' | sort >"$scratch/declared"

equal "nothing is exported that is not declared" "" "$(comm -23 "$scratch/exported" "$scratch/declared" | xargs)"
equal "nothing is declared that is not exported" "" "$(comm -13 "$scratch/exported" "$scratch/declared" | xargs)"
equal "no name is declared twice" "" "$(uniq -d "$scratch/declared" | xargs)"

soname=$(objdump -p "$H2_BUILD_DIR/libh2.so" | awk '$1 == "SONAME" { print $2 }')
# Until 1.0 a minor version may change the interface, so its number is part of the name.
series=$(sed -n 's/^#define H2_VERSION  *"\(.*\)"/\1/p' "$H2_SOURCE_DIR/include/h2/version.h")
series=${series%.*}
equal "soname" "libh2.so.$([ "${series%.*}" = 0 ] && echo "$series" || echo "${series%.*}")" "$soname"

if [ -z "${H2_SANITIZE:-}" ]; then
    needed=$(objdump -p "$H2_BUILD_DIR/libh2.so" | awk '$1 == "NEEDED" { print $2 }' | xargs)
    equal "needs libc alone" "libc.so.6" "$needed"
    # .data.rel.ro is constant once the loader has put addresses in.
    globals=$(objdump -t "$H2_BUILD_DIR/libh2.a" |
        awk '/\.(data|bss|tdata|tbss)/ && !/\.data\.rel\.ro/ && !/ [ldg] +d +/ { print $NF }' | xargs)
    equal "no writable globals" "" "$globals"
    names=$(nm --defined-only "$H2_BUILD_DIR/libh2.a" 2>/dev/null | awk '$2 ~ /^[A-Z]$/ { print $3 }' |
        grep -v '^h2_' | xargs)
    equal "every symbol of the static library begins with h2_" "" "$names"
fi
finish
