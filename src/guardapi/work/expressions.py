"""What expressions are while a handler is read, and assignment to targets."""

import ast
from collections.abc import Callable
from itertools import permutations
from typing import TYPE_CHECKING, Final

from guardapi.python.values import MISSING, BoundMethod, DictValue, Instance
from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work import credentials, invoke, texts
from guardapi.work.conditions import SPANS, decided, key_of, refine
from guardapi.work.flow import IDENTITY, NOTHING, UNRESOLVED, Abstract, Flow, Local, Taint, join, taints_of
from guardapi.work.names import PROPERTY
from guardapi.work.origins import list_origin, with_origin
from guardapi.work.specs import table_attribute

if TYPE_CHECKING:
    from guardapi.work.run import Run

MAX_ITEMS: Final = 8
FILE_TEXTS: Final = frozenset({"filename", "name", "mimetype", "content_type"})
"""What an uploaded file says of itself."""
COLLECTIONS: Final = frozenset({"items", "text", "bytes", "file"})
"""Kinds of caller data that hold as many items as the caller sends."""


def evaluate(run: "Run", node: ast.expr) -> Flow:
    """What an expression is; nothing is known of it beyond the bound of the reading."""
    reader = run.reader
    reader.expressions += 1
    if reader.expressions > reader.limit:
        run.result.unread.add(f"`{run.result.name}` takes too long to follow")
        return NOTHING
    handler = EXPRESSIONS.get(type(node))
    return handler(run, node) if handler is not None else NOTHING


def assign(run: "Run", target: ast.expr, flow: Flow) -> None:
    """`target = flow`."""
    if isinstance(target, ast.Name):
        _forget(run, target.id)
        run.env[target.id] = flow
    elif isinstance(target, ast.Starred):
        assign(run, target.value, flow)
    elif isinstance(target, ast.Tuple | ast.List):
        for index, part in enumerate(target.elts):
            if flow.items is not None and index < len(flow.items):
                assign(run, part, flow.items[index])
            else:
                assign(run, part, element(run, flow))
    else:
        key = key_of(target)
        for observer in STORE_OBSERVERS:
            observer(run, target, flow)
        if key is not None:
            _forget(run, key)
            run.env[key] = flow


StoreObserver = Callable[["Run", ast.expr, Flow], None]
STORE_OBSERVERS: Final[list[StoreObserver]] = []
"""Asked about each assignment to an attribute or an entry."""
BinaryObserver = Callable[["Run", ast.BinOp, Flow, Flow], None]
BINARY_OBSERVERS: Final[dict[type[ast.operator], list[BinaryObserver]]] = {}
"""Asked about operators that can be costly."""
CompareObserver = Callable[["Run", ast.Compare, list[Flow]], None]
COMPARE_OBSERVERS: Final[list[CompareObserver]] = []
"""Asked about each comparison, with what its operands are."""


def _forget(run: "Run", key: str) -> None:
    """What was known of parts of a name that is bound anew."""
    stale = [known for known in run.env if known.startswith((f"{key}.", f"{key}["))]
    for known in stale:
        del run.env[known]


def element(run: "Run", flow: Flow, key: object = MISSING) -> Flow:
    """`flow[key]`, or any item of it."""
    if isinstance(key, str) and run.reader.facts.tells_caller(flow.path, key):
        run.has_asked = True
    if flow.items is not None:
        return _of_items(flow, key)
    if flow.fields is not None and isinstance(key, str) and key in flow.fields:
        return flow.fields[key]
    found = _held(run, flow, key)
    if found is not None:
        return found
    path = f"{flow.path}[]" if flow.path else ""
    if not flow.taints:
        return Flow(path=path)
    kind = run.reader.facts.source(path) if path else None
    entries = (_entry(taint, key) for taint in flow.taints)
    return Flow(path=path, taints=frozenset(entry.turned(kind or entry.kind) for entry in entries))


def _of_items(flow: Flow, key: object) -> Flow:
    items = flow.items or ()
    if isinstance(key, int) and -len(items) <= key < len(items):
        return items[key]
    joined = items[0] if items else NOTHING
    for item in items[1:MAX_ITEMS]:
        joined = join(joined, item)
    return joined


