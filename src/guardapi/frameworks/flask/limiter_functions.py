"""Functions that a project hands to its limiters, or that answer for a limit: keys, conditions, costs, handlers."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from guardapi.frameworks.flask.limiter_state import Filter
from guardapi.frameworks.flask.roots import function_in, source_of
from guardapi.frameworks.flask.views import name_of
from guardapi.frameworks.served import Handed
from guardapi.place import Place
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import (
    BoundMethod,
    Call,
    Class,
    DictValue,
    External,
    Function,
    Instance,
    Partial,
    Value,
    Wrapped,
)

OF_LIMIT: Final = {
    "key_function": "key",
    "exempt_when": "exempt_when",
    "cost": "cost",
    "deduct_when": "deduct_when",
    "on_breach": "on_breach",
}
OF_LIMITER: Final = {
    "default_limits_exempt_when": "exempt_when",
    "default_limits_cost": "cost",
    "default_limits_deduct_when": "deduct_when",
    "application_limits_exempt_when": "exempt_when",
    "on_breach": "on_breach",
}
HANDLES: Final = re.compile(r"(?:TooManyRequests|RateLimitExceeded|HTTPException|Exception)$")
STATUS: Final = 429
CALLABLE: Final = (Function, Wrapped, BoundMethod, Partial)


def handed(app: Instance, limiters: Iterable[Instance]) -> Iterator[Handed]:
    """Every function of the project that has a say in limits of an application."""
    for limiter in limiters:
        yield from _of_limiter(limiter)
    yield from _handlers(app)


def key_name(value: Value) -> str:
    """What a key function is called; a lambda by its line, too."""
    name = name_of(value)
    place = value.place if type(value) is Function else None
    return f"{name}@{place.line}" if place is not None and name.endswith("<lambda>") else name


def _of_limiter(limiter: Instance) -> Iterator[Handed]:
    facts = limiter.attributes
    yield from _one("key", facts.get("_key_func"), limiter.place)
    options = facts.get("_options")
    for name, role in OF_LIMITER.items():
        if isinstance(options, DictValue):
            yield from _one(role, options.get(name), limiter.place)
    filters = facts.get("_request_filters")
    for function in filters if isinstance(filters, list) else ():
        yield from _one("request_filter", function, limiter.place)
    for limit in _limits(limiter):
        for name, role in OF_LIMIT.items():
            yield from _one(role, limit.attributes.get(name), limit.attributes.get("place") or limit.place)


def _limits(limiter: Instance) -> Iterator[Instance]:
    for name in ("_decorated", "_blueprint_limits"):
        table = limiter.attributes.get(name)
        for limits in table.values() if isinstance(table, DictValue) else ():
            yield from (
                (limit for limit in limits if type(limit) is Instance) if isinstance(limits, list) else ()
            )
    for name in ("_default_limits", "_application_limits"):
        limits = limiter.attributes.get(name)
        yield from (limit for limit in limits if type(limit) is Instance) if isinstance(limits, list) else ()


def _one(role: str, value: Value, declared: Place | None) -> Iterator[Handed]:
    if isinstance(value, CALLABLE):
        yield Handed(role=role, name=key_name(value), value=value, declared=declared)


def _handlers(app: Instance) -> Iterator[Handed]:
    table = app.attributes.get("error_handler_spec")
    entries = table.get(None) if isinstance(table, DictValue) else None
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, tuple) or len(entry) != 2:
            continue
        handles, function = entry
        if handles == STATUS or _is_refusal(handles):
            role = "handler" if handles == STATUS or not _is_general(handles) else "general_handler"
            yield from _one(role, function, None)


def _class_name(value: Value) -> str:
    if type(value) is Class:
        return value.name
    return value.name.rpartition(".")[2] if type(value) is External else ""


def _is_refusal(value: Value) -> bool:
    return HANDLES.fullmatch(_class_name(value)) is not None


def _is_general(value: Value) -> bool:
    return _class_name(value) in {"HTTPException", "Exception"}


def filter_of(ev: Evaluator, function: Value) -> Filter | None:
    """What a request filter goes by; None where it never lets anything pass."""
    answer = ev.truth(ev.run_root(function, Call([], {})))
    if answer is not None:
        return Filter.ALWAYS if answer else None
    inner = function_in(function)
    return Filter.BY_ROUTE if inner is None or BY_ROUTE.search(source_of(inner)) else Filter.BY_CALLER


BY_ROUTE: Final = re.compile(
    r"\.(?:endpoint|path|full_path|url|base_url|url_rule|blueprints?|method|view_args)\b"
)
