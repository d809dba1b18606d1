"""setuptools as the build backend, from the machine's own packages where pip builds in an empty environment."""
import site
import sys
import sysconfig

try:
    import setuptools  # noqa: F401
except ImportError:
    for path in {*site.getsitepackages(), sysconfig.get_path("purelib"), "/usr/lib/python3/dist-packages"}:
        if path not in sys.path:
            sys.path.append(path)

from setuptools.build_meta import *  # noqa: E402, F403


def build_sdist(sdist_directory, config_settings=None):
    """Refuses: the engine lies beside this folder, and the archive would lack it."""
    raise RuntimeError("libh2 has no source distribution: build a wheel in a copy of its sources, pip wheel ./python")


def get_requires_for_build_wheel(config_settings=None):
    """Nothing that would have to be fetched."""
    return []


def get_requires_for_build_editable(config_settings=None):
    """Nothing that would have to be fetched."""
    return []
