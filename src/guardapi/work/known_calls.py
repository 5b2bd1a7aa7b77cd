"""What calls of built-ins and the standard library give: whose data, of what kind, below which bound."""

import ast
from typing import TYPE_CHECKING, Final

from guardapi.python.values import MISSING, Class, Function, NativeFunction
from guardapi.work.conditions import key_of
from guardapi.work.flow import (
    IDENTITY,
    NOTHING,
    UNRESOLVED,
    Flow,
    Given,
    Local,
    Taint,
    all_taints,
    join,
    taints_of,
)
from guardapi.work.specs import keeps_arguments

if TYPE_CHECKING:
    from guardapi.work.run import Run
    from guardapi.work.specs import Invocation

NUMBERS: Final = frozenset({"int", "float", "abs", "round", "complex", "sum"})
TEXTS: Final = frozenset({"str", "repr", "format", "ascii", "bytes", "bytearray", "chr", "hex", "bin"})
SAME: Final = frozenset(
    {
        "list",
        "tuple",
        "set",
        "frozenset",
        "sorted",
        "reversed",
        "iter",
        "enumerate",
        "filter",
        "next",
        "dict",
        "zip",
    }
)
ANSWERS: Final = frozenset(
    {
        "all",
        "any",
        "bool",
        "callable",
        "hasattr",
        "hash",
        "id",
        "isinstance",
        "issubclass",
        "print",
        "ord",
        "type",
    }
)
READS: Final = frozenset({"get", "pop", "getlist", "get_all", "setdefault"})
TESTS: Final = ("is", "startswith", "endswith", "has", "contains")
PURE: Final = frozenset(
    {
        *("ast", "base64", "binascii", "codecs", "collections", "copy", "datetime", "decimal", "fractions"),
        *(
            "functools",
            "html",
            "io",
            "itertools",
            "json",
            "markupsafe",
            "math",
            "operator",
            "os.path",
            "pathlib",
        ),
        *(
            "posixpath",
            "re",
            "shlex",
            "statistics",
            "string",
            "textwrap",
            "unicodedata",
            "urllib.parse",
            "uuid",
        ),
        *(
            "orjson",
            "simplejson",
            "ujson",
            "yaml",
            "zlib",
            "werkzeug.utils",
            "werkzeug.datastructures",
            "xmltodict",
        ),
        *("brotli", "bz2", "difflib", "gzip", "lzma", "py7zr", "rarfile", "tarfile", "zipfile", "zstandard"),
        *("tempfile", "builtins", "csv", "numpy", "pandas", "typing", "tomllib", "msgpack", "bleach"),
    }
)
"""Modules whose functions give back what they were given, changed."""
LIGHT: Final = frozenset(
    {
        *(
            "babel",
            "contextlib",
            "contextvars",
            "data",
            "dataclasses",
            "enum",
            "errno",
            "flask",
            "flask_babel",
        ),
        *(
            "flask_login",
            "flask_principal",
            "gettext",
            "hashlib",
            "hmac",
            "inspect",
            "locale",
            "logging",
            "os",
            "pydantic",
        ),
        *(
            "flask_restful",
            "flask_restx",
            "flask_wtf",
            "pytz",
            "random",
            "secrets",
            "structlog",
            "sys",
            "threading",
        ),
        *(
            "time",
            "traceback",
            "types",
            "warnings",
            "weakref",
            "werkzeug",
            "wtforms",
            "zoneinfo",
            "sentry_sdk",
        ),
    }
)
"""Modules whose calls cost next to nothing, unless a table says otherwise."""


def answer(run: "Run", made: "Invocation") -> Flow:
    """What a call of something that is not in the tree gives."""
    path = made.path
    head, _, last = path.rpartition(".")
    if head == "builtins":
        return _builtin(run, made, last)
    if head == "builtins.list()" and made.receiver.items is not None and last in GROWS:
        _grown(run, made, last)
    if made.receiver.taints:
        return _method_of_caller_data(run, made, last)
    if head == "builtins.dict()" and last in READS:
        # Under whatever key the caller names: what is there is the project's.
        key = made.constant(0)
        found = run.element(made.receiver, key if key is not UNRESOLVED else MISSING)
        default = made.argument(1)
        return found if default is None else join(found, default)
    if path == "itertools.islice":
        return _cut(made)
    called = f"{path}()" if not path.startswith("?") or path.count("(") < DEEP else "?"
    calls = made.function.calls
    if keeps_arguments(path):
        place = made.run.place(made.node)
        given = Given(path, tuple(made.args), made.kwargs, is_open=made.is_open, is_local=True, place=place)
        calls = (*calls[-MAX_CALLS:], given)
    result = Flow(path=called, calls=calls)
    sourced = _sourced(run, result, last)
    if sourced is not None:
        return sourced
    if path.startswith("difflib."):
        # What it says of texts are places in them.
        return result.tainted(
            frozenset(t.turned("length", "value") for flow in made.args for t in all_taints(flow))
            if last in PLACES
            else frozenset(t for flow in made.args for t in all_taints(flow))
        )
    if path in DOCUMENTS:
        texts = frozenset(t for flow in made.args[:1] for t in all_taints(flow))
        return result.tainted(frozenset(t._replace(source=f"{path}({t.source})"[:MAX_SOURCE]) for t in texts))
    if _is_pure(path):
        return result.tainted(
            frozenset(t for flow in (*made.args, *made.kwargs.values()) for t in all_taints(flow))
        )
    # What is looked up by who calls says who calls.
    return result.tainted(
        frozenset(
            t for flow in (*made.args, *made.kwargs.values()) for t in flow.taints if t.kind == IDENTITY
        )
    )


