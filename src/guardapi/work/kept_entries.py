"""Containers that live as long as the process, and what requests put into them."""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from guardapi.python.evaluator import Evaluator
from guardapi.python.values import DictValue, Function, Instance, SetValue, place_of
from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.expressions import STORE_OBSERVERS
from guardapi.work.flow import IDENTITY, Flow, Taint, all_taints
from guardapi.work.invoke import FUNCTION_OBSERVERS
from guardapi.work.operations import leaves
from guardapi.work.specs import Invocation

if TYPE_CHECKING:
    from guardapi.work.run import Run

CACHES: Final = frozenset({"functools.cache", "functools.lru_cache"})
ADDRESSES: Final = ("flask.request.remote_addr", "flask_limiter.util.get_remote_address()")
REMOVALS: Final = frozenset(
    {
        *(
            "pop",
            "popitem",
            "popleft",
            "clear",
            "cache_clear",
            "remove",
            "discard",
            "expire",
            "cull",
            "prune",
        ),
        *("difference_update", "intersection_update", "subtract", "truncate", "evict"),
    }
)


def _stored(run: "Run", target: ast.expr, flow: Flow) -> None:
    """`hits[key] = 1`, `hits[key] += 1`."""
    del flow
    if isinstance(target, ast.Subscript) and not isinstance(target.slice, ast.Slice):
        added_to(run, target.value, run.evaluate(target.value), [run.evaluate(target.slice)], target)


STORE_OBSERVERS.append(_stored)


def added(made: Invocation) -> None:
    """`seen.add(value)`, `log.append(value)`, `hits[key].append(now)`."""
    owner = made.node.func
    if not isinstance(owner, ast.Attribute):
        return
    holder = owner.value
    run = made.run
    if made.path.endswith(".setdefault"):
        added_to(run, holder, made.receiver, made.args[:1], made.node)
    elif isinstance(holder, ast.Subscript) and not isinstance(holder.slice, ast.Slice):
        added_to(run, holder.value, run.evaluate(holder.value), [run.evaluate(holder.slice)], made.node)
    else:
        added_to(run, holder, made.receiver, made.args, made.node)


def added_to(run: "Run", holder: ast.expr, container: Flow, given: Iterable[Flow], node: ast.AST) -> None:
    """An entry for what the caller sent, in a container that nothing empties."""
    name = _name_of(holder)
    if name is None or not _lives_on(run, holder, container):
        return
    free = [taint for flow in given for taint in _chosen(flow)]
    if not free or _is_looked_up(run, node, free) or is_emptied(run.reader.ev, name):
        return
    run.sink(
        Kind.CACHE,
        WorkClass.LIGHT,
        name,
        node,
        inputs=[
            Input(role=Role.AMOUNT, source=t.source, kind=t.kind, is_bounded=False) for t in sorted(set(free))
        ],
        facts={"container": name, "function": False},
    )


def _chosen(flow: Flow) -> list[Taint]:
    if flow.path in ADDRESSES:
        return [Taint("the caller's address", "text")]
    return [
        taint
        for taint in all_taints(flow)
        if taint.bound != "value" and taint.kind not in {IDENTITY, "length"}
    ]


def _is_looked_up(run: "Run", node: ast.AST, free: list[Taint]) -> bool:
    """Whether the function went on only where something knows the value: a row, a file, an entry is there."""
    function = run.function.node if run.function is not None else None
    if function is None or isinstance(function, ast.Lambda):
        return False
    line = getattr(node, "lineno", 0)
    above = [item for item in ast.walk(function) if getattr(item, "lineno", line) < line]
    tests = [
        *run.tests,
        *(item.test for item in above if isinstance(item, ast.If) and _refuses(run, item.body)),
    ]
    sources = {taint.source for taint in free}
    found = {
        target.id
        for item in above
        if isinstance(item, ast.Assign) and _asks(run, item.value, sources)
        for target in item.targets
        if isinstance(target, ast.Name)
    }
    found |= {name for item in above if isinstance(item, ast.For) for name in _searched(run, item, sources)}
    return any(
        _asks(run, test, sources)
        or any(isinstance(name, ast.Name) and name.id in found for name in ast.walk(test))
        for test in tests
    )


