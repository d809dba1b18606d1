#!/bin/bash
# The project keeps to its own layers and budgets, and the scripts that say so do see what breaks them.
. "$(dirname "$0")/../support/tap.sh"
scripts=$H2_SOURCE_DIR/scripts

check "layers" "$scripts/check-layers" "$H2_SOURCE_DIR"
check "budgets" "$scripts/check-budgets" "$H2_SOURCE_DIR"

tree() { # a fresh tree with one file: PATH LINE...
    rm -rf "$scratch/tree"
    mkdir -p "$scratch/tree/include/h2" "$scratch/tree/src/"{base,hpack,frame,stream} "$scratch/tree/scripts"
    touch "$scratch/tree/src/base/a.h" "$scratch/tree/src/hpack/a.h" "$scratch/tree/src/stream/a.h"
    local path=$scratch/tree/$1
    mkdir -p "$(dirname "$path")"
    printf '%s\n' "${@:2}" >"$path"
}

refused() { # SCRIPT NAME: the tree must be refused
    if "$scripts/$1" "$scratch/tree" >"$scratch/log"; then
        not_ok "$2"
        explain "$scratch/log"
    else
        ok "$2"
    fi
}

tree src/hpack/x.c '#include "base/a.h"' '#include <string.h>'
check "a downward include is fine" "$scripts/check-layers" "$scratch/tree"
tree src/base/x.c '#include "hpack/a.h"'
refused check-layers "an upward include is refused"
tree src/frame/x.c '#include "hpack/a.h"'
refused check-layers "a sideways include is refused"
tree src/base/x.c '#include <time.h>'
refused check-layers "a clock in the engine is refused"
tree tools/x.c '#include "stream/a.h"'
refused check-layers "a private header in tools/ is refused"
tree tools/x.c '#include "../src/stream/a.h"'
refused check-layers "a private header by its path is refused"
tree include/h2/x.h '#include <sys/uio.h>'
refused check-layers "a system header in include/ is refused"

long_function=('int f(void)' '{')
for _ in {1..80}; do long_function+=('    g();'); done
long_function+=('}')
tree src/base/x.c "${long_function[@]}"
refused check-budgets "a long function is refused"
echo 'src/base/x.c:f lines 90 generated' >"$scratch/tree/scripts/budget-exceptions"
check "an exception with a reason is allowed" "$scripts/check-budgets" "$scratch/tree"
tree src/base/x.c 'int f(int a)' '{' '    return a && a && a && a && a && a && a && a && a && a && a && a && a && a && a && a;' '}'
refused check-budgets "a complex function is refused"
tree src/base/x.c 'int f(int a)' '{' '    /* if if if if if if if if if if if if if if if if if */ return a;' '}'
check "comments are not complex" "$scripts/check-budgets" "$scratch/tree"
echo 'src/base/x.c:f lines 90 generated' >"$scratch/tree/scripts/budget-exceptions"
refused check-budgets "an exception that is not needed is refused"
tree include/h2/x.h '/* Says what. */' 'H2_API void h2_a(void);' '' 'H2_API void h2_b(void);'
refused check-budgets "a public function without a comment is refused"
tree include/h2/x.h '/* Says what. */' 'H2_API void h2_a(int a,' '                 int b);' 'H2_API void h2_b(void);'
check "a group may share a comment" "$scripts/check-budgets" "$scratch/tree"
finish
