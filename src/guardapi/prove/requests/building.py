"""From a route to a request that reaches its view: path, fields, and other values of these."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from guardapi.prove.exchange import Request
from guardapi.prove.requests.fields import Read

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
PLAIN: Final = "red"
NUMBER: Final = 3
OPTION: Final = re.compile(r"(\w+)\s*=\s*(\d+)")


def plan(rule: str, method: str, reads: tuple[Read, ...], values: Mapping[str, str] | None = None) -> Request:
    """A request that reaches the view of a route, as an honest client may send it.

    `values` are those that the user gives, by the name of a path argument or field.
    """
    given = values or {}
    request = Request(method=method, path=path_of(rule, given))
    kinds = {read.container for read in reads}
    for read in reads:
        if read.container in OPTIONAL and not read.is_needed and read.name not in given:
            continue
        if read.container == "json" and "form" in kinds:
            continue
        request = _with(request, read, given)
    return request


def _with(request: Request, read: Read, given: Mapping[str, str]) -> Request:
    if read.container == "files":
        return replace(request, files=tuple(dict.fromkeys((*request.files, read.name))))
    if read.container == "body":
        return replace(request, body=request.body or "some text")
    value = given.get(read.name, value_of(read))
    if read.container == "json":
        fields = request.json if isinstance(request.json, Mapping) else {}
        return replace(request, json={**fields, **({read.name: value} if read.name else {})})
    return request.having(read.container, read.name, str(value))


def variants(request: Request, reads: tuple[Read, ...]) -> Iterator[Request]:
    """The same request for each value that the view looks for."""
    for read in reads:
        for literal in read.literals:
            yield with_value(request, read, literal)


def with_value(request: Request, read: Read, value: object) -> Request:
    """The same request with another value of a field, or of the whole body."""
    if read.container == "body":
        return replace(request, body=str(value))
    if read.container == "files":
        return request
    if read.container == "json" and not read.name:
        return replace(request, json=value)
    return request.having(read.container, read.name, value if read.container == "json" else str(value))


def without_options(request: Request, reads: tuple[Read, ...]) -> Request:
    """The same without what the view can do without."""
    for read in reads:
        given = getattr(request, read.container, None)
        if not read.is_needed and isinstance(given, Mapping):
            kept: dict[str, Any] = {
                read.container: {key: value for key, value in given.items() if key != read.name}
            }
            request = replace(request, **kept)
    return request


def value_of(read: Read) -> object:
    """A plausible value of a field."""
    if read.options:
        return read.options[0]
    if read.is_list:
        return listed(read, 2)
    if read.is_number:
        number = NUMBER if read.most is None else min(NUMBER, read.most)
        number = number if read.least is None else max(number, read.least)
        return number if read.container == "json" else str(number)
    return (named_value(read.name) or PLAIN).ljust(read.least or 0, "1")[: read.most]


def named_value(name: str) -> str | None:
    """A plausible value for a name, where one of its parts says what it is."""
    return next((value for part, value in VALUES if part in name.lower()), None)


def listed(read: Read, number: int) -> list[object]:
    """A list with so many items."""
    if read.parts:
        return [dict.fromkeys(read.parts, f"{PLAIN}{index}") for index in range(number)]
    return [f"{PLAIN}{index}" for index in range(number)]


def path_of(rule: str, values: Mapping[str, str] | None = None) -> str:
    """A path that a rule matches."""

    def argument(match: re.Match[str]) -> str:
        converter, options, name = match.groups()
        given = (values or {}).get(name)
        return given if given is not None else _argument(converter or "string", options or "", name)

    return ARGUMENT.sub(argument, rule)


def _argument(converter: str, options: str, name: str) -> str:
    limits: dict[str, str] = dict(OPTION.findall(options))
    if converter == "any" and options:
        return options.partition(",")[0].strip(" '\"")
    if converter in ("int", "float") and "min" in limits:
        return limits["min"]
    if converter == "string":
        text = named_value(name) or "1"
        least = int(limits.get("length") or limits.get("minlength") or 0)
        most = limits.get("length") or limits.get("maxlength")
        return text.ljust(least, "1")[: int(most) if most else None]
    return CONVERTERS.get(converter) or named_value(name) or "1"
