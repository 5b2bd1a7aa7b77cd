"""Statements of Python 2, and of Pythons newer than the running one, in words that the running one reads.

Only statements that it refuses come here. A rewritten statement has as many lines as before.
"""

import ast
import re
from collections.abc import Iterator
from typing import Final

from guardapi.python.interpolation import lowered
from guardapi.python.tokens import INTERPOLATED, NAME, NUMBER, STRING, Token

Edit = tuple[int, int, str]
"""Start, end and replacement; offsets of the text the tokens are of."""

_OLD_NUMBER: Final = re.compile(r"(?:0(?P<octal>[0-7]+)|(?P<other>[0-9]\w*?))[lL]?")
_OPENING: Final = {"(": ")", "[": "]", "{": "}"}
_BLOCK_WORDS: Final = frozenset(
    {"if", "elif", "else", "for", "while", "try", "except", "finally", "with", "def", "class"}
)


def modernised(text: str, tokens: list[Token]) -> str:
    """The statement that the tokens make up, as the running Python may read it."""
    statement = _Statement(text, tokens)
    edits = sorted({*statement.token_edits(), *statement.word_edits()})
    pieces: list[str] = []
    position = tokens[0].start
    for start, end, replacement in edits:
        if start < position:
            continue
        pieces += (text[position:start], replacement)
        position = end
    pieces.append(text[position : tokens[-1].end])
    return "".join(pieces)


class _Statement:
    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = [token for token in tokens if token.kind != "newline"]
        self.depths, self.partners = _brackets(self.tokens)

    def token_edits(self) -> Iterator[Edit]:
        """Spellings that are different wherever they stand."""
        backquotes = [token for token in self.tokens if token.text == "`"]
        if len(backquotes) % 2 == 0:
            for index, token in enumerate(backquotes):
                yield token.start, token.end, ")" if index % 2 else "repr("
        for index, token in enumerate(self.tokens):
            if token.kind == NUMBER:
                yield from _number(token)
            elif token.kind == STRING and token.text[:2].lower() == "ur":
                yield token.start, token.start + 1, ""
            elif token.kind == INTERPOLATED:
                yield from _interpolated(token)
            elif token.text == "<>":
                yield token.start, token.end, "!="
            elif token.text == "async" and self._text(index + 1) not in {"def", "for", "with"}:
                yield token.end, token.end, "_"
            elif token.text == "lambda" and self._text(index + 1) == "(":
                yield from self._without_brackets(index + 1)

    def word_edits(self) -> Iterator[Edit]:
        """Statements whose words have another order or other brackets."""
        is_block = self.tokens[0].text in _BLOCK_WORDS
        for index, token in enumerate(self.tokens):
            if self.depths[index] == 0 and token.kind == NAME and self._starts(index, is_block=is_block):
                yield from self._simple(index, token.text)
        index = 1 if self.tokens[0].text == "async" else 0
        word = self.tokens[index].text if index < len(self.tokens) else ""
        if word == "except":
            yield from self._except()
        elif word in {"def", "class"} and self._text(index + 2) == "[":
            yield self._blank(index + 2)
        if word == "def":
            yield from self._tuple_parameters(index)

    def _starts(self, index: int, *, is_block: bool) -> bool:
        """Whether a simple statement starts at a token: at first, after a semicolon, after a header."""
        if index == 0:
            return True
        before = self.tokens[index - 1].text
        return before == ";" or (before == ":" and is_block and self.depths[index - 1] == 0)

    def _simple(self, index: int, word: str) -> Iterator[Edit]:
        following = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        if following is None:
            return
        last = self._last_of(index)
        commas = [i for i in range(index, last + 1) if self.depths[i] == 0 and self.tokens[i].text == ","]
        if word in {"print", "exec"} and _is_operand(following):
            yield self.tokens[index].end, following.start, "("
            yield self.tokens[last].end, self.tokens[last].end, ")"
            if word == "exec":
                for i in range(index, last):
                    if self.depths[i] == 0 and self.tokens[i].text == "in":
                        yield self.tokens[i].start, self.tokens[i].end, ", "
        elif word == "raise" and commas:
            yield self.tokens[commas[0]].start, self.tokens[commas[0]].end, "("
            yield self.tokens[last].end, self.tokens[last].end, ")"
        elif word == "type" and following.kind == NAME:
            yield self.tokens[index].start, following.start, ""
            if self._text(index + 2) == "[":
                yield self._blank(index + 2)

    def _except(self) -> Iterator[Edit]:
        """`except A, e:` is Python 2 for `as e`; `except A, B:` is Python 3.14 for a tuple."""
        colon = next(
            (i for i, token in enumerate(self.tokens) if token.text == ":" and not self.depths[i]), 0
        )
        commas = [i for i in range(colon) if self.depths[i] == 0 and self.tokens[i].text == ","]
        if not commas:
            return
        first = self.tokens[commas[0]]
        caught = self.tokens[commas[0] + 1 : colon]
        if len(caught) == 1 and caught[0].text[0].islower():
            yield first.start, first.end, " as"
            return
        yield self.tokens[1].start, self.tokens[1].start, "("
        yield self.tokens[colon].start, self.tokens[colon].start, ")"

    def _tuple_parameters(self, index: int) -> Iterator[Edit]:
        """`def f(a, (b, c)):` takes b and c here; how many it takes matters less than its body."""
        for i in range(index + 3, len(self.tokens)):
            if self.tokens[i].text == "(" and self.depths[i] == 1 and self.tokens[i - 1].text in {"(", ","}:
                yield from self._without_brackets(i)

    def _without_brackets(self, index: int) -> Iterator[Edit]:
        closing = self.partners.get(index)
        if closing is not None:
            yield self.tokens[index].start, self.tokens[index].end, " "
            yield self.tokens[closing].start, self.tokens[closing].end, " "

    def _blank(self, index: int) -> Edit:
        """Nothing but white space in place of a bracket and what is in it."""
        opening, closing = self.tokens[index], self.tokens[self.partners.get(index, index)]
        removed = self.text[opening.start : closing.end]
        blank = "\\\n".join(" " * len(line) for line in removed.split("\n"))
        return opening.start, closing.end, blank

    def _last_of(self, index: int) -> int:
        """The last token of the simple statement that starts at `index`."""
        for i in range(index, len(self.tokens)):
            if self.tokens[i].text == ";" and self.depths[i] == 0:
                return i - 1
        return len(self.tokens) - 1

    def _text(self, index: int) -> str:
        return self.tokens[index].text if index < len(self.tokens) else ""


