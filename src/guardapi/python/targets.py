"""What an assignment, a loop or a `del` names: a variable, an attribute, an item, or a pattern of these."""

import ast
from typing import TYPE_CHECKING

from guardapi.python.values import Frame, Unknown, Value

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator


def assign(ev: "Evaluator", target: ast.expr, value: Value, frame: Frame) -> None:
    """Bind a target: a name, attribute, item, or a pattern of these."""
    if type(target) is ast.Name:
        store(frame, target.id, value)
    elif type(target) is ast.Attribute:
        ev.set_attribute(ev.evaluate(target.value, frame), target.attr, value)
    elif isinstance(target, ast.Subscript):
        ev.set_item(ev.evaluate(target.value, frame), ev.evaluate(target.slice, frame), value)
    elif isinstance(target, ast.Tuple | ast.List):
        _unpack(ev, target.elts, value, frame)
    elif isinstance(target, ast.Starred):
        assign(ev, target.value, value, frame)


def store(frame: Frame, name: str, value: Value) -> None:
    """Bind a name where the frame says it lives."""
    if frame.globals_declared is None and frame.nonlocals is None:
        frame.locals[name] = value
        return
    if frame.globals_declared and name in frame.globals_declared:
        frame.module.namespace[name] = value
        return
    if frame.nonlocals and name in frame.nonlocals:
        outer = frame.parent
        while outer is not None and name not in outer.locals:
            outer = outer.parent
        (outer or frame).locals[name] = value
        return
    frame.locals[name] = value


def _unpack(ev: "Evaluator", targets: list[ast.expr], value: Value, frame: Frame) -> None:
    items = ev.known_items(value)
    starred = next((i for i, target in enumerate(targets) if isinstance(target, ast.Starred)), None)
    if items is None or (len(items) != len(targets) and starred is None):
        for target in targets:
            assign(ev, target, Unknown("unpacked from a value that is not known"), frame)
        return
    if starred is not None:
        after = len(targets) - starred - 1
        items = [*items[:starred], items[starred : len(items) - after], *items[len(items) - after :]]
    for target, item in zip(targets, items, strict=False):
        assign(ev, target, item, frame)


def delete(ev: "Evaluator", node: ast.Delete, frame: Frame) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            frame.locals.pop(target.id, None)
        elif isinstance(target, ast.Subscript):
            container = ev.evaluate(target.value, frame)
            ev.delete_item(container, ev.evaluate(target.slice, frame))
        elif isinstance(target, ast.Attribute):
            ev.delete_attribute(ev.evaluate(target.value, frame), target.attr)


def as_load(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    if isinstance(target, ast.Attribute):
        return ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
    if isinstance(target, ast.Subscript):
        return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
    return target
