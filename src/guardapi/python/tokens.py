"""A tokenizer that never gives up: source of any Python version, broken or not, in one linear pass."""

import re
from typing import Final, NamedTuple

from guardapi.python.interpolation import Unreadable, read_interpolated

NAME: Final = "name"
NUMBER: Final = "number"
STRING: Final = "string"
INTERPOLATED: Final = "interpolated"
"""An f-string or t-string."""
OPERATOR: Final = "operator"
NEWLINE: Final = "newline"
"""The end of a physical line."""
ERROR: Final = "error"
"""A string that does not end."""

_SCAN: Final = re.compile(
    r"""
    (?P<skip> [ \t\f]+ | \\\n | \#[^\n]* )
    | (?P<newline> \n )
    | (?P<opening> (?P<prefix>[rbuftRBUFT]{0,3}) (?P<quote> '''|\"\"\"|'|\") )
    | (?P<number> \.?[0-9] (?: [0-9a-zA-Z_.] | (?<=[eE])[+-] )* )
    | (?P<name> [^\W\d]\w* )
    | (?P<operator> \*\*=? | //=? | >>=? | <<=? | <> | != | -> | := | [-+*/%&|^=<>@]= | \.\.\. | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_REST: Final = {
    "'": re.compile(r"[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'", re.DOTALL),
    '"': re.compile(r'[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"', re.DOTALL),
    "'''": re.compile(r"[^'\\]*+(?:(?:\\.|'(?!''))[^'\\]*+)*+'''", re.DOTALL),
    '"""': re.compile(r'[^"\\]*+(?:(?:\\.|"(?!""))[^"\\]*+)*+"""', re.DOTALL),
}
"""What follows an opening quote, up to the closing one."""
_DEFINITION: Final = re.compile(r"\n(?:@\w|(?:async )?def \w|class \w)")


class Token(NamedTuple):
    """A piece of the text, by its offsets."""

    kind: str
    text: str
    start: int
    end: int


def tokens_of(text: str) -> list[Token]:
    """All tokens of a text whose lines end in LF; comments and white space lie between them."""
    return _Tokenizer(text).tokens()


class _Tokenizer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.odd = {quote for quote in ("'''", '"""') if text.count(quote) % 2}
        """Triple quotes of which one is too many, so that code may look like the inside of a string."""
        self.endless: set[str] = set()
        """Triple quotes that are known to have no end in the rest of the text."""
        self.fields_from = 0
        """Before this offset, no braces of an f-string are followed: that has failed once already."""

    def tokens(self) -> list[Token]:
        found: list[Token] = []
        text, position, length = self.text, 0, len(self.text)
        match = _SCAN.match
        while position < length:
            scanned = match(text, position)
            if scanned is None:
                break
            kind = scanned.lastgroup or ""
            start, end = scanned.span()
            if kind == "opening":
                kind, end = self._string(start, scanned["prefix"], scanned["quote"], end)
            if kind != "skip":
                found.append(Token(kind, text[start:end], start, end))
            position = end
        return found

    def _string(self, start: int, prefix: str, quote: str, opened: int) -> tuple[str, int]:
        """Kind and end of the string that opens at `start`."""
        if not {"f", "t"}.isdisjoint(prefix.lower()) and start >= self.fields_from:
            try:
                return INTERPOLATED, read_interpolated(self.text, start).end
            except Unreadable as failure:
                self.fields_from = failure.reached
        if quote not in self.endless:
            rest = _REST[quote].match(self.text, opened)
            if rest and quote in self.odd and _DEFINITION.search(self.text, opened, rest.end()):
                self.odd.discard(quote)
                return ERROR, opened
            if rest:
                return STRING, rest.end()
            if len(quote) == 3:
                self.endless.add(quote)
        if len(quote) == 3:
            return ERROR, opened
        line_end = self.text.find("\n", opened)
        return ERROR, len(self.text) if line_end < 0 else line_end
