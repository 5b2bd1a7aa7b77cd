"""What an expression of a handler surely is, whatever the caller sends: a number, a list, a text.

Nothing is evaluated that could be a sink; what is not plain is not sure.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from guardapi.work.local_names import local_names

if TYPE_CHECKING:
    from guardapi.work.run import Run

PLAIN: Final = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant)
MAKE_NUMBERS: Final = frozenset({"int", "float", "round", "len"})
KEEP_NUMBERS: Final = frozenset({"abs", "max", "min"})
MAKE_LISTS: Final = frozenset({"list", "sorted", "tuple", "set"})
GIVE_LISTS: Final = frozenset({"getlist", "split", "splitlines", "rsplit"})
DEPTH: Final = 4
"""How far an expression, and the names in it, are looked into."""
MAX_DIGITS: Final = 12


def is_number(run: "Run", node: ast.expr, depth: int = DEPTH) -> bool:
    """Whether an expression is a number, whatever the caller sends."""
    if not depth:
        return False
    if isinstance(node, ast.Call):
        return _is_converted(run, node, depth)
    if isinstance(node, ast.BinOp | ast.IfExp):
        parts = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.body, node.orelse)
        return all(is_number(run, part, depth - 1) for part in parts)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub | ast.UAdd) and is_number(run, node.operand, depth - 1)
    if isinstance(node, ast.BoolOp):
        *before, last = node.values
        is_alternative = isinstance(node.op, ast.Or) and is_number(run, last, depth - 1)
        return is_alternative and all(
            _asks_for_number(run, one) or is_number(run, one, depth - 1) for one in before
        )
    if isinstance(node, ast.Name) and (bindings := local_names(run).bindings(node.id)):
        values = [binding.value for binding in bindings]
        is_own = node.id not in run.parameters
        return is_own and all(v is not None and is_number(run, v, depth - 1) for v in values)
    return isinstance(node, PLAIN) and _number(run, node) is not None


def _is_converted(run: "Run", node: ast.Call, depth: int) -> bool:
    name = _builtin(run, node.func)
    if name in KEEP_NUMBERS and len(node.args) + (name == "abs") > 1:
        return not node.keywords and all(is_number(run, part, depth - 1) for part in node.args)
    if name in MAKE_NUMBERS:
        return True
    default = _default_asked(node)
    return _asks_for_number(run, node) and default is not None and is_number(run, default, depth - 1)


def _asks_for_number(run: "Run", node: ast.expr) -> bool:
    """`args.get("n", 20, type=int)`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "get":
        return False
    kinds = [keyword.value for keyword in node.keywords if keyword.arg == "type"] or node.args[2:3]
    return bool(kinds) and _builtin(run, kinds[0]) in {"int", "float"}


def _default_asked(node: ast.Call) -> ast.expr | None:
    """What a call of `get` answers for what is not there."""
    named = [keyword.value for keyword in node.keywords if keyword.arg == "default"]
    return next(iter(named or node.args[1:2]), None)


def is_list(run: "Run", node: ast.expr) -> bool:
    """Whether a value is a list."""
    if isinstance(node, ast.BoolOp):
        return isinstance(node.op, ast.Or) and is_list(run, node.values[-1])
    if isinstance(node, ast.List | ast.Dict):
        return True
    if isinstance(node, ast.Call):
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        return method in GIVE_LISTS or _builtin(run, node.func) in MAKE_LISTS
    return False


def is_sent(run: "Run", node: ast.expr) -> bool:
    """A part of JSON of the caller, or all of it: what can be gone through in it has a length, or is None."""
    if isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
        owner: ast.expr = node.func if isinstance(node, ast.Call) else node.value
        if isinstance(node, ast.Attribute):
            return node.attr == "json" and _is_request(run, owner)
        if isinstance(node, ast.Call) and isinstance(owner, ast.Attribute):
            if owner.attr == "get_json":
                return _is_request(run, owner.value)
            return owner.attr == "get" and is_sent(run, owner.value)
        return (
            isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and is_sent(run, owner)
        )
    bindings = local_names(run).bindings(node.id) if isinstance(node, ast.Name) else ()
    return len(bindings) == 1 and bindings[0].value is not None and is_sent(run, bindings[0].value)


def is_text(run: "Run", node: ast.expr) -> bool:
    """Whether a value is a text that the caller has sent, or an empty one; of JSON, what has to be one."""
    if isinstance(node, ast.Subscript) and is_sent(run, node):
        return True
    if isinstance(node, ast.BoolOp):
        *before, last = node.values
        return isinstance(last, ast.Constant) and isinstance(last.value, str) and all(map(_is_field, before))
    if not _is_field(node):
        return False
    default = _default_asked(node) if isinstance(node, ast.Call) else None
    return isinstance(node, ast.Subscript) or (
        isinstance(default, ast.Constant) and isinstance(default.value, str)
    )


def _is_field(node: ast.expr) -> bool:
    """`request.form["name"]`, `request.args.get("name")`."""
    owner = node.func if isinstance(node, ast.Call) else node
    if isinstance(node, ast.Call):
        is_get = isinstance(owner, ast.Attribute) and owner.attr == "get" and len(node.args) < 3
        if not is_get or any(keyword.arg != "default" for keyword in node.keywords):
            return False
    held = owner.value if isinstance(owner, ast.Attribute | ast.Subscript) else None
    return isinstance(held, ast.Attribute) and held.attr in {"args", "form", "values"}


def _is_request(run: "Run", node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and ".request" in f".{run.evaluate(node).path}"


def _builtin(run: "Run", node: ast.expr) -> str:
    """The name of the function of Python that a name means."""
    path = run.evaluate(node).path if isinstance(node, ast.Name) else ""
    return path.removeprefix("builtins.") if path.startswith("builtins.") else ""


# -- numbers that the code itself states ---------------------------------------------------------


def usual_of(run: "Run", nodes: Sequence[ast.expr]) -> int | None:
    """The largest number that some expressions state, defaults included; None where one of these is not known."""
    names = {part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name)}
    behind = [b.value for name in names for b in local_names(run).bindings(name) if b.value is not None]
    parts = (part for node in (*nodes, *behind) for part in ast.walk(node))
    stated = (_stated(part.value) for part in parts if isinstance(part, ast.Constant))
    found = [0, *(number for number in stated if number is not None)]
    for default in (default for node in nodes for default in (node, *_defaults(node))):
        if isinstance(default, ast.Name | ast.Attribute | ast.Subscript):
            number = _number(run, default)
            if number is None:
                return None
            found.append(number)
    return max(found)


def _defaults(node: ast.expr) -> Iterator[ast.expr]:
    """What stands in for what the caller leaves out."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "get":
            yield from filter(None, [_default_asked(part)])
        elif isinstance(part, ast.BoolOp):
            yield from part.values[1:]
        elif isinstance(part, ast.IfExp):
            yield from (part.body, part.orelse)


def _stated(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < MAX_DIGITS:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(run: "Run", node: ast.expr) -> int | None:
    """The whole number that a constant or a setting is."""
    return _stated(run.evaluate(node).value) if isinstance(node, PLAIN) else None


def is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
