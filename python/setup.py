"""Compiles libh2 and the extension module into one shared object. What pyproject.toml says is not repeated here."""
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
FLAGS = ["-std=c11", "-O3", "-fvisibility=hidden", "-fno-semantic-interposition", "-Wall", "-Wextra"]


def version():
    """The version of libh2, from where it is written."""
    text = (ROOT / "include/h2/version.h").read_text()
    return re.search(r'#define H2_VERSION +"([\d.]+)"', text).group(1)


def sources():
    """Every C file, as paths that the compiler's output directory can be put in front of."""
    return sorted(str(path) for folder in (ROOT / "src", HERE / "src") for path in folder.rglob("*.c"))


class BuildExt(build_ext):
    """Compiles files side by side, and only those older than what they are made of."""

    def build_extension(self, ext):
        headers = [path for folder in ("include", "src", "python/src") for path in (ROOT / folder).rglob("*.h")]
        newest = max(path.stat().st_mtime for path in [*headers, HERE / "setup.py"])
        compiler = self.compiler
        compile_all = compiler.compile

        def compile_some(sources, output_dir=None, **options):
            def one(source):
                made = Path(compiler.object_filenames([source], output_dir=output_dir)[0])
                if made.exists() and made.stat().st_mtime > max(newest, Path(source).stat().st_mtime):
                    return [str(made)]
                return compile_all([source], output_dir=output_dir, **options)

            with ThreadPoolExecutor(int(os.environ.get("JOBS") or os.cpu_count() or 1)) as pool:
                return [made for part in pool.map(one, sources) for made in part]

        compiler.compile = compile_some
        ext.sources = sources()
        self.force = True  # what is up to date, compile_some knows
        super().build_extension(ext)


setup(
    version=version(),
    cmdclass={"build_ext": BuildExt},
    ext_modules=[
        Extension(
            "h2._h2",
            ["src/module.c"],  # the rest of sources() would not be below this folder
            include_dirs=[str(ROOT / "include"), str(ROOT / "src")],
            extra_compile_args=FLAGS,
        )
    ],
)
