"""Operators and loops that cost as much as the caller says, and loops that never end.

Facts of STREAM: `waits_for`, what it waits for if for anything; `test`, the place of the `True` of a loop that looks at
it often, so that a look at the clock does in its place.
"""

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.expressions import BINARY_OBSERVERS, COMPARE_OBSERVERS
from guardapi.work.flow import NOTHING, Flow, Taint
from guardapi.work.origins import list_origin, with_origin
from guardapi.work.statements import FOR_OBSERVERS, WHILE_OBSERVERS

if TYPE_CHECKING:
    from guardapi.work.run import Run

SEQUENCES: Final = frozenset(
    {f"builtins.{name}()" for name in ("str", "bytes", "bytearray", "list", "tuple", "repr", "format")}
)
FLOAT: Final = "builtins.float()"
FEW: Final = 64
"""Neither a base nor an exponent up to this makes a large number of a usual other one."""
DERIVED: Final = frozenset(
    {"enumerate", "list", "tuple", "sorted", "reversed", "range", "len", "iter", "set"}
)
Loop = ast.For | ast.AsyncFor
SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def free_numbers(flow: Flow) -> list[Taint]:
    """The numbers of the caller in a value that nothing bounds."""
    return sorted(taint for taint in flow.taints if taint.kind == "amount" and not taint.is_bounded)


def _inputs(taints: list[Taint]) -> list[Input]:
    return [Input(role=Role.AMOUNT, source=t.source, kind=t.kind, is_bounded=False) for t in taints]


# -- operators -----------------------------------------------------------------------------------


def _repeated_text(run: "Run", node: ast.BinOp, left: Flow, right: Flow) -> None:
    """`"x" * n`, `[0] * n`."""
    for one, other, number in ((left, right, node.right), (right, left, node.left)):
        found = free_numbers(other)
        is_sequence = isinstance(one.value, str | bytes | list | tuple) or one.items is not None
        if found and not free_numbers(one) and (is_sequence or one.path in SEQUENCES):
            inputs = with_origin(run, _inputs(found), number, takes_numbers=True)
            run.sink(Kind.SIZE, WorkClass.HEAVY, "*", node, inputs=inputs, facts={"bytes": True})


def _power(run: "Run", node: ast.BinOp, left: Flow, right: Flow) -> None:
    """`7 ** n` of whole numbers: the result has as many digits as n says."""
    found = free_numbers(right)
    is_float = _is_float(node.left, left) or _is_float(node.right, right)
    if found and not is_float and not _is_tame(left):
        inputs = with_origin(run, _inputs(found), node.right, takes_numbers=True)
        run.sink(Kind.BIG_NUMBER, WorkClass.HEAVY, "**", node, inputs=inputs)


def _shift(run: "Run", node: ast.BinOp, left: Flow, right: Flow) -> None:
    """`1 << n`."""
    found = free_numbers(right)
    if found and left.value != 0:
        inputs = with_origin(run, _inputs(found), node.right, takes_numbers=True)
        run.sink(Kind.BIG_NUMBER, WorkClass.HEAVY, "<<", node, inputs=inputs)


def _is_float(node: ast.expr, flow: Flow) -> bool:
    """Whether an operand is a float: by what it is, or since it is divided."""
    if isinstance(flow.value, float) or flow.path == FLOAT:
        return True
    if isinstance(node, ast.UnaryOp):
        return _is_float(node.operand, flow)
    if not isinstance(node, ast.BinOp):
        return isinstance(node, ast.Constant) and isinstance(node.value, float)
    return isinstance(node.op, ast.Div) or any(_is_float(part, NOTHING) for part in (node.left, node.right))


def _is_tame(base: Flow) -> bool:
    """Whether any power of it has a fixed size: one of 0, 1 and -1; or it is no number at all."""
    return base.is_constant and (not isinstance(base.value, int) or abs(base.value) <= 1)


BINARY_OBSERVERS.setdefault(ast.Mult, []).append(_repeated_text)
BINARY_OBSERVERS.setdefault(ast.Pow, []).append(_power)
BINARY_OBSERVERS.setdefault(ast.LShift, []).append(_shift)


def _membership(run: "Run", node: ast.Compare, flows: list[Flow]) -> None:
    """`k in range(n)` looks at no item."""
    del flows
    for op, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(op, ast.In | ast.NotIn):
            run.withdraw(right, Kind.SIZE)


COMPARE_OBSERVERS.append(_membership)


def _announced_length(run: "Run", node: ast.Compare, flows: list[Flow]) -> None:
    """`if int(request.headers["Content-Length"]) > MAX:`, also where a helper of the view asks."""
    if isinstance(node.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE):
        is_length = any(LENGTH.search(taint.source) for flow in flows for taint in flow.taints)
        run.result.compares_length = run.result.compares_length or is_length


