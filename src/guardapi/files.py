"""Which files belong to a scan, and their bytes. It knows names and sizes, and nothing of Python."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from guardapi.errors import NothingToScanError, UsageError
from guardapi.model import Problem

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

PYTHON_SUFFIXES: Final = (".py", ".pyw", ".wsgi")
OTHER_SUFFIXES: Final = (
    *(".cfg", ".conf", ".env", ".ini", ".json", ".toml", ".yaml", ".yml", ".service", ".sh"),
    *(".dockerfile", ".conf.j2", ".conf.template"),
)
OTHER_NAMES: Final = frozenset({".flaskenv", "Containerfile", "Makefile", "Pipfile", "Procfile"})
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
LEFT_OUT_SUFFIXES: Final = (".egg-info", ".dist-info", ".egg")
LEFT_OUT_UNLESS_PACKAGE: Final = frozenset({"build", "dist", "vendor", "venv", ".venv", "virtualenv"})
"""Usual names of what tools write, and plausible names of packages (`vendor` of a market place) as well."""
PERHAPS_ENVIRONMENT: Final = frozenset({"env", "ENV", ".env"})
ENVIRONMENT_ENTRIES: Final = frozenset({"bin", "Scripts", "lib", "Lib", "lib64", "conda-meta"})
TEST_FOLDERS: Final = frozenset({"test", "tests"})
IGNORE_FILES: Final = (".gitignore", ".ignore", ".guardapiignore")
"""Later ones outvote earlier ones of the same folder."""

FIRST_READ: Final = 65_536
"""Bytes; less than that is a whole file, as regular files never come in pieces."""
MAX_IGNORE_BYTES: Final = 200_000
MAX_PATTERNS: Final = 2_000
UNSAFE_PATTERN: Final = re.compile(r"(?:[^/*]*\*){4}|(?:[^*]*\*\*+){4}|.{400}")
"""So many wildcards that matching a long name could take for ever."""
UNSAFE_NAME: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """Bounds of reading."""

    max_file_bytes: int = 5_000_000
    max_other_bytes: int = 4_000_000
    max_files: int = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file of the scan; it has not been read."""

    path: str
    """Below the root, with forward slashes; what cannot be shown in a name is escaped."""
    size: int
    is_test: bool = False


class Content(Protocol):
    """Where the bytes of a tree come from."""

    def read(self, path: str) -> bytes:
        """The bytes of a listed file; none at all if it became unreadable, which `failures` then says."""

    def failures(self) -> tuple[Problem, ...]:
        """What could not be read so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The files of a scan."""

    root: Path
    python: tuple[SourceFile, ...] = ()
    others: tuple[SourceFile, ...] = ()
    """Files that may say how the project is deployed, by their names."""
    content: Content
    left_out: tuple[Problem, ...] = ()
    """What the listing could not take in."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be listed or, up to now, read."""
        return self.left_out + self.content.failures()

    def read(self, file: SourceFile) -> bytes:
        """The content of a listed file."""
        return self.content.read(file.path)


