"""Sockets: where a handler waits for the next message of the caller.

Facts of SOCKET: `library`; `guard`, whether the function around it counts messages, looks at a clock or asks a limiter.
"""

import ast
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from guardapi.python.values import BoundMethod, Function, Partial, Wrapped
from guardapi.sink import Kind, WorkClass
from guardapi.work.flow import Flow
from guardapi.work.specs import Facts, Invocation, Spec

if TYPE_CHECKING:
    from guardapi.work.reader import Reader

GUARD: Final = re.compile(
    r"limit|throttl|bucket|quota|flood|\bhit\b|\bacquire\b|\bconsume\b|\ballow(?:ed)?\b|too_many|per_(?:second|minute)"
    r"|\b(?:time|monotonic|perf_counter|monotonic_ns|time_ns)\b$",
    re.IGNORECASE,
)
"""How a function is called that counts, or that says what time it is."""
PASSED: Final = "passes_first"
"""Set on a view by a model of a library that calls the project's function with an argument of its own."""


def passed_first(reader: "Reader", chain: Iterable[Any]) -> Flow | None:
    """What a library passes to a view before the variables of its rule: the connection."""
    for link in chain:
        if isinstance(link, Function) and PASSED in link.attributes:
            return reader.names.flow(link.attributes[PASSED])
    return None


def has_guard(reader: "Reader", value: object) -> bool:
    """Whether a function counts, looks at a clock or asks a limiter, itself or by a decorator."""
    while isinstance(value, BoundMethod | Wrapped | Partial):
        value = value.inner if isinstance(value, Wrapped) else value.function
    if not isinstance(value, Function) or isinstance(value.node, ast.Lambda):
        return False
    parts: list[ast.AST] = [*reader.ev.body_of(value)[0], *value.node.decorator_list]
    return any(
        isinstance(node, ast.Call) and GUARD.search(ast.unparse(node.func)[-80:])
        for part in parts
        for node in ast.walk(part)
    )


def _received(call: Invocation) -> Facts | None:
    return {"library": "flask-sock", "guard": has_guard(call.run.reader, call.run.function)}


SINKS = (
    Spec(
        kind=Kind.SOCKET,
        work=WorkClass.LIGHT,
        names=("simple_websocket.{ws.,}Server().receive",),
        inspect=_received,
    ),
)
