"""Finds the package h2 under test and, for comparisons, Python's own h2 beside it in the same process."""
import importlib
import os
import pathlib
import subprocess
import sys
import types

SOURCE = pathlib.Path(__file__).resolve().parents[3]
PARTS = ("config", "connection", "errors", "events", "exceptions", "settings", "stream", "utilities", "windows")


def under_test():
    """The folder that has the package: H2_PYTHON, or python/ in the build's folder, built there when it is missing."""
    given = os.environ.get("H2_PYTHON")
    if given:
        return pathlib.Path(given)
    folder = pathlib.Path(os.environ.get("H2_BUILD_DIR") or SOURCE / "build") / "python"
    if not list(folder.glob("h2/_h2*.so")):
        subprocess.run([SOURCE / "scripts/build-python", folder], check=True)
    return folder


def load(folder):
    """The modules of the package h2 in a folder, as attributes; sys.modules forgets every other h2."""
    for name in [n for n in sys.modules if n == "h2" or n.startswith("h2.")]:
        del sys.modules[name]
    if folder is not None:
        sys.path.insert(0, str(folder))
    try:
        package = importlib.import_module("h2")
        parts = {name: importlib.import_module(f"h2.{name}") for name in PARTS}
    finally:
        if folder is not None:
            sys.path.remove(str(folder))
    return types.SimpleNamespace(version=package.__version__, file=package.__file__, **parts)


def load_both(oracle=None):
    """Python's h2 and ours. Ours comes last: it is the one that stays in sys.modules. hpack and hyperframe are shared,
    and come from the folder of the oracle when they are there."""
    ours = under_test()
    sys.path[:] = [entry for entry in sys.path if not entry or pathlib.Path(entry).resolve() != ours.resolve()]
    if oracle is not None:
        sys.path.insert(0, str(oracle))
    theirs = load(None)
    return theirs, load(ours)
