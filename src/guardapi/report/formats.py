"""The formats that findings are written in: one module `findings_NAME.py` each, found by its name.

A writer is a function `render(report, ...) -> str`. Beyond the report it may name, as parameters, the facts of the
run that it needs (`FACTS`); each is worked out only if a writer of that run asks for it.
"""

import inspect
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

import guardapi.report

if TYPE_CHECKING:
    from guardapi.pipeline import Report

PREFIX: Final = "findings_"
FACTS: Final = {
    "terminal": "guardapi.report.terminal.Terminal: what will show it; asked for standard output alone",
    "profile": "guardapi.config.Profile: how much the user wants to see",
    "target": "str: what was scanned, as the user named it",
    "is_whole": "bool: whether nothing is to be left out for the sake of brevity",
    "prefix": "str: what stands before the paths of places to make them paths of the repository: `backend/`",
    "fail_on": "guardapi.findings.Severity: the least that fails the run; None where nothing does",
    "started": "datetime.datetime: when the scan began",
    "ended": "datetime.datetime: when it was done",
}
"""What a writer may ask for, by the name of its parameter."""

Facts = Mapping[str, Callable[[], object]]


@cache
def names() -> tuple[str, ...]:
    """The name of every format, in order. No writer is imported for that."""
    found = (module.name for module in pkgutil.iter_modules(guardapi.report.__path__))
    return tuple(
        sorted(name.removeprefix(PREFIX).replace("_", "-") for name in found if name.startswith(PREFIX))
    )


def writer(name: str) -> Callable[..., str]:
    """The function that writes a format."""
    module = import_module(f"{guardapi.report.__name__}.{PREFIX}{name.replace('-', '_')}")
    render: Callable[..., str] = module.render
    return render


def render(name: str, report: "Report", facts: Facts) -> str:
    """A report in a format; facts that are not given keep the default that the writer has for them."""
    write = writer(name)
    _, *wanted = inspect.signature(write).parameters
    return write(report, **{fact: facts[fact]() for fact in wanted if fact in facts})