class MemoryContent:
    """Files that exist in memory only."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = dict(files)

    def read(self, path: str) -> bytes:
        return self._files[path]

    def failures(self) -> tuple[Problem, ...]:
        return ()


class DiskContent:
    """Files below a folder."""

    def __init__(self, root: str, options: ReadOptions, odd_paths: Mapping[str, str]) -> None:
        self._root = root
        self._limit = max(options.max_file_bytes, options.max_other_bytes)
        self._odd_paths = odd_paths
        self._failures: dict[str, Problem] = {}

    def read(self, path: str) -> bytes:
        location = os.path.join(self._root, self._odd_paths.get(path, path))  # noqa: PTH118  # hot
        try:
            content = _read_regular(location, self._limit + 1)
        except OSError as error:
            self._failures[path] = Problem(file=path, line=0, message=f"cannot be read: {_reason(error)}")
            return b""
        if len(content) > self._limit:
            self._failures[path] = _too_large(path, len(content), self._limit)
            return b""
        return content

    def failures(self) -> tuple[Problem, ...]:
        return tuple(self._failures[path] for path in sorted(self._failures))


def open_tree(path: Path, *, options: ReadOptions = ReadOptions()) -> Tree:
    """List the files of a folder, or a single file.

    Raises `UsageError` if there is no such path and `NothingToScanError` if no Python file is in it.
    """
    root = Path(os.path.abspath(path))  # noqa: PTH100  # symbolic links stay as the user named them
    try:
        mode = root.stat().st_mode
    except (OSError, ValueError) as error:
        reason = _reason(error) if isinstance(error, OSError) else str(error)
        raise UsageError(f"{shown(str(path))} cannot be opened: {reason}.") from None
    if stat.S_ISDIR(mode):
        tree = _Walk(os.fspath(root), options).tree()
    elif stat.S_ISREG(mode):
        tree = _single_file(root, options)
    else:
        raise UsageError(f"{shown(str(path))} is neither a file nor a folder.")
    if not tree.python:
        because = f" ({tree.problems[0].file}: {tree.problems[0].message})" if tree.problems else ""
        raise NothingToScanError(f"There is no Python file to scan in {shown(str(path))}{because}.")
    return tree


def from_text(text: bytes, name: str = "stdin.py") -> Tree:
    """A tree of one file that was not read from disk."""
    file = SourceFile(path=name, size=len(text), is_test=is_test_path(name))
    return Tree(root=Path(), python=(file,), content=MemoryContent({name: text}))


def from_mapping(files: Mapping[str, str | bytes]) -> Tree:
    """A tree of files in memory, by path; which are Python and which deployment files, their names say."""
    contents = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    listed = [
        SourceFile(path=path, size=len(content), is_test=is_test_path(path))
        for path, content in sorted(contents.items())
    ]
    return Tree(
        root=Path(),
        python=tuple(file for file in listed if file.path.endswith(PYTHON_SUFFIXES)),
        others=tuple(file for file in listed if _is_other(file.path)),
        content=MemoryContent(contents),
    )


def candidates(tree: Tree, words: tuple[bytes, ...]) -> Iterator[SourceFile]:
    """The Python files that contain one of the words anywhere, in order."""
    for file in tree.python:
        content = tree.read(file)
        if any(word in content for word in words):
            yield file


def is_test_path(path: str) -> bool:
    """Whether a file is part of a test suite rather than of the application.

    `testing.py` and a folder `testing` are not: libraries ship them.
    """
    *folders, name = path.split("/")
    if name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py":
        return name.endswith(PYTHON_SUFFIXES)
    return not TEST_FOLDERS.isdisjoint(folders)


def shown(name: str) -> str:
    """A file name that can be encoded and printed: undecodable bytes and control characters are escaped."""
    if name.isascii() and name.isprintable():
        return name
    readable = os.fsencode(name).decode("utf-8", "backslashreplace")
    return UNSAFE_NAME.sub(lambda found: found[0].encode("unicode_escape").decode(), readable)


@dataclass(slots=True)
class _Ignore:
    """The rules of one folder's ignore files."""

    start: int
    """Where, in a path, the part below that folder begins."""
    spec: "GitIgnoreSpec"

    def verdict(self, path: str) -> bool | None:
        return self.spec.check_file(path[self.start :]).include


