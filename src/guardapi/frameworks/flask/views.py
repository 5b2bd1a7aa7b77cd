"""The function or class that serves a route, behind its decorators."""

import ast
from typing import Final

from guardapi.model import View
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import (
    MISSING,
    BoundMethod,
    Class,
    ClassMethod,
    External,
    Frame,
    Function,
    Instance,
    NativeFunction,
    Partial,
    StaticMethod,
    Union,
    Unknown,
    Value,
    Wrapped,
)

LIKELY: Final = frozenset(
    {
        "callback", "endpoint", "f", "fn", "fun", "func", "function", "g", "handler", "meth", "method",
        "original", "view", "view_f", "view_func", "view_function", "wrapped",
    }
)  # fmt: skip
"""Names under which a decorator without `functools.wraps` keeps what it decorates."""
MAX_CHAIN: Final = 60


def chain_of(ev: Evaluator, registered: Value) -> list[Value]:
    """What a request passes, from the registered callable to the innermost function."""
    chain = [registered]
    while len(chain) < MAX_CHAIN:
        following = _inner(ev, chain[-1])
        if following is None or any(following is link for link in chain):
            break
        chain.append(following)
    return chain


def _inner(ev: Evaluator, value: Value) -> Value:
    if type(value) is Wrapped:
        return value.inner
    if type(value) is Partial or type(value) in {BoundMethod, StaticMethod, ClassMethod}:
        return value.function
    if type(value) is Union:
        return next((o for o in value if isinstance(o, Function | Wrapped | BoundMethod | Partial)), None)
    if type(value) is Instance:
        return _of_object(ev, value)
    if type(value) is not Function:
        return None
    if (wrapped := value.attributes.get("__wrapped__")) is not None:
        return wrapped
    return _closed_over(ev, value)


def _of_object(ev: Evaluator, value: Instance) -> Value:
    if (wrapped := value.attributes.get("__wrapped__")) is not None:
        return wrapped
    for name in ("_fn", "function", "func", "fn", "view_func", "f"):
        found = value.attributes.get(name)
        if isinstance(found, Function | Wrapped | BoundMethod | Partial):
            return found
    del ev
    method = value.cls.find("__call__")
    return None if method is MISSING else method


def _closed_over(ev: Evaluator, function: Function) -> Value:
    """The one callable that a closure keeps under a usual name."""
    if function.closure is None or "<locals>" not in function.qualname:
        return None
    used = _names_used(ev, function)
    found: dict[str, Value] = {}
    scope: Frame | None = function.closure
    while scope is not None:
        for name in used & LIKELY & scope.locals.keys():
            found.setdefault(name, scope.locals[name])
        scope = scope.parent
    callables = [v for v in found.values() if isinstance(v, Function | Wrapped | BoundMethod | Partial)]
    return callables[0] if len(callables) == 1 else None


def _names_used(ev: Evaluator, function: Function) -> set[str]:
    if isinstance(function.node, ast.Lambda):
        body: list[ast.AST] = [function.node.body]
    else:
        body = list(ev.body_of(function)[0])
    return {node.id for part in body for node in ast.walk(part) if isinstance(node, ast.Name)}


def view_class(chain: list[Value]) -> Class | None:
    """The class of a class-based view."""
    for link in chain:
        if type(link) in {Function, Wrapped} and type(cls := link.attributes.get("view_class")) is Class:
            return cls
    return None


def view_of(ev: Evaluator, registered: Value) -> View:
    """What serves a route, for the inventory."""
    chain = chain_of(ev, registered)
    wrappers = tuple(name_of(link) for link in chain[:-1])
    if (cls := view_class(chain)) is not None:
        module = cls.module.name if cls.module else "?"
        # A class made by a call of `type` has no place of its own: that of the nearest class that is written.
        written = (base.place for base in cls.mro if type(base) is Class and base.place is not None)
        return View(name=f"{module}:{cls.qualname}", place=next(written, None), wrappers=wrappers)
    target = _innermost(chain)
    if type(target) is Function:
        bound = next((link.receiver for link in chain if type(link) is BoundMethod), None)
        place = target.place
        if place is None and bound is not None:
            cls = bound if type(bound) is Class else bound.cls if type(bound) is Instance else None
            if cls is not None and cls.module is not None and cls.place is not None:
                return View(name=f"{cls.module.name}:{cls.qualname}", place=cls.place, wrappers=wrappers)
        return View(name=f"{target.module.name}:{target.qualname}", place=place, wrappers=wrappers)
    return View(name=name_of(target), place=None, wrappers=wrappers)


def _innermost(chain: list[Value]) -> Value:
    last = chain[-1]
    if type(last) is Function and not last.module.is_model:
        return last
    for link in reversed(chain):
        if type(link) is Function and not link.module.is_model and "<locals>" not in link.qualname:
            return link
    return last


def name_of(value: Value) -> str:
    """A callable's name, for reasons and reports."""
    if type(value) is Function:
        return f"{value.module.name}:{value.qualname}"
    if type(value) is Wrapped:
        return value.by
    if type(value) is Partial or type(value) in {BoundMethod, StaticMethod, ClassMethod}:
        return name_of(value.function)
    if type(value) is Class:
        return value.qualified
    if type(value) is Instance:
        return value.cls.qualified
    if type(value) is External or type(value) is NativeFunction:
        return str(value.name)
    return value.reason if type(value) is Unknown else "?"
