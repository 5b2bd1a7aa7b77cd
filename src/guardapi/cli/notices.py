"""What a run has to say beside its result: what was not found, and what went wrong."""

from collections.abc import Sequence
from typing import Final

from guardapi.cli.outcome import say
from guardapi.findings import counted
from guardapi.model import Inventory, Problem

MAX_PROBLEMS: Final = 5


def tell_no_application(inventory: Inventory, target: str) -> None:
    """Say where was looked, if there is no application."""
    if not inventory.apps:
        where = "standard input" if target == "-" else target
        files = counted(inventory.files, "Python file")
        say(f"no application found (looked in {files} of {where})")


def tell_problems(problems: Sequence[Problem]) -> None:
    """The first few things that could not be read."""
    for problem in problems[:MAX_PROBLEMS]:
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        say(f"{place}: {problem.message}")
    if len(problems) > MAX_PROBLEMS:
        say(f"and {counted(len(problems) - MAX_PROBLEMS, 'more problem')} (--format json has all)")
