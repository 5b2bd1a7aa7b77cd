"""The options of one run."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Profile(StrEnum):
    """How much a report shows."""

    DEFAULT = "default"
    """What is sure or likely, and costly."""
    PEDANTIC = "pedantic"
    """Every unlimited route, and advice."""
    AUDIT = "audit"
    """All of that, and what could not be decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredSink:
    """A call that the user declares to cost something."""

    name: str
    """A path as the tables of `guardapi.work.sinks` write them: `acme.Client().render`."""
    kind: str
    """The name of a `guardapi.sink.Kind`, in lower case with hyphens: `paid-api`."""
    work: str
    """The name of a `guardapi.sink.WorkClass`, in lower case: `money`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeLimit:
    """A limit that something in front of the application enforces, as the user declares it."""

    path: str
    """The prefix of the paths that it holds for."""
    limit: str
    """`10 per 1 minute`."""
    place: str
    """What enforces it, in the user's words: `cloudflare`, `deploy/nginx.conf`."""
    rate: float
    """Requests a second."""
    file: str = ""
    line: int = 1
    """Where it is declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user can choose about a run; how it is printed is no part of it."""

    include_tests: bool = False
    """Files of the project's own test suite count as its code."""
    profile: Profile = Profile.DEFAULT
    limiters: tuple[str, ...] = ()
    """`module:name` of decorators and functions of the project that limit by other means."""
    authentication: tuple[str, ...] = ()
    """`module:name` of decorators and functions that let only known callers pass."""
    sinks: tuple[DeclaredSink, ...] = ()
    edge_limits: tuple[EdgeLimit, ...] = ()


DEFAULT_OPTIONS: Final = Options()