LENGTH: Final = re.compile(r"^request\b.*\bcontent[-_]length\b", re.IGNORECASE)
COMPARE_OBSERVERS.append(_announced_length)


# -- loops ---------------------------------------------------------------------------------------


def inside(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """What stands in some statements, functions and classes inside not entered."""
    pending: list[ast.AST] = list(reversed(body))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, SCOPES):
            pending.extend(reversed(list(ast.iter_child_nodes(node))))


def leaves(body: list[ast.stmt], *, is_loop: bool = False) -> bool:
    """Whether something in the body of a loop ends the loop; with `is_loop`, in a loop inside that one."""
    for statement in body:
        if isinstance(statement, ast.Return | ast.Raise):
            return True
        if isinstance(statement, ast.Break) and not is_loop:
            return True
        if not isinstance(statement, SCOPES):
            within = is_loop or isinstance(statement, Loop | ast.While)
            if any(leaves(part, is_loop=within) for part in _bodies(statement)):
                return True
    return False


def _once(body: list[ast.stmt]) -> set[int]:
    """What stands in blocks that end the loop, and so runs once: the ids of its nodes."""
    return {
        id(inner)
        for node in inside(body)
        if isinstance(node, ast.If) and leaves(node.body[-1:])
        for inner in inside(node.body)
    }


def _root(node: ast.expr) -> str:
    """The name that an expression begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks of a compound statement."""
    for name in ("body", "orelse", "finalbody"):
        yield getattr(statement, name, [])
    for name in ("handlers", "cases"):
        for part in getattr(statement, name, ()):
            yield part.body


def _broken_off(run: "Run", node: Loop, iterable: Flow) -> None:
    """A loop over a range that has another end."""
    del iterable
    if leaves(node.body) or _ends_with_entries(run, node):
        run.withdraw(node.iter, Kind.SIZE)


def _ends_with_entries(run: "Run", node: Loop) -> bool:
    """`for n in range(count): data[f"name{n}"]`: an entry that was not sent is an error, which ends the loop."""
    target = node.target.id if isinstance(node.target, ast.Name) else None
    plain = (s for s in node.body if isinstance(s, ast.Expr | ast.Assign | ast.AnnAssign | ast.AugAssign))
    parts = (part for statement in plain for part in ast.walk(statement))
    return any(
        any(isinstance(name, ast.Name) and name.id == target for name in ast.walk(part.slice))
        and bool(run.evaluate(part.value).taints)
        for part in parts
        if isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Load)
    )


def _over_itself(run: "Run", node: Loop, iterable: Flow) -> None:
    """For each item of a collection of the caller's, the whole collection again."""
    base = base_of(node.iter)
    is_range = iterable.path == "builtins.range()"
    whole = run.evaluate(_base(node.iter)) if is_range else iterable
    free = [taint for taint in whole.taints if taint.kind in {"items", "text"} and not taint.is_bounded]
    if not free or not _is_collection(whole):
        return
    origin = list_origin(run, _base(node.iter))
    inputs = [
        Input(role=Role.DATA, source=t.source, kind=t.kind, is_bounded=False, origin=origin)
        for t in sorted(free)
    ]
    for found, name in _again(node, base):
        run.sink(Kind.SUPERLINEAR, WorkClass.HEAVY, name, found, inputs=inputs, facts={"operation": name})
        return


def _is_collection(flow: Flow) -> bool:
    return flow.path.startswith("builtins.") or any(
        taint.kind == "items" or "json" in taint.source for taint in flow.taints
    )


def base_of(node: ast.expr) -> str | None:
    """What a loop goes over: of `enumerate(rows)`, `rows[i + 1:]`, `range(len(rows))` it is `rows`."""
    base = _base(node)
    return ast.unparse(base) if isinstance(base, ast.Name | ast.Attribute | ast.Subscript) else None


def _base(node: ast.expr) -> ast.expr:
    while True:
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in DERIVED
            and node.args
        ):
            node = node.args[-1] if node.func.id == "range" else node.args[0]
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            node = node.value
        else:
            return node


