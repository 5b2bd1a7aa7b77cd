"""What is written, as data: changes with the findings that they close, and the findings that stay open."""

from collections.abc import Mapping
from dataclasses import dataclass

from guardapi.findings import Finding
from guardapi.fix.source import Splice
from guardapi.remedy import Import, Remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """What a change does to one file."""

    splices: tuple[Splice, ...] = ()
    imports: tuple[Import, ...] = ()
    created: str | None = None
    """The text of a file that is made; there are no splices then."""
    notes: tuple[str, ...] = ()
    """What there is to say of what is done here, a sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change:
    """A remedy as it is written. Two are the same only if they are one object."""

    remedy: Remedy
    findings: tuple[Finding, ...]
    """Those that it closes, the worst first."""
    files: Mapping[str, FileChange]
    notes: tuple[str, ...] = ()
    """What there is to say of it as a whole beside the remedy's reason, a sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOpen:
    """A finding that no change closes, and why."""

    finding: Finding
    why: str
    """A phrase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixes:
    """What is written, and what is not."""

    changes: tuple[Change, ...] = ()
    left: tuple[LeftOpen, ...] = ()
