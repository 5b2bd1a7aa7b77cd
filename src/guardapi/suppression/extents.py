"""Where the comments of a file stand, and of which lines each speaks."""

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guardapi.python.source import parse
from guardapi.python.tokens import NEWLINE, OPERATOR, tokens_of

_COMMENT: Final = re.compile(r"#[^\n]*")
_SECTION: Final = re.compile(r"\s*\[[^\]]*\]\s*(?:[#;].*)?")
_DEPTH: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_BYTE_ORDER_MARK: Final = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A comment as it stands in a file."""

    text: str
    line: int
    column: int
    first: int
    last: int
    """The lines it speaks of: those of the statement it stands in, or of the one below it."""
    is_alone: bool
    """It has a line of its own."""


class PythonLines:
    """The statements, logical lines and comments of a Python file."""

    def __init__(self, content: bytes, path: str) -> None:
        parsed = parse(content, path)
        self.text = parsed.text
        self.tree = parsed.tree
        self._starts = [0, *(found.end() for found in re.finditer("\n", self.text))]
        self._tokens = tokens_of(self.text)
        self._logical: dict[int, tuple[int, int]] = {}
        """By each of its lines, the first and the last line of a logical line."""
        self._inner: set[int] = set()
        """Lines that begin within brackets."""
        self._find_logical_lines()
        self.statements = _statements(parsed.tree)
        self.compound = {
            line
            for node in ast.walk(parsed.tree)
            if isinstance(node, ast.stmt) and (hasattr(node, "body") or hasattr(node, "cases"))
            for line in _beginnings(node)
        }
        """Lines at which a statement begins that holds others."""

    def comments(self) -> Iterator[Written]:
        """All comments, in order."""
        position = 0
        for token in [*self._tokens, None]:
            end = len(self.text) if token is None else token.start
            for found in _COMMENT.finditer(self.text, position, end):
                yield self._written(found[0], found.start())
            if token is not None:
                position = token.end

    def logical(self, line: int) -> tuple[int, int]:
        """The first and the last line of the logical line that a line is part of."""
        return self._logical.get(line, (line, line))

    def _written(self, text: str, start: int) -> Written:
        line = self._line(start)
        column = start - self._starts[line - 1]
        is_alone = not self.text[self._starts[line - 1] : start].strip()
        first, last = self._below(line, start, column) if is_alone else self.logical(line)
        return Written(text=text, line=line, column=column + 1, first=first, last=last, is_alone=is_alone)

    def _below(self, line: int, start: int, column: int) -> tuple[int, int]:
        following = bisect_right(self._tokens, start, key=lambda token: token.start)
        token = next((token for token in self._tokens[following:] if token.kind != NEWLINE), None)
        if token is None:
            return line, line
        first = self._line(token.start)
        if line in self._inner:
            return first, first
        if token.start - self._starts[first - 1] < column:
            return line, line  # the block of the comment is over
        return (first, self.statements[first]) if first in self.statements else self.logical(first)

    def _line(self, offset: int) -> int:
        return bisect_right(self._starts, offset)

    def _find_logical_lines(self) -> None:
        depth, first = 0, 0
        for token in self._tokens:
            line = self._line(token.start)
            if token.kind == NEWLINE:
                if depth > 0:
                    self._inner.add(line + 1)
                elif first:
                    self._logical.update((number, (first, line)) for number in range(first, line + 1))
                    first = 0
                continue
            first = first or line
            if token.kind == OPERATOR:
                depth = max(depth + _DEPTH.get(token.text, 0), 0)
        if first:
            last = len(self._starts)
            self._logical.update((number, (first, last)) for number in range(first, last + 1))


def _statements(tree: ast.Module) -> dict[int, int]:
    """The last line of each statement by its first line; a decorator begins its definition."""
    ends: dict[int, int] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt):
            continue
        end = node.end_lineno or node.lineno
        for line in _beginnings(node):
            ends[line] = max(ends.get(line, 0), end)
    return ends


def _beginnings(node: ast.stmt) -> tuple[int, ...]:
    decorators = getattr(node, "decorator_list", ())
    return (node.lineno, *(decorator.lineno for decorator in decorators))


def plain_comments(text: str) -> Iterator[Written]:
    """The comments of a deployment file; each line with a `#` counts, whatever stands before it."""
    lines = text.removeprefix(_BYTE_ORDER_MARK).replace("\r\n", "\n").split("\n")
    for index, line in enumerate(lines):
        column = line.find("#")
        if column < 0:
            continue
        is_alone = not line[:column].strip()
        first, last = _plain_below(lines, index) if is_alone else (index + 1, index + 1)
        yield Written(
            text=line[column:], line=index + 1, column=column + 1, first=first, last=last, is_alone=is_alone
        )


def _plain_below(lines: list[str], index: int) -> tuple[int, int]:
    """The lines of the entry below a comment: what is indented more belongs to it, as what is continued does."""
    start = next((n for n in range(index + 1, len(lines)) if not _is_blank(lines[n])), None)
    if start is None:
        return index + 1, index + 1
    if _SECTION.fullmatch(lines[start]):
        end = next((n for n in range(start + 1, len(lines)) if _SECTION.fullmatch(lines[n])), len(lines))
        return start + 1, end
    if lines[start].rstrip().endswith("{"):
        return start + 1, _closing(lines, start) + 1
    own, last = _indentation(lines[start]), start
    is_list = lines[start].rstrip().endswith(":") and not lines[start].lstrip().startswith("- ")
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if _is_blank(line):
            continue
        indentation = _indentation(line)
        is_item = is_list and indentation == own and line.lstrip().startswith("- ")
        if not (indentation > own or is_item or _is_continued(lines, number)):
            break
        last = number
    return start + 1, last + 1


def _closing(lines: list[str], start: int) -> int:
    """The index of the line with the brace that closes the one at the end of a line; that line if none does."""
    depth = 0
    for number in range(start, len(lines)):
        if not _is_blank(lines[number]):
            depth += lines[number].count("{") - lines[number].count("}")
        if depth <= 0:
            return number
    return start


def _is_continued(lines: list[str], number: int) -> bool:
    return next(
        (lines[n].rstrip().endswith("\\") for n in range(number - 1, -1, -1) if not _is_blank(lines[n])),
        False,
    )


def _is_blank(line: str) -> bool:
    stripped = line.strip()
    return not stripped or stripped.startswith("#")


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())
