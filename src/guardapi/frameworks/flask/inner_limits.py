"""Limits inside a view's body: `with limiter.limit(...)`, and calls of limited functions."""

import ast
from collections.abc import Callable, Iterator

from guardapi.frameworks.flask.limiter_state import Check
from guardapi.frameworks.flask.views import chain_of
from guardapi.python.control import Raised
from guardapi.python.evaluator import Evaluator
from guardapi.python.expressions import look_up
from guardapi.python.values import Frame, Function, Instance, Value, Wrapped

SOMETIMES = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.Match)


Look = tuple[Instance, Check]
"""A limiter, and a place where it looks."""


def wrapper_look(
    link: Value, key: Callable[[Value], str], *, in_body: bool = False, always: bool = True
) -> Look | None:
    """The limiter that a callable asks before it calls what it wraps; None where it is no such wrapper."""
    check = link.attributes.get("_limiter_check") if type(link) in {Function, Wrapped} else None
    if type(check) is not Instance or check.attributes.get("wrapper") is not link:
        return None  # another wrapper's mark, copied by functools.wraps
    return check.attributes["limiter"], Check(
        identity=key(check.attributes["identity"]),
        stacked=check.attributes["stacked"] is True,
        in_body=in_body,
        always=always,
    )


Reached = dict[ast.AST, list[tuple[ast.AST, bool]]]
"""By definition: what its body reaches, as it was found for an earlier endpoint."""


def inner_looks(ev: Evaluator, view: Function, key: Callable[[Value], str], known: Reached) -> Iterator[Look]:
    """The places in the body of a view where a limiter looks, in order."""
    if view.module.is_model or isinstance(view.node, ast.Lambda):
        return
    if view.node not in known:
        body = ev.body_of(view)[0]
        own = {*view.parameters, *_bound(body)}
        known[view.node] = [
            (node, always) for node, always in _reached(body, always=True) if _called(node) not in own
        ]
    for node, always in known[view.node]:
        if isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                yield from _managed(ev, view, item.context_expr, key, always=always)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called = look_up(Frame(view.module, {}, view.closure, view), node.func.id)
            for link in chain_of(ev, called):
                if (look := wrapper_look(link, key, in_body=True, always=always)) is not None:
                    yield look


def _bound(body: list[ast.stmt]) -> Iterator[str]:
    """The names that a body binds itself: there they do not mean the module's."""
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif not isinstance(node, ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))


def _called(node: ast.AST) -> str | None:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None


def _managed(
    ev: Evaluator, view: Function, node: ast.expr, key: Callable[[Value], str], *, always: bool
) -> Iterator[Look]:
    """A `with` whose manager is a limit files it under a name of its own."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return
    if node.func.attr not in {"limit", "shared_limit"}:
        return
    frame = Frame(view.module, {}, view.closure, view)
    frame.node = node
    ev.stack.append(frame)
    try:
        limit = ev.evaluate(node, frame)
    except Raised:
        return
    finally:
        ev.stack.pop()
    limiter = limit.attributes.get("limiter") if type(limit) is Instance else None
    if type(limiter) is not Instance or "_decorated" not in limiter.attributes:
        return
    name = (view.module.name, view.name, f"{view.qualname}:{node.lineno}")
    limiter.attributes["_decorated"][name] = [limit]
    yield limiter, Check(identity=key(name), always=always, in_body=True)


def _reached(body: list[ast.stmt], *, always: bool) -> Iterator[tuple[ast.AST, bool]]:
    """The `with` statements and the calls by name of a body, and whether every path passes them."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(statement, ast.With | ast.AsyncWith):
            yield statement, always
            yield from _reached(statement.body, always=always)
        elif isinstance(statement, SOMETIMES):
            for field in ("body", "orelse", "finalbody"):
                yield from _reached(getattr(statement, field, []), always=False)
            for arm in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
                yield from _reached(arm.body, always=False)
            always = always and not _leaves(statement)
        else:
            yield from ((node, always) for node in ast.walk(statement) if _is_call_by_name(node))


def _is_call_by_name(node: ast.AST) -> bool:
    return type(node) is ast.Call and type(node.func) is ast.Name


def _leaves(statement: ast.stmt) -> bool:
    """Whether a branch may end the view before what follows it."""
    return any(isinstance(node, ast.Return | ast.Raise) for node in ast.walk(statement))
