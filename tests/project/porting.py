#!/usr/bin/python3
"""PORTING.md is true: every C name in it is declared in a public header, every file it names is there, and the file
of a function defines it; and the functions that h2 has a name for are all in it."""

import os
import re
import sys
from pathlib import Path

ROOT = Path(os.environ.get("H2_SOURCE_DIR", Path(__file__).resolve().parents[2]))
# What has no counterpart in h2.
OWN = {"h2_limit_name", "h2_memory_used", "h2_connection_trim", "h2_counters_read", "h2_advance_time",
       "h2_connection_is_closed", "h2_connection_get_info", "h2_stream_get_info", "h2_next_stream", "h2_state_count",
       "h2_input_count", "h2_rule_row", "h2_stream_step_in", "h2_connection_step_in", "h2_stream_closed_by",
       "h2_override_window", "h2_override_frame_size"}


def main():
    failures = 0
    text = (ROOT / "PORTING.md").read_text()
    headers = "".join(path.read_text() for path in sorted((ROOT / "include" / "h2").glob("*.h")))
    declared = set(re.findall(r"H2_API[^;(]*?\b(h2_\w+)\s*\(", headers))

    def case(name, good):
        nonlocal failures
        failures += not good
        print(f"{'ok' if good else 'not ok'} {name}")

    for name in sorted(set(re.findall(r"\b(?:h2|H2)_\w+", text))):
        case(f"{name} is in a public header", re.search(rf"\b{name}\b", headers))
    case("every function has its file", "MISSING" not in text.replace("FRAME_DATA_MISSING", ""))
    for name in sorted(set(re.findall(r"\b(?:src|include)/[\w/.]+", text))):
        case(f"{name} is there", (ROOT / name).is_file())
    for row in re.findall(r"^\| (.*) \|$", text, re.M):
        columns = row.split(" | ")
        for name in re.findall(r"`(h2_\w+)", columns[1]) if len(columns) == 3 and "`src/" in columns[2] else ():
            sources = [(ROOT / path).read_text() for path in re.findall(r"src/[\w/.]+", columns[2])]
            if name in declared:
                case(f"{name} is defined where it says", any(re.search(rf"^\w.*\b{name}\(", s, re.M) for s in sources))
    for name in sorted(declared - OWN):
        case(f"{name} has a row", re.search(rf"\b{name}\b", text))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
