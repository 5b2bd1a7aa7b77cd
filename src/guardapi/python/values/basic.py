"""What is not known, what comes from elsewhere, containers, and one of several."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from guardapi.place import Place

# A value is any Python object of the kinds named here; a narrower alias would have to list `object` anyway.
Value = Any

CONSTANTS: Final = (str, int, float, complex, bytes, bool, type(None), type(Ellipsis))
MAX_NAME = 160
MAX_CALLS: Final = 16
MAX_OPTIONS = 6


class Unknown:
    """A value that could not be decided, and why."""

    __slots__ = ("reason", "truth")

    def __init__(self, reason: str, truth: bool | None = None) -> None:
        self.reason = reason
        self.truth = truth
        """What an undecided condition on it most likely is, where a default tells; None: no idea."""

    def __repr__(self) -> str:
        return f"<unknown: {self.reason}>"


class External:
    """Something of a distribution whose source is not in the tree, by its qualified name.

    A call is written into the name: `redis.Redis().ping` is a method of an instance.
    """

    __slots__ = ("calls", "name")

    def __init__(self, name: str, calls: "list[tuple[str, Value]] | None" = None) -> None:
        self.name = name
        self.calls = calls
        """The calls that gave it, then the first ones of its own methods: what was called, and the arguments.
        An object and its attributes share the list."""

    def __repr__(self) -> str:
        return f"<external {self.name}>"

    def attribute(self, name: str) -> "External | Unknown":
        """The attribute `name` of it."""
        if len(self.name) > MAX_NAME:
            return Unknown(f"{self.name[:40]}... is too long a chain")
        return External(f"{self.name}.{name}", self.calls)

    def item(self) -> "External | Unknown":
        """An item of it."""
        if len(self.name) > MAX_NAME:
            return Unknown(f"{self.name[:40]}... is too long a chain")
        return External(f"{self.name}[]", self.calls)

    def called(self, arguments: Value = None) -> "External | Unknown":
        """What a call of it returns."""
        if len(self.name) > MAX_NAME:
            return Unknown(f"{self.name[:40]}... is too long a chain")
        made = (self.name, arguments)
        answer = External(f"{self.name}()", [*(self.calls or ()), made])
        if self.calls is not None and len(self.calls) < MAX_CALLS:
            self.calls.append(made)
        return answer


class DictValue(dict[Value, Value]):
    """A mapping; `open` says that there may be more keys than those known."""

    __slots__ = ("open", "places")

    def __init__(self, items: Iterable[tuple[Value, Value]] | dict[Value, Value] = ()) -> None:
        super().__init__(items)
        self.open: str | None = None
        """Why there may be more keys, or None."""
        self.places: dict[Value, Place | None] | None = None
        """Where each key was set last, for mappings whose places matter (settings)."""

    __hash__ = object.__hash__  # type: ignore[assignment]  # values are told apart by identity


class SetValue(dict[Value, None]):
    """A set that keeps the order of insertion, so that answers do not depend on hashes."""

    __slots__ = ()

    def __init__(self, items: Iterable[Value] = ()) -> None:
        super().__init__((item, None) for item in items if is_hashable(item))

    __hash__ = object.__hash__  # type: ignore[assignment]


class Union:
    """One of several values; which, could not be decided."""

    __slots__ = ("options",)

    def __init__(self, options: tuple[Value, ...]) -> None:
        self.options = options

    def __iter__(self) -> Iterator[Value]:
        return iter(self.options)


MISSING: Final = Unknown("not there")


def join(left: Value, right: Value) -> Value:
    """The value that is one or the other."""
    if left is right or (isinstance(left, CONSTANTS) and type(left) is type(right) and left == right):
        return left
    # Constants are one option by value, everything else by identity.
    options: dict[object, Value] = {}
    for side in (left, right):
        for option in side.options if type(side) is Union else (side,):
            options.setdefault(
                (type(option), option) if isinstance(option, CONSTANTS) else id(option), option
            )
    found = tuple(options.values())
    if len(found) == 1:
        return found[0]
    if type(left) is Union and found[:MAX_OPTIONS] == left.options:
        return left
    return Union(found[:MAX_OPTIONS])


def is_hashable(value: Value) -> bool:
    """Whether it can be a key here: constants by value, objects by identity."""
    try:
        hash(value)
    except TypeError:
        return False
    return True


def spread(function: Callable[..., Value], *values: Value) -> Value:
    """The function over every combination of the options of unions, joined."""
    for position, value in enumerate(values):
        if type(value) is Union:
            answer: Value = MISSING
            for option in value:
                part = spread(function, *values[:position], option, *values[position + 1 :])
                answer = part if answer is MISSING else join(answer, part)
            return answer
    return function(*values)
