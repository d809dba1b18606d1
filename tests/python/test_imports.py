#!/usr/bin/python3
"""Programs import one module of h2 and use another, since h2's modules import one another: hypercorn imports
h2.connection and uses h2.config. What each brings with it was recorded from h2 4.4.1."""
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "common"))
import under_test  # noqa: E402

BRINGS = {
    "config": "",
    "connection": "config errors events exceptions frame_buffer settings stream utilities windows",
    "errors": "",
    "events": "errors exceptions settings",
    "exceptions": "errors",
    "frame_buffer": "errors exceptions",
    "settings": "errors exceptions",
    "stream": "errors events exceptions settings utilities windows",
    "utilities": "errors exceptions",
    "windows": "errors exceptions",
}


class Imports(unittest.TestCase):
    def test_a_module_brings_those_that_h2_brings(self):
        for name, others in BRINGS.items():
            with self.subTest(name):
                uses = "".join(f"; h2.{other}" for other in others.split())
                subprocess.run([sys.executable, "-c", f"import h2.{name}{uses}"], check=True)

    def test_any_first(self):
        """None of them needs another to be imported before it, and a connection works whichever came first."""
        for name in BRINGS:
            with self.subTest(name):
                subprocess.run([sys.executable, "-c", f"import h2.{name}; import h2.connection\n"
                                "c = h2.connection.H2Connection(); c.initiate_connection(); assert c.data_to_send()"], check=True)


if __name__ == "__main__":
    under_test.main()
