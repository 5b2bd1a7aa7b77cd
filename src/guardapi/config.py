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
class Options:
    """What a user can choose about a run; how it is printed is no part of it."""

    include_tests: bool = False
    """Files of the project's own test suite count as its code."""
    profile: Profile = Profile.DEFAULT


DEFAULT_OPTIONS: Final = Options()