GROWS: Final = frozenset({"append", "extend", "insert"})


def _grown(run: "Run", made: "Invocation", name: str) -> None:
    """A list that was written out has one more item, or some that are not known."""
    func = made.node.func
    key = key_of(func.value) if isinstance(func, ast.Attribute) else None
    added = made.args[-1] if made.args else NOTHING
    before = made.receiver
    if key is None:
        return
    if name == "append" and len(before.items or ()) < MAX_CALLS:
        run.env[key] = Flow(path=before.path, taints=before.taints, items=(*(before.items or ()), added))
    else:
        run.env[key] = Flow(path=before.path, taints=before.taints | all_taints(added))


PLACES: Final = frozenset({"SequenceMatcher", "ratio"})
DEEP: Final = 6
MAX_SOURCE: Final = 120
DOCUMENTS: Final = frozenset(
    f"{name}.{call}" for name in ("json", "orjson", "ujson", "simplejson") for call in ("load", "loads")
)
"""What they give may hold parts of parts, whatever the text came in."""
MAX_CALLS: Final = 7
"""How many calls on one path are remembered with their arguments."""


def _sourced(run: "Run", result: Flow, last: str) -> Flow | None:
    kind = run.reader.facts.source(result.path)
    if kind is None:
        return None
    if kind == IDENTITY:
        run.has_asked = True
    source = f"request.{last}()" if ".request." in result.path else last
    return result.tainted(frozenset({Taint(source, kind, "value" if kind == IDENTITY else "")}))


def is_light(path: str) -> bool:
    """Whether a call of a library costs next to nothing, as far as its name tells."""
    is_of_text = path.startswith("?") and path.rpartition(".")[2] in OF_TEXTS
    return is_of_text or path.partition(".")[0] in LIGHT or _is_pure(path)


OF_TEXTS: Final = frozenset(
    {
        *("capitalize", "casefold", "endswith", "format", "isdigit", "isoformat", "lower", "lstrip"),
        *("rstrip", "splitlines", "startswith", "strftime", "strip", "title", "upper", "zfill"),
    }
)
"""Methods that texts and dates have; nothing else that is called so does work."""


def _is_pure(path: str) -> bool:
    parts = path.split(".")
    return parts[0] in PURE or ".".join(parts[:2]) in PURE


def _method_of_caller_data(run: "Run", made: "Invocation", last: str) -> Flow:
    """A method of something that the caller sent."""
    receiver = made.receiver
    if last in READS:
        key = made.constant(0)
        found = run.element(receiver, key if key is not UNRESOLVED else MISSING)
        if last in {"getlist", "get_all"}:
            return Flow(
                path="builtins.list()",
                taints=frozenset(t.turned("items") for t in found.taints),
                items=(found,),
            )
        default = made.argument("default", 1)
        if last == "setdefault":
            return found
        kind = made.argument("type", 2 if last == "get" else "type")
        if kind is not None and isinstance(kind.value, Function | Local):
            # A function of the project: what it gives, bounds included.
            from guardapi.work import invoke  # noqa: PLC0415  # which needs this module

            return invoke.call_function(run, kind, [found], {}, made.node)
        return _converted(kind, found, default)
    if last in {"total_seconds", "timestamp", "toordinal"}:
        return receiver.derived("amount", keep=("value",))
    if last == "save":
        _saved(run, made)
    if last.startswith(TESTS) or last in {"count", "index", "find", "save", "close"}:
        return NOTHING
    if last in {"values", "items", "lists"}:
        return _entries(run, receiver, last)
    if last in {"split", "splitlines", "rsplit", "keys", "partition"}:
        return receiver.derived("items")
    if last in {"read", "getvalue", "encode", "read_bytes"}:
        return Flow(
            path="builtins.bytes()",
            taints=frozenset(t.turned("bytes") for t in receiver.taints),
        )
    return Flow(path=f"{made.path}()", taints=receiver.taints | taints_of(made.args))


def _entries(run: "Run", receiver: Flow, last: str) -> Flow:
    """`mapping.values()` and `mapping.items()`."""
    held = run.element(receiver)
    if last == "lists":
        held = Flow(
            path="builtins.list()", taints=frozenset(t.turned("items") for t in held.taints), items=(held,)
        )
    entry = held if last == "values" else Flow(items=(receiver.derived("text"), held))
    return Flow(path="builtins.list()", taints=receiver.derived("items").taints, items=(entry,))


