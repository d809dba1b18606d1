#!/bin/bash
# Every public header compiles alone, as C11 and as C++17, with gcc and with clang, without a warning.
. "$(dirname "$0")/../support/tap.sh"

alone() { # compiler language standard header
    echo "#include <h2/$4>" | "$1" -x "$2" "-std=$3" -Wall -Wextra -Wpedantic -Wshadow -Werror \
        -I"$H2_SOURCE_DIR/include" -fsyntax-only -
}

for pair in gcc:c:c11 clang:c:c11 g++:c++:c++17 clang++:c++:c++17; do
    IFS=: read -r compiler language standard <<<"$pair"
    if ! command -v "$compiler" >/dev/null; then
        echo "ok $compiler # SKIP not installed"
        continue
    fi
    for header in "$H2_SOURCE_DIR"/include/h2/*.h; do
        name=$(basename "$header")
        check "$name alone, $compiler $standard" alone "$compiler" "$language" "$standard" "$name"
    done
done

# The check itself: a header that needs another one is refused.
mkdir -p "$scratch/include/h2"
echo 'size_t h2_needs_stddef(void);' >"$scratch/include/h2/broken.h"
H2_SOURCE_DIR=$scratch
if alone gcc c c11 broken.h 2>/dev/null; then not_ok "a broken header is seen"; else ok "a broken header is seen"; fi
finish
