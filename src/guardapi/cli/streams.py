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

if TYPE_CHECKING:
    from guardapi.report.terminal import Terminal

STANDARD_INPUT: Final = "-"
MAX_INPUT: Final = 5_000_000
LEAST_WIDTH: Final = 60
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


def terminal() -> "Terminal":
    """What standard output can show."""
    from guardapi.report.terminal import Terminal  # noqa: PLC0415  # rich, which JSON has no need of

    stream: TextIO | None = sys.stdout
    encoding = (stream.encoding if stream else None) or "ascii"
    ascii_only = not encoding.lower().startswith("utf")
    if stream is None or not stream.isatty():
        return Terminal(ascii_only=ascii_only)
    size = shutil.get_terminal_size()
    return Terminal(
        width=max(size.columns, LEAST_WIDTH),
        height=max(size.lines - 1, LEAST_HEIGHT),
        colour=not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
        ascii_only=ascii_only,
    )


@contextmanager
def working(message: str) -> Iterator[None]:
    """A spinner on standard error while something takes its time, if anyone looks at it."""
    stream: TextIO | None = sys.stderr
    if stream is None or not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    from rich.console import Console  # noqa: PLC0415  # only a terminal gets to see it

    with Console(stderr=True).status(message):
        yield


def _give_up(stream: TextIO) -> None:
    """Let what is still buffered go nowhere, so that the interpreter does not complain at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    except OSError:
        return
    finally:
        os.close(nowhere)
