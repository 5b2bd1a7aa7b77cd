"""nginx configuration text to directives and blocks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from guardapi.deployment.file import BrokenFileError, DeploymentFile

_MAX_DEPTH = 64
_TOKEN = re.compile(
    r"""(?P<blank>\s++)
    | (?P<comment>\#[^\n]*+)
    | (?P<mark>[{};])
    | "(?P<double>(?:[^"\\]|\\.)*+)"
    | '(?P<single>(?:[^'\\]|\\.)*+)'
    | (?P<word>(?:\$\{\w*+\}|\\.|[^\s{};"'\\]|(?<=[^\s{};])["'])++)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(slots=True)
class Directive:
    """`name args;` or, with `is_block`, `name args { children }`."""

    name: str
    args: tuple[str, ...]
    line: int
    is_block: bool = False
    children: list["Directive"] = field(default_factory=list)

    def named(self, name: str) -> list["Directive"]:
        """The direct children of that name."""
        return [child for child in self.children if child.name == name]


def parsed(file: DeploymentFile) -> Directive:
    """A block without name that holds the file; raises BrokenFileError where braces do not match."""
    root = Directive("", (), 1, is_block=True)
    stack = [root]
    words: list[str] = []
    start = 1
    for line, text, is_mark in _tokens(file.text):
        if not is_mark:
            start = start if words else line
            words.append(text)
            continue
        if text == "}":
            if len(stack) == 1 or words:
                raise BrokenFileError(line, "Not nginx configuration: unexpected `}`.")
            stack.pop()
            continue
        if words:
            directive = Directive(words[0], tuple(words[1:]), start, is_block=text == "{")
            stack[-1].children.append(directive)
            if directive.is_block:
                stack.append(directive)
        elif text == "{":
            raise BrokenFileError(line, "Not nginx configuration: a block without a name.")
        words = []
        if len(stack) > _MAX_DEPTH:
            raise BrokenFileError(line, "Blocks are nested too deeply.")
    if len(stack) > 1 or words:
        raise BrokenFileError(start, "Not nginx configuration: a block or directive has no end.")
    return root


def _tokens(text: str) -> Iterator[tuple[int, str, bool]]:
    """Line, text and whether it is one of `{};`, without comments."""
    line, position = 1, 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise BrokenFileError(line, "Not nginx configuration: a quote without an end.")
        kind = match.lastgroup or ""
        if kind not in {"blank", "comment"}:
            yield line, match[kind], kind == "mark"
        line += text.count("\n", position, match.end())
        position = match.end()
        if kind == "word" and match[0].endswith("_by_lua_block"):
            position, line = _behind_lua(text, position, line)
            yield line, ";", True


def _behind_lua(text: str, position: int, line: int) -> tuple[int, int]:
    """Lua has its own quotes; its block ends where the braces match."""
    depth = 0
    for match in re.finditer(r"[{}]", text[position:]):
        depth += 1 if match[0] == "{" else -1
        if depth <= 0:
            end = position + match.end()
            return end, line + text.count("\n", position, end)
    raise BrokenFileError(line, "Not nginx configuration: a Lua block has no end.")
