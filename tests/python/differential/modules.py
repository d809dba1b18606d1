"""Python's own h2 and the package h2 under test, side by side in one process."""
import importlib
import os
import pathlib
import subprocess
import sys
import types

SOURCE = pathlib.Path(__file__).resolve().parents[3]
BUILT = pathlib.Path(os.environ.get("H2_BUILD_DIR") or SOURCE / "build") / "python"
SANITIZED = "address" in os.environ.get("H2_SANITIZE", "")
PARTS = ("config", "connection", "errors", "events", "exceptions", "settings", "stream", "utilities", "windows")


def sanitized():
    """Begins the program once more where the extension needs the sanitizers' libraries first."""
    if not SANITIZED or "LD_PRELOAD" in os.environ:
        return
    libraries = [subprocess.check_output([os.environ.get("CC", "gcc"), f"-print-file-name={name}"], text=True).strip()
                 for name in ("libasan.so", "libubsan.so")]
    os.execve(sys.executable, [sys.executable, *sys.argv],
              dict(os.environ, LD_PRELOAD=":".join(libraries), PYTHONMALLOC="malloc", ASAN_OPTIONS="detect_leaks=0",
                   UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1"))


def load():
    """The modules of the package h2 that sys.path finds now; sys.modules forgets the one before."""
    for name in [n for n in sys.modules if n == "h2" or n.startswith("h2.")]:
        del sys.modules[name]
    importlib.invalidate_caches()
    package = importlib.import_module("h2")
    parts = {name: importlib.import_module(f"h2.{name}") for name in PARTS}
    return types.SimpleNamespace(version=package.__version__, file=package.__file__, **parts)


def load_both(oracle=None, built=BUILT):
    """Python's h2 (None where there is none) and ours. Ours comes last: it is what stays in sys.modules. hpack and
    hyperframe are shared, and are those beside the oracle if they are there."""
    sys.path[:] = [entry for entry in sys.path if pathlib.Path(entry or ".").resolve() != pathlib.Path(built).resolve()]
    if oracle is not None:
        sys.path.insert(0, str(oracle))
    try:
        theirs = load()
    except ModuleNotFoundError as error:
        if error.name != "h2":
            raise
        theirs = None
    sys.path.insert(0, str(built))
    return theirs, load()
