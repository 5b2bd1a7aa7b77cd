"""Where reports go: `--output NAME=FILE`, files that are replaced at once and whole."""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from guardapi.errors import GuardApiError
from guardapi.report import formats

if TYPE_CHECKING:
    from guardapi.pipeline import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A report that goes to a file."""

    format: str
    file: Path


class OutputType(click.ParamType):  # type: ignore[type-arg]  # generic in newer releases only
    """`sarif=out.sarif`."""

    name = "NAME=FILE"

    def convert(
        self, value: str | Output, param: click.Parameter | None, ctx: click.Context | None
    ) -> Output:
        """The format and its file. Fails for one that is unknown, and for a file that cannot be made."""
        if isinstance(value, Output):
            return value
        name, separator, file = value.partition("=")
        if not separator:
            self.fail(f"'{value[:80]}' is not of the form NAME=FILE, such as sarif=out.sarif", param, ctx)
        if name not in formats.names():
            self.fail(f"there is no format '{name[:80]}'; {_known(name)}", param, ctx)
        fault = _fault(file)
        if fault:
            self.fail(f"'{value[:200]}': {fault}", param, ctx)
        return Output(format=name, file=Path(file))


def distinct(ctx: click.Context, param: click.Parameter, outputs: Sequence[Output]) -> tuple[Output, ...]:
    """The outputs, if no two go to the same file."""
    places = [os.path.realpath(output.file) for output in outputs]
    twice = [output.file for output, place in zip(outputs, places, strict=True) if places.count(place) > 1]
    if twice:
        raise click.BadParameter(f"two reports go to '{twice[-1]}'", ctx=ctx, param=param)
    return tuple(outputs)


def write_all(outputs: Sequence[Output], report: "Report", facts: formats.Facts) -> None:
    """Write every report. Raises GuardApiError for a file that cannot be written."""
    for output in outputs:
        replace_file(output.file, formats.render(output.format, report, facts))


def replace_file(file: Path, text: str) -> None:
    """Put a text in the place of a file: whoever reads it sees the old or the new one, and never a part."""
    target = Path(os.path.realpath(file))
    draft = target.with_name(f".{target.name[:40]}.{os.getpid()}.tmp")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(text.encode("utf-8", "backslashreplace"))
            if target.exists():
                shutil.copymode(target, draft)
            draft.replace(target)
        except OSError:
            with suppress(OSError):
                draft.unlink()
            raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise GuardApiError(f"{file} cannot be written: {reason}.") from None


def prefix_of(target: str) -> str:
    """Where the scanned folder lies in its repository, or below the current folder: `backend/`, or nothing."""
    if target == "-":
        return ""
    location = Path(os.path.realpath(target))
    folder = location if location.is_dir() else location.parent
    above = next((place for place in (folder, *folder.parents) if (place / ".git").exists()), None)
    above = above or Path(os.path.realpath("."))
    if folder == above or not folder.is_relative_to(above):
        return ""
    return f"{folder.relative_to(above).as_posix()}/"


def _known(name: str) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  # only for a slip

    near = get_close_matches(name[:80], formats.names(), n=1)
    return f"nearest: {near[0]}" if near else f"there are {', '.join(formats.names())}"


def _fault(file: str) -> str:
    """Why a file cannot be written, as far as that can be told before."""
    if not file:
        return "no file is named"
    if file == "-":
        return "standard output takes the report of --format"
    path = Path(file)
    try:
        if path.is_dir():
            return "that is a folder"
        if path.exists() and not path.is_file():
            return "that is no regular file"
        return "" if path.resolve().parent.is_dir() else f"there is no folder '{path.parent}'"
    except (OSError, ValueError, RuntimeError):
        return "that is no name of a file"
