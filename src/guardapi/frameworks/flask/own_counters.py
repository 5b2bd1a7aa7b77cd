"""Counters of a project's own limiter that are read, compared and written back in three steps."""

import ast
import re
from typing import Final

from guardapi.place import Place
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import Function, place_of

ATOMIC: Final = re.compile(
    r"\block\b|_lock\b|Lock\(|\.incr\w*\(|\.inc\(|\.hincrby\(|pipeline\(|\.eval\w*\(|register_script"
)
"""What counts in one step, or lets one request at a time through."""
PRIVATE: Final = re.compile(r"\bsession\b|\bg\b|\brequest\b|\bcookies\b")
"""Kept by the caller, or for one request."""
MAX_TEXT: Final = 200


def racing_write(ev: Evaluator, function: Function) -> Place | None:
    """Where a counter is written that was read and compared before; None where it is counted in one step."""
    if isinstance(function.node, ast.Lambda):
        return None
    body = ev.body_of(function)[0]
    nodes = [node for statement in body for node in ast.walk(statement)]
    if ATOMIC.search("\n".join(ast.unparse(statement) for statement in body)):
        return None
    read = {text for node in nodes if (text := _read(node)) is not None and not PRIVATE.search(text)}
    if not read or not any(isinstance(node, ast.Compare) for node in nodes):
        return None
    written = next((node for node in nodes if _written(node) in read), None)
    return place_of(function.module, written) if written is not None else None


def _read(node: ast.AST) -> str | None:
    """The store in `store.get(key)` or `store[key]`."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "get"
        and node.args
    ):
        return _text(node.func.value)
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        return _text(node.value)
    return None


def _written(node: ast.AST) -> str | None:
    """The store in `store.set(key, n + 1)`, `store[key] = n + 1` or `store[key] += 1`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        is_set = node.func.attr in {"set", "setex", "put"} and any(_counts(part) for part in node.args[1:])
        return _text(node.func.value) if is_set else None
    if (
        isinstance(node, ast.AugAssign)
        and isinstance(node.target, ast.Subscript)
        and isinstance(node.op, ast.Add)
    ):
        return _text(node.target.value)
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript) and _counts(node.value):
        return _text(node.targets[0].value)
    return None


def _counts(node: ast.expr) -> bool:
    """Whether an expression is a count one higher, or a name for it."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return any(isinstance(side, ast.Constant) and side.value == 1 for side in (node.left, node.right))
    return (
        isinstance(node, ast.Name)
        and re.search(r"count|attempt|hits|tries|number|total", node.id) is not None
    )


def _text(node: ast.expr) -> str:
    return ast.unparse(node)[:MAX_TEXT]
