"""Limits that a function computes: the constants among what it can answer."""

import ast
from collections.abc import Iterator
from typing import Final

from guardapi.frameworks.flask.limiter_state import Answer
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import Function, Value, place_of

MAX_CONDITION: Final = 80


def answers_of(ev: Evaluator, provider: Value) -> tuple[Answer, ...]:
    """Texts that are written where the function of a limit returns."""
    if type(provider) is not Function or provider.module.is_model:
        return ()
    if isinstance(provider.node, ast.Lambda):
        return tuple(_texts(provider, provider.node.body, None))
    return tuple(_returned(provider, ev.body_of(provider)[0], None))


def _returned(function: Function, body: list[ast.stmt], condition: str | None) -> Iterator[Answer]:
    for statement in body:
        match statement:
            case ast.Return(value=ast.expr() as value):
                yield from _texts(function, value, condition)
            case ast.If(test=test, body=chosen, orelse=otherwise):
                yield from _returned(function, chosen, _written(test))
                yield from _returned(function, otherwise, _written(test))
                # What follows a branch that returns is its other arm.
                condition = _written(test) if _returns(chosen) or _returns(otherwise) else condition
            case ast.Try(body=tried, handlers=handlers, orelse=otherwise, finalbody=last):
                for part in (tried, *(handler.body for handler in handlers), otherwise, last):
                    yield from _returned(function, part, condition or "an error")
            case ast.With(body=inner):
                yield from _returned(function, inner, condition)
            case ast.For(body=inner, orelse=otherwise) | ast.While(body=inner, orelse=otherwise):
                yield from _returned(function, [*inner, *otherwise], condition or "a loop")
            case ast.Match(cases=cases):
                for case in cases:
                    yield from _returned(function, case.body, condition or "a case")


def _texts(function: Function, value: ast.expr, condition: str | None) -> Iterator[Answer]:
    match value:
        case ast.Constant(value=str() as text):
            yield Answer(text=text, place=place_of(function.module, value), condition=condition)
        case ast.IfExp(test=test, body=chosen, orelse=otherwise):
            yield from _texts(function, chosen, _written(test))
            yield from _texts(function, otherwise, _written(test))


def _returns(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], ast.Return)


def _written(test: ast.expr) -> str:
    try:
        return ast.unparse(test)[:MAX_CONDITION]
    except (ValueError, RecursionError):
        return "a test"
