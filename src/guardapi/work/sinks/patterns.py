"""Regular expressions on texts of the caller.

Facts: `growth`, `exponential`, `polynomial` or `caller` (the pattern itself is the caller's); `pattern`; `text`,
for the first two, as a tuple: what comes first, what is repeated, and the end on which the match fails; for the last
`pattern_at`, the expression that is the pattern, where it is a text as the caller has sent it.
"""

import ast
import re
from typing import Final

from guardapi.python.values import Instance
from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.flow import Flow, Taint, all_taints
from guardapi.work.origins import given_at
from guardapi.work.regular_expressions import ambiguity
from guardapi.work.specs import Facts, Invocation, Spec

FUNCTIONS: Final = "{match,fullmatch,search,sub,subn,split,findall,finditer}"
MAKERS: Final = ("{re,regex}.compile",)
TEXTS: Final = frozenset({"text", "bytes"})
MAX_SHOWN: Final = 120


def _by_name(made: Invocation) -> Facts | None:
    """`re.sub(pattern, new, text)`."""
    name = made.path.rpartition(".")[2]
    place = {"sub": 2, "subn": 2}.get(name, 1)
    flags = {"sub": 4, "subn": 4, "split": 3}.get(name, 2)
    pattern = made.argument(0, "pattern")
    return _judged(made, pattern, 0, made.argument(place, "string"), _flags(made.node, flags))


def _compiled(made: Invocation) -> Facts | None:
    """`PATTERN.sub(new, text)`."""
    name = made.path.rpartition(".")[2]
    text = made.argument(1 if name in {"sub", "subn"} else 0, "string")
    held = made.receiver.value
    if isinstance(held, Instance):
        return _judged(made, made.receiver, 0, text, 0)
    given = next((call for call in reversed(made.receiver.calls) if call.path.endswith(".compile")), None)
    if given is None:
        return None
    return _judged(made, given.argument(0, "pattern"), 0, text, _written_flags(made, given.is_local))


def _judged(made: Invocation, pattern: Flow | None, flags: int, text: Flow | None, more: int) -> Facts | None:
    if pattern is None:
        return None
    if isinstance(pattern.value, Instance):
        held = pattern.value.attributes
        source, known = held.get("pattern"), held.get("flags", 0)
        flags = known if isinstance(known, int) else 0
    else:
        source = pattern.value
        if _free(pattern):
            facts = _of_caller(made, pattern)
            at = (
                given_at(made.run, made.expression(0, "pattern"))
                if made.path.startswith(("re.", "regex."))
                else None
            )
            return facts if facts is None or at is None else {**facts, "pattern_at": at}
    texts = _free(text)
    if isinstance(source, bytes):
        source = source.decode("latin-1")
    if not texts or not isinstance(source, str):
        return None
    found = ambiguity(source, flags | more, made.path.rpartition(".")[2])
    if found is None:
        return None
    return {
        "inputs": [Input(role=Role.TEXT, source=t.source, kind=t.kind, is_bounded=False) for t in texts],
        "growth": "exponential" if found.is_exponential else "polynomial",
        "pattern": source[:MAX_SHOWN],
        "text": (found.prefix, found.pump, found.suffix),
    }


def _of_caller(made: Invocation, pattern: Flow) -> Facts | None:
    """A pattern that holds what the caller sent, not escaped."""
    function = made.run.function
    if function is not None and "escape" in ast.unparse(function.node):
        return None
    sources = _free(pattern)
    return {
        "inputs": [Input(role=Role.PATTERN, source=t.source, kind=t.kind, is_bounded=False) for t in sources],
        "growth": "caller",
        "pattern": "",
    }


def _free(flow: Flow | None) -> list[Taint]:
    if flow is None:
        return []
    return sorted(taint for taint in all_taints(flow) if taint.kind in TEXTS and not taint.is_bounded)


def _flags(node: ast.Call, position: int) -> int:
    parts = [keyword.value for keyword in node.keywords if keyword.arg == "flags"]
    parts += node.args[position : position + 1]
    found = 0
    for part in parts:
        for name in ast.walk(part):
            if isinstance(name, ast.Attribute | ast.Name):
                written = name.attr if isinstance(name, ast.Attribute) else name.id
                flag = getattr(re, written, 0) if written.isupper() else 0
                found |= int(flag) if isinstance(flag, int) else 0
    return found


def _written_flags(made: Invocation, is_local: bool) -> int:  # a fact
    """Of `re.compile(pattern, flags).match(text)`."""
    owner = made.node.func.value if isinstance(made.node.func, ast.Attribute) else None
    return _flags(owner, 1) if is_local and isinstance(owner, ast.Call) else 0


def _of_column(made: Invocation) -> Facts | None:
    """`frame["name"].str.contains(pattern)`."""
    if made.constant("regex") is False:
        return None
    pattern = made.argument(0, "pat")
    return _of_caller(made, pattern) if pattern is not None and _free(pattern) else None


SINKS = (
    Spec(kind=Kind.REGEX, work=WorkClass.HEAVY, names=(f"{{re,regex}}.{FUNCTIONS}",), inspect=_by_name),
    Spec(
        kind=Kind.REGEX,
        work=WorkClass.HEAVY,
        names=(f"builtins.Pattern().{FUNCTIONS}", f"{{re,regex}}.compile().{FUNCTIONS}"),
        inspect=_compiled,
    ),
    Spec(
        kind=Kind.REGEX,
        work=WorkClass.HEAVY,
        names=("**.str.{contains,match,fullmatch,extract,extractall,findall,count}",),
        inspect=_of_column,
    ),
)
