"""The files of a git commit, read into memory: nothing is checked out, and no hook or filter of the project runs."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from guardapi.errors import UsageError
from guardapi.files.git import first_line, git, run_git
from guardapi.files.ignoring import (
    IGNORE_FILES,
    MAX_IGNORE_BYTES,
    Ignore,
    ignore_of,
    is_ignored,
    patterns_in,
)
from guardapi.files.names import is_known_waste, is_left_out, is_other, is_python, shown
from guardapi.files.tree import ReadOptions, Tree

DEFAULT_OPTIONS: Final = ReadOptions()
_FILE_MODES: Final = frozenset({b"100644", b"100755"})


def open_revision(folder: Path, revision: str, *, options: ReadOptions = DEFAULT_OPTIONS) -> Tree:
    """The files of a folder as a commit has them. Raises UsageError where there is no git, repository or commit."""
    from guardapi.files import from_mapping  # noqa: PLC0415  # which needs this package

    top = folder if folder.is_dir() else folder.parent
    if not revision or revision.startswith("-"):
        raise UsageError(f"'{revision[:60]}' is no revision.")
    commit = _commit(top, revision)
    prefix = git(top, "rev-parse", "--show-prefix").decode("utf-8", "surrogateescape").rstrip("\n")
    blobs = dict(_blobs(top, commit, prefix, options))
    if not folder.is_dir():
        blobs = {path: blob for path, blob in blobs.items() if path == folder.name}
    contents = _contents(top, list(blobs.values()))
    tree = from_mapping({shown(path): contents[blob] for path, blob in blobs.items() if blob in contents})
    # The name of the root may be that of a package.
    return replace(tree, root=Path(os.path.abspath(top)))  # noqa: PTH100  # as `open_tree` names it


def _commit(top: Path, revision: str) -> str:
    inside = run_git(top, "rev-parse", "--is-inside-work-tree")
    if b"not a git repository" in inside.stderr:
        raise UsageError(f"{shown(str(top))} is in no git repository, so there is no commit to compare with.")
    if inside.returncode != 0:
        raise UsageError(f"git cannot read this repository: {first_line(inside.stderr)}.")
    done = run_git(top, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if done.returncode != 0:
        raise UsageError(
            f"There is no commit '{revision[:60]}' in this repository (a shallow clone has few)."
        )
    return done.stdout.decode("ascii", "replace").strip()


def _blobs(top: Path, commit: str, prefix: str, options: ReadOptions) -> Iterator[tuple[str, str]]:
    """Path below the folder, and object id, of each file that a scan would read."""
    listed = git(top, "ls-tree", "-r", "-l", "-z", "--full-tree", commit, *(("--", prefix) if prefix else ()))
    entries: dict[str, tuple[str, int]] = {}
    for line in listed.split(b"\0"):
        described, _, name = line.partition(b"\t")
        fields = described.split()
        if len(fields) == 4 and fields[0] in _FILE_MODES:
            path = os.fsdecode(name).removeprefix(prefix)
            entries[path] = (fields[2].decode("ascii"), int(fields[3]))
    wasted = _wasted(entries)
    ignores = _ignores(top, entries)
    number = 0
    for path, (blob, size) in sorted(entries.items()):
        is_source = is_python(path)
        limit = options.max_file_bytes if is_source else options.max_other_bytes
        if size > limit or not (is_source or is_other(path)) or not wasted.isdisjoint(_parents(path)):
            continue
        if ignores and _is_ignored(path, ignores):
            continue
        number += 1
        if number <= options.max_files:
            yield path, blob


def _wasted(paths: dict[str, tuple[str, int]]) -> set[str]:
    """The folders that a scan does not enter."""
    inside: dict[str, set[str]] = {}
    for path in paths:
        for folder in _parents(path):
            inside.setdefault(folder, set()).add(path[len(folder) + 1 :].partition("/")[0])
    return {
        folder
        for folder, entries in inside.items()
        if is_known_waste(name := folder.rpartition("/")[2]) or is_left_out(name, entries)
    }


def _ignores(top: Path, entries: dict[str, tuple[str, int]]) -> dict[str, Ignore]:
    """By folder, what the ignore files of the commit leave out below it."""
    files = {
        path: blob
        for path, (blob, size) in entries.items()
        if path.rpartition("/")[2] in IGNORE_FILES and size <= MAX_IGNORE_BYTES
    }
    contents = _contents(top, list(files.values()))
    patterns: dict[str, list[str]] = {}
    for path in sorted(files, key=lambda path: IGNORE_FILES.index(path.rpartition("/")[2])):
        found, _ = patterns_in(contents.get(files[path], b""))
        patterns.setdefault(path.rpartition("/")[0], []).extend(found)
    return {
        folder: ignore_of(f"{folder}/" if folder else "", found)
        for folder, found in patterns.items()
        if found
    }


def _is_ignored(path: str, ignores: dict[str, Ignore]) -> bool:
    """Whether ignore files leave out a file, or a folder that it lies in."""
    folders = ["", *_parents(path)]
    steps = [*(f"{folder}/" for folder in folders[1:]), path]
    return any(
        is_ignored(step, [ignores[folder] for folder in reversed(folders[: depth + 1]) if folder in ignores])
        for depth, step in enumerate(steps)
    )


def _parents(path: str) -> Iterator[str]:
    end = path.find("/")
    while end >= 0:
        yield path[:end]
        end = path.find("/", end + 1)


def _contents(top: Path, blobs: list[str]) -> dict[str, bytes]:
    """By object id, what is in it."""
    if not blobs:
        return {}
    asked = "".join(f"{blob}\n" for blob in dict.fromkeys(blobs)).encode("ascii")
    answer = git(top, "cat-file", "--batch", given=asked)
    contents: dict[str, bytes] = {}
    position = 0
    while (end := answer.find(b"\n", position)) >= 0:
        blob, kind, *size = answer[position:end].decode("ascii", "replace").split()
        position = end + 1
        if kind == "blob" and size:
            contents[blob] = answer[position : position + int(size[0])]
            position += int(size[0]) + 1
    return contents
