"""Files of the tree that the scanned code opens."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from guardapi.python.imports import ROOT
from guardapi.python.values import Call, Class, Instance, NativeFunction, Unknown, Value, plain

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator


def tree_path(_ev: "Evaluator", path: Value) -> str | None:
    """The path below the root of a path as the scanned code sees it; None where it is not known."""
    text = plain(path)
    if not isinstance(text, str):
        return None
    if text == ROOT or text.startswith(f"{ROOT}/"):
        text = text[len(ROOT) + 1 :]
    elif text.startswith("/"):
        return None
    parts: list[str] = []
    for part in text.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def open_file(ev: "Evaluator", path: Value) -> Value:
    """`open(path)`: the text of a file of the tree."""
    found = ev.tree_path(path)
    content = ev.files.read(found) if found else None
    if content is None:
        return Unknown("a file that is not in the tree")
    opened = Instance(FILE, ev.here())
    opened.attributes["text"] = content.decode("utf-8", "replace")
    opened.attributes["name"] = path
    return opened


def _file_class() -> Class:
    def text_of(call: Call) -> str:
        return str(call.args[0].attributes["text"])

    methods: dict[str, Callable[[Any, Call], Value]] = {
        "read": lambda _ev, call: text_of(call),
        "readlines": lambda _ev, call: text_of(call).splitlines(keepends=True),
        "__iter__": lambda _ev, call: text_of(call).splitlines(keepends=True),
        "__enter__": lambda _ev, call: call.args[0],
        "__exit__": lambda _ev, _call: None,
        "close": lambda _ev, _call: None,
    }
    return Class("TextIOWrapper", [], {name: NativeFunction(name, run) for name, run in methods.items()})


FILE: Final = _file_class()
