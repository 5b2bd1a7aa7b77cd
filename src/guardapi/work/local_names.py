"""The local names of a function: what gives them their values, and how often they are used."""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from guardapi.work.run import Run

NAMED: Final = (
    *(ast.ExceptHandler, ast.MatchAs, ast.MatchStar),
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
)
CONDITIONAL: Final = (ast.IfExp, ast.BoolOp, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Binding:
    """What gives a local name its value."""

    value: ast.expr | None
    """None where an assignment does not say it: a loop, `with`, an import, `+=`."""


class LocalNames:
    """Those of one function; of functions in it what they use, too."""

    def __init__(self, body: Sequence[ast.stmt]) -> None:
        self._nodes = [node for statement in body for node in ast.walk(statement)]
        self._bindings: dict[str, list[Binding]] = defaultdict(list)
        names = [node for node in self._nodes if isinstance(node, ast.Name)]
        self.loads = Counter(node.id for node in names if isinstance(node.ctx, ast.Load))
        """How often each is used."""
        stores = Counter(node.id for node in names if not isinstance(node.ctx, ast.Load))
        for node in self._nodes:
            for name, value in _bound(node):
                self._bindings[name].append(Binding(value))
        for name, number in stores.items():
            known = sum(binding.value is not None for binding in self._bindings[name])
            self._bindings[name] += [Binding(None)] * (number - known)

    def bindings(self, name: str) -> Sequence[Binding]:
        """What gives a name its value; nothing for a parameter that keeps its own."""
        return self._bindings.get(name, ())

    def has(self, name: str) -> bool:
        """Whether anything is called so."""
        return name in self._bindings or name in self.loads

    def says_once(self, node: ast.expr) -> bool:
        """Whether an expression stands nowhere else: a bound at one place alone would make two values of one."""
        if isinstance(node, ast.Name):
            return self.loads[node.id] == 1
        text = ast.unparse(node)
        return sum(type(other) is type(node) and ast.unparse(other) == text for other in self._nodes) == 1

    def is_gone_through(self, node: ast.expr) -> bool:
        """Whether a `for` statement, and no comprehension, goes through an expression."""
        return (node.lineno, node.col_offset) in self._iterated

    def is_conditional(self, node: ast.expr) -> bool:
        """Whether a part of a statement decides if an expression is evaluated at all: `f(n) if n else 0`."""
        start, end = _span(node)
        spans = (_span(other) for other in self._nodes if isinstance(other, CONDITIONAL))
        return any(first < start and end <= last for first, last in spans)

    @cached_property
    def _iterated(self) -> frozenset[tuple[int, int]]:
        loops = (node.iter for node in self._nodes if isinstance(node, ast.For))
        return frozenset((one.lineno, one.col_offset) for one in loops)

    @cached_property
    def compared(self) -> frozenset[str]:
        """Those of which it is asked if they are too large: what is done then is for the function to say."""
        loops = {id(node.test) for node in self._nodes if isinstance(node, ast.While)}
        tests = [node for node in self._nodes if isinstance(node, ast.Compare) and id(node) not in loops]
        sides = [side for test in tests for side in _ordered(test)]
        return frozenset(
            large.id for large, small in sides if isinstance(large, ast.Name) and _is_maximum(small)
        )


def local_names(run: "Run") -> LocalNames:
    """Those of the function that is read; worked out once for each function where something asks."""
    key = (LocalNames, run.result.place)
    found: LocalNames | None = run.reader.memo.get(key)
    if found is None:
        found = run.reader.memo[key] = LocalNames(run.body)
    return found


def _span(node: ast.expr) -> tuple[tuple[int, int], tuple[int, int]]:
    return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)


def _bound(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """The names that a node binds; those that are stored to without an assignment are counted by the caller."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _assigned(target, node.value)
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield from _assigned(node.target, node.value)
    elif isinstance(node, ast.Global | ast.Nonlocal):
        yield from ((name, None) for name in node.names)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((one.asname or one.name, None) for one in node.names)
    elif isinstance(node, NAMED) and node.name:
        yield node.name, None


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
        return
    if not isinstance(target, ast.Tuple) or not isinstance(value, ast.Tuple):
        return
    if len(target.elts) == len(value.elts):
        pairs = zip(target.elts, value.elts, strict=True)
        yield from ((one.id, part) for one, part in pairs if isinstance(one, ast.Name))


def _ordered(test: ast.Compare) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The larger and the smaller side of each comparison."""
    for left, op, right in zip([test.left, *test.comparators], test.ops, test.comparators, strict=False):
        if isinstance(op, ast.Gt | ast.GtE):
            yield left, right
        elif isinstance(op, ast.Lt | ast.LtE):
            yield right, left


def _is_maximum(node: ast.expr) -> bool:
    """Not 0 and 1, which are the least that makes sense, and nothing that is worked out."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float) and node.value > 1
    return isinstance(node, ast.Name | ast.Attribute)
