"""The package as it was built, on sys.path before anything else is imported. A test imports this first and ends with
main(): it runs once more with Python's debugging allocator, or with the sanitizers that the extension was built with."""
import os
import subprocess
import sys
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
BUILT = Path(os.environ.get("H2_BUILD_DIR", SOURCE / "build")) / "python"
SANITIZED = "address" in os.environ.get("H2_SANITIZE", "")


def environment():
    """What the interpreter needs to find the package, and mistakes in it."""
    wanted = dict(os.environ, PYTHONPATH=str(BUILT), PYTHONMALLOC="malloc" if SANITIZED else "debug")
    if SANITIZED:
        libraries = [
            subprocess.check_output([os.environ.get("CC", "gcc"), f"-print-file-name={name}"], text=True).strip()
            for name in ("libasan.so", "libubsan.so")
        ]
        wanted["LD_PRELOAD"] = ":".join(libraries)
        # What the interpreter holds at its end is no leak of ours; test_memory counts.
        wanted["ASAN_OPTIONS"] = "detect_leaks=0"
        wanted["UBSAN_OPTIONS"] = "print_stacktrace=1:halt_on_error=1"
    return wanted


if os.environ.get("H2_PYTHON_TEST") != "1":
    os.execve(sys.executable, [sys.executable, *sys.argv], dict(environment(), H2_PYTHON_TEST="1"))

sys.path.insert(0, str(BUILT))


def main():
    """Runs the tests of the calling script."""
    unittest.main(module="__main__", verbosity=1)
