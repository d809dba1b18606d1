"""A short soak of `h2 serve`, and its verdicts on servers that leak, fail or do not end."""

import os
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ("support", "soak")]
import rawh2  # noqa: E402
import watch  # noqa: E402
from rawh2 import case  # noqa: E402

MIB = watch.MIB
SECONDS = 24


def made_up(resident, descriptors=12, threads=2):
    """Samples of five seconds each over half an hour."""
    return [{"seconds": 5.0 * i, "resident": resident(i), "descriptors": descriptors, "threads": threads}
            for i in range(360)]


def verdicts(samples, descriptors=12, threads=2, code=0, said=""):
    """Which of the verdicts on a server are bad, by number."""
    start = {"descriptors": 12, "threads": 2}
    end = {"descriptors": descriptors, "threads": threads}
    return [i for i, (_, good, _) in enumerate(watch.verdicts("", start, samples, end, code, said, False)) if not good]


def saw(i):
    return 10 * MIB + i % 7 * MIB // 4


def judges():
    """A soak that cannot fail would tell nothing."""
    flat = made_up(saw)
    case("flat memory passes", verdicts(flat) == [], verdicts(flat))
    case("memory that is taken in the first minutes passes",
         verdicts(made_up(lambda i: saw(i) + min(i, 60) * MIB // 4)) == [])
    case("a leak of 3 KiB a second is seen", verdicts(made_up(lambda i: saw(i) + i * 15 * 1024)) == [0])
    case("a single peak is seen", verdicts(made_up(lambda i: saw(i) + (20 * MIB if i == 300 else 0))) == [0])
    case("a descriptor that is left is seen", verdicts(flat, descriptors=13) == [1])
    case("a thread too many is seen", verdicts(flat, threads=3) == [2])
    case("an exit code is seen", verdicts(flat, code=1) == [3])
    case("a report of a sanitizer is seen", verdicts(flat, said="ERROR: AddressSanitizer") == [4])


def short():
    """The whole of it, for seconds."""
    done = subprocess.run([sys.executable, str(rawh2.SOURCE / "scripts" / "soak"), "--seconds", str(SECONDS), "--sample", "1",
                           "--build", str(rawh2.BUILD)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=250, env=dict(os.environ, H2_BUILD_DIR=str(rawh2.BUILD)))
    print(done.stdout, end="")
    case(f"{SECONDS} s of honest load and attacks", done.returncode == 0, f"exit code {done.returncode}")


def main():
    judges()
    rawh2.need_command()
    short()
    rawh2.finish()


main()
