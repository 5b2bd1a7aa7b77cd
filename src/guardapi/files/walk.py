"""Listing a folder, without what its ignore files and its tools leave out."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from guardapi.files.ignoring import IGNORE_FILES, MAX_IGNORE_BYTES, Ignore, ignore_of, is_ignored, patterns_in
from guardapi.files.names import is_known_waste, is_left_out, is_other, is_python, is_test_path, shown
from guardapi.files.tree import DiskContent, ReadOptions, SourceFile, Tree, read_regular, reason_of, too_large
from guardapi.model import Problem


@dataclass(slots=True)
class Walk:
    """One listing of a folder. Paths in here are as the file system has them."""

    root: str
    options: ReadOptions
    python: list[SourceFile] = field(default_factory=list)
    others: list[SourceFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    odd_paths: dict[str, str] = field(default_factory=dict)
    visited: set[tuple[int, int]] = field(default_factory=set)
    linked: list[tuple[str, tuple[Ignore, ...]]] = field(default_factory=list)
    real_root: str = ""

    def tree(self) -> Tree:
        limit = self.options.max_files
        self.real_root = os.path.realpath(self.root)
        pending: list[tuple[str, tuple[Ignore, ...]]] = [("", ())]
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

    def _enter(self, folder: str, ignores: tuple[Ignore, ...]) -> list[tuple[str, tuple[Ignore, ...]]]:
        """List one folder; answers the folders to enter next."""
        location = f"{self.root}/{folder}" if folder else self.root
        try:
            status = os.stat(location)  # noqa: PTH116  # hot
            with os.scandir(location) as found:
                entries = sorted(found, key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            self._problem(folder or ".", f"the folder cannot be read: {reason_of(error)}")
            return []
        identity = (status.st_dev, status.st_ino)
        names = {entry.name for entry in entries}
        if identity in self.visited or (folder and is_left_out(folder.rpartition("/")[2], names)):
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

    def _is_folder(self, entry: "os.DirEntry[str]", path: str, ignores: tuple[Ignore, ...]) -> bool:
        """Whether an entry is a folder to enter; a file is listed on the way."""
        if entry.is_dir(follow_symlinks=False):
            return not is_known_waste(entry.name) and not is_ignored(f"{path}/", ignores)
        is_source = is_python(path)
        is_of_interest = is_source or is_other(path)
        if entry.is_symlink():
            return self._follow(entry, path, ignores, is_of_interest=is_of_interest)
        if is_of_interest and entry.is_file(follow_symlinks=False) and not is_ignored(path, ignores):
            self._add(entry, path, is_source=is_source)
        return False

    def _follow(
        self, entry: "os.DirEntry[str]", path: str, ignores: tuple[Ignore, ...], *, is_of_interest: bool
    ) -> bool:
        """Take in what a symbolic link inside the root leads to; a linked folder waits for its turn."""
        try:
            mode = entry.stat().st_mode
        except OSError as error:
            if is_of_interest and not is_ignored(path, ignores):
                self._problem(path, f"the symbolic link leads nowhere: {reason_of(error)}")
            return False
        is_folder = stat.S_ISDIR(mode)
        if not is_folder and not (is_of_interest and stat.S_ISREG(mode)):
            return False
        if is_known_waste(entry.name) or is_ignored(path, ignores):
            return False
        real = os.path.realpath(entry.path)
        if not f"{real}/".startswith(f"{self.real_root.rstrip('/')}/"):
            self._problem(path, "the symbolic link leads out of the scanned folder")
        elif is_folder:
            self.linked.append((path, ignores))
        else:
            self._add(entry, path, is_source=is_python(path))
        return False

    def _add(self, entry: "os.DirEntry[str]", path: str, *, is_source: bool) -> None:
        try:
            size = entry.stat().st_size
        except OSError as error:
            self._problem(path, f"cannot be read: {reason_of(error)}")
            return
        limit = self.options.max_file_bytes if is_source else self.options.max_other_bytes
        if size > limit:
            # Large JSON is data of the project, not a description of its deployment.
            if not path.endswith(".json"):
                self.problems.append(too_large(shown(path), size, limit))
            return
        if not os.access(entry.path, os.R_OK):
            self._problem(path, "cannot be read: permission denied")
            return
        name = shown(path)
        if name != path:
            self.odd_paths[name] = path
        file = SourceFile(path=name, size=size, is_test=is_test_path(name))
        (self.python if is_source else self.others).append(file)

    def _ignores(self, location: str, prefix: str, names: set[str]) -> tuple[Ignore, ...]:
        patterns: list[str] = []
        for name in IGNORE_FILES:
            if name in names:
                patterns += self._patterns(f"{location}/{name}", prefix + name)
        return (ignore_of(prefix, patterns),) if patterns else ()

    def _patterns(self, location: str, path: str) -> list[str]:
        try:
            content = read_regular(location, MAX_IGNORE_BYTES)
        except OSError as error:
            self._problem(path, f"cannot be read: {reason_of(error)}")
            return []
        patterns, dropped = patterns_in(content)
        if dropped:
            self._problem(path, f"{dropped} patterns are too long, too many or too costly, and not used")
        return patterns

    def _problem(self, path: str, message: str) -> None:
        self.problems.append(Problem(file=shown(path), line=0, message=message))


def _path(file: SourceFile) -> str:
    return file.path
