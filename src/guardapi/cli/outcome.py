"""How a run ends, and what is said on standard error."""

from enum import IntEnum
from typing import Final

import click

from guardapi.report.escape import visible

MAX_MESSAGE: Final = 2_000
MAX_LINES: Final = 60


class ExitCode(IntEnum):
    """The exit statuses; there are no others."""

    CLEAN = 0
    FINDINGS = 1
    FAILURE = 2


EXIT_STATUS: Final = """\b
Exit status:
  0  nothing was found at or above --fail-on
  1  something was found
  2  wrong usage or configuration, nothing to scan, or an internal failure"""


def say_lines(text: str) -> None:
    """A sentence with what belongs to it below: the first line as `say` writes it, each other one safe by itself."""
    first, *others = text.splitlines()
    say(first)
    for line in others[:MAX_LINES]:
        click.echo(visible(line[:MAX_MESSAGE]), err=True)


def say(sentence: str) -> None:
    """A line on standard error; whatever a file name holds, it stays one line."""
    click.echo(f"guardapi: {visible(sentence[:MAX_MESSAGE])}", err=True)
