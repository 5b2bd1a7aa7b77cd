"""What the arms of an undecided branch write into objects: each starts from the same attributes, then they are
joined, as the names of a frame are."""

from typing import TYPE_CHECKING

from guardapi.python.values import MISSING, Instance, Value, join

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

Key = tuple[int, str]


class ArmWrites:
    """The attributes that the arms of one branch write."""

    def __init__(self, ev: "Evaluator") -> None:
        self.ev = ev
        self.before: dict[Key, tuple[Instance, str, Value]] = {}
        self.ends: list[dict[Key, Value]] = []
        """By arm that reaches its end."""
        self.outer: list[tuple[Instance, str, Value]] | None = None
        """What the arm around the branch has written."""

    def start(self) -> None:
        """From here on, what is written belongs to the next arm."""
        self.outer, self.ev.written = self.ev.written, []

    def take_back(self, *, keep: bool) -> None:
        """The end of an arm: what it wrote is undone, and kept for the join unless it raised."""
        written = self.ev.written or []
        if keep:
            self.ends.append(
                {(id(owner), name): owner.attributes.get(name, MISSING) for owner, name, _ in written}
            )
        for owner, name, old in reversed(written):
            self.before[id(owner), name] = (owner, name, old)
            if old is MISSING:
                owner.attributes.pop(name, None)
            else:
                owner.attributes[name] = old
        self.ev.written = self.outer

    def join(self) -> None:
        """Give each attribute the value that it has after one arm or the other."""
        for key, (owner, name, old) in self.before.items():
            unchanged = owner.cls.find(name) if old is MISSING else old
            joined: Value = MISSING
            for end in self.ends:
                value = end.get(key, unchanged)
                if value is not MISSING:
                    joined = value if joined is MISSING else join(joined, value)
            if joined is not MISSING:
                if self.ev.written is not None:
                    self.ev.written.append((owner, name, old))
                owner.attributes[name] = joined
