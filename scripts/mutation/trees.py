"""Where mutants are built and tried: copies of the project, in which the tests use the engine as one shared library, so
that a change of one file costs one compilation and one link."""

import functools
import hashlib
import os
import re
import resource
import shutil
import signal
import subprocess
import threading
from collections import defaultdict
from pathlib import Path

FOLDERS = ("tables", "unit", "api", "vectors", "attacks", "oom", "transcripts")
LAYERS = ("base", "hpack", "frame", "field", "stream", "connection")
LAYER_OF_HEADER = {"h2/hpack.h": "hpack", "h2/fields.h": "field", "h2/settings.h": "stream"}
LATER = ("test_rows", "test_hpack_nghttp2", "test_other_profile", "test_python_random")
SPARING = {"H2_VALGRIND": "1"}  # one in twenty-three of the ways to cut a transcript's input
REPLAYS = ("client", "server", "both", "hpack_decode", "hpack_round", "frames")
MEMORY = 4 << 30


class Test:
    """A command; tests of a later stage run when no earlier one has failed."""

    def __init__(self, stage, name, program, *arguments, reaches=LAYERS, **environment):
        self.stage, self.name, self.program, self.arguments, self.reaches = stage, name, program, arguments, reaches
        self.environment, self.found = environment, defaultdict(int)


def layers_of(path):
    """What a test can reach: the layers whose headers it includes and those below. A folder is a layer."""
    highest = -1
    for place, name in re.findall(r'^#include ([<"])([\w./]+)[>"]', path.read_text(), re.M):
        layer = LAYER_OF_HEADER.get(name, "connection") if name.startswith("h2/") else name.split("/")[0]
        if layer in LAYERS:
            highest = max(highest, LAYERS.index(layer))
    return LAYERS[:highest + 1] or LAYERS


def all_tests(source):
    tests = []
    for folder in FOLDERS:
        for path in sorted((source / "tests" / folder).glob("test_*.c")):
            if "_long" in path.stem:
                continue
            program = f"tests/{folder}/{path.stem}"
            name, later = f"{folder}/{path.stem[5:]}", path.stem in LATER
            if folder == "transcripts" or path.stem == "test_rows":
                tests.append(Test(2 if later else 0, name, program, **SPARING))
                tests.append(Test(3 if later else 1, f"{name}, in full", program))
            else:
                reaches = layers_of(path) if folder in ("unit", "vectors") else LAYERS
                tests.append(Test(2 if later else 0, name, program, reaches=reaches))
    for name in REPLAYS:
        tests.append(Test(1, f"fuzz/{name}", f"fuzz/replay_{name}", str(source / "fuzz" / "corpus" / name)))
    tests.append(Test(2, "interop/rejects", "tests/interop/test_rejects", H2_REJECTS="20000"))
    tests.append(Test(2, "interop/conversations", "tests/interop/test_conversations", H2_CONVERSATIONS="1500"))
    tests.append(Test(3, "interop/conversations, in full", "tests/interop/test_conversations", H2_CONVERSATIONS="20000"))
    return tests


def confined(seconds, memory):
    def confine():
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return confine


def fails(command, folder, environment, seconds, memory):
    """Whether it fails, and the seconds of processor that it took; stopped as soon as it has said so, or has had too many."""
    process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, preexec_fn=confined(seconds, memory))
    kill = functools.partial(os.kill, process.pid, signal.SIGKILL)  # process.kill would wait for it, and lose its times
    timer = threading.Timer(30 + seconds * 20, kill)
    timer.start()
    told = b""
    try:
        while piece := process.stderr.read1(4096):
            told = told[-16:] + piece
            if b"FAILED" in told:
                kill()
                break
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode != 0, usage.ru_utime + usage.ru_stime
    finally:
        timer.cancel()
        process.stderr.close()


class Broken(Exception):
    """There is nothing to make mutants of."""


