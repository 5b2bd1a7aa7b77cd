"""What a run is at, for whoever watches it. It says nothing by itself."""

from dataclasses import dataclass


@dataclass(slots=True)
class Progress:
    """A phase, and how far it is; a run sets them, and another thread may look at them at any time."""

    phase: str = ""
    """What is done, such as `Reading handlers`."""
    done: int = 0
    total: int = 0
    """0 where it is not known."""
    files: int = 0
    """Contents of files that were asked for, in all phases."""

    def enter(self, phase: str, total: int = 0) -> None:
        """Something else begins."""
        self.phase, self.done, self.total = phase, 0, total

    def step(self) -> None:
        """One more is done."""
        self.done += 1