def _brackets(tokens: list[Token]) -> tuple[list[int], dict[int, int]]:
    """How many brackets each token is in, and the closing bracket of each opening one."""
    depths, partners = [], {}
    stack: list[int] = []
    for index, token in enumerate(tokens):
        if stack and token.text == _OPENING[tokens[stack[-1]].text]:
            partners[stack.pop()] = index
        depths.append(len(stack))
        if token.text in _OPENING:
            stack.append(index)
    return depths, partners


def _is_operand(token: Token) -> bool:
    """Whether `print` or `exec` before it is a statement, as no operator follows."""
    return token.kind in {NAME, NUMBER, STRING, INTERPOLATED} or token.text in {"`", "{", "~", "-", "+", "["}


def _number(token: Token) -> Iterator[Edit]:
    old = _OLD_NUMBER.fullmatch(token.text)
    if old is None:
        return
    if old["octal"]:
        yield token.start, token.end, f"0o{old['octal']}"
    elif token.text[-1] in "lL":
        yield token.end - 1, token.end, ""


def _interpolated(token: Token) -> Iterator[Edit]:
    quote = min(place for place in (token.text.find("'"), token.text.find('"')) if place >= 0)
    prefix = token.text[:quote].translate({ord("t"): "f", ord("T"): "f"})
    text = prefix + token.text[quote:]
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        text = lowered(text)
    if text != token.text:
        yield token.start, token.end, text
