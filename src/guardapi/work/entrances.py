"""What decorators of a view read of the request by themselves, and hand to the view."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from guardapi.python.values import Function
from guardapi.sink import Kind, WorkClass
from guardapi.work.flow import Flow, Taint
from guardapi.work.schema_types import typed
from guardapi.work.schemas import BODY_METHODS, Sent, validated

if TYPE_CHECKING:
    from guardapi.work.reader import Reader
    from guardapi.work.result import Result
    from guardapi.work.run import Run

BODY: Final = {
    "json": Kind.BODY, "body": Kind.BODY, "json_or_form": Kind.BODY, "data": Kind.BODY, "form": Kind.FORM,
    "files": Kind.FORM, "form_and_files": Kind.FORM, "mixed": Kind.FORM,
}  # fmt: skip
"""Where schemas look that is in the body."""
SOURCES: Final = {
    "json": "request.json", "body": "request.json", "query": "request.args", "querystring": "request.args",
    "path": "request.view_args", "view_args": "request.view_args", "header": "request.headers",
    "headers": "request.headers", "cookie": "request.cookies", "cookies": "request.cookies",
    "form_and_files": "request.form", "mixed": "request.form", "json_or_form": "request.json",
}  # fmt: skip
PARTS: Final = ("path", "query", "header", "cookie", "form", "body", "json", "headers", "cookies")


@dataclass(slots=True)
class Handed:
    """What a function is called with beside the variables of its rule."""

    args: list[Flow] = field(default_factory=list)
    kwargs: dict[str, Flow] = field(default_factory=dict)
    read: "Result | None" = None
    """What the decorators read of the request."""


@dataclass(frozen=True, slots=True)
class _Applied:
    """A decorator as it stands above a function."""

    run: "Run"
    node: ast.expr
    path: str
    args: list[Flow]
    kwargs: dict[str, Flow]
    function: Function

    def argument(self, *names: int | str) -> Flow | None:
        """The first of some positions and names that is passed."""
        for name in names:
            if isinstance(name, int):
                if name < len(self.args):
                    return self.args[name]
            elif name in self.kwargs:
                return self.kwargs[name]
        return None

    def text(self, default: str | None, *names: int | str) -> str | None:
        """A text that is passed, or what holds without; None where it is not known."""
        found = self.argument(*names)
        if found is None or found.value is None:
            return default
        if found.items:
            found = found.items[0]
        return found.value if isinstance(found.value, str) else None

    def is_set(self, name: str) -> bool:
        """Whether an option is switched on."""
        found = self.kwargs.get(name)
        return found is not None and found.value is True

    def reads(self, location: str | None) -> None:
        """The part of a request at a location is read."""
        kind = BODY.get(location or "")
        method = self.run.reader.request.get("method", "POST")
        self.run.result.reads_request.add("method")
        if kind is not None and method in BODY_METHODS:
            self.run.sink(
                kind, WorkClass.LIGHT, self.path, self.node, facts={"of": "schema", "checked": False}
            )

    def parameter(self, name: str) -> ast.arg | None:
        """A parameter of the function."""
        arguments = self.function.node.args
        found = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        return next((parameter for parameter in found if parameter.arg == name), None)


def handed_to(reader: "Reader", function: Function, start: "Run") -> Handed:
    """What the decorators of a function hand to it; worked out once for each method."""
    key = ("handed", function, reader.request.get("method"))
    known = reader.memo.get(key)
    if isinstance(known, Handed):
        return known
    handed = Handed()
    for applied in _applied(function, start):
        for pattern, hands in HANDING:
            if pattern.fullmatch(applied.path):
                hands(applied, handed)
    handed.read = start.result if start.result.sinks else None
    reader.memo[key] = handed
    return handed


def _applied(function: Function, start: "Run") -> Iterator[_Applied]:
    for node in getattr(function.node, "decorator_list", ()):
        called = node.func if isinstance(node, ast.Call) else node
        path = _path(start.evaluate(called))
        if not path or not any(pattern.fullmatch(path) for pattern, _ in HANDING):
            continue
        args = (
            [start.evaluate(a) for a in node.args if not isinstance(a, ast.Starred)]
            if node is not called
            else []
        )
        kwargs: dict[str, Flow] = {}
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            if keyword.arg is not None:
                kwargs[keyword.arg] = start.evaluate(keyword.value)
        yield _Applied(start, node, path, args, kwargs, function)


def _path(flow: Flow) -> str:
    function = flow.value
    if not flow.path and isinstance(function, Function) and function.module.is_model:
        return f"{function.module.name}.{function.qualname}"
    return flow.path


def _sent(location: str | None) -> Sent:
    return Sent(SOURCES.get(location or "", f"request.{location}") if location else "request")


def _unknown(sent: Sent) -> Flow:
    """What a schema hands on that is not known: no bound of it is known to be missing."""
    return Flow(taints=frozenset({Taint(sent.source, "items", "value")}))


def _checked(applied: _Applied, schema: Flow | None, location: str | None) -> Flow:
    sent = _sent(location)
    many = applied.is_set("many")
    return (validated(applied.run, schema, sent, many=many) if schema is not None else None) or _unknown(sent)


def _use_args(applied: _Applied, handed: Handed) -> None:
    """webargs and flask-smorest: a positional argument, or one for each field."""
    location = applied.text("json", "location", "locations")
    applied.reads(location)
    found = _checked(applied, applied.argument("argmap", "schema", 0), location)
    if applied.path.endswith("use_kwargs") or applied.is_set("as_kwargs"):
        handed.kwargs.update(found.fields or {})
    elif (name := applied.text("", "arg_name")) != "":
        handed.kwargs[name or ""] = found
    else:
        handed.args.append(found)


def _apispec(applied: _Applied, handed: Handed) -> None:
    location = applied.text("json", "location", 1)
    applied.reads(location)
    found = _checked(applied, applied.argument("args", 0), location)
    if found.fields is not None:
        handed.kwargs.update(found.fields)
    else:
        handed.args.append(found)


def _apiflask(applied: _Applied, handed: Handed) -> None:
    location = applied.text("json", "location", 1)
    applied.reads(location)
    found = _checked(applied, applied.argument("schema", 0), location)
    name = applied.text(f"{location}_data", "arg_name", 2) or ""
    # Before APIFlask 2 it was a positional argument.
    if applied.parameter(name) is not None or applied.function.node.args.kwarg is not None:
        handed.kwargs[name] = found
    else:
        handed.args.append(found)


def _by_annotations(applied: _Applied, handed: Handed) -> None:
    """Flask-Pydantic, SpecTree and flask-openapi3: by the names of parameters, and by keywords."""
    for part in PARTS:
        parameter = applied.parameter(part)
        passed = applied.kwargs.get(part)
        is_given = passed is not None and passed.value is not None
        is_annotated = parameter is not None and parameter.annotation is not None
        if not is_given and not is_annotated:
            continue
        applied.reads(part)
        if parameter is None:
            continue
        sent = _sent(part)
        found = validated(applied.run, passed, sent) if passed is not None and is_given else None
        if found is None and parameter.annotation is not None:
            found = typed(applied.run, parameter.annotation, sent)
        handed.kwargs[part] = found if found is not None else _unknown(sent)


def _rebar(applied: _Applied, handed: Handed) -> None:
    del handed
    if applied.argument("request_body_schema") is not None:
        applied.reads("json")


def _expects(applied: _Applied, handed: Handed) -> None:
    """Flask-RESTX validates the body against a model only where it is told to."""
    del handed
    first = applied.argument(0)
    is_parser = first is not None and "RequestParser()" in first.path
    if applied.is_set("validate") and not is_parser:
        applied.reads("json")


Hands = Callable[[_Applied, Handed], None]
HANDING: Final[tuple[tuple[re.Pattern[str], Hands], ...]] = (
    (re.compile(r"webargs\.(?:\w+\.)*(?:parser\.|\w*Parser\(\)\.)?use_(?:args|kwargs)"), _use_args),
    (re.compile(r"(?:flask_smorest|flask_rest_api)\.(?:\w+\.)*Blueprint\(\)\.arguments"), _use_args),
    (re.compile(r"flask_apispec\.(?:annotations\.)?use_kwargs"), _apispec),
    (re.compile(r"apiflask\.(?:\w+\.)*(?:\w+\(\)\.)?input"), _apiflask),
    (
        re.compile(r"flask_pydantic\.(?:core\.)?validate|spectree\.(?:\w+\.)*SpecTree\(\)\.validate"),
        _by_annotations,
    ),
    (re.compile(r"flask_openapi3\.(?:\w+\.)*\w+\(\)\.(?:get|post|put|patch|delete)"), _by_annotations),
    (re.compile(r"flask_rebar\.(?:\w+\.)*\w+\(\)\.handles"), _rebar),
    (re.compile(r"flask_rest(?:x|plus)\.(?:\w+\.)*\w+\(\)\.expect"), _expects),
)
