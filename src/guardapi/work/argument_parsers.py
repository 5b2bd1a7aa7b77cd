"""Parsers of Flask-RESTful and Flask-RESTX: what they read of a request, and what they hand on."""

import re
from typing import TYPE_CHECKING, Final

from guardapi.python.values import Function, StaticMethod
from guardapi.sink import Kind, WorkClass
from guardapi.work.flow import NOTHING, Flow, Given, Local, Taint
from guardapi.work.schema_bounds import bound_by, last_name, options
from guardapi.work.schemas import BODY_METHODS, FILE, LOCATIONS, Sent

if TYPE_CHECKING:
    from guardapi.work.run import Run
    from guardapi.work.specs import Invocation

PARSER: Final = re.compile(r"flask_rest(?:ful|x|plus)\.reqparse\.RequestParser\(\)")


def parse_args(run: "Run", made: "Invocation") -> Flow | None:
    """`parser.parse_args()`."""
    if not PARSER.match(made.receiver.path):
        return None
    added = _arguments_of(made.receiver.calls)
    for kind in sorted({LOCATIONS[w] for given in added.values() for w in _where(given) if w in LOCATIONS}):
        if kind is not Kind.FORM or run.reader.request.get("method", "POST") in BODY_METHODS:
            run.sink(kind, WorkClass.LIGHT, made.path, made.node, facts={"of": "parser"})
    run.result.reads_request.add("method")
    if not added:
        return None
    fields = {name: _parsed(run, given, Sent("parse_args()").entry(name)) for name, given in added.items()}
    taints = frozenset({Taint("parse_args()", "items", "length")})
    return Flow(path="builtins.dict()", taints=taints, fields=fields)


def _arguments_of(calls: tuple[Given, ...]) -> dict[str, Given]:
    added: dict[str, Given] = {}
    for given in calls:
        name = given.argument(0, "name")
        action = given.path.rpartition(".")[2]
        if name is None or not isinstance(name.value, str):
            continue
        if action == "remove_argument":
            added.pop(name.value, None)
        elif action in {"add_argument", "replace_argument"}:
            dest = given.argument("dest")
            key = dest.value if dest is not None and isinstance(dest.value, str) else name.value
            added[key.replace("-", "_") if key is not name.value else key] = given
    return added


def _where(given: Given) -> list[str]:
    found = given.argument("location")
    if found is None:
        return ["json", "values"]
    return [part.value for part in options(found) if isinstance(part.value, str)]


def _parsed(run: "Run", given: Given, sent: Sent) -> Flow:
    chosen, action = given.argument("choices"), given.argument("action")
    bound = "value" if chosen is not None and chosen.value is not None else ""
    found = _converted(run, given.argument("type"), sent, bound)
    if action is not None and action.value in {"append", "split"}:
        return Flow(path="builtins.list()", taints=frozenset({sent.taint("items")}), items=(found,))
    return found


def _converted(run: "Run", kind: Flow | None, sent: Sent, bound: str) -> Flow:
    name = last_name(kind.path) if kind is not None else "str"
    if name in {"int", "float", "Decimal", "natural", "positive"}:
        return Flow(taints=frozenset({sent.taint("amount", bound)}))
    if name == "int_range" and kind is not None:
        return Flow(taints=frozenset({sent.taint("amount", bound_by(run, [kind], sent.taint("amount")))}))
    if name in {"bool", "boolean"}:
        return NOTHING
    if name in {"list", "dict", "set"}:
        return Flow(path=f"builtins.{name}()", taints=frozenset({sent.taint("items", bound)}))
    if name == "FileStorage":
        return Flow(path=FILE, taints=frozenset({sent.taint("file")}))
    if name in {"str", "url", "email", "URL", "regex"}:
        return Flow(taints=frozenset({sent.taint("text", bound)}))
    if kind is not None and isinstance(kind.value, Function | Local | StaticMethod):
        small = bound_by(run, [kind], sent.taint("amount"))
        return Flow(taints=frozenset({sent.taint("text", bound or small)}))
    return Flow(taints=frozenset({sent.taint("text", bound or "length")}))
