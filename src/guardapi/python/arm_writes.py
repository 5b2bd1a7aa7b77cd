"""What the arms of an undecided branch write into objects: each starts from the same attributes, then they are
joined, as the names of a frame are."""

from collections.abc import Iterator
from contextlib import contextmanager
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

    @contextmanager
    def arm(self) -> Iterator[None]:
        """One arm: what it writes is kept, and taken back. Of one that raises nothing is kept."""
        outer, self.ev.written = self.ev.written, []
        try:
            yield
            self.ends.append(
                {(id(owner), name): owner.attributes.get(name, MISSING) for owner, name, _ in self.ev.written}
            )
        finally:
            for owner, name, old in reversed(self.ev.written):
                self.before[id(owner), name] = (owner, name, old)
                if old is MISSING:
                    owner.attributes.pop(name, None)
                else:
                    owner.attributes[name] = old
            self.ev.written = outer

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
