"""Temporary folders of this process. Each holds a locked file; a lock ends with its process: what is left shows."""

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

PREFIX: Final = "guardapi-"
MARK: Final = ".guardapi-owner"
_LOCKS: Final[dict[Path, int]] = {}
"""The descriptors that hold the locks of folders that are in use."""


def made(prefix: str = PREFIX) -> Path:
    """A new folder; those that nobody holds any more are removed."""
    remove_left()
    folder = Path(tempfile.mkdtemp(prefix=prefix)).resolve()
    new = folder / f"{MARK}-new"
    descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    _locked(descriptor)
    # Nobody sees the mark before it is locked.
    new.rename(folder / MARK)
    _LOCKS[folder] = descriptor
    return folder


def remove(folder: Path) -> None:
    """Remove a folder with everything in it, what was made unreadable included."""
    _remove_all(folder)
    descriptor = _LOCKS.pop(folder, None)
    if descriptor is not None:
        os.close(descriptor)


def remove_left() -> None:
    """Remove what processes left that were killed: folders with our name and mark, of this user, locked by nobody."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
                continue
            descriptor = os.open(folder / MARK, os.O_RDWR | os.O_NOFOLLOW)
            try:
                if _locked(descriptor):
                    _remove_all(folder)
            finally:
                os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Whether the lock of a file is ours now."""
    import fcntl  # noqa: PLC0415  # not on every system, and only where something is started

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove_all(path: Path) -> None:
    for folder, folders, _ in os.walk(path):
        for name in folders:
            below = Path(folder, name)
            # What a link points to is somebody else's.
            if not below.is_symlink():
                with suppress(OSError):
                    below.chmod(stat.S_IRWXU)
    shutil.rmtree(path, ignore_errors=True)
