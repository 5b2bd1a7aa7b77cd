"""How a table says which calls are sinks, and the look-up of a call in all tables."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Final, TypeVar

from guardapi.place import Place
from guardapi.python.values import Class, Instance
from guardapi.sink import Kind, Role, WorkClass
from guardapi.work.flow import NOTHING, UNRESOLVED, Abstract, Flow

if TYPE_CHECKING:
    import ast

    from guardapi.work.run import Run


T = TypeVar("T")


@dataclass(slots=True)
class Invocation:
    """A call, as a table's `inspect` sees it."""

    path: str
    """What is called, `requests.Session().get`; see `Spec.names`."""
    function: Flow
    receiver: Flow
    """What the method is called on; NOTHING for a plain function."""
    args: list[Flow]
    kwargs: dict[str, Flow]
    is_open: bool
    """Whether there are more arguments than these (`*args`, `**kwargs`)."""
    node: "ast.Call"
    run: "Run"

    def argument(self, *names: int | str) -> Flow | None:
        """The first of some positions and names that is passed."""
        for name in names:
            if isinstance(name, int):
                if name < len(self.args):
                    return self.args[name]
            elif name in self.kwargs:
                return self.kwargs[name]
        return None

    def expression(self, *names: int | str) -> "ast.expr | None":
        """The same as it is written; None where it is not written in this call."""
        is_plain = len(self.node.args) == len(self.args)
        by_name = {keyword.arg: keyword.value for keyword in self.node.keywords}
        for name in names:
            if isinstance(name, int):
                if name < len(self.args):
                    return self.node.args[name] if is_plain else None
            elif name in self.kwargs:
                return by_name.get(name)
        return None

    def constant(self, *names: int | str) -> object:
        """The constant that is passed so; UNRESOLVED where it is none, or nothing is passed."""
        found = self.argument(*names)
        return found.value if found is not None and found.is_constant else UNRESOLVED