def _searched(run: "Run", loop: ast.For, sources: set[str]) -> Iterator[str]:
    """What a loop over the server's own sets where an item is the value: `if plan.name == name: found = plan`."""
    if not sources.isdisjoint({t.source for t in run.evaluate(loop.iter).taints}):
        return
    for item in ast.walk(loop):
        if isinstance(item, ast.If) and _compares(run, item.test, sources):
            assigned = (part for statement in item.body for part in ast.walk(statement))
            yield from (n.id for n in assigned if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


def _compares(run: "Run", test: ast.expr, sources: set[str]) -> bool:
    return any(
        not sources.isdisjoint({t.source for t in run.evaluate(side).taints})
        for part in ast.walk(test)
        if isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.Eq)
        for side in (part.left, part.comparators[0])
        if isinstance(_bare(side), ast.Name)
    )


def _refuses(run: "Run", body: list[ast.stmt]) -> bool:
    last = body[-1]
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        return run.reader.facts.is_abort(run.evaluate(last.value.func).path)
    return leaves(body)


def _asks(run: "Run", node: ast.expr, sources: set[str]) -> bool:
    """Whether an expression calls something about the value; what only looks at its form does not count."""
    return any(
        isinstance(_bare(argument), ast.Name)
        and not sources.isdisjoint({t.source for t in run.evaluate(argument).taints})
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and _name_of(call.func) not in FORMAL
        for argument in call.args
    )


def _bare(node: ast.expr) -> ast.expr:
    """`name` of `str(name).lower()`."""
    while isinstance(node, ast.Call) and _name_of(node.func) in FORMAL:
        inner = node.func.value if isinstance(node.func, ast.Attribute) else next(iter(node.args), None)
        if inner is None:
            break
        node = inner
    return node


FORMAL: Final = frozenset(
    {"len", "int", "str", "float", "isinstance", "bool", "get", "lower", "strip", "append"}
)


