"""f-strings and t-strings as the newest Python reads them, and written so that older ones read them too."""

import ast
import re
from dataclasses import dataclass, field
from typing import Final

MAX_DEPTH: Final = 12
"""Strings and fields inside each other; each level costs a few frames."""

_OPENING: Final = re.compile(r"(?P<prefix>[rbuftRBUFT]{0,3})(?P<quote>'''|\"\"\"|'|\")")
_FIELD_TEXT: Final = re.compile(r"#[^\n]*|[^\W\d]\w*+(?!['\"])|[^\w'\"()\[\]{}:#]+|\d\w*+|\w")
_NEEDS_ESCAPE: Final = re.compile(r"[\\'\x00-\x1f]")
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}


class Unreadable(Exception):  # noqa: N818  # not an error: such text is read in another way
    """The text is no complete interpolated string; `reached` is how far it was looked at."""

    def __init__(self, reached: int) -> None:
        super().__init__(reached)
        self.reached = reached


@dataclass(slots=True)
class Literal:
    """A string without fields, inside a field."""

    text: str


@dataclass(slots=True)
class Field:
    """`{expression!r:spec}`; the expression includes what follows it up to the colon."""

    expression: "list[str | Literal | Interpolated]" = field(default_factory=list)
    spec: "list[str | Field] | None" = None


@dataclass(slots=True)
class Interpolated:
    """An f-string or t-string."""

    prefix: str
    quote: str
    parts: list[str | Field]
    end: int


def read_interpolated(text: str, start: int, depth: int = 0) -> Interpolated:
    """The string that opens at `start`, its fields read as in Python 3.12 and later."""
    opening = _OPENING.match(text, start)
    if opening is None or depth > MAX_DEPTH:
        raise Unreadable(start)
    quote = opening["quote"]
    parts, end = _parts(text, opening.end(), quote, depth)
    return Interpolated(prefix=opening["prefix"], quote=quote, parts=parts, end=end)


def _parts(text: str, position: int, quote: str, depth: int) -> tuple[list[str | Field], int]:
    parts: list[str | Field] = []
    literal_from = position
    while position < len(text):
        character = text[position]
        if text.startswith(quote, position):
            parts.append(text[literal_from:position])
            return parts, position + len(quote)
        if character == "\n" and len(quote) == 1:
            break
        if character == "\\" and text.startswith("\\N{", position):
            position = text.find("}", position) + 1 or len(text)
        elif character == "\\" or text.startswith(("{{", "}}"), position):
            position += 2
        elif character == "{":
            parts.append(text[literal_from:position])
            found, position = _field(text, position + 1, quote, depth)
            parts.append(found)
            literal_from = position
        else:
            position += 1
    raise Unreadable(position)


def _field(text: str, position: int, quote: str, depth: int) -> tuple[Field, int]:
    """The field whose brace opens just before `position`, and where it ends."""
    found = Field()
    closing: list[str] = []
    while position < len(text):
        character = text[position]
        if opening := _OPENING.match(text, position):
            piece, position = _string(text, opening, depth)
            found.expression.append(piece)
            continue
        if not closing and character == "}":
            return found, position + 1
        if not closing and character == ":":
            found.spec, position = _spec(text, position + 1, quote, depth)
            return found, position
        if character in _CLOSING:
            closing.append(_CLOSING[character])
        elif closing and character == closing[-1]:
            closing.pop()
        elif character in ")]}":
            break
        plain = _FIELD_TEXT.match(text, position)
        end = plain.end() if plain else position + 1
        if character != "#":
            found.expression.append(text[position:end])
        position = end
    raise Unreadable(position)


def _string(text: str, opening: re.Match[str], depth: int) -> tuple[Literal | Interpolated, int]:
    if not {"f", "t"}.isdisjoint(opening["prefix"].lower()):
        nested = read_interpolated(text, opening.start(), depth + 1)
        return nested, nested.end
    quote, position = opening["quote"], opening.end()
    while not text.startswith(quote, position):
        if position >= len(text) or (text[position] == "\n" and len(quote) == 1):
            raise Unreadable(position)
        position += 2 if text[position] == "\\" else 1
    end = position + len(quote)
    return Literal(text[opening.start() : end]), end


def _spec(text: str, position: int, quote: str, depth: int) -> tuple[list[str | Field], int]:
    """What follows the colon of a field, and where the field ends."""
    parts: list[str | Field] = []
    literal_from = position
    if depth > MAX_DEPTH:
        raise Unreadable(position)
    while position < len(text) and not text.startswith(quote, position):
        character = text[position]
        if character == "}":
            parts.append(text[literal_from:position])
            return parts, position + 1
        if character == "\n" and len(quote) == 1:
            break
        if character == "{":
            parts.append(text[literal_from:position])
            found, position = _field(text, position + 1, quote, depth + 1)
            parts.append(found)
            literal_from = position
        else:
            position += 1
    raise Unreadable(position)


def lowered(text: str) -> str:
    """An f-string or t-string as adjacent strings that Python 3.11 can read, on the same lines.

    Where it cannot be said without a backslash or with four kinds of quotes, the text stays as it is.
    """
    try:
        string = read_interpolated(text, 0)
        prefix = string.prefix.translate({ord("t"): "f", ord("T"): "f"})
        pieces = [
            _quoted_field(part) if isinstance(part, Field) else f"{prefix}{string.quote}{part}{string.quote}"
            for part in string.parts
            if part
        ]
    except (Unreadable, ValueError, SyntaxError):
        return text
    return " ".join(pieces) or f"{prefix}{string.quote * 2}"


def _quoted_field(part: Field) -> str:
    body = _written_field(part)
    for quote in ('"', "'", '"""', "'''"):
        if quote not in body and (len(quote) == 3 or "\n" not in body):
            return f"f{quote}{body}{quote}"
    raise ValueError("no quote is left")


def _written_field(part: Field) -> str:
    expression = "".join(
        piece if isinstance(piece, str) else _written_string(piece) for piece in part.expression
    )
    if part.spec is None:
        return f"{{{expression}}}"
    spec = "".join(_written_field(piece) if isinstance(piece, Field) else piece for piece in part.spec)
    return f"{{{expression}:{spec}}}"


def _written_string(piece: Literal | Interpolated) -> str:
    """A string inside a field: by its value, as the way it is written may not be allowed there."""
    if isinstance(piece, Literal):
        return _written_value(ast.literal_eval(piece.text)) + "\n" * piece.text.count("\n")
    is_raw = "r" in piece.prefix.lower()
    texts = []
    for part in piece.parts:
        if isinstance(part, Field):
            texts.append(_quoted_field(part))
        elif part:
            literal = f"{'r' * is_raw}{piece.quote}{part}{piece.quote}"
            value = ast.literal_eval(literal).replace("{{", "{").replace("}}", "}")
            texts.append(_written_value(value) + "\n" * part.count("\n"))
    return f"({' + '.join(texts) or _written_value('')})"


def _written_value(value: str | bytes) -> str:
    """An expression for a string, without a backslash and with no quotes but single ones."""
    if isinstance(value, bytes):
        return f"bytes({list(value)})"
    if not _NEEDS_ESCAPE.search(value):
        return f"'{value}'"
    pieces = re.split(r"([\\'\x00-\x1f])", value)
    texts = [
        f"chr({ord(piece)})" if index % 2 else f"'{piece}'" for index, piece in enumerate(pieces) if piece
    ]
    return f"({'+'.join(texts)})"