Facts = Mapping[str, object]
Inspect = Callable[[Invocation], "Facts | None"]
"""Facts of a call, or None where it is no sink after all. May use the key `kind` or `work` to change these."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spec:
    """Calls that are one kind of sink."""

    kind: Kind
    work: WorkClass
    names: tuple[str, ...]
    """Paths of what is called. `{a,b}`: either; `*`: a part of a name; `**`: anything, calls between included.
    `?` stands for a receiver that could not be resolved (the finding is then not certain), `data` for caller data."""
    roles: Mapping[Role, tuple[int | str, ...]] = field(default_factory=dict)
    """Positions and names of the arguments that matter; position -1 is the receiver."""
    timeout: tuple[int | str, ...] | None = None
    """Positions and names of the argument that bounds the time; None where the question makes no sense."""
    maker_timeout: tuple[int | str, ...] = ()
    """The same for the call that made the receiver (`httpx.Client(timeout=5)`), where the call passes none;
    that call must be among the `MAKERS` of a table."""
    default_timeout: float | None = None
    """Seconds that hold where no timeout is passed; None: for ever."""
    inspect: Inspect | None = None
    runs: tuple[int | str, ...] = ()
    """Arguments that are functions which run later, outside the request."""

    def flow_in(self, call: Invocation, name: int | str) -> Flow:
        """The argument at a position or by a name."""
        return call.receiver if name == -1 else (call.argument(name) or NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """What calls of a library give where later work depends on it; the `ANSWERS` of a table."""

    names: tuple[str, ...]
    """As in `Spec`."""
    gives: "Callable[[Invocation], Flow | None]"


AttributeAnswer = Callable[["Run", Flow, str, Flow], "Flow | None"]
"""One of the `ATTRIBUTES` of a table: `owner.name` of a class of the project or an object of one, with what
is known of it otherwise."""


@cache
def _tables() -> tuple[ModuleType, ...]:
    from guardapi.work import sinks  # noqa: PLC0415  # the tables need what this module defines

    return tuple(
        importlib.import_module(f"{sinks.__name__}.{found.name}")
        for found in pkgutil.iter_modules(sinks.__path__)
    )


@cache
def _index(names: str = "SINKS") -> dict[str, list[tuple[str, Spec]]]:
    index: dict[str, list[tuple[str, Spec]]] = {}
    for table in _tables():
        for spec in getattr(table, names, ()):
            for name in spec.names:
                for key in _keys(name):
                    index.setdefault(key, []).append((name, spec))
    return index


@cache
def _kept(names: str) -> dict[str, list[tuple[str, None]]]:
    index: dict[str, list[tuple[str, None]]] = {}
    for table in _tables():
        for name in getattr(table, names, ()):
            for key in _keys(name):
                index.setdefault(key, []).append((name, None))
    return index


@lru_cache(maxsize=8192)
def reads_of(path: str) -> tuple[Spec, ...]:
    """The specs (the `READS` of a table) of an attribute whose reading alone is the work."""
    return tuple(dict.fromkeys(_fitting(_index("READS"), path)))


def _keys(name: str) -> set[str]:
    """Where to look a name up: by its last part; where that is any, by its first one; else under `*`."""
    keys: set[str] = set()
    for plain in _alternatives(name):
        first, last = plain.partition(".")[0], plain.rpartition(".")[2]
        keys.add(last if "*" not in last else f"{first}.*" if "*" not in first else "*")
    return keys


def _fitting(index: "Mapping[str, list[tuple[str, T]]]", path: str) -> "list[T]":
    """What is filed under the names that a path fits."""
    first, last = path.partition(".")[0], path.rpartition(".")[2]
    found = (*index.get(last, ()), *index.get(f"{first}.*", ()), *index.get("*", ()))
    return [held for name, held in found if _pattern(name).fullmatch(path)]


@lru_cache(maxsize=8192)
def specs_of(path: str) -> tuple[Spec, ...]:
    """The specs that a call of `path` fits."""
    return tuple(dict.fromkeys(_fitting(_index(), path)))


@cache
def _answers() -> dict[str, list[tuple[str, Answer]]]:
    index: dict[str, list[tuple[str, Answer]]] = {}
    for table in _tables():
        for answer in getattr(table, "ANSWERS", ()):
            for name in answer.names:
                for key in _keys(name):
                    index.setdefault(key, []).append((name, answer))
    return index


@lru_cache(maxsize=8192)
def _answers_of(path: str) -> tuple[Answer, ...]:
    return tuple(dict.fromkeys(_fitting(_answers(), path)))


def table_answer(made: Invocation) -> Flow | None:
    """What a table says that a call gives; the tables record what it costs where it depends on that."""
    for flow in (*made.args, *made.kwargs.values()):
        if isinstance(flow.value, Abstract):
            flow.value.passed(made)
    for holder in (made.receiver.value, made.function.value):
        if isinstance(holder, Abstract) and (found := holder.called(made)) is not None:
            return found
    for answer in _answers_of(made.path):
        found = answer.gives(made)
        if found is not None:
            return found
    return None


@cache
def _attributes() -> tuple[AttributeAnswer, ...]:
    return tuple(answer for table in _tables() for answer in getattr(table, "ATTRIBUTES", ()))


def table_attribute(run: "Run", owner: Flow, name: str, found: Flow) -> Flow | None:
    """What a table says that an attribute is."""
    value = owner.value
    if isinstance(value, Abstract):
        return value.attribute(name)
    if isinstance(value, Class | Instance):
        for answer in _attributes():
            special = answer(run, owner, name, found)
            if special is not None:
                return special
    return None


@lru_cache(maxsize=8192)
def keeps_arguments(path: str) -> bool:
    """Whether a call of `path` makes (or sets up) an object whose later work depends on its arguments."""
    return _fits(path, "MAKERS") or sets_up(path)


@lru_cache(maxsize=8192)
def sets_up(path: str) -> bool:
    """Whether a call of `path` changes what its receiver does later (`Session().mount`)."""
    return _fits(path, "SET_UP")


@lru_cache(maxsize=8192)
def _fits(path: str, names: str) -> bool:
    return bool(_fitting(_kept(names), path))


def timeout_of(spec: Spec, made: Invocation) -> object:
    """Seconds, `none` (waits for ever), or `unknown`."""
    passed = made.argument(*spec.timeout or ())
    is_open = made.is_open
    if passed is None and spec.maker_timeout:
        for given in reversed(made.function.calls):
            passed = given.argument(*spec.maker_timeout)
            is_open = is_open or given.is_open
            if passed is not None:
                break
    if passed is not None:
        return seconds(passed)
    if is_open:
        return "unknown"
    return "none" if spec.default_timeout is None else spec.default_timeout


def bounded_at(spec: Spec, made: Invocation) -> tuple[Place, str] | None:
    """Where a timeout can be passed, and its keyword: the call with None, otherwise the call itself, or its maker."""
    by_name = _keyword(spec.timeout or ())
    if made.argument(*spec.timeout or ()) is not None:
        return (made.run.place(made.node), by_name) if by_name in made.kwargs else None
    makers = [given for given in made.function.calls if not sets_up(given.path)] if spec.maker_timeout else []
    of_maker = _keyword(spec.maker_timeout)
    for given in reversed(makers):
        if given.argument(*spec.maker_timeout) is not None:
            return (given.place, of_maker) if given.place is not None and of_maker in given.kwargs else None
    if by_name:
        return made.run.place(made.node), by_name
    place = makers[-1].place if makers else None
    return (place, of_maker) if place is not None and of_maker else None


def _keyword(names: tuple[int | str, ...]) -> str:
    """The name among positions and names of an argument."""
    return next((name for name in names if isinstance(name, str)), "")


def seconds(passed: Flow) -> object:
    """What a value passed as a timeout means: a number, a pair for connecting and reading, or an object."""
    if passed.is_constant:
        return "none" if passed.value is None else passed.value
    if passed.items:
        parts = [seconds(item) for item in passed.items]
        if "none" in parts:
            return "none"
        return (
            "unknown" if "unknown" in parts else max(part for part in parts if isinstance(part, int | float))
        )
    if passed.calls and (whole := passed.calls[-1].argument(0, "timeout", "total")) is not None:
        is_whole = len(passed.calls[-1].args) + len(passed.calls[-1].kwargs) == 1
        return seconds(whole) if is_whole else "unknown"
    return "unknown"


BRACES: Final = re.compile(r"\{([^{}]*)\}")


def _alternatives(name: str) -> list[str]:
    found = BRACES.search(name)
    if found is None:
        return [name]
    before, after = name[: found.start()], name[found.end() :]
    return [text for part in found[1].split(",") for text in _alternatives(before + part + after)]


@cache
def _pattern(name: str) -> re.Pattern[str]:
    text = re.escape(name).replace(r"\*\*", ".*").replace(r"\*", r"[^.()]*")
    return re.compile(text.replace(r"\{", "(?:").replace(r"\}", ")").replace(",", "|"))
