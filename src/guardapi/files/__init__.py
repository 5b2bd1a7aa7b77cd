"""Which files belong to a scan, and their bytes. It knows names and sizes, and nothing of Python."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from guardapi.errors import NothingToScanError, UsageError
from guardapi.files.names import is_other, is_python, is_test_path, shown
from guardapi.files.tree import (
    DiskContent,
    MemoryContent,
    ReadOptions,
    SourceFile,
    Tree,
    reason_of,
    too_large,
)
from guardapi.files.walk import Walk

__all__ = ["ReadOptions", "SourceFile", "Tree", "candidates", "from_mapping", "from_text", "open_tree"]

DEFAULT_OPTIONS: Final = ReadOptions()


def open_tree(path: Path, *, options: ReadOptions = DEFAULT_OPTIONS) -> Tree:
    """List the files of a folder, or a single file.

    Raises `UsageError` if there is no such path and `NothingToScanError` if no Python file is in it.
    """
    root = Path(os.path.abspath(path))  # noqa: PTH100  # symbolic links stay as the user named them
    try:
        mode = root.stat().st_mode
    except (OSError, ValueError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else str(error)
        raise UsageError(f"{shown(str(path))} cannot be opened: {reason}.") from None
    if stat.S_ISDIR(mode):
        tree = Walk(os.fspath(root), options).tree()
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
        python=tuple(file for file in listed if is_python(file.path)),
        others=tuple(file for file in listed if is_other(file.path)),
        content=MemoryContent(contents),
    )


def candidates(tree: Tree, words: tuple[bytes, ...]) -> Iterator[SourceFile]:
    """The Python files that contain one of the words anywhere, in order."""
    for file in tree.python:
        content = tree.read(file)
        if any(word in content for word in words):
            yield file


def _single_file(location: Path, options: ReadOptions) -> Tree:
    path = shown(location.name)
    size = location.stat().st_size
    content = DiskContent(os.fspath(location.parent), options, {path: location.name})
    if size > options.max_file_bytes:
        problem = too_large(path, size, options.max_file_bytes)
        return Tree(root=location.parent, content=content, left_out=(problem,))
    file = SourceFile(path=path, size=size, is_test=is_test_path(path))
    return Tree(root=location.parent, python=(file,), content=content)
