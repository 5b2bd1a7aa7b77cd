"""A tree that remembers what was read, or has other contents; files replaced only where they are still the same."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from guardapi.files.names import PYTHON_SUFFIXES, is_other, is_test_path
from guardapi.files.tree import Content, SourceFile, Tree, read_regular, reason_of
from guardapi.model import Problem


class RememberedContent:
    """The content of a tree; a file that was read once stays as it was then."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._read: dict[str, bytes] = {}

    def read(self, path: str) -> bytes:
        """The bytes of a listed file, at the first time they were asked for."""
        if path not in self._read:
            self._read[path] = self._content.read(path)
        return self._read[path]

    def failures(self) -> tuple[Problem, ...]:
        """What could not be read."""
        return self._content.failures()


def remembered(tree: Tree) -> Tree:
    """The same tree, of which every file is read at most once."""
    return replace(tree, content=RememberedContent(tree.content))


class OverlaidContent:
    """The content of a tree, of which some files are others."""

    def __init__(self, content: Content, files: Mapping[str, bytes]) -> None:
        self._content = content
        self._files = files

    def read(self, path: str) -> bytes:
        """The bytes of a listed file."""
        return self._files[path] if path in self._files else self._content.read(path)

    def failures(self) -> tuple[Problem, ...]:
        """What could not be read."""
        return self._content.failures()


def overlaid(tree: Tree, files: Mapping[str, bytes]) -> Tree:
    """The same tree with other contents of some files, and with files that it has not."""
    known = {file.path for file in (*tree.python, *tree.others)}
    added = [
        SourceFile(path=path, size=len(content), is_test=is_test_path(path))
        for path, content in sorted(files.items())
        if path not in known
    ]
    python = (*tree.python, *(file for file in added if file.path.endswith(PYTHON_SUFFIXES)))
    others = (*tree.others, *(file for file in added if is_other(file.path)))
    return replace(
        tree,
        python=tuple(sorted(python, key=lambda file: file.path)),
        others=tuple(sorted(others, key=lambda file: file.path)),
        content=OverlaidContent(tree.content, files),
    )


def replace_unchanged(root: Path, path: str, before: bytes, after: bytes) -> str | None:
    """Replace a file at once and whole, if it still has the content that was read; or why that was not done."""
    location = Path(os.path.realpath(root / path))
    if not location.is_relative_to(os.path.realpath(root)):
        return "it lies outside of the scanned folder"
    try:
        if read_regular(os.fspath(location), len(before) + 1) != before:
            return "it has changed since it was read"
        handle, name = tempfile.mkstemp(dir=location.parent, prefix=f".{location.name[:40]}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(after)
                stream.flush()
                os.fsync(stream.fileno())
            shutil.copymode(location, name)
            os.replace(name, location)  # noqa: PTH105  # beside the calls above
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(name)  # noqa: PTH108
            raise
    except OSError as error:
        return f"it cannot be written: {reason_of(error)}"
    return None


def create(root: Path, path: str, content: bytes) -> str | None:
    """Make a file, at once and whole, where there is none; or why that was not done."""
    location = root / path
    try:
        folder = Path(os.path.realpath(location.parent))
        if not folder.is_relative_to(os.path.realpath(root)):
            return "it lies outside of the scanned folder"
        folder.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(location):
            return "it exists"
        draft = folder / f".{location.name[:40]}.{os.getpid()}.tmp"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            # Unlike a replacement, a link fails where someone else has made the file meanwhile.
            os.link(draft, location)
        finally:
            with contextlib.suppress(OSError):
                draft.unlink()
    except OSError as error:
        return f"it cannot be written: {reason_of(error)}"
    return None
