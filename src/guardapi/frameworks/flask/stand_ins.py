"""Factories that need not run again: what they return is an application that is known."""

import ast

from guardapi.python.evaluator import Evaluator
from guardapi.python.values import Function, Instance, Value


def factories_of(ev: Evaluator) -> dict[ast.AST, Value]:
    """By definition: the application that a factory has built and returned, the largest of several."""
    found: dict[ast.AST, Value] = {}
    for app in made_applications(ev):
        if type(app.function) is not Function:
            continue
        node = app.function.node
        if _returns_it(app.function, app) and (node not in found or _size(app) > _size(found[node])):
            found[node] = app
    return {node: app for node, app in found.items() if _size(app) > 1}


def made_applications(ev: Evaluator) -> list[Instance]:
    """Every application, in the order in which they were made."""
    context = ev.modules.get("model:flask/ctx.py")
    made = context.namespace.get("_applications") if context is not None else None
    return [app for app in made if type(app) is Instance] if isinstance(made, list) else []


def _size(app: Instance) -> int:
    url_map = app.attributes.get("url_map")
    rules = url_map.attributes.get("rules") if type(url_map) is Instance else None
    return len(rules) if isinstance(rules, list) else 0


def _returns_it(function: Function, app: Instance) -> bool:
    """Whether each `return` of a factory gives the variable that the application was assigned to."""
    node, place = function.node, app.place
    if isinstance(node, ast.Lambda) or place is None:
        return False
    names: set[str] = set()
    returned: list[ast.expr | None] = []
    pending: list[ast.AST] = list(node.body)
    while pending:
        part = pending.pop()
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(part, ast.Return):
            returned.append(part.value)
        elif isinstance(part, ast.Assign) and part.value.lineno <= place.line <= (part.value.end_lineno or 0):
            names.update(target.id for target in part.targets if isinstance(target, ast.Name))
        pending.extend(ast.iter_child_nodes(part))
    return bool(returned) and all(isinstance(value, ast.Name) and value.id in names for value in returned)
