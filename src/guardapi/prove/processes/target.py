"""The application that is to run: where it is, how it is named, and which interpreter has its libraries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An application that can be booted. What is in its folder is copied; the folder itself is never written to."""

    root: Path
    """The folder of the project."""
    app: str
    """`module:name`, `module:factory` or `module:factory("argument")`."""
    folder: str = "."
    """Where imports start, below the root; with `/`."""
    python: Path
    """The interpreter of its virtual environment."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What is in its environment beside `PATH` and `LANG`; nothing else of the user's is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What an application may use. To exceed one is an answer, or a `TargetError`, that names it."""

    boot_seconds: float = 60.0
    answer_seconds: float = 10.0
    silent_seconds: float = 12.0
    """For one answer while other servers are silent: more than the time that most clients wait for these."""
    plan_seconds: float = 120.0
    """For all requests of one plan."""
    cpu_seconds: int = 120
    """Of one process: of the boot, and again of each plan."""
    memory_bytes: int = 4 * 2**30
    file_bytes: int = 64 * 2**20
    """Of one file that it writes."""
    open_files: int = 512
    processes: int = 256
    """Processes and threads, beside those that the user runs anyway; the system exempts root."""
    copied_bytes: int = 512 * 2**20
    copied_files: int = 50_000
