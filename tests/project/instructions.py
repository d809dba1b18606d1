"""The instructions that five key paths take stay within 5 % of what is recorded in instructions.json, for each compiler
on its own. To record anew, after a change that is meant:  tests/project/instructions.py --record"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ.get("H2_BUILD_DIR") or HERE.parent.parent / "build")
RECORDED = HERE / "instructions.json"
MARGIN = 0.05
PATHS = [("serve", 500), ("pair-10", 300), ("hpack-decode", 4000), ("hpack-encode", 4000), ("data-copied-64k", 400)]


def count(work, units):
    done = subprocess.run(["valgrind", "--tool=callgrind", "--collect-atstart=no", "--callgrind-out-file=/dev/null",
                           BUILD / "bench" / "h2-bench", work, "libh2", str(units)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not collected:
        sys.exit(f"not ok - {work}: {done.stdout}{done.stderr}")
    return int(collected.group(1)) / json.loads(done.stdout)["units"]


def setting(name):
    found = re.search(rf"^{name}:\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.M)
    return found.group(1) if found else ""


def key():
    """What else the counts depend on: the compiler and the C library, which picks its memcpy by the processor."""
    compiler = os.environ.get("CC") or setting("CMAKE_C_COMPILER")
    version = subprocess.run([compiler, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    library = os.confstr("CS_GNU_LIBC_VERSION")
    avx2 = " avx2 " in Path("/proc/cpuinfo").read_text()
    return f"{version.splitlines()[0]}, {library}, {'avx2' if avx2 else 'no avx2'}"


def main():
    if os.environ.get("H2_SANITIZE") or setting("CMAKE_BUILD_TYPE") != "Release":
        print("ok - instructions are counted in release builds alone")
        return 0
    if not shutil.which("valgrind") or not (BUILD / "bench" / "h2-bench").exists():
        print("ok - instructions # SKIP no valgrind, or no libnghttp2 to build bench/ with")
        return 77
    recorded = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
    if "--record" in sys.argv:
        recorded[key()] = {work: round(count(work, units), 1) for work, units in PATHS}
        RECORDED.write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")
        return 0
    if key() not in recorded:
        print(f"ok - nothing is recorded for {key()}: tests/project/instructions.py --record does")
        return 0
    failed = False
    for work, units in PATHS:
        now, before = count(work, units), recorded[key()][work]
        good = abs(now - before) <= MARGIN * before
        failed |= not good
        print(f"{'ok' if good else 'not ok'} - {work}: {now:,.0f} instructions, {before:,.0f} recorded "
              f"({now / before - 1:+.1%})")
    if failed:
        print("# More than 5 % from what is recorded. If it is meant: tests/project/instructions.py --record")
    return failed


if __name__ == "__main__":
    sys.exit(main())
