"""The options of one run."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from guardapi.errors import ConfigurationError


class Profile(StrEnum):
    """How much a report shows."""

    DEFAULT = "default"
    """What is sure or likely, and costly."""
    PEDANTIC = "pedantic"
    """Every unlimited route, and advice."""
    AUDIT = "audit"
    """All of that, and what could not be decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user can choose about a run; how it is printed is no part of it."""

    include_tests: bool = False
    """Files of the project's own test suite count as its code."""
    profile: Profile = Profile.DEFAULT
    limiters: tuple[str, ...] = ()
    """`module:name` of decorators and functions of the project that limit by other means."""


DEFAULT_OPTIONS: Final = Options()


def declared_limiters(pyproject: bytes) -> tuple[str, ...]:
    """`limiters` of `[tool.guardapi]`. Raises ConfigurationError where it is no list of `module:name`."""
    import tomllib  # noqa: PLC0415  # only where there is such a file

    try:
        table = tomllib.loads(pyproject.decode()).get("tool", {}).get("guardapi", {})
    except (ValueError, AttributeError, RecursionError):
        return ()  # a file that other tools complain about; nothing of ours can be read from it
    found = table.get("limiters", []) if isinstance(table, dict) else []
    if not isinstance(found, list) or not all(isinstance(name, str) and ":" in name for name in found):
        raise ConfigurationError(
            f'[tool.guardapi] limiters must be a list of "module:name" texts, not {found!r}'
        )
    return tuple(found)
