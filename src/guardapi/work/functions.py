"""What the functions that a project hands to its limiter answer: from which data, and whether it may be nothing."""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

from guardapi.frameworks.served import Handed
from guardapi.model import LimiterAnswer, LimiterFunction
from guardapi.python.values import BoundMethod, Function, Partial, Wrapped, place_of
from guardapi.work.flow import IDENTITY, UNRESOLVED, all_taints
from guardapi.work.invoke import bound_arguments
from guardapi.work.reader import Reader
from guardapi.work.refusals import status_of
from guardapi.work.result import Result
from guardapi.work.run import Run

ADDRESS: Final = re.compile(r"remote_addr|get_remote_address|get_ipaddr|REMOTE_ADDR")
ANSWERED: Final = re.compile(r"get_response|\.code\b|make_response|\bResponse\b|429|503")
"""What hands the status of the refusal on, or sets one."""
GETTERS: Final = frozenset({"get", "getattr"})


def read_functions(reader: Reader, functions: Iterable[Handed]) -> Iterator[LimiterFunction]:
    """Each function once for each role."""
    seen: set[tuple[str, str]] = set()
    for handed in functions:
        function = _function_of(handed.value)
        place = function.place if function is not None else None
        if function is None or place is None or (handed.role, handed.name) in seen:
            continue
        seen.add((handed.role, handed.name))
        start = Run(reader, "", function.module, None, {}, {})
        reader.request = {}
        result = reader.read(function, bound_arguments(start, function, [], {}))
        yield LimiterFunction(
            role=handed.role,
            name=handed.name,
            place=place,
            declared=handed.declared,
            answers=tuple(_answers(reader, function, result, handed.role)),
            weak_tests=tuple(dict.fromkeys(result.weak_tests)),
            has_strong_test=result.has_strong_test,
            asks_address=bool(ADDRESS.search(_tests_of(reader, function))),
            sinks=tuple(sorted(result.sinks.values(), key=lambda sink: sink.place)),
        )


def _function_of(value: object) -> Function | None:
    while isinstance(value, Wrapped | BoundMethod | Partial):
        value = value.inner if isinstance(value, Wrapped) else value.function
    return value if isinstance(value, Function) and not value.module.is_model else None


def _answers(reader: Reader, function: Function, result: Result, role: str) -> Iterator[LimiterAnswer]:
    body = _body(reader, function)
    sets_status = any(
        isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and node.attr in {"status_code", "status"}
        for part in body
        for node in ast.walk(part)
    )
    for flow, node, place in result.answers:
        taints = all_taints(flow)
        text = ast.unparse(node)[:500] if node is not None else ""
        yield LimiterAnswer(
            place=place,
            sources=tuple(sorted({taint.source for taint in taints if taint.kind != IDENTITY})),
            is_constant=flow.is_constant and flow.value is not None and flow.value != "",
            may_be_empty=_may_be_empty(node) or flow.value is None or flow.value == "",
            is_empty=flow.value is None or flow.value == "",
            has_address=bool(ADDRESS.search(f"{text} {flow.path}")),
            has_identity=any(taint.kind == IDENTITY for taint in taints),
            status=_status(node, text, sets_status=sets_status, value=flow.value)
            if role != "on_breach" or _is_response(node)
            else None,
            value=None if node is None else place_of(function.module, _body_of(node)),
            is_made=node is not None and _body_of(node) is not node,
            status_place=None if (stated := _stated(node)) is None else place_of(function.module, stated),
        )


def _may_be_empty(node: ast.expr | None) -> bool:
    """Whether an answer is missing where the caller sends nothing: `headers.get("X")`, without another one behind."""
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        return _may_be_empty(node.values[-1])
    if isinstance(node, ast.IfExp):
        return _may_be_empty(node.body) or _may_be_empty(node.orelse)
    if isinstance(node, ast.Constant):
        return node.value in {None, ""}
    if not isinstance(node, ast.Call):
        return node is None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name not in GETTERS:
        return False
    at = 2 if name == "getattr" else 1
    default = next((k.value for k in node.keywords if k.arg == "default"), None)
    default = default or (node.args[at] if len(node.args) > at else None)
    # Without a default `getattr` raises where there is nothing.
    return (default is None and name == "get") or (default is not None and _may_be_empty(default))


def _status(node: ast.expr | None, text: str, *, sets_status: bool, value: object) -> int | None:
    """The status of an answer to a refused request; None where it is not known."""
    if node is None or value is None:
        return None
    if isinstance(node, ast.Tuple) and len(node.elts) > 1:
        stated = _stated(node)
        return None if stated is None else _constant_status(stated)
    if sets_status:
        return None
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("make_response") and node.args:
        made = ast.Tuple(node.args) if len(node.args) > 1 else node.args[0]
        return _status(made, ast.unparse(made), sets_status=False, value=made)
    if ANSWERED.search(text):
        return None
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name == "redirect":
            return 302
        return 200 if name in {"jsonify", "render_template", "render_template_string"} else None
    is_plain = isinstance(node, ast.Dict | ast.JoinedStr) or (
        isinstance(node, ast.Constant) and value is not UNRESOLVED
    )
    return 200 if is_plain else None


def _stated(node: ast.expr | None) -> ast.expr | None:
    """The constant of an answer that states its status."""
    parts = node.elts if isinstance(node, ast.Tuple) else []
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("make_response"):
        parts = node.args
    return next((part for part in parts[1:] if _constant_status(part) is not None), None)


def _body_of(node: ast.expr) -> ast.expr:
    """What a response is made from: the argument of `make_response`."""
    is_made = (
        isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("make_response")
        and len(node.args) == 1
    )
    return node.args[0] if isinstance(node, ast.Call) and is_made else node


def _is_response(node: ast.expr | None) -> bool:
    """Whether an answer is a response already: Flask-Limiter passes over all else that `on_breach` returns."""
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in {"jsonify", "make_response", "redirect"}


def _constant_status(node: ast.expr) -> int | None:
    return status_of(node.value) if isinstance(node, ast.Constant) else None


def _body(reader: Reader, function: Function) -> list[ast.stmt]:
    if isinstance(function.node, ast.Lambda):
        return [ast.copy_location(ast.Return(function.node.body), function.node.body)]
    return reader.ev.body_of(function)[0]


def _tests_of(reader: Reader, function: Function) -> str:
    """The tests of a function, as text."""
    tests = [
        ast.unparse(node.test)[:500]
        for part in _body(reader, function)
        for node in ast.walk(part)
        if isinstance(node, ast.If | ast.IfExp | ast.While)
    ]
    return " ".join(tests)
