"""Places of a scan as positions of an editor, which counts from 0 and in units of its own."""

import io
import re
import tokenize
from typing import Final

from lsprotocol import types
from pygls.workspace import PositionCodec

from guardapi.place import Place

LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


def lines_of(text: str) -> list[str]:
    """The lines of a text as the protocol counts them, with their ends."""
    return LINE.findall(text)


def decoded(content: bytes) -> str:
    """The text of a file; what its encoding does not have is replaced."""
    return content.decode(_encoding(content), "replace")


def encoded(text: str) -> bytes:
    """The content that a file would have with a text, in the encoding that its first lines name."""
    content = text.encode("utf-8", "replace")
    return text.encode(_encoding(content), "replace")


def _encoding(content: bytes) -> str:
    try:
        return tokenize.detect_encoding(io.BytesIO(content[:1000]).readline)[0]
    except (SyntaxError, LookupError):
        return "utf-8"


class Text:
    """The text of a file, by lines, with the units of the editor."""

    def __init__(self, text: str, codec: PositionCodec) -> None:
        self.lines = lines_of(text)
        self._codec = codec

    def range_of(self, place: Place) -> types.Range:
        """Where a place stands; to the end of its line where its end is not known."""
        start = self._position(place.line, place.column)
        if place.end_line:
            return self._in_units(start, self._position(place.end_line, place.end_column))
        line = self._line(place.line)
        return self._in_units(start, types.Position(place.line - 1, max(len(line), start.character)))

    def lines_range(self, first: int, end: int) -> types.Range:
        """Whole lines, from 0, without the last."""
        return types.Range(types.Position(first, 0), types.Position(end, 0))

    def _position(self, line: int, column: int) -> types.Position:
        return types.Position(max(line - 1, 0), min(max(column - 1, 0), len(self._line(line))))

    def _line(self, line: int) -> str:
        return self.lines[line - 1].rstrip("\r\n") if 0 < line <= len(self.lines) else ""

    def _in_units(self, start: types.Position, end: types.Position) -> types.Range:
        return self._codec.range_to_client_units(self.lines, types.Range(start, end))
