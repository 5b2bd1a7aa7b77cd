"""The projects that an editor shows, each scanned with the texts that it holds, and again only if these differ."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from guardapi.errors import NothingToScanError
from guardapi.files import Tree, open_tree
from guardapi.files.overlaid import overlaid, remembered
from guardapi.findings import Finding
from guardapi.pipeline import Report, scan_tree
from guardapi.selection import chosen
from guardapi.settings import FILE, PYPROJECT, Settings, nearest

MARKS: Final = (FILE, PYPROJECT, ".git")
"""What stands in the root folder of a project."""
State = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """A project as it was scanned."""

    tree: Tree
    """It remembers what was read."""
    report: Report
    state: State

    def findings_of(self, path: str) -> tuple[Finding, ...]:
        """Those that stand in a file."""
        return tuple(finding for finding in self.report.findings if finding.place.file == path)


@dataclass(slots=True)
class Project:
    """A folder, and what its last scan has found."""

    root: Path
    scanned: Scanned | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def path_of(self, file: Path) -> str | None:
        """A file's path in the scan; None where it lies elsewhere."""
        return file.relative_to(self.root).as_posix() if file.is_relative_to(self.root) else None

    def scan(self, texts: Mapping[str, bytes]) -> Scanned | None:
        """Scan the folder with the texts of open files, by path, unless nothing has changed since the last time.

        None where there is nothing to scan. Raises GuardApiError.
        """
        with self._lock:
            settings = nearest(self.root)
            try:
                tree = settings.included(open_tree(self.root))
            except NothingToScanError:
                self.scanned = None
                return None
            known = {file.path for file in (*tree.python, *tree.others)}
            shown = {path: text for path, text in texts.items() if path in known}
            state = self._state(tree, shown, settings)
            if self.scanned is None or self.scanned.state != state:
                tree = remembered(overlaid(tree, shown))
                report = chosen(scan_tree(tree, settings.options), settings.selection)
                self.scanned = Scanned(tree=tree, report=report, state=state)
            return self.scanned

    def _state(self, tree: Tree, texts: Mapping[str, bytes], settings: Settings) -> State:
        """What a scan depends on: equal states have equal reports."""
        files = tuple(
            (file.path, texts.get(file.path) or _stamp(self.root / file.path))
            for file in (*tree.python, *tree.others)
        )
        return (files, settings)


def root_of(file: Path, folders: tuple[Path, ...]) -> Path:
    """The project of a file: the innermost open folder around it, or else the nearest one that looks like one."""
    around = [folder for folder in folders if file.is_relative_to(folder)]
    if around:
        return max(around, key=lambda folder: len(folder.parts))
    return next(
        (folder for folder in file.parents if any((folder / mark).exists() for mark in MARKS)), file.parent
    )


def _stamp(file: Path) -> object:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