def _saved(run: "Run", made: "Invocation") -> None:
    """`upload.save(path)`: what is under that path is the caller's from now on."""
    key = key_of(made.node.args[0]) if made.node.args else None
    if key is not None and made.args:
        run.env[key] = made.args[0].tainted(made.args[0].taints | made.receiver.taints)


def _converted(kind: Flow | None, found: Flow, default: Flow | None) -> Flow:
    """`args.get(name, default, type=kind)`."""
    name = ""
    if kind is not None and isinstance(kind.value, Class | NativeFunction):
        name = kind.path.rpartition(".")[2]
    if name in {"int", "float", "Decimal"}:
        found = found.derived("amount", keep=("value",))
        if name == "float":
            found = Flow(path="builtins.float()", taints=found.taints)
    elif name == "bool":
        return NOTHING
    return join(found, default) if default is not None and default.taints else found


def _builtin(run: "Run", made: "Invocation", name: str) -> Flow:
    args = made.args
    first = args[0] if args else NOTHING
    if name in {"open", "enumerate"}:
        return _opened(first) if name == "open" else _enumerated(run, args)
    if name == "len":
        return Flow(taints=frozenset(t.turned("length", t.bound and "value") for t in first.taints))
    if name == "min":
        return _least(args)
    if name == "getattr":
        return _get_attribute(run, made)
    if name in NUMBERS:
        return _number(name, first)
    if name in ANSWERS:
        return NOTHING
    if name in TEXTS:
        return Flow(path=f"builtins.{name}()", taints=_as(first, "text"))
    if name == "range":
        return Flow(path="builtins.range()", taints=taints_of(args))
    if name == "map":
        return _mapped(run, args)
    if name == "dict":
        return Flow(
            path="builtins.dict()", taints=taints_of(args), fields={**(first.fields or {}), **made.kwargs}
        )
    if name in SAME:
        return Flow(
            first.value if name in {"iter", "next"} else UNRESOLVED,
            first.path or f"builtins.{name}()",
            taints_of(args),
            items=first.items,
        )
    return Flow(path=f"builtins.{name}()", taints=taints_of([*args, *made.kwargs.values()]))


def _mapped(run: "Run", args: list[Flow]) -> Flow:
    """`map(request.args.get, ("size", "page"))`: an entry for each name; else what is gone through."""
    owner, _, last = args[0].path.rpartition(".") if args else ("", "", "")
    keys = args[1].items if len(args) == 2 else None
    if not args or not args[0].taints or last != "get" or keys is None:
        return Flow(path="builtins.list()", taints=taints_of(args[1:]))
    sent = Flow(path=owner, taints=args[0].taints)
    items = tuple(run.element(sent, key.value if isinstance(key.value, str) else MISSING) for key in keys)
    return Flow(path="builtins.list()", taints=taints_of(items), items=items)


def _opened(name: Flow) -> Flow:
    """Under a name that the caller picks lies what the project has put there, but for an upload saved before."""
    return Flow(
        path="builtins.open()", taints=frozenset(t for t in name.taints if t.kind in {"file", "bytes"})
    )


def _enumerated(run: "Run", args: list[Flow]) -> Flow:
    """Pairs of a number, of which there are as many as items, and an item."""
    taints = taints_of(args)
    counted = Flow(taints=frozenset(t.turned("length") for t in taints))
    item = run.element(args[0]) if args else NOTHING
    return Flow(path="builtins.enumerate()", taints=taints, items=(Flow(items=(counted, item)),))


def _as(flow: Flow, kind: str) -> frozenset[Taint]:
    return frozenset(t.turned(kind) for t in flow.taints)


def _number(name: str, first: Flow) -> Flow:
    if first.is_constant and name in {"int", "float", "abs"} and isinstance(first.value, int | float):
        return first
    # A short text may be a large number.
    return Flow(
        path="builtins.float()" if name == "float" else "",
        taints=frozenset(
            t.turned("length" if t.kind == "length" else "amount", t.bound if t.bound == "value" else "")
            for t in first.taints
        ),
    )


def _least(args: list[Flow]) -> Flow:
    """`min(n, C)`: below the constant, whatever the caller sends."""
    found = Flow(taints=taints_of(args))
    parts = args[0].items if len(args) == 1 and args[0].items else args
    if len(parts) > 1 and any(arg.is_bounded for arg in parts):
        return Flow(taints=taints_of([*args, *parts])).bounded("value")
    return found


def _cut(made: "Invocation") -> Flow:
    """`islice(iterable, C)`."""
    first = made.args[0] if made.args else NOTHING
    ends = taints_of(made.args[1:])
    if not ends:
        return Flow(first.value, first.path, first.bounded("length").taints, items=first.items)
    return Flow(first.value, first.path, first.taints | ends, items=first.items)


def _get_attribute(run: "Run", made: "Invocation") -> Flow:
    name = made.constant(1)
    if not isinstance(name, str) or not made.args:
        return Flow(taints=taints_of(made.args[:1]))
    found = run.attribute(made.args[0], name, made.node)
    default = made.argument(2)
    return join(found, default) if default is not None and default.value is not None else found
