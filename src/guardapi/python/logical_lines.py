"""Logical lines of a source text that may be broken, and the bracket that is never closed."""

import keyword
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from guardapi.python.tokens import NAME, NEWLINE, OPERATOR, Token, tokens_of

BLOCK_WORDS: Final = frozenset(
    {"if", "elif", "else", "for", "while", "try", "except", "finally", "with", "def", "class"}
)
_SOFT_BLOCK_WORDS: Final = frozenset({"match", "case"})
_NEVER_INSIDE: Final = frozenset(
    {
        *("def", "class", "import", "return", "raise", "pass", "break", "continue", "del", "global"),
        *("nonlocal", "assert", "with", "while", "try", "except", "finally", "elif"),
    }
)
"""Words that cannot stand in brackets: a line that begins with one shows that a bracket was left open."""
_CLOSERS: Final = {")": "(", "]": "[", "}": "{"}
TAB: Final = 8


@dataclass(slots=True)
class Statement:
    """A logical line: a simple statement or the header of a compound one. Lines count from 0."""

    tokens: list[Token]
    first: int
    last: int
    indent: int
    """Column, a tab to the next multiple of eight."""
    is_unclosed: bool = False
    has_block: bool = False
    """Whether it is a header that waits for an indented block."""
    word: str = field(init=False)
    """The first word, without `async`; empty if it is none."""

    def __post_init__(self) -> None:
        index = 1 if self.tokens[0].text == "async" and len(self.tokens) > 1 else 0
        token = self.tokens[index]
        self.word = token.text if token.kind == NAME or token.text == "@" else ""

    def source(self, text: str) -> str:
        """Without the white space before it and a comment after it."""
        return text[self.tokens[0].start : self.tokens[-1].end]

    @property
    def is_block_word(self) -> bool:
        """Whether its first word can begin a compound statement."""
        if self.word in _SOFT_BLOCK_WORDS:
            return self.tokens[-1].text == ":" and len(self.tokens) > 2
        return self.word in BLOCK_WORDS

    @property
    def name(self) -> str:
        """What a `def` or `class` defines, as far as it says so."""
        words = [
            token.text
            for token in self.tokens[:3]
            if token.kind == NAME and not keyword.iskeyword(token.text)
        ]
        return words[0] if words else "_unnamed"


def statements_of(text: str) -> list[Statement]:
    """All logical lines. No two share a physical line, and together they hold every token."""
    tokens = tokens_of(text)
    unclosed, depths = _match_brackets(tokens)
    line_starts = [0, *(offset + 1 for offset, character in enumerate(text) if character == "\n")]
    statements: list[Statement] = []
    pending: list[Token] = []
    is_unclosed = False
    for index, token in enumerate(tokens):
        if token.kind != NEWLINE:
            pending.append(token)
            is_unclosed = is_unclosed or index in unclosed
        elif pending and depths[index] == 0:
            statements.append(_statement(text, pending, line_starts, is_unclosed=is_unclosed))
            pending, is_unclosed = [], False
    if pending:
        statements.append(_statement(text, pending, line_starts, is_unclosed=is_unclosed))
    statements = list(_with_continuations(statements))
    for statement, following in zip_longest(statements, statements[1:]):
        is_deeper = following is not None and following.indent > statement.indent
        statement.has_block = statement.is_block_word and (statement.tokens[-1].text == ":" or is_deeper)
    return statements


def _match_brackets(tokens: list[Token]) -> tuple[set[int], list[int]]:
    """Which opening brackets are never closed, and in how many of the others each token is."""
    partners: dict[int, int] = {}
    stack: list[int] = []
    waiting = dict.fromkeys(_CLOSERS.values(), 0)
    starts_line = True
    for index, token in enumerate(tokens):
        if stack and starts_line and token.text in _NEVER_INSIDE:
            stack.clear()
            waiting = dict.fromkeys(waiting, 0)
        starts_line = token.kind == NEWLINE
        if token.kind != OPERATOR:
            continue
        if token.text in waiting:
            stack.append(index)
            waiting[token.text] += 1
        elif token.text in _CLOSERS and waiting[_CLOSERS[token.text]]:
            while True:
                opening = stack.pop()
                waiting[tokens[opening].text] -= 1
                if tokens[opening].text == _CLOSERS[token.text]:
                    break
            partners[opening] = index
    return _depths(tokens, partners)


def _depths(tokens: list[Token], partners: dict[int, int]) -> tuple[set[int], list[int]]:
    unclosed: set[int] = set()
    depths: list[int] = []
    closing = set(partners.values())
    depth = 0
    for index, token in enumerate(tokens):
        if index in partners:
            depth += 1
        elif index in closing:
            depth -= 1
        elif token.kind == OPERATOR and token.text in {"(", "[", "{"}:
            unclosed.add(index)
        depths.append(depth)
    return unclosed, depths


def _statement(text: str, tokens: list[Token], line_starts: list[int], *, is_unclosed: bool) -> Statement:
    first = bisect_right(line_starts, tokens[0].start) - 1
    last = bisect_right(line_starts, tokens[-1].end - 1) - 1
    indent = 0
    for character in text[line_starts[first] : tokens[0].start]:
        if character == "\t":
            indent += TAB - indent % TAB
        else:
            indent = 0 if character == "\f" else indent + 1
    return Statement(tokens=tokens, first=first, last=last, indent=indent, is_unclosed=is_unclosed)


def _with_continuations(statements: list[Statement]) -> Iterator[Statement]:
    """Lines that belong into a bracket left open above them are one statement with it."""
    current: Statement | None = None
    for statement in statements:
        if current is not None and current.is_unclosed and _continues(current, statement):
            current.tokens += statement.tokens
            current.last = statement.last
            continue
        if current is not None:
            yield current
        current = statement
    if current is not None:
        yield current


def _continues(broken: Statement, statement: Statement) -> bool:
    if statement.tokens[0].text in _CLOSERS:
        return True
    if broken.is_block_word and broken.tokens[-1].text == ":":
        return False
    return statement.indent > broken.indent and statement.word not in _NEVER_INSIDE and statement.word != "@"
