"""How the progress of a run is drawn: one line of the terminal, which is gone at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from guardapi.progress import Progress

A_SECOND: Final = 8
"""Times that the line is drawn; nothing is drawn for each file, so that watching costs nothing."""


class Line:
    """What is to be seen of a progress at the moment of drawing."""

    def __init__(self, progress: Progress, *, ascii_only: bool) -> None:
        self._progress = progress
        self._ascii_only = ascii_only
        self._spinner = Spinner("line" if ascii_only else "dots", style="green")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        mark = self._spinner.render(console.get_time())
        line = Text(no_wrap=True, overflow="crop" if self._ascii_only else "ellipsis")
        yield line.append(mark if isinstance(mark, Text) else "").append(f" {told(self._progress)}")


def told(progress: Progress) -> str:
    """`Reading handlers: 2 of 5, 312 files`."""
    parts = [
        *([f"{progress.done} of {progress.total}"] if progress.total else []),
        *([f"{progress.files} files"] if progress.files else []),
    ]
    return f"{progress.phase}{': ' if parts else ''}{', '.join(parts)}"


@contextmanager
def shown(progress: Progress, *, ascii_only: bool) -> Iterator[None]:
    """Draw it on standard error, again and again, until the end."""
    line = Line(progress, ascii_only=ascii_only)
    with Live(
        line,
        console=Console(stderr=True),
        transient=True,
        refresh_per_second=A_SECOND,
        redirect_stdout=False,
        redirect_stderr=False,
    ):
        yield