def _held(run: "Run", flow: Flow, key: object) -> Flow | None:
    """An item of a container that the set-up has built."""
    value = flow.value
    if type(value) is Instance and value.payload is not None:
        value = value.payload
    if isinstance(value, DictValue):
        if isinstance(key, str | int) and key in value:
            return run.reader.names.flow(value[key])
        held = [run.reader.names.flow(item) for item in list(value.values())[:MAX_ITEMS]]
    elif isinstance(value, list | tuple):
        if isinstance(key, int) and -len(value) <= key < len(value):
            return run.reader.names.flow(value[key])
        held = [run.reader.names.flow(item) for item in value[:MAX_ITEMS]]
    else:
        return None
    joined = held[0] if held else NOTHING
    for other in held[1:]:
        joined = join(joined, other)
    return joined


def _entry(taint: Taint, key: object) -> Taint:
    if taint.kind == IDENTITY:
        return taint
    source = taint.source if key is MISSING or len(taint.source) > 80 else f"{taint.source}[{key!r:.40}]"
    if taint.kind == "items":
        # A collection of bounded length says nothing about its entries.
        return Taint(source, "text", "value" if taint.bound == "value" else "")
    return Taint(source, taint.kind, taint.bound)


def iterated(run: "Run", node: ast.expr, flow: Flow) -> tuple[Flow, Input | None]:
    """An item of an iterable, and the caller's part in how many there are."""
    if isinstance(flow.value, Abstract) and (item := flow.value.iterated(run, node)) is not None:
        return item, None
    invoke.iterate(run, node, flow)
    free = [taint for taint in flow.taints if taint.kind in {*COLLECTIONS, "amount"} and not taint.is_bounded]
    if not free:
        return element(run, flow), None
    origin = list_origin(run, node)
    first = min(free)
    repeated = Input(role=Role.AMOUNT, source=first.source, kind=first.kind, is_bounded=False, origin=origin)
    return element(run, flow), repeated


# -- one function for each kind of expression ----------------------------------------------------


def _constant(run: "Run", node: ast.Constant) -> Flow:
    del run
    return Flow(node.value)


def _name(run: "Run", node: ast.Name) -> Flow:
    found = run.env.get(node.id)
    if found is None:
        return sourced(run, run.reader.names.name(node.id, run.function, run.module))
    if found.taints and any(taint.kind == IDENTITY for taint in found.taints):
        run.has_asked = True
    return found


def _attribute(run: "Run", node: ast.Attribute) -> Flow:
    key = key_of(node)
    if key is not None and (known := run.env.get(key)) is not None:
        return known
    return attribute_of(run, evaluate(run, node.value), node.attr, node)


def attribute_of(run: "Run", owner: Flow, name: str, node: ast.AST) -> Flow:
    """`owner.name`: caller data where the framework says so, the getter's answer for a property."""
    found = run.reader.names.attribute(owner, name)
    special = table_attribute(run, owner, name, found)
    if special is not None:
        return special
    if found.path.startswith(PROPERTY) and type(found.value) is BoundMethod:
        return invoke.call_function(run, found, [], {}, node)
    fact = run.reader.facts.known(found.path)
    if fact is not None:
        run.result.reads_request.add(fact)
        if fact in run.reader.request:
            return Flow(run.reader.request[fact], found.path)
    invoke.read_attribute(run, owner, found, node)
    found = sourced(run, found)
    if name in FILE_TEXTS and any(taint.kind == "file" for taint in found.taints):
        found = found.tainted(frozenset(t.turned("text") for t in found.taints))
    if name in SPANS and found.taints and owner.value is UNRESOLVED:
        found = found.tainted(frozenset(t.turned("amount", t.bound) for t in found.taints))
    if name in EXTENTS and found.taints:
        found = found.tainted(frozenset(t.turned("length") for t in found.taints))
    kept = run.reader.kept.get(found.path)
    return found if kept is None else kept.tainted(kept.taints | found.taints)


EXTENTS: Final = frozenset({"shape", "ndim", "nbytes"})
"""Attributes of arrays that say how much was sent."""


def sourced(run: "Run", found: Flow) -> Flow:
    """With the caller data that the framework puts there."""
    if found.taints or not found.path:
        return found
    kind = run.reader.facts.source(found.path)
    if kind is None:
        return found
    if kind == IDENTITY:
        run.has_asked = True
    label = ".".join(found.path.split(".")[-2:])
    return found.tainted(frozenset({Taint(label, kind, "value" if kind == IDENTITY else "")}))


