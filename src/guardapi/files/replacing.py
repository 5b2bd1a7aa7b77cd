"""A tree that remembers what was read, and files that are replaced only where they are still the same."""

import contextlib
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from guardapi.files.tree import Content, Tree, read_regular, reason_of
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
