"""From a route to a request that reaches its view: path, fields, and other values of these. Nothing is sent here."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from request_reads import Read

from guardapi.model import Route

OPTIONAL: Final = frozenset({"headers", "cookies", "session"})
"""Left out where the view can do without: what tells callers apart is often among them."""
CONVERTERS: Final = {
    "int": "1",
    "float": "1.5",
    "path": "some/where",
    "uuid": "6f1e7f0c-9a52-4a43-8a2d-0d1f7f3a2b11",
}
VALUES: Final = (
    ("mail", "ann@example.com"),
    ("phone", "+15550123"),
    ("number", "3"),
    ("amount", "3"),
    ("account", "ann"),
    ("count", "3"),
    ("user", "ann"),
    ("name", "ann"),
    ("url", "http://example.com/"),
    ("code", "123456"),
    ("date", "2025-01-31"),
)
"""A plausible value by a part of the field's name."""
ARGUMENT: Final = re.compile(r"<(?:(\w+)(?:\((.*?)\))?:)?(\w+)>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    json: Mapping[str, object] | None = None
    session: Mapping[str, str] = field(default_factory=dict)
    """What the application remembers of the client."""
    body: str = ""

    def having(self, container: str, name: str, value: object) -> "Request":
        """The same with another value of one field."""
        if container == "body":
            return replace(self, body=str(value))
        if container == "files":
            return self
        given: Mapping[str, object] = getattr(self, container) or {}
        return self.with_fields(container, {**given, name: value})

    def with_fields(self, container: str, fields: Mapping[str, Any]) -> "Request":
        """The same with other fields in one place."""
        changed: dict[str, Any] = {container: fields}
        return replace(self, **changed)


def plan(route: Route, method: str, reads: tuple[Read, ...]) -> Request:
    """A request that reaches the view of a route, as an honest client may send it."""
    request = Request(method=method, path=path_of(route.rule))
    kinds = {read.container for read in reads}
    for read in reads:
        if read.container in OPTIONAL and not read.is_needed:
            continue
        if read.container == "json" and "form" in kinds:
            continue
        if read.container == "files":
            request = replace(request, files=tuple(dict.fromkeys((*request.files, read.name))))
        elif read.container == "body":
            request = replace(request, body=request.body or "some text")
        elif read.container == "json":
            request = replace(
                request, json={**(request.json or {}), **({read.name: value_of(read)} if read.name else {})}
            )
        else:
            request = request.having(read.container, read.name, str(value_of(read)))
    return request


def variants(request: Request, reads: tuple[Read, ...]) -> Iterator[Request]:
    """The same request for each value that the view looks for."""
    for read in reads:
        for literal in read.literals:
            yield request.having(read.container, read.name, literal)


def without_options(request: Request, reads: tuple[Read, ...]) -> Request:
    """The same without what the view can do without."""
    for read in reads:
        given = getattr(request, read.container, None)
        if not read.is_needed and isinstance(given, Mapping):
            kept = {key: value for key, value in given.items() if key != read.name}
            request = request.with_fields(read.container, kept)
    return request


def value_of(read: Read) -> object:
    """A plausible value of a field."""
    if read.options:
        return read.options[0]
    if read.is_list:
        return listed(read, 2)
    if read.is_number:
        return 3 if read.container == "json" else "3"
    return next((value for part, value in VALUES if part in read.name.lower()), "red")


def listed(read: Read, number: int) -> list[object]:
    """A list with so many items."""
    if read.parts:
        return [dict.fromkeys(read.parts, f"red{index}") for index in range(number)]
    return [f"red{index}" for index in range(number)]


def path_of(rule: str) -> str:
    """A path that a rule matches."""
    return ARGUMENT.sub(_argument, rule)


def _argument(match: re.Match[str]) -> str:
    converter, options, _ = match.groups()
    if converter == "any" and options:
        return options.partition(",")[0].strip(" '\"")
    return CONVERTERS.get(converter or "", "red")
