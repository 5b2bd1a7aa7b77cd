"""Functions that call themselves on what the caller sent."""

import ast
from typing import TYPE_CHECKING, Final

from guardapi.python.values import Function
from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.flow import NOTHING, Flow, Local, Taint, all_taints

if TYPE_CHECKING:
    from guardapi.work.run import Run

Parts = list[tuple[ast.expr, Flow]]


def recursed(
    run: "Run", function: Function | Local, args: list[Flow], kwargs: dict[str, Flow], node: ast.AST
) -> None:
    """A function calls itself, directly or through others; a sink where the caller decides how deep.

    Facts: `branches`, whether one call makes several; `cached`, whether answers are kept; `by`, `amount`
    (`f(n - 1)`) or `structure` (a part of a document).
    """
    # The wrappers of one decorator are one `def` and many functions.
    if not isinstance(node, ast.Call) or not _is_running(run, function):
        return
    passed = _passed(node, args, kwargs)
    if _counts_depth(function.node, passed) or any(_is_in_step(run, part, flow) for part, flow in passed):
        return
    if any(_is_piece(run, function.node, name, part) for name, part in _by_parameter(function.node, node)):
        return
    steps = [(by, taint) for part, flow in passed for by, taint in _smaller(run, part, flow)]
    if not steps:
        return
    by, taint = min(steps)
    own = function.node.name if isinstance(function.node, ast.FunctionDef | ast.AsyncFunctionDef) else ""
    run.sink(
        Kind.RECURSION,
        WorkClass.LIGHT,
        function.qualname,
        node,
        inputs=[Input(role=Role.AMOUNT, source=taint.source, kind=taint.kind, is_bounded=False)],
        facts={
            "by": by,
            "branches": by == "amount" and _is_branching(function.node, own),
            "cached": isinstance(function, Function) and function.memo is not None,
        },
    )


def _is_running(run: "Run", function: Function | Local) -> bool:
    return isinstance(function, Local) or any(active is function for active in run.reader.running)


def _passed(node: ast.Call, args: list[Flow], kwargs: dict[str, Flow]) -> Parts:
    given = args[len(args) - len(node.args) :] if len(args) >= len(node.args) else args
    named = [(keyword.value, kwargs[keyword.arg]) for keyword in node.keywords if keyword.arg in kwargs]
    return [*zip(node.args, given, strict=False), *named]


def _smaller(run: "Run", part: ast.expr, flow: Flow) -> list[tuple[str, Taint]]:
    """What makes the argument a smaller piece of what the function was given."""
    free = sorted(taint for taint in all_taints(flow) if not taint.is_bounded)
    if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub | ast.FloorDiv | ast.Div):
        is_step = (
            isinstance(part.op, ast.Sub)
            and isinstance(part.left, ast.Name)
            and part.left.id in run.parameters
        )
        return [("amount", taint) for taint in free if taint.kind == "amount"] if is_step else []
    if (
        isinstance(part, ast.Name)
        and part.id in run.parameters
        and run.env.get(part.id) is run.result.arguments.get(part.id)
    ):
        return []  # handed on as it is
    return [("structure", taint) for taint in free if _is_nested(taint)]


def _is_nested(taint: Taint) -> bool:
    """Whether it can hold parts of parts: a document does, a parameter of the URL does not."""
    return any(word in taint.source for word in ("json", "get_data", "request.data"))


def _is_in_step(run: "Run", part: ast.expr, flow: Flow) -> bool:
    """A piece of something of the project's that is walked in step: it ends where that ends."""
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "get":
        part = part.func.value
    elif isinstance(part, ast.Subscript):
        part = part.value
    else:
        return False
    return isinstance(part, ast.Name) and part.id in run.parameters and not all_taints(flow)


def _by_parameter(function: ast.AST, node: ast.Call) -> list[tuple[str, ast.expr]]:
    """What is passed on, by the parameter that takes it."""
    arguments = function.args if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) else None
    if arguments is None or any(isinstance(part, ast.Starred) for part in node.args):
        return []
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    named = [(k.arg, k.value) for k in node.keywords if k.arg is not None]
    is_method = isinstance(node.func, ast.Attribute)
    return [*zip(names[is_method:], node.args, strict=False), *named]


def _is_piece(run: "Run", function: ast.AST, parameter: str, node: ast.expr) -> bool:
    """Whether a parameter gets a piece of what it holds already, which no caller has sent: it ends where that ends."""
    if all_taints(run.evaluate(node)) or all_taints(run.env.get(parameter, NOTHING)):
        return False
    for _ in range(MAX_PIECES):
        if not isinstance(node, ast.Name):
            break
        found = _origin_of(function, node.id)
        if found is None:
            return False
        node = found
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
        if isinstance(node, ast.Name) and node.id != parameter:
            node = _origin_of(function, node.id) or node
    return isinstance(node, ast.Name) and node.id == parameter


MAX_PIECES: Final = 4


def _origin_of(function: ast.AST, name: str) -> ast.expr | None:
    """What a local name is set to, or what it goes through; None where that is not said once."""
    found: list[ast.expr] = []
    for part in ast.walk(function):
        if isinstance(part, ast.Assign):
            found += [part.value for target in part.targets if _is_called(target, name)]
        elif isinstance(part, ast.For | ast.comprehension) and _is_called(part.target, name):
            # An item is a piece.
            found.append(ast.Subscript(part.iter, ast.Constant(0)))
    return found[0] if len(found) == 1 else None


def _is_called(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _counts_depth(node: ast.AST, passed: Parts) -> bool:
    """Whether a number that is moved on with each call is compared with something."""
    moved = {
        name.id
        for part, flow in passed
        if isinstance(part, ast.BinOp) and not flow.taints
        for name in ast.walk(part)
        if isinstance(name, ast.Name)
    }
    return bool(moved) and any(
        isinstance(name, ast.Name) and name.id in moved
        for test in ast.walk(node)
        if isinstance(test, ast.Compare)
        for name in ast.walk(test)
    )


def _is_branching(node: ast.AST, name: str) -> bool:
    """Whether one expression (or one run of statements) calls the function more than once."""
    for statement in ast.walk(node):
        if isinstance(statement, ast.BinOp | ast.Return | ast.Assign | ast.Tuple):
            calls = [
                found
                for found in ast.walk(statement)
                if isinstance(found, ast.Call) and _last_name(found.func) == name
            ]
            if len(calls) > 1:
                return True
    return False


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
