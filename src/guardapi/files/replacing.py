"""Files replaced only where they are still as they were read."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from guardapi.files.tree import read_regular, reason_of


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
