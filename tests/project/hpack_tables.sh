#!/bin/bash
# The constant tables of header compression are what the script that writes them writes.
. "$(dirname "$0")/../support/tap.sh"
/usr/bin/python3 "$H2_SOURCE_DIR/scripts/gen-hpack-tables" "$scratch"
for table in huffman static; do
    if cmp -s "$scratch/${table}_table.c" "$H2_SOURCE_DIR/src/hpack/${table}_table.c"; then now=same; else now=other; fi
    equal "src/hpack/${table}_table.c is as the script writes it" same "$now"
done
finish
