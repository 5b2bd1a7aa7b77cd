"""Everything a scan knows before any rule has looked."""

from dataclasses import dataclass, field

from guardapi.model.applications import App
from guardapi.model.deployment import Deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A file (or part of one) that could not be read; the rest of the scan went on."""

    file: str
    line: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Everything a scan knows before any rule has looked."""

    apps: tuple[App, ...] = ()
    deployment: Deployment = field(default_factory=Deployment)
    problems: tuple[Problem, ...] = ()
    files: int = 0
    """Python files that belong to the scan."""
