"""The temporary folder of a proof: a copy of the project, a home, and a place for temporary files.

An application may write where it stands (`instance/`, a log, an SQLite file), and the project must not be written to,
so it runs in a copy. What one plan has changed in it is put back before the next.
"""

import os
import shutil
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from types import TracebackType
from typing import Final, NamedTuple, Self

from guardapi.errors import TargetError
from guardapi.files.names import shown
from guardapi.prove.processes import folders
from guardapi.prove.processes.folders import MARK
from guardapi.prove.processes.target import Bounds, Target

NEVER_COPIED: Final = frozenset(
    {
        *(".git", ".hg", ".svn", ".bzr", ".jj", "node_modules", "bower_components", "__pycache__"),
        *(".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".direnv"),
    }
)
_SHOWN_FOLDERS: Final = 3
_PROJECT: Final = "project"
_BACKUP: Final = "kept"
_ENVIRONMENT_MARKS: Final = frozenset({"pyvenv.cfg", "conda-meta"})


class Stamp(NamedTuple):
    """What changes when a file is written; of a folder, what kind it is."""

    mode: int
    size: int = 0
    time: int = 0
    number: int = 0


@dataclass(slots=True)
class Workspace:
    """A folder with all that a running application may write to."""

    path: Path
    source: Path
    _copied: dict[str, Stamp] = field(default_factory=dict)
    _kept: dict[str, Stamp] = field(default_factory=dict)

    @classmethod
    def of(cls, target: Target, bounds: Bounds) -> Self:
        """Copy a project. Raises `TargetError` where it is too large, or cannot be read."""
        made = cls(folders.made(), target.root)
        try:
            for folder in (made.home, made.temporary, made.project):
                folder.mkdir()
            _copy(target.root, made.project, bounds)
            made._copied = dict(_stamps(made.path))
        except OSError as error:
            made.remove()
            raise TargetError(
                f"{shown(str(error.filename or target.root))} cannot be copied: {error.strerror}."
            ) from None
        except BaseException:
            made.remove()
            raise
        return made

    @property
    def project(self) -> Path:
        """The copy of the project."""
        return self.path / _PROJECT

    @property
    def home(self) -> Path:
        """What the application takes for the home of the user."""
        return self.path / "home"

    @property
    def temporary(self) -> Path:
        """Where its temporary files go."""
        return self.path / "tmp"

    def environment(self, target: Target) -> dict[str, str]:
        """The environment of its processes: nothing of the user's but `PATH` and `LANG`."""
        home = str(self.home)
        return {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "HOME": home,
            "TMPDIR": str(self.temporary),
            "XDG_CACHE_HOME": f"{home}/.cache",
            "XDG_CONFIG_HOME": f"{home}/.config",
            "XDG_DATA_HOME": f"{home}/.local/share",
            "XDG_STATE_HOME": f"{home}/.local/state",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            **target.environment,
        }

    def keep(self) -> None:
        """Remember everything as it is now; what is as it was copied can be copied again."""
        self._kept = dict(_stamps(self.path))
        for name, stamp in self._kept.items():
            if stat.S_ISREG(stamp.mode) and self._copied.get(name) != stamp:
                copied = self.path / _BACKUP / name
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.path / name, copied)

    def restore(self) -> None:
        """Put back what has been changed since then. Raises `TargetError` where the project has gone meanwhile."""
        now = dict(_stamps(self.path))
        for name in sorted(now.keys() - self._kept.keys(), reverse=True):
            _remove(self.path / name)
        for name, stamp in sorted(self._kept.items()):
            if now.get(name) != stamp:
                try:
                    self._put_back(name, stamp)
                except OSError as error:
                    raise TargetError(f"{shown(name)} cannot be put back: {error.strerror}.") from None
                now[name] = _stamp(self.path / name) or stamp
        self._kept = {name: now[name] for name in self._kept}

    def _put_back(self, name: str, stamp: "Stamp") -> None:
        path = self.path / name
        if stat.S_ISDIR(stamp.mode):
            path.mkdir(exist_ok=True)
            path.chmod(stat.S_IMODE(stamp.mode))
        elif stat.S_ISREG(stamp.mode):
            kept = self.path / _BACKUP / name
            shutil.copy2(kept if kept.exists() else self.source / Path(name).relative_to(_PROJECT), path)

    def remove(self) -> None:
        """Remove everything."""
        folders.remove(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self.remove()


def _copy(root: Path, to: Path, bounds: Bounds) -> None:
    """Links are copied as links: they are not followed, and nothing may be written through them."""
    sizes: Counter[str] = Counter()
    files = 0
    for entry, below in _entries(root, PurePath()):
        place = to / below
        if entry.is_symlink():
            place.symlink_to(_aim_of(Path(entry.path), root, to))
        elif entry.is_dir():
            place.mkdir()
        elif entry.is_file():
            files += 1
            sizes[below.parts[0]] += entry.stat().st_size
            if files > bounds.copied_files or sizes.total() > bounds.copied_bytes:
                raise TargetError(_too_large(root, sizes, bounds))
            shutil.copyfile(entry.path, place)
            shutil.copystat(entry.path, place)


def _aim_of(link: Path, root: Path, to: Path) -> Path:
    """What a link of the copy points to: within the project to the copy, elsewhere to what it has pointed to."""
    aim, real = link.resolve(), root.resolve()
    return to / aim.relative_to(real) if aim.is_relative_to(real) else aim


def _entries(root: Path, below: PurePath) -> Iterator[tuple[os.DirEntry[str], PurePath]]:
    """What belongs to the project and can be read; each folder before what is in it."""
    with os.scandir(root / below) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if not os.access(entry.path, os.R_OK) and not entry.is_symlink():
            continue
        if not entry.is_dir(follow_symlinks=False):
            yield entry, below / entry.name
        elif entry.name not in NEVER_COPIED and not _is_environment(Path(entry.path)):
            yield entry, below / entry.name
            yield from _entries(root, below / entry.name)


def _is_environment(folder: Path) -> bool:
    return any((folder / mark).exists() for mark in _ENVIRONMENT_MARKS)


def _too_large(root: Path, sizes: Mapping[str, int], bounds: Bounds) -> str:
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:_SHOWN_FOLDERS]
    listed = ", ".join(f"{shown(name)} {size / 2**20:.0f} MiB so far" for name, size in largest)
    return (
        f"{shown(str(root))} is copied before its application runs, and is too large for that: more than"
        f" {bounds.copied_bytes // 2**20} MiB or {bounds.copied_files} files ({listed})."
        " Move what the application does not need out of the project, or name a smaller folder."
    )


def _stamps(root: Path) -> Iterator[tuple[str, Stamp]]:
    """Everything below a folder, but not what is kept to restore it."""
    for folder, below, files in os.walk(root):
        if Path(folder) == root:
            below[:] = [name for name in below if name != _BACKUP]
            files[:] = [name for name in files if name != MARK]
        for name in (*below, *files):
            path = Path(folder, name)
            if stamp := _stamp(path):
                yield str(path.relative_to(root)), stamp


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    if stat.S_ISDIR(found.st_mode):
        return Stamp(found.st_mode)
    return Stamp(found.st_mode, found.st_size, found.st_mtime_ns, found.st_ino)


def _remove(path: Path) -> None:
    if path.is_symlink() or not path.is_dir():
        with suppress(OSError):
            path.unlink()
        return
    folders.remove(path)