@dataclass(slots=True)
class _Walk:
    """One listing of a folder. Paths in here are as the file system has them."""

    root: str
    options: ReadOptions
    python: list[SourceFile] = field(default_factory=list)
    others: list[SourceFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    odd_paths: dict[str, str] = field(default_factory=dict)
    visited: set[tuple[int, int]] = field(default_factory=set)
    linked: list[tuple[str, tuple[_Ignore, ...]]] = field(default_factory=list)
    real_root: str = ""

    def tree(self) -> Tree:
        limit = self.options.max_files
        self.real_root = os.path.realpath(self.root)
        pending: list[tuple[str, tuple[_Ignore, ...]]] = [("", ())]
        # Real folders first, so that a link never takes the place of the folder it leads to.
        while pending or self.linked:
            folder, ignores = pending.pop() if pending else self.linked.pop()
            pending.extend(self._enter(folder, ignores))
            if len(self.python) + len(self.others) > limit:
                self._problem(folder or ".", f"there are more than {limit} files; the rest is left out")
                break
        python = sorted(self.python, key=_path)[:limit]
        return Tree(
            root=Path(self.root),
            python=tuple(python),
            others=tuple(sorted(self.others, key=_path)[: limit - len(python)]),
            content=DiskContent(self.root, self.options, self.odd_paths),
            left_out=tuple(sorted(self.problems, key=lambda problem: (problem.file, problem.message))),
        )

    def _enter(self, folder: str, ignores: tuple[_Ignore, ...]) -> list[tuple[str, tuple[_Ignore, ...]]]:
        """List one folder; answers the folders to enter next."""
        location = f"{self.root}/{folder}" if folder else self.root
        try:
            status = os.stat(location)  # noqa: PTH116  # hot
            with os.scandir(location) as found:
                entries = sorted(found, key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            self._problem(folder or ".", f"the folder cannot be read: {_reason(error)}")
            return []
        identity = (status.st_dev, status.st_ino)
        names = {entry.name for entry in entries}
        if identity in self.visited or (folder and _is_left_out(folder.rpartition("/")[2], names)):
            return []
        self.visited.add(identity)
        prefix = f"{folder}/" if folder else ""
        if not names.isdisjoint(IGNORE_FILES):
            ignores = (*self._ignores(location, prefix, names), *ignores)
        folders = []
        for entry in entries:
            path = prefix + entry.name
            if self._is_folder(entry, path, ignores):
                folders.append((path, ignores))
        return folders

    def _is_folder(self, entry: "os.DirEntry[str]", path: str, ignores: tuple[_Ignore, ...]) -> bool:
        """Whether an entry is a folder to enter; a file is listed on the way."""
        if entry.is_dir(follow_symlinks=False):
            return not _is_known_waste(entry.name) and not _is_ignored(f"{path}/", ignores)
        is_python = entry.name.endswith(PYTHON_SUFFIXES)
        is_of_interest = is_python or _is_other(path)
        if entry.is_symlink():
            return self._follow(entry, path, ignores, is_of_interest=is_of_interest)
        if is_of_interest and entry.is_file(follow_symlinks=False) and not _is_ignored(path, ignores):
            self._add(entry, path, is_python=is_python)
        return False

    def _follow(
        self, entry: "os.DirEntry[str]", path: str, ignores: tuple[_Ignore, ...], *, is_of_interest: bool
    ) -> bool:
        """Take in what a symbolic link inside the root leads to; a linked folder waits for its turn."""
        try:
            mode = entry.stat().st_mode
        except OSError as error:
            if is_of_interest and not _is_ignored(path, ignores):
                self._problem(path, f"the symbolic link leads nowhere: {_reason(error)}")
            return False
        is_folder = stat.S_ISDIR(mode)
        if not is_folder and not (is_of_interest and stat.S_ISREG(mode)):
            return False
        if _is_known_waste(entry.name) or _is_ignored(path, ignores):
            return False
        real = os.path.realpath(entry.path)
        if not f"{real}/".startswith(f"{self.real_root.rstrip('/')}/"):
            self._problem(path, "the symbolic link leads out of the scanned folder")
        elif is_folder:
            self.linked.append((path, ignores))
        else:
            self._add(entry, path, is_python=entry.name.endswith(PYTHON_SUFFIXES))
        return False

    def _add(self, entry: "os.DirEntry[str]", path: str, *, is_python: bool) -> None:
        try:
            size = entry.stat().st_size
        except OSError as error:
            self._problem(path, f"cannot be read: {_reason(error)}")
            return
        limit = self.options.max_file_bytes if is_python else self.options.max_other_bytes
        if size > limit:
            # Large JSON is data of the project, not a description of its deployment.
            if not path.endswith(".json"):
                self.problems.append(_too_large(shown(path), size, limit))
            return
        if not os.access(entry.path, os.R_OK):
            self._problem(path, "cannot be read: permission denied")
            return
        name = shown(path)
        if name != path:
            self.odd_paths[name] = path
        file = SourceFile(path=name, size=size, is_test=is_test_path(name))
        (self.python if is_python else self.others).append(file)

    def _ignores(self, location: str, prefix: str, names: set[str]) -> tuple[_Ignore, ...]:
        patterns: list[str] = []
        for name in IGNORE_FILES:
            if name in names:
                patterns += self._patterns(f"{location}/{name}", prefix + name)
        return (_Ignore(len(prefix), _spec(patterns)),) if patterns else ()

    def _patterns(self, location: str, path: str) -> list[str]:
        try:
            text = _read_regular(location, MAX_IGNORE_BYTES).decode("utf-8", "surrogateescape")
        except OSError as error:
            self._problem(path, f"cannot be read: {_reason(error)}")
            return []
        lines = [line.rstrip("\r") for line in text.removeprefix("\ufeff").split("\n")]
        lines = [line for line in lines if line.strip(" !/") and line[0] != "#"]
        patterns = [line for line in lines[:MAX_PATTERNS] if not UNSAFE_PATTERN.search(line)]
        if dropped := len(lines) - len(patterns):
            self._problem(path, f"{dropped} patterns are too long, too many or too costly, and not used")
        return patterns

    def _problem(self, path: str, message: str) -> None:
        self.problems.append(Problem(file=shown(path), line=0, message=message))


def _spec(patterns: list[str]) -> "GitIgnoreSpec":
    from pathspec import GitIgnoreSpec  # noqa: PLC0415  # most folders have no ignore file

    try:
        return GitIgnoreSpec.from_lines(patterns)
    except ValueError:
        # One line that is no pattern matches nothing in git, and leaves the others alone.
        return GitIgnoreSpec.from_lines(pattern for pattern in patterns if _is_pattern(pattern))


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec  # noqa: PLC0415

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def _single_file(location: Path, options: ReadOptions) -> Tree:
    path = shown(location.name)
    size = location.stat().st_size
    content = DiskContent(os.fspath(location.parent), options, {path: location.name})
    if size > options.max_file_bytes:
        problem = _too_large(path, size, options.max_file_bytes)
        return Tree(root=location.parent, content=content, left_out=(problem,))
    file = SourceFile(path=path, size=size, is_test=is_test_path(path))
    return Tree(root=location.parent, python=(file,), content=content)


def _is_known_waste(name: str) -> bool:
    """Whether a folder is left out whatever it contains."""
    return name in LEFT_OUT or name.endswith(LEFT_OUT_SUFFIXES)


def _is_left_out(name: str, entries: set[str]) -> bool:
    """Whether a folder is a virtual environment or what a build tool wrote."""
    if "pyvenv.cfg" in entries:
        return True
    if "__init__.py" in entries:
        return False
    if name in PERHAPS_ENVIRONMENT:
        return not ENVIRONMENT_ENTRIES.isdisjoint(entries)
    return name in LEFT_OUT_UNLESS_PACKAGE


def _is_ignored(path: str, ignores: tuple[_Ignore, ...]) -> bool:
    """What the innermost ignore file with an opinion says."""
    for ignore in ignores:
        verdict = ignore.verdict(path)
        if verdict is not None:
            return verdict
    return False


def _is_other(path: str) -> bool:
    name = path.rpartition("/")[2]
    if name.endswith(OTHER_SUFFIXES) or name in OTHER_NAMES:
        return True
    if name.startswith(OTHER_PREFIXES):
        return not name.endswith(PYTHON_SUFFIXES)
    return name.endswith((".txt", ".in")) and REQUIREMENTS.search(path) is not None


def _read_regular(location: str, limit: int) -> bytes:
    """At most `limit` bytes of a regular file; anything else is an OSError, never a wait."""
    handle = os.open(location, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError("not a regular file")
        content = os.read(handle, min(limit, FIRST_READ))
        if len(content) < FIRST_READ:
            return content
        chunks = [content]
        while content and (wanted := limit - sum(map(len, chunks))) > 0:
            content = os.read(handle, wanted)
            chunks.append(content)
        return b"".join(chunks)
    finally:
        os.close(handle)


def _too_large(path: str, size: int, limit: int) -> Problem:
    return Problem(file=path, line=0, message=f"{size} bytes are more than {limit}; the file is left out")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _path(file: SourceFile) -> str:
    return file.path
