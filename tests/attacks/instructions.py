"""What attacks cost in instructions for each octet that the attacker sends, counted by callgrind: never a clock."""

import os
import re
import shutil
import subprocess
import sys

ROWS = os.path.join(os.environ.get("H2_BUILD_DIR", "build"), "tests", "attacks", "test_rows")
failed = []


def listed():
    """Numbers and units of the rows, by name."""
    found = {}
    for line in subprocess.run([ROWS, "--list"], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines():
        number, units, _, name = line.split(" ", 3)
        found[name] = (int(number), int(units))
    return found


def measure(row, units, **environment):
    """Instructions and octets of `units` of a row."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no",
         "--toggle-collect=subject_attack", ROWS, "--cost", str(row), str(units)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ, **environment))
    collected = re.search(r"Collected : (\d+)", done.stderr)
    octets = re.search(r"^(\d+) octets", done.stdout, re.M)
    if done.returncode or not collected or not octets:
        print(done.stdout + done.stderr)
        sys.exit(1)
    return int(collected.group(1)), int(octets.group(1))


def check(good, name, text):
    print(f"{'ok' if good else 'not ok'} - {name}: {text}")
    if not good:
        failed.append(name)


def main():
    if os.environ.get("H2_SANITIZE"):
        print("ok - instructions are counted in the plain build")
        return 0
    if not shutil.which("valgrind"):
        print("ok - instructions # SKIP no valgrind")
        return 77
    rows = listed()

    def cost(name, units, **environment):
        instructions, octets = measure(rows[name][0], units, **environment)
        return instructions / octets

    ordinary = cost("ordinary requests", 200)
    print(f"# ordinary requests: {ordinary:.1f} instructions an octet")

    # Of those that the table bounds: at most so many times as much as ordinary requests, octet for octet.
    for row, name, units, times in (
            ("A11", "900 inserts a block", 10, 2), ("B11", "WINDOW_UPDATE of 1", 2000, 2),
            ("A1", "HPACK bomb below four times the bound", 20, 2), ("B8", "DATA of 1 octet, acknowledged", 2000, 2),
            ("B1", "PING", 900, 2), ("B2", "empty SETTINGS", 900, 3), ("B10", "PRIORITY on idle streams", 100, 2),
            ("B16", "unknown frames of 0 octets", 2000, 2), ("B16", "ALTSVC at a server", 200, 1),
            ("A3", "900 crumbs a request", 20, 2), ("A2", "1,800 references to 33 octets", 10, 2),
            ("B4", "HEADERS, RST_STREAM", 900, 2), ("B5", "requests of one field", 900, 3),
            ("B6", "a wrong content-length", 900, 2), ("B14", "103 on one stream", 2000, 2)):
        found = cost(name, units)
        check(found <= times * ordinary, f"{row} {name}",
              f"{found:.1f} instructions an octet, {found / ordinary:.2f} times ordinary, at most {times}")

    skipped = cost("unknown frames of 16,000 octets", 100)
    check(skipped <= 0.25, "B16 unknown frames of 16,000 octets", f"{skipped:.3f} instructions an octet, at most 0.25")

    for row, few, many in (("B3", "flips with 100 streams", "flips with 10,000 streams"),
                           ("B11", "updates with 100 streams", "updates with 10,000 streams"),
                           ("A3", "90 crumbs a request", "900 crumbs a request")):
        ratio = cost(many, 50) / cost(few, 50)
        check(ratio <= 1.5, f"{row} {many}", f"{ratio:.2f} times the cost of {few}, at most 1.5")

    slow = cost("ordinary requests", 40, OCTETS="1") / cost("ordinary requests", 40)
    check(slow <= 20, "B20 an octet a call", f"{slow:.2f} times the cost in bulk, at most 20")
    return 1 if failed else 0


sys.exit(main())