class Tree:
    measuring = threading.Lock()
    measured = {}  # seconds of each test, by sanitizer

    def __init__(self, project, folder, tests, sanitize=""):
        self.source, self.build, self.sanitize, self.tests = folder / "source", folder / "build", sanitize, tests
        self.mutated = False  # programs have been built with a mutant inside them
        self.copy(project)
        if not (self.build / "build.ninja").exists():
            self.configure()
        built = self.ninja()
        if built.returncode:
            raise Broken(built.stdout)
        self.original = self.library()
        with self.measuring:
            self.seconds = self.measured.setdefault(sanitize, {})
            self.measure()

    def configure(self):
        self.run(["cmake", "-S", str(self.source), "-B", str(self.build), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=None",
                  "-DCMAKE_C_FLAGS=-O1", "-DH2_WERROR=OFF", "-DH2_BUILD_TOOL=OFF", "-DH2_BUILD_EXAMPLES=OFF",
                  "-DH2_BUILD_TESTS=ON", "-DH2_TESTS_SHARED=ON", "-DCMAKE_LINK_DEPENDS_NO_SHARED=ON",
                  f"-DH2_SANITIZE={self.sanitize}"])

    def copy(self, project):
        """What has changed since the last time, as the project has it."""
        listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=project, capture_output=True, text=True)
        names = {name for name in listed.stdout.splitlines() if (project / name).is_file()}
        for path in list(self.source.rglob("*")) if self.source.exists() else []:
            if path.is_file() and str(path.relative_to(self.source)) not in names:
                path.unlink()
        for name in names:
            target = self.source / name
            if not target.exists() or target.read_bytes() != (project / name).read_bytes():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(project / name, target)
                shutil.copymode(project / name, target)

    def run(self, command):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        if done.returncode:
            raise Broken(done.stdout)

    def ninja(self, whole=True):
        programs = {test.program for test in self.tests} if whole else ()
        targets = sorted("_".join(p.split("/")[1:]) if p.startswith("tests/") else p.split("/")[1] for p in programs)
        return subprocess.run(["ninja", "-C", str(self.build), "-j", "1", "h2_shared", *targets], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace")

    def library(self):
        return hashlib.sha256((self.build / "libh2.so").read_bytes()).hexdigest()

    def fails(self, test):
        seconds = int(2 + 10 * self.seconds.get(test, 30))
        return fails([str(self.build / test.program), *test.arguments], self.source, dict(os.environ, **test.environment), seconds,
                     resource.RLIM_INFINITY if self.sanitize else MEMORY)

    def measure(self):
        """Stops unless every test passes; learns how long each takes."""
        for test in self.tests:
            if test in self.seconds:
                continue
            failed, seconds = self.fails(test)
            if failed:
                raise Broken(f"{test.name} fails without any")
            self.seconds[test] = seconds

    def rank(self, test, file, hint):
        """What found it before comes first, then what finds most for its time, in this file above all."""
        finds = 20 * test.found[file] + sum(test.found.values()) + 1
        return test.name != hint, test.stage, -finds / (self.seconds[test] + 0.01)

    def failing(self, tests, file, hint):
        for test in sorted(tests, key=lambda test: self.rank(test, file, hint)):
            if self.fails(test)[0]:
                test.found[file] += 1
                return test.name
        return None

    def first_failure(self, mutant, stage, hint=None):
        """The name of the test that fails, None, or "compiler" when it is no program, "same" when it is the same one."""
        if self.mutated:
            self.mutated = self.ninja().returncode != 0
        path = self.source / mutant.file
        kept, age = path.read_text(), path.stat().st_mtime_ns
        path.write_text(kept[:mutant.first] + mutant.text + kept[mutant.last:])
        if mutant.used_by:
            os.utime(path, ns=(age, age))
            os.utime(self.source / mutant.used_by)
        try:
            if self.ninja(whole=False).returncode:
                return "compiler"
            if self.library() == self.original:
                return "same"
            tests = [test for test in self.tests if test.stage <= stage and mutant.file.split("/")[1] in test.reaches]
            found = self.failing(tests, mutant.file, hint)
            if found is None and mutant.file.endswith(".h"):
                # Tests of private parts have the header's functions inside them.
                self.mutated = True
                if self.ninja().returncode:
                    return "compiler"
                found = self.failing([test for test in tests if test.program.startswith("tests/unit/")], mutant.file, hint)
            return found and found + (", sanitized" if self.sanitize else "")
        finally:
            path.write_text(kept)
            if mutant.used_by:
                os.utime(path, ns=(age, age))
                os.utime(self.source / mutant.used_by)