def _subscript(run: "Run", node: ast.Subscript) -> Flow:
    key = key_of(node)
    if key is not None and (known := run.env.get(key)) is not None:
        return known
    owner = evaluate(run, node.value)
    if isinstance(node.slice, ast.Slice):
        return _slice(run, node, owner)
    index = evaluate(run, node.slice)
    if isinstance(owner.value, Abstract) and (item := owner.value.element(run, node)) is not None:
        return item
    return sourced(run, element(run, owner, index.value if index.is_constant else MISSING))


def _slice(run: "Run", node: ast.Subscript, owner: Flow) -> Flow:
    assert isinstance(node.slice, ast.Slice)  # noqa: S101  # for the type checker
    for part in (node.slice.lower, node.slice.step):
        if part is not None:
            evaluate(run, part)
    if isinstance(owner.value, Abstract):
        upper = node.slice.upper
        length, written = (None, None) if upper is None else _length(run, node.slice.lower, upper)
        cut = owner.value.sliced(run, node, length, written)
        if cut is not None:
            return cut
    if node.slice.upper is None:
        start = evaluate(run, node.slice.lower) if node.slice.lower is not None else NOTHING
        if isinstance(start.value, int) and start.value < 0:
            return Flow(path=owner.path, taints=owner.bounded("length").taints)
        return owner.derived() if owner.taints else Flow(path=owner.path)
    end = evaluate(run, node.slice.upper)
    if is_near(run, node.slice.lower, node.slice.upper) or (
        end.is_bounded and not (isinstance(end.value, int) and end.value < 0)
    ):
        return Flow(path=owner.path, taints=owner.bounded("length").taints)
    length, written = _length(run, node.slice.lower, node.slice.upper)
    if not owner.taints and not length.is_bounded:
        inputs = with_origin(run, inputs_of(Role.AMOUNT, length), written, is_count=True)
        run.sink(Kind.PAGE, WorkClass.DATA, "slice", node, inputs=inputs, facts={"of": owner.path})
    return Flow(path=owner.path, taints=owner.taints)


def _length(run: "Run", lower: ast.expr | None, upper: ast.expr) -> tuple[Flow, ast.expr | None]:
    """How many items a slice has at most, and the expression that says so: from `start` to `start + n` it is `n`."""
    end = evaluate(run, upper)
    if lower is None:
        return end, upper
    if is_near(run, lower, upper):
        return NOTHING, None
    if isinstance(upper, ast.BinOp) and isinstance(upper.op, ast.Add):
        for one, other in ((upper.left, upper.right), (upper.right, upper.left)):
            if ast.unparse(one) == ast.unparse(lower):
                return evaluate(run, other), other
    factor = _common_factor(run, lower, upper)
    if factor is not None:
        return evaluate(run, factor), factor
    rest = Flow(taints=end.taints - evaluate(run, lower).taints)
    if not rest.is_bounded:
        return rest, None
    # Of the start alone, and not a multiple of it: how far it is from there is not the caller's to say.
    grows = any(isinstance(part, ast.Mult | ast.Pow) for part in ast.walk(upper))
    return (end if grows else NOTHING), None


def _common_factor(run: "Run", lower: ast.expr, upper: ast.expr) -> ast.expr | None:
    """`size` of `size * page` and `size * (page + 1)`."""
    ends = [e for e in (lower, upper) if isinstance(e, ast.BinOp) and isinstance(e.op, ast.Mult)]
    if len(ends) < 2:
        return None
    for size, page in ((ends[0].left, ends[0].right), (ends[0].right, ends[0].left)):
        for one, other in ((ends[1].left, ends[1].right), (ends[1].right, ends[1].left)):
            if ast.unparse(size) == ast.unparse(one) and is_near(run, page, other):
                return size
    return None


def is_near(run: "Run", start: ast.expr | None, end: ast.expr) -> bool:
    """Whether two amounts differ by something bounded: `n` and `n + 20`, `page - 2` and `page + 3`."""
    if start is None:
        return False
    one, other = _without_offset(run, start), _without_offset(run, end)
    return one is not None and one == other


