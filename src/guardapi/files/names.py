"""What the name of a file or folder says: whether it is read, left out, or a test."""

import os
import re
from typing import Final

PYTHON_SUFFIXES: Final = (".py", ".pyw", ".wsgi")
OTHER_SUFFIXES: Final = (
    *(".cfg", ".conf", ".env", ".ini", ".json", ".toml", ".yaml", ".yml", ".service", ".sh"),
    *(".dockerfile", ".conf.j2", ".conf.template"),
)
OTHER_NAMES: Final = frozenset(
    {
        *(".flaskenv", "Containerfile", "Makefile", "Pipfile", "Procfile"),
        *("METADATA", "PKG-INFO", "entry_points.txt"),
    }
)
OTHER_PREFIXES: Final = (".env", "Dockerfile", "Procfile.")
REQUIREMENTS: Final = re.compile(r"requirement|constraint", re.IGNORECASE)
LEFT_OUT: Final = frozenset(
    {
        *(".git", ".hg", ".svn", ".bzr", ".jj", "CVS", "_darcs"),
        *("site-packages", "dist-packages", "__pypackages__", "node_modules", "bower_components"),
        *("__pycache__", ".cache", ".eggs", ".hypothesis", ".ipynb_checkpoints", ".mypy_cache", ".nox"),
        *(".pytest_cache", ".ruff_cache", ".tox", ".direnv", ".idea", ".vscode"),
        *("_vendor", "_vendored", "vendored", "third_party"),
    }
)
LEFT_OUT_UNLESS_PACKAGE: Final = frozenset({"build", "dist", "vendor", "venv", ".venv", "virtualenv"})
"""Usual names of what tools write, and plausible names of packages (`vendor` of a market place) as well."""
PERHAPS_ENVIRONMENT: Final = frozenset({"env", "ENV", ".env"})
ENVIRONMENT_ENTRIES: Final = frozenset({"bin", "Scripts", "lib", "Lib", "lib64", "conda-meta"})
METADATA_FOLDER: Final = re.compile(r"\.(?:dist|egg)-info/")
INSTALLED: Final = 2
"""Records of installed distributions in one folder; a wheel that was unpacked to be read has one, its own."""
TEST_FOLDERS: Final = frozenset({"test", "tests"})
UNSAFE_NAME: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def is_test_path(path: str) -> bool:
    """Whether a file is part of a test suite rather than of the application.

    `testing.py` and a folder `testing` are not: libraries ship them.
    """
    *folders, name = path.split("/")
    if name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py":
        return name.endswith(PYTHON_SUFFIXES)
    return not TEST_FOLDERS.isdisjoint(folders)


def is_python(path: str) -> bool:
    """Whether a file is source of the project; what tools keep beside an installed distribution is not."""
    return path.endswith(PYTHON_SUFFIXES) and METADATA_FOLDER.search(path) is None


def shown(name: str) -> str:
    """A file name that can be encoded and printed: undecodable bytes and control characters are escaped."""
    if name.isascii() and name.isprintable():
        return name
    readable = os.fsencode(name).decode("utf-8", "backslashreplace")
    return UNSAFE_NAME.sub(lambda found: found[0].encode("unicode_escape").decode(), readable)


def is_other(path: str) -> bool:
    name = path.rpartition("/")[2]
    if name.endswith(OTHER_SUFFIXES) or name in OTHER_NAMES:
        return True
    if name.startswith(OTHER_PREFIXES):
        return not name.endswith(PYTHON_SUFFIXES)
    return name.endswith((".txt", ".in")) and REQUIREMENTS.search(path) is not None


def is_known_waste(name: str) -> bool:
    """Whether a folder is left out whatever it contains."""
    return name in LEFT_OUT or name.endswith(".egg")


def is_left_out(name: str, entries: set[str]) -> bool:
    """Whether a folder is a virtual environment, distributions that were copied in (`pip install --target`), or
    what a build tool wrote."""
    if "pyvenv.cfg" in entries or sum(entry.endswith(".dist-info") for entry in entries) >= INSTALLED:
        return True
    if "__init__.py" in entries:
        return False
    if name in PERHAPS_ENVIRONMENT:
        return not ENVIRONMENT_ENTRIES.isdisjoint(entries)
    return name in LEFT_OUT_UNLESS_PACKAGE
