"""`ast`: source files that set-up code reads without importing them (manifests of plugins, versions)."""

import ast
from typing import TYPE_CHECKING, Final

from guardapi.python.native import native
from guardapi.python.values import MISSING, Call, Class, Instance, NativeFunction, Unknown, Value

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

NATIVES: Final[dict[str, Value]] = {}
MAX_SOURCE: Final = 2_000_000


def _class_of(kind: type) -> Class:
    known = NATIVES.get(f"ast.{kind.__name__}")
    if known is None:
        bases = [_class_of(base) for base in kind.__bases__ if issubclass(base, ast.AST)]
        known = NATIVES[f"ast.{kind.__name__}"] = Class(kind.__name__, [*bases], {})
    return known


def _shown(value: object) -> Value:
    """A node as the scanned code sees it; its fields are shown when they are asked for."""
    if isinstance(value, ast.AST):
        made = Instance(_class_of(type(value)))
        made.payload = value
        return made
    return [_shown(item) for item in value] if isinstance(value, list) else value


def _field(_ev: "Evaluator", call: Call) -> Value:
    node, name = call.args
    if isinstance(node.payload, ast.AST) and isinstance(name, str):
        value = (
            getattr(node.payload, name, MISSING)
            if name in (*node.payload._fields, "lineno", "col_offset", "end_lineno", "end_col_offset")
            else MISSING
        )
        if value is not MISSING:
            node.attributes[name] = _shown(value)
            return node.attributes[name]
    return MISSING


for _kind in vars(ast).values():
    if isinstance(_kind, type) and issubclass(_kind, ast.AST) and _kind.__module__ in {"ast", "_ast"}:
        _class_of(_kind)
NATIVES["ast.AST"].namespace["__getattr__"] = NativeFunction("__getattr__", _field)


@native("ast.parse", into=NATIVES)
def _parse(ev: "Evaluator", source: Value, *_args: Value, **_options: Value) -> Value:
    text = ev.plain(source)
    if not isinstance(text, str | bytes) or len(text) > MAX_SOURCE:
        return Unknown("the syntax tree of a text that is not known")
    try:
        return _shown(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ev.fails("SyntaxError", "a text that is no Python")


@native("ast.iter_child_nodes", into=NATIVES)
def _child_nodes(_ev: "Evaluator", node: Value) -> Value:
    known = type(node) is Instance and isinstance(node.payload, ast.AST)
    return (
        [_shown(child) for child in ast.iter_child_nodes(node.payload)] if known else Unknown("a syntax tree")
    )


@native("ast.walk", into=NATIVES)
def _walk(_ev: "Evaluator", node: Value) -> Value:
    known = type(node) is Instance and isinstance(node.payload, ast.AST)
    return [_shown(found) for found in ast.walk(node.payload)] if known else Unknown("a syntax tree")


@native("ast.literal_eval", into=NATIVES)
def _literal_eval(ev: "Evaluator", source: Value) -> Value:
    node = source.payload if type(source) is Instance else ev.plain(source)
    if not isinstance(node, ast.AST | str):
        return Unknown("a literal that is not known")
    try:
        value = ast.literal_eval(node)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return ev.fails("ValueError", "a text that is no literal")
    return value if isinstance(value, str | int | float | bool | bytes | type(None)) else Unknown("a literal")
