"""The type stubs: they agree with the module, and with calls as programs make them."""
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "common"))
import under_test  # noqa: E402

CALLS = Path(__file__).parent / "typing" / "calls.py"

try:
    import mypy  # noqa: F401
except ImportError:
    print("mypy is not installed")
    sys.exit(77)


def run(*arguments):
    """What mypy says, without the sanitizers, which the stubs do not need."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "mypy.ini"
        settings.write_text("[mypy]\nignore_missing_imports = True\nfollow_imports_for_stubs = True\n")
        environment = dict(under_test.environment(), MYPYPATH=str(under_test.BUILT))
        environment.pop("PYTHONMALLOC")
        command = [sys.executable, "-m", *arguments]
        command = [part.replace("CONFIG", str(settings)) for part in command]
        done = subprocess.run(command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
    return done.stdout


class TestStubs(unittest.TestCase):
    def test_calls(self):
        said = run("mypy", "--strict", "--config-file=CONFIG", str(CALLS))
        refused = {int(number) for number in re.findall(r"calls\.py:(\d+): error:", said)}
        lines = CALLS.read_text().splitlines()
        expected = {i for i, line in enumerate(lines, 1) if line.endswith("# wrong")}
        self.assertEqual(refused, expected, said)
        self.assertEqual(re.findall(r"^(?!.*calls\.py).*: error:.*", said, re.M), [])

    def test_stubs_and_module_offer_the_same(self):
        said = run("mypy.stubtest", "h2", "--mypy-config-file=CONFIG")
        # mypy 1.0 takes every __init__ written in C to have *args, and looks at names that are imported.
        known = re.compile(r'stub does not have \*args argument "args"|^error: h2\.\w+\.(?:(?:Mutable)?Mapping|Iterable|Iterator|NamedTuple)\b')
        errors = [line for line in said.splitlines() if line.startswith("error:") and not known.search(line)]
        self.assertEqual(errors, [], said)
        self.assertRegex(said, r"Found \d+ errors? \(checked \d+ modules\)|Success: no issues found in \d+ modules")


if __name__ == "__main__":
    under_test.main()
