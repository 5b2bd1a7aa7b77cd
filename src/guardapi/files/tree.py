"""The files of a scan, and where their bytes come from."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from guardapi.model import Problem

FIRST_READ: Final = 65_536
"""Bytes; less than that is a whole file, as regular files never come in pieces."""


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
            content = read_regular(location, self._limit + 1)
        except OSError as error:
            self._failures[path] = Problem(file=path, line=0, message=f"cannot be read: {reason_of(error)}")
            return b""
        if len(content) > self._limit:
            self._failures[path] = too_large(path, len(content), self._limit)
            return b""
        return content

    def failures(self) -> tuple[Problem, ...]:
        return tuple(self._failures[path] for path in sorted(self._failures))


def read_regular(location: str, limit: int) -> bytes:
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


def too_large(path: str, size: int, limit: int) -> Problem:
    return Problem(file=path, line=0, message=f"{size} bytes are more than {limit}; the file is left out")


def reason_of(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