def _again(loop: Loop, base: str | None) -> Iterator[tuple[ast.AST, str]]:
    """Where the body of a loop over `base` goes through all of it, or of a list that grows with it."""
    once = _once(loop.body)
    nodes = [node for node in inside(loop.body) if id(node) not in once]
    grown = {
        ast.unparse(node.func.value)
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append"
    }
    targets = {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
    rebound = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    lists = {name for name in grown if name.isidentifier()} - rebound
    for node in nodes:
        if isinstance(node, Loop | ast.comprehension) and base and base_of(node.iter) == base:
            yield node.iter, "nested loops"
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            if ast.unparse(node.comparators[0]) in lists and _root(node.left) in targets:
                yield node, "`in` a list"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            shifts = node.func.attr == "remove" or (
                node.func.attr in {"insert", "pop"}
                and bool(node.args)
                and isinstance(node.args[0], ast.Constant)
                and node.args[0].value == 0
            )
            if shifts and ast.unparse(node.func.value) in {*lists, base}:
                yield node, f"`{node.func.attr}` of a list"


FOR_OBSERVERS.extend((_broken_off, _over_itself))


# -- while ---------------------------------------------------------------------------------------


def _counter(run: "Run", node: ast.While) -> None:
    """`while i < n: i += 1`, `while day <= end: day += timedelta(days=1)`."""
    if not isinstance(node.test, ast.Compare) or len(node.test.ops) != 1 or leaves(node.body):
        return
    left, op, right = node.test.left, node.test.ops[0], node.test.comparators[0]
    if not isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
        return
    stepped = _stepped(node.body)
    for moving, fixed in ((left, right), (right, left)):
        if isinstance(moving, ast.Name) and moving.id in stepped:
            ends = [run.evaluate(fixed), run.evaluate(moving)]
            found = [taint for flow in ends for taint in _counted(flow)]
            if found:
                is_held = isinstance(fixed, ast.Name) and not ends[1].taints
                inputs = with_origin(run, _inputs(found), fixed if is_held else None)
                run.sink(
                    Kind.SIZE,
                    WorkClass.HEAVY,
                    "while",
                    node.test,
                    inputs=inputs,
                    facts={"bytes": False},
                )
            return


def _counted(flow: Flow) -> list[Taint]:
    dates = flow.path.startswith(("datetime.", "builtins.datetime", "dateutil."))
    kinds = {"amount", "text"} if dates else {"amount"}
    return sorted(taint for taint in flow.taints if taint.kind in kinds and not taint.is_bounded)


def _stepped(body: list[ast.stmt]) -> set[str]:
    """Names that are moved on by a fixed step."""
    found: set[str] = set()
    for node in inside(body):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            if isinstance(node.op, ast.Add | ast.Sub):
                found.add(node.target.id)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
            name = node.targets[0]
            first = node.value.left
            is_step = isinstance(node.value.op, ast.Add | ast.Sub)
            if is_step and isinstance(name, ast.Name) and ast.unparse(first) == name.id:
                found.add(name.id)
    return found


def _stream(run: "Run", node: ast.While) -> None:
    """`while True: yield ...` with no way out."""
    if isinstance(node.test, ast.Constant) and node.test.value and _is_endless(node.body):
        names = {
            part.id for statement in run.body for part in ast.walk(statement) if isinstance(part, ast.Name)
        }
        is_plain = not node.orelse and "deadline" not in names and not any(map(_waits, inside(node.body)))
        facts: dict[str, object] = {"waits_for": "", "test": run.place(node.test) if is_plain else None}
        run.sink(Kind.STREAM, WorkClass.HEAVY, "while True", node, facts=facts)


def _waits(node: ast.AST) -> bool:
    """Whether a call may wait as long as it likes: `queue.get()`, `socket.recv(4096)`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    is_bare = node.func.attr in {"get", "join", "acquire"} and not node.args and not node.keywords
    return is_bare or (node.func.attr in WAITS and not any(k.arg == "timeout" for k in node.keywords))


WAITS: Final = frozenset(
    {"wait", "recv", "receive", "listen", "readline", "accept", "get_message", "blpop", "xread"}
)


WHILE_OBSERVERS.extend((_counter, _stream))


def _listening(run: "Run", node: Loop, iterable: Flow) -> None:
    """`for message in pubsub.listen(): yield ...`."""
    if iterable.path.endswith(".pubsub().listen()") and _is_endless(node.body):
        name = f"{iterable.path.partition('.')[0]} pubsub"
        run.sink(Kind.STREAM, WorkClass.HEAVY, name, node.iter, facts={"waits_for": "messages"})


FOR_OBSERVERS.append(_listening)


def _is_endless(body: list[ast.stmt]) -> bool:
    """Whether a loop that nothing else ends hands something out in each round."""
    yields = any(isinstance(node, ast.Yield) for node in inside(body))
    return yields and not leaves(_without_disconnects(body))


def _without_disconnects(body: list[ast.stmt]) -> list[ast.stmt]:
    """The body as long as the client stays: without what handles that it has gone."""
    kept: list[ast.stmt] = []
    for statement in body:
        if not isinstance(statement, ast.Try):
            kept.append(statement)
            continue
        handlers = [handler for handler in statement.handlers if not _is_disconnect(handler)]
        kept += [*statement.body, *statement.orelse, *statement.finalbody]
        kept += [inner for handler in handlers for inner in handler.body]
    return kept


DISCONNECTS: Final = frozenset(
    {"GeneratorExit", "BrokenPipeError", "ConnectionResetError", "KeyboardInterrupt"}
)


def _is_disconnect(handler: ast.ExceptHandler) -> bool:
    caught = handler.type
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return all(isinstance(name, ast.Name) and name.id in DISCONNECTS for name in names)
