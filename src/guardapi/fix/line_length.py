"""How long the lines of a project may be, as its settings for formatters say; calls laid out over several lines."""

import ast
import tomllib
from typing import Final

LEAST: Final = 40
MOST: Final = 320
FORMATTERS: Final = ("ruff", "black")


def stated_length(content: bytes) -> int | None:
    """Of a `pyproject.toml`; None where it says none that makes sense."""
    try:
        tools = tomllib.loads(content.decode()).get("tool", {})
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return None
    for name in FORMATTERS:
        settings = tools.get(name) if isinstance(tools, dict) else None
        length = settings.get("line-length") if isinstance(settings, dict) else None
        if isinstance(length, int) and LEAST <= length <= MOST:
            return length
    return None


def over_lines(call: str) -> str:
    """The text of a call with each of its arguments on a line of its own; any other text as it is."""
    tree = ast.parse(call, mode="eval").body
    if not isinstance(tree, ast.Call) or not (tree.args or tree.keywords) or "\n" in call:
        return call
    parts = [ast.get_source_segment(call, node) or "" for node in tree.args]
    named = [f"{one.arg}={ast.get_source_segment(call, one.value)}" for one in tree.keywords if one.arg]
    if len(parts) + len(named) < len(tree.args) + len(tree.keywords):
        return call
    lines = "".join(f"    {part},\n" for part in (*parts, *named))
    return f"{ast.get_source_segment(call, tree.func)}(\n{lines})"