def _without_offset(run: "Run", node: ast.expr) -> str | None:
    """An amount without the bounded parts that are added to it."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        if evaluate(run, node.right).is_bounded:
            node = node.left
        elif isinstance(node.op, ast.Add) and evaluate(run, node.left).is_bounded:
            node = node.right
        else:
            return None
    return (
        ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.BinOp) else None
    )


def inputs_of(role: Role, flow: Flow) -> list[Input]:
    """The caller data of an argument, in its role."""
    return [
        Input(role=role, source=taint.source, kind=taint.kind, is_bounded=taint.is_bounded)
        for taint in sorted(flow.taints)
        if taint.kind != IDENTITY
    ]


DIVIDING: Final = (ast.Div, ast.FloorDiv, ast.RShift)


def _binary(run: "Run", node: ast.BinOp) -> Flow:
    left, right = evaluate(run, node.left), evaluate(run, node.right)
    for observer in BINARY_OBSERVERS.get(type(node.op), ()):
        observer(run, node, left, right)
    for one, other in ((left, right), (right, left)):
        if isinstance(one.value, Abstract) and (made := one.value.combined(node.op, other)) is not None:
            return made
    if isinstance(left.value, str) and (part := texts.combined(left, node.op, right)) is not None:
        return part
    if isinstance(node.op, ast.Mod) and not right.taints and not isinstance(left.value, str):
        return left.derived("amount").bounded("value") if left.taints else NOTHING
    if isinstance(node.op, ast.Div) and left.path.startswith("pathlib."):
        return Flow(path=left.path, taints=left.taints | right.taints)
    if isinstance(node.op, DIVIDING):
        return Flow(taints=left.taints)  # a fixed number stays below itself, whatever it is divided by
    if isinstance(node.op, ast.BitAnd) and (not left.taints or not right.taints):
        return Flow(taints=left.taints | right.taints).bounded("value")
    if isinstance(node.op, ast.BitOr) and (left.calls or right.calls):
        return invoke.piped(left, right)
    taints = left.taints | right.taints
    if not taints:
        return NOTHING if left.path != right.path else Flow(path=left.path)
    return Flow(taints=taints)


def _unary(run: "Run", node: ast.UnaryOp) -> Flow:
    flow = evaluate(run, node.operand)
    if isinstance(flow.value, Abstract) and (made := flow.value.combined(node.op, NOTHING)) is not None:
        return made
    if isinstance(node.op, ast.Not):
        return NOTHING
    if isinstance(node.op, ast.USub) and isinstance(flow.value, int | float):
        return Flow(-flow.value)
    return flow


def _boolean(run: "Run", node: ast.BoolOp) -> Flow:
    flows = [evaluate(run, node.values[0])]
    # What is evaluated only where the operands before it hold (or do not) is known to be so.
    saved = dict(run.env)
    for earlier, value in zip(node.values, node.values[1:], strict=False):
        refine(run, earlier, holds=isinstance(node.op, ast.And))
        flows.append(evaluate(run, value))
    run.env = saved
    joined = flows[0]
    for flow in flows[1:]:
        joined = join(joined, flow)
    return joined


def _compare(run: "Run", node: ast.Compare) -> Flow:
    flows = [evaluate(run, part) for part in (node.left, *node.comparators)]
    credentials.compared(run, node, flows)
    _weigh(run, node, flows)
    for observer in COMPARE_OBSERVERS:
        observer(run, node, flows)
    if len(flows) == PAIR:
        for one, other in (flows, reversed(flows)):
            if (
                isinstance(one.value, Abstract)
                and (made := one.value.combined(node.ops[0], other)) is not None
            ):
                return made
    return NOTHING


PAIR: Final = 2


def _weigh(run: "Run", node: ast.Compare, flows: list[Flow]) -> None:
    """Whether a test of caller data asks for more than what is written in the source."""
    operands = [node.left, *node.comparators]
    for (one, left), (other, right) in permutations(zip(operands[:2], flows[:2], strict=False), 2):
        sources = sorted(taint.source for taint in left.taints if taint.kind != IDENTITY)
        if not sources or right.taints:
            continue
        if isinstance(other, ast.Constant | ast.Tuple | ast.List | ast.Set):
            run.result.weak_tests += sources
        elif not (isinstance(node.ops[0], ast.In | ast.NotIn) and one is not node.left):
            run.result.has_strong_test = True


def _conditional(run: "Run", node: ast.IfExp) -> Flow:
    answer = decided(run, node.test)
    if answer is not None:
        return evaluate(run, node.body if answer else node.orelse)
    evaluate(run, node.test)
    before = run.env
    found: list[Flow] = []
    for branch, holds in ((node.body, True), (node.orelse, False)):
        run.env = dict(before)
        refine(run, node.test, holds=holds)
        found.append(evaluate(run, branch))
    run.env = before
    return join(found[0], found[1])


def _text(run: "Run", node: ast.JoinedStr) -> Flow:
    parts = [evaluate(run, part) for part in node.values]
    taints = taints_of(parts)
    if parts and isinstance(parts[0].value, str) and (text := texts.written(parts)) is not None:
        return text
    return Flow(taints=frozenset(t.turned("text") for t in taints)) if taints else TEXT


TEXT: Final = Flow(path="builtins.str()")


def _formatted(run: "Run", node: ast.FormattedValue) -> Flow:
    return evaluate(run, node.value)


def _lambda(run: "Run", node: ast.Lambda) -> Flow:
    qualname = f"{run.result.name.partition(':')[2]}.<locals>.<lambda>"
    return Flow(Local(node, run.env, run.module, run.function, qualname))


def _sequence(run: "Run", node: ast.List | ast.Tuple | ast.Set) -> Flow:
    flows: list[Flow] = []
    spread: list[Flow] = []
    for part in node.elts:
        if isinstance(part, ast.Starred):
            spread.append(evaluate(run, part.value))
        else:
            flows.append(evaluate(run, part))
    if spread:
        return Flow(path="builtins.list()", taints=taints_of(spread))
    return Flow(path="builtins.list()", items=tuple(flows))


def _mapping(run: "Run", node: ast.Dict) -> Flow:
    fields: dict[str, Flow] = {}
    taints: frozenset[Taint] = frozenset()
    for key, value in zip(node.keys, node.values, strict=True):
        flow = evaluate(run, value)
        name = evaluate(run, key) if key is not None else NOTHING
        if isinstance(name.value, str):
            fields[name.value] = flow
        elif key is None:
            fields.update(flow.fields or {})
            taints |= flow.taints
    return Flow(path="builtins.dict()", taints=taints, fields=fields)


def _comprehension(run: "Run", node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Flow:
    saved = dict(run.env)
    pushed = 0
    lengths: frozenset[Taint] = frozenset()
    for generator in node.generators:
        iterable = evaluate(run, generator.iter)
        item, repeated = iterated(run, generator.iter, iterable)
        lengths |= iterable.taints
        if repeated is not None:
            run.loops.append(repeated)
            pushed += 1
        assign(run, generator.target, item)
        for test in generator.ifs:
            evaluate(run, test)
            refine(run, test, holds=True)
    if isinstance(node, ast.DictComp):
        evaluate(run, node.key)
        flow = evaluate(run, node.value)
    else:
        flow = evaluate(run, node.elt)
    del run.loops[len(run.loops) - pushed :]
    run.env = saved
    kept = frozenset(t.turned("items") for t in lengths if t.kind != "amount" or t.bound)
    free = frozenset(t.turned("items", "") for t in lengths if t.kind == "amount" and not t.bound)
    del flow
    return Flow(path="builtins.list()", taints=kept | free)


def _await(run: "Run", node: ast.Await) -> Flow:
    return evaluate(run, node.value)


def _yield(run: "Run", node: ast.Yield | ast.YieldFrom) -> Flow:
    flow = evaluate(run, node.value) if node.value is not None else NOTHING
    if isinstance(node, ast.YieldFrom):
        flow, _ = iterated(run, node.value, flow)
    run.result.yielded = flow if run.result.yielded is None else join(run.result.yielded, flow)
    return NOTHING


def _named(run: "Run", node: ast.NamedExpr) -> Flow:
    flow = evaluate(run, node.value)
    assign(run, node.target, flow)
    return flow


def _starred(run: "Run", node: ast.Starred) -> Flow:
    return evaluate(run, node.value)


def _call(run: "Run", node: ast.Call) -> Flow:
    return invoke.call(run, node)


EXPRESSIONS: Final[dict[type[ast.expr], Callable[..., Flow]]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
    ast.JoinedStr: _text,
    ast.FormattedValue: _formatted,
    ast.Lambda: _lambda,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _mapping,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.Await: _await,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.NamedExpr: _named,
    ast.Starred: _starred,
    ast.Call: _call,
}