def _name_of(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _lives_on(run: "Run", holder: ast.expr, flow: Flow) -> bool:
    """Whether the set-up has made the container (what a handler makes is gone with the request)."""
    value = flow.value
    if isinstance(holder, ast.Attribute):
        owner = run.evaluate(holder.value).value
        if isinstance(owner, Instance) and owner.cls.module is not None and owner.cls.module.is_model:
            return False  # the framework's own
    if type(value) is Instance and value.payload is not None:
        value = value.payload
    if not isinstance(value, DictValue | SetValue | list):
        return False
    root = holder
    while isinstance(root, ast.Attribute):
        root = root.value
    # A parameter may be bound to anything; what is written `self.cache` is an attribute of the set-up's object.
    return not (isinstance(holder, ast.Name) and holder.id in run.env)


# -- what empties a container --------------------------------------------------------------------

_EMPTIED: "Final[WeakKeyDictionary[Evaluator, dict[str, frozenset[str]]]]" = WeakKeyDictionary()


def is_emptied(ev: Evaluator, name: str) -> bool:
    """Whether anything in the project takes entries out of something of that name, or makes it anew.

    A name is enough: one container too many that is taken for a tidy one is better than a false alarm.
    """
    known = _EMPTIED.setdefault(ev, {})
    for path, module in list(ev.modules.items()):
        if module.is_model or name not in module.text or not _may_empty(module.text, name):
            continue
        if path not in known:
            known[path] = _emptied_in(module.text)
        if name in known[path] or ANYTHING in known[path]:
            return True
    return False


def _may_empty(text: str, name: str) -> bool:
    """A quick look, before the module is parsed for it."""
    written = rf"\b{re.escape(name)}\b"
    return any(
        re.search(pattern, text) is not None
        for pattern in (
            rf"{written}[^\n]{{0,200}}\.(?:{'|'.join(sorted(REMOVALS))})\b",
            rf"\b(?:del|len|global)\b[^\n]{{0,200}}?{written}",
            rf"(?:\.{re.escape(name)}|{written}\[[^\n]{{0,80}}:[^\n]{{0,80}}\])\s*=[^=]",
            rf"{written}\s*(?::[^=\n]{{0,200}})?=[^=\n]{{0,200}}(?:maxlen|,)",
        )
    )


ANYTHING: Final = "*"


def _emptied_in(text: str) -> frozenset[str]:
    """The names of containers that a module takes entries out of."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset({ANYTHING})
    found: set[str] = set()
    for node in ast.walk(tree):
        found.update(filter(None, _emptied_by(node)))
    return frozenset(found)


def _emptied_by(node: ast.AST) -> list[str | None]:
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in REMOVALS:
            return [_name_of(_held(node.func.value))]
        return []
    if isinstance(node, ast.Delete):
        return [_name_of(_held(target)) for target in node.targets]
    if isinstance(node, ast.Compare):
        # Whoever asks how long it is does something about it.
        return [
            _name_of(part.args[0])
            for part in (node.left, *node.comparators)
            if isinstance(part, ast.Call) and _name_of(part.func) == "len" and part.args
        ]
    if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(keyword.arg == "maxlen" for keyword in node.value.keywords) or len(node.value.args) > 1:
            return [_name_of(target) for target in targets]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return _made_anew(node)
    return []


def _held(node: ast.expr) -> ast.expr:
    """The container of an entry."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node


def _made_anew(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str | None]:
    """What a function binds anew that it does not own: globals, and attributes outside `__init__`."""
    nodes = [node for node in ast.walk(function) if isinstance(node, ast.Global | ast.Assign)]
    shared = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    found: list[str | None] = []
    for node in nodes:
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Slice):
                found.append(_name_of(target.value))
            elif isinstance(target, ast.Name) and target.id in shared:
                found.append(target.id)
            elif isinstance(target, ast.Attribute) and function.name not in {"__init__", "init_app"}:
                found.append(target.attr)
    return found


# -- functions that keep their answers -----------------------------------------------------------


def _remembered(run: "Run", function: Function, arguments: dict[str, Flow], node: ast.AST) -> None:
    """A function under `@cache` with an argument of the caller."""
    if function.memo is None or function.module.is_model:
        return
    free = [taint for flow in arguments.values() for taint in _chosen(flow)]
    unbounded = _unbounded(run, function) if free else None
    if unbounded is None or is_emptied(run.reader.ev, function.name):
        return
    if _is_looked_up(run, node, free):
        return
    run.sink(
        Kind.CACHE,
        WorkClass.LIGHT,
        function.name,
        node,
        inputs=[
            Input(role=Role.AMOUNT, source=t.source, kind=t.kind, is_bounded=False) for t in sorted(set(free))
        ],
        facts={
            "container": function.name,
            "function": True,
            "kept_at": place_of(function.module, unbounded),
            "kept_by": ast.unparse(unbounded),
        },
    )


FUNCTION_OBSERVERS.append(_remembered)


def _unbounded(run: "Run", function: Function) -> ast.expr | None:
    """The decorator, for `@cache`, or the None of `@lru_cache(maxsize=None)`."""
    if isinstance(function.node, ast.Lambda):
        return None
    for decorator in function.node.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if run.reader.names.resolved(called, function) not in CACHES:
            continue
        # The evaluator knows both by one name: how it is written tells.
        if _name_of(called) == "cache":
            return called
        if isinstance(decorator, ast.Call):
            sizes = [*decorator.args[:1], *(k.value for k in decorator.keywords if k.arg == "maxsize")]
            return next((one for one in sizes if isinstance(one, ast.Constant) and one.value is None), None)
    return None
