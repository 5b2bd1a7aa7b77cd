"""Standard output and input, and what the terminal can show."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from guardapi.errors import GuardApiError, UsageError
from guardapi.files import Tree, from_text, open_tree
from guardapi.progress import Progress

if TYPE_CHECKING:
    from guardapi.report.terminal import Terminal

STANDARD_INPUT: Final = "-"
MAX_INPUT: Final = 5_000_000
LEAST_WIDTH: Final = 40
LEAST_HEIGHT: Final = 20


def read_target(target: str) -> Tree:
    """The files that the argument PATH names."""
    if target != STANDARD_INPUT:
        return open_tree(Path(target))
    stream: TextIO | None = sys.stdin
    content = stream.buffer.read(MAX_INPUT + 1) if stream else b""
    if len(content) > MAX_INPUT:
        raise UsageError(f"Standard input is longer than {MAX_INPUT} bytes.")
    return from_text(content)


def place_of(target: str) -> Path:
    """Where the configuration for the argument PATH is looked for."""
    return Path() if target == STANDARD_INPUT else Path(target)


def write(text: str) -> None:
    """Write to standard output; a reader who has gone away is no error."""
    # None where it was closed before the start (`>&-`): typeshed does not know that.
    stream: TextIO | None = sys.stdout
    if stream is None:
        return
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except OSError as error:
        _give_up(stream)
        if not isinstance(error, BrokenPipeError):
            raise GuardApiError(f"The output cannot be written: {(error.strerror or '').lower()}.") from None


def write_bytes(content: bytes) -> None:
    """Write bytes to standard output as they are; a reader who has gone away is no error."""
    stream: TextIO | None = sys.stdout
    if stream is None:
        return
    try:
        stream.flush()
        stream.buffer.write(content)
        stream.flush()
    except OSError as error:
        _give_up(stream)
        if not isinstance(error, BrokenPipeError):
            raise GuardApiError(f"The output cannot be written: {(error.strerror or '').lower()}.") from None


def terminal(target: str | None = None) -> "Terminal":
    """What standard output can show; with the argument PATH, places below it are links where a terminal knows them."""
    from guardapi.report.terminal import Terminal  # noqa: PLC0415  # rich, which JSON has no need of

    stream: TextIO | None = sys.stdout
    ascii_only = _is_ascii_only(stream)
    if stream is None or not stream.isatty():
        return Terminal(ascii_only=ascii_only)
    size = shutil.get_terminal_size()
    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Terminal(
        width=max(size.columns, LEAST_WIDTH),
        height=max(size.lines - 1, LEAST_HEIGHT),
        colour=colour,
        ascii_only=ascii_only,
        root=_root_of(target) if target is not None and _opens_links() else None,
    )


@contextmanager
def working(message: str) -> Iterator[Progress]:
    """Tell on standard error what is done while something takes its time, if anyone looks at it."""
    progress = Progress(phase=message)
    stream: TextIO | None = sys.stderr
    if stream is None or not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield progress
        return
    from guardapi.cli.display import shown  # noqa: PLC0415  # only a terminal gets to see it

    with shown(progress, ascii_only=_is_ascii_only(stream)):
        yield progress


def _opens_links() -> bool:
    """Whether links may be written. Terminals that do not know them leave them out, but for the console of Linux."""
    asked = os.environ.get("FORCE_HYPERLINK")
    return asked != "0" if asked else os.environ.get("TERM") != "linux"


def _root_of(target: str) -> Path | None:
    """The folder below which the places of a target are."""
    if target == STANDARD_INPUT:
        return None
    place = Path(os.path.abspath(target))  # noqa: PTH100  # symbolic links stay as the user named them
    return place if place.is_dir() else place.parent


def _is_ascii_only(stream: TextIO | None) -> bool:
    encoding = (stream.encoding if stream else None) or "ascii"
    return not encoding.lower().startswith("utf")


def _give_up(stream: TextIO) -> None:
    """Let what is still buffered go nowhere, so that the interpreter does not complain at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    except OSError:
        return
    finally:
        os.close(nowhere)
