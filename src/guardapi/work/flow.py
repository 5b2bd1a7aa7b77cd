"""What is known of a value while a handler is read: what it is, and how much of it the caller chooses."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from guardapi.place import Place
from guardapi.python.values import CONSTANTS, BoundMethod, Definition, Function, Module

if TYPE_CHECKING:
    import ast

    from guardapi.work.run import Run
    from guardapi.work.specs import Invocation

Value = Any
MAX_PATH: Final = 400
IDENTITY: Final = "identity"


class Unresolved:
    """The value of which nothing is known."""

    def __repr__(self) -> str:
        return "<unresolved>"


UNRESOLVED: Final = Unresolved()


class Abstract:
    """What a table knows of a value: a query that is being built, a text that is known in part.

    Compared by value, never changed. Each method answers None where nothing special is known.
    """

    __slots__ = ()

    def joined(self, other: "Abstract") -> "Abstract | None":
        """The value that is one or the other, in two arms of a branch."""
        return self if self == other else None

    def called(self, made: "Invocation") -> "Flow | None":
        """What a call of it, or of one of its methods, gives."""
        del made
        return None

    def passed(self, made: "Invocation") -> None:
        """It is handed to something that is not in the tree."""

    def attribute(self, name: str) -> "Flow | None":
        """An attribute of it that is no method."""
        del name
        return None

    def iterated(self, run: "Run", node: "ast.expr") -> "Flow | None":
        """Any item, where something goes through all of them."""
        del run, node
        return None

    def element(self, run: "Run", node: "ast.expr") -> "Flow | None":
        """One item."""
        del run, node
        return None

    def sliced(
        self, run: "Run", node: "ast.Subscript", end: "Flow | None", written: "ast.expr | None"
    ) -> "Flow | None":
        """As many items as `end` says, which is `written` so, if that is one expression."""
        del run, node, end, written
        return None

    def combined(self, operator: "ast.operator | ast.cmpop | ast.unaryop", other: "Flow") -> "Flow | None":
        """`self operator other`, or the same the other way round."""
        del operator, other
        return None


MAKES_ABSTRACT: "Final[list[Callable[[Value], Abstract | None]]]" = []
"""Turn a constant into what it is beside such a value, where two arms of a branch meet."""


class Taint(NamedTuple):
    """Caller data in a value."""

    source: str
    """As written: `request.args['n']`."""
    kind: str
    """`amount` (a number), `text`, `bytes`, `file`, `items` (a collection), `length` (of something sent);
    `identity`: who calls, as far as something has asked for it, and no caller data."""
    bound: str = ""
    """`length`: a text or collection of bounded length; `value`: a number below a bound, or one of a few
    values; empty: neither."""

    @property
    def is_bounded(self) -> bool:
        """Whether its size has a bound: for a number its value, else its length."""
        return self.bound == "value" or (self.bound == "length" and self.kind != "amount")

    def turned(self, kind: str, bound: str | None = None) -> "Taint":
        """The same data in another kind; an identity stays one."""
        if self.kind == IDENTITY:
            return self
        return Taint(self.source, kind, self.bound if bound is None else bound)


class Flow:
    """A value as the reader sees it. Never changed after it is made."""

    __slots__ = ("_key", "calls", "fields", "items", "path", "taints", "value")

    def __init__(
        self,
        value: Value = UNRESOLVED,
        path: str = "",
        taints: frozenset[Taint] = frozenset(),
        *,
        fields: "dict[str, Flow] | None" = None,
        items: "tuple[Flow, ...] | None" = None,
        calls: "tuple[Given, ...]" = (),
    ) -> None:
        self.value = value
        """What the evaluator knows (function, class, module, object, constant), or UNRESOLVED."""
        self.path = path[:MAX_PATH]
        """How it is reached from a library: `requests.Session().get`, each call written into it."""
        self.taints = taints
        self.fields = fields
        """Attributes of an object, or entries of a mapping under constant text keys."""
        self.items = items
        """The items of a tuple or list that is written out."""
        self.calls = calls
        """The calls of libraries on its path whose arguments matter later (`httpx.Client(timeout=5)`)."""
        self._key: object = None

    def __repr__(self) -> str:
        return f"<flow {self.value!r} {self.path} {sorted(self.taints)}>"

    @property
    def is_constant(self) -> bool:
        """Whether it is a constant of the source or the set-up."""
        return isinstance(self.value, CONSTANTS)

    @property
    def is_bounded(self) -> bool:
        """Whether no part of it is caller data of free size."""
        return all(taint.is_bounded for taint in self.taints)

    def key(self) -> object:
        """What makes two flows the same argument of a function."""
        if self._key is None:
            value: object = (type(self.value), self.value) if self.is_constant else id(self.value)
            if type(self.value) is BoundMethod:
                receiver = self.value.receiver
                held = receiver.key() if isinstance(receiver, Flow) else id(receiver)
                value = (id(self.value.function), held)
            self._key = (
                value,
                self.path,
                self.taints,
                tuple((name, flow.key()) for name, flow in self.fields.items()) if self.fields else (),
                tuple(flow.key() for flow in self.items) if self.items else (),
                tuple(given.key() for given in self.calls),
            )
        return self._key

    def tainted(self, taints: frozenset[Taint]) -> "Flow":
        """The same with other caller data in it."""
        if taints == self.taints:
            return self
        return Flow(self.value, self.path, taints, fields=self.fields, items=self.items, calls=self.calls)

    def bounded(self, bound: str) -> "Flow":
        """The same below a bound."""
        return self.tainted(
            frozenset(t if t.bound == "value" else t._replace(bound=bound) for t in self.taints)
        )

    def derived(self, kind: str | None = None, *, keep: tuple[str, ...] = ("length", "value")) -> "Flow":
        """Something computed from it: its caller data, of another kind, with the bounds that survive."""
        return Flow(
            taints=frozenset(
                t.turned(kind or t.kind, t.bound if t.bound in keep else "") for t in self.taints
            )
        )


class Given(NamedTuple):
    """The arguments of a call of a library that made an object, or set it up."""

    path: str
    """What was called."""
    args: tuple[Flow, ...]
    kwargs: dict[str, Flow]
    is_open: bool = False
    """Whether there are more arguments than these."""
    is_local: bool = False
    """Whether a handler calls it, and not the set-up."""
    place: Place | None = None
    """None where the project does not call it itself."""

    def argument(self, *names: int | str) -> Flow | None:
        """The first of some positions and names that is passed."""
        for name in names:
            if isinstance(name, int):
                if name < len(self.args):
                    return self.args[name]
            elif name in self.kwargs:
                return self.kwargs[name]
        return None

    def key(self) -> object:
        """What makes two of them the same."""
        named = tuple((name, flow.key()) for name, flow in self.kwargs.items())
        return (self.path, tuple(flow.key() for flow in self.args), named, self.is_open, self.is_local)


class Applied:
    """`functools.partial(...)` in a handler."""

    __slots__ = ("args", "function", "kwargs")

    def __init__(self, function: Flow, args: tuple[Flow, ...], kwargs: dict[str, Flow]) -> None:
        self.function = function
        self.args = args
        self.kwargs = kwargs


class Local:
    """A function that is defined inside the one that is read."""

    __slots__ = ("env", "function", "module", "node", "qualname")

    def __init__(
        self, node: Definition, env: dict[str, Flow], module: Module, function: Function | None, qualname: str
    ) -> None:
        self.node = node
        self.env = env
        self.module = module
        self.function = function
        self.qualname = qualname


NOTHING: Final = Flow()
NONE: Final = Flow(None)


def taints_of(flows: "list[Flow] | tuple[Flow, ...]") -> frozenset[Taint]:
    """The caller data in any of them."""
    found: frozenset[Taint] = frozenset()
    for flow in flows:
        if flow.taints:
            found |= flow.taints
    return found


def is_checked(before: Flow, after: Flow) -> bool:
    """Whether a value is bounded now, and is still that value rather than one that took its name."""
    return after.is_bounded and {t.source for t in after.taints} == {t.source for t in before.taints}


def bound_of(flow: Flow) -> str:
    """The bound that all of its caller data has."""
    return "value" if all(taint.bound == "value" for taint in flow.taints) else "length"


def all_taints(flow: Flow, depth: int = 3) -> frozenset[Taint]:
    """The caller data in a value and in its parts."""
    found = flow.taints
    if depth:
        for part in (*(flow.fields or {}).values(), *(flow.items or ())):
            found |= all_taints(part, depth - 1)
    return found


def join(left: Flow, right: Flow) -> Flow:
    """The value that is one or the other."""
    if left is right or left.key() == right.key():
        return left
    same = left.value is right.value or (
        left.is_constant and type(left.value) is type(right.value) and left.value == right.value
    )
    value = left.value if same else _abstract(left.value, right.value) or _either(left, right)
    path = left.path if left.path == right.path else left.path or right.path
    fields = left.fields or right.fields
    if left.fields and right.fields:
        fields = {
            name: join(left.fields.get(name, NOTHING), right.fields.get(name, NOTHING))
            for name in left.fields | right.fields
        }
    calls = left.calls if left.calls == right.calls else _either_calls(left, right)
    return Flow(value, path, left.taints | right.taints, fields=fields, items=None, calls=calls)


def _either_calls(left: Flow, right: Flow) -> tuple[Given, ...]:
    if not left.path or not right.path:
        return left.calls or right.calls
    if tuple(given.key() for given in left.calls) == tuple(given.key() for given in right.calls):
        return left.calls
    # Two ways to make it: none of the arguments is sure.
    return (Given("", (), {}, is_open=True),)


def _abstract(left: Value, right: Value) -> "Abstract | None":
    """What two values are that a table knows of, or could."""
    pair: list[Abstract] = []
    for value in (left, right):
        if isinstance(value, Abstract):
            pair.append(value)
        elif isinstance(value, str):
            pair += [made for maker in MAKES_ABSTRACT if (made := maker(value)) is not None][:1]
    return pair[0].joined(pair[1]) if len(pair) == 2 else None


def _either(left: Flow, right: Flow) -> Value:
    """The one that says more: None and unknown values are what a variable holds before its real one."""
    for one, other in ((left, right), (right, left)):
        if other.value is None or (other.value is UNRESOLVED and not one.is_constant):
            return one.value if one.value is not None else UNRESOLVED
    return UNRESOLVED if left.is_constant or right.is_constant else left.value


def merged(ends: list[dict[str, Flow]], before: dict[str, Flow]) -> dict[str, Flow]:
    """The local names behind alternatives that end with these; `before` is what they began with."""
    if len(ends) == 1:
        return ends[0]
    found: dict[str, Flow] = {}
    for key in dict.fromkeys(key for env in ends for key in env):
        flows = [env[key] for env in ends if key in env]
        # What a test has shown of an expression holds behind the test only where every arm shows it.
        if len(flows) < len(ends) and not key.isidentifier() and key not in before:
            continue
        flow = flows[0]
        for other in flows[1:]:
            if other is not flow:
                flow = join(flow, other)
        found[key] = flow
    return found
