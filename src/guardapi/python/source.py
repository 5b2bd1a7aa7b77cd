"""From the bytes of a file to its syntax tree, whatever the bytes are."""

import ast
import codecs
import io
import re
import warnings
from dataclasses import dataclass
from typing import Final

from guardapi.model import Problem
from guardapi.python.repair import repaired, try_parse

_DECLARATION: Final = re.compile(rb"^(?:[^\n]*\n)?[ \t\f]*#[^\n]*coding[:=]")
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_REFUSED_CODECS: Final = frozenset({"idna", "punycode", "undefined"})
"""Text encodings that take quadratic time or none at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A Python file. `tree` holds what could be parsed; lines are those of the file."""

    tree: ast.Module
    text: str
    """Decoded, its lines end in LF; not repaired."""
    problems: tuple[Problem, ...] = ()


def parse(content: bytes, path: str) -> Parsed:
    """Parse a file as far as it goes. Nothing is raised: what is left out is a problem."""
    text, problems = _decode(content, path)
    if "\0" in text:
        binary = Problem(file=path, line=1, message="is binary, not Python source; it is left out")
        return Parsed(tree=ast.Module(body=[], type_ignores=[]), text="", problems=(binary,))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parsed = try_parse(text)
        if isinstance(parsed, ast.Module):
            return Parsed(tree=parsed, text=text, problems=problems)
        tree, left_out = repaired(text, path)
    return Parsed(tree=tree, text=text, problems=problems + left_out)


def _decode(content: bytes, path: str) -> tuple[str, tuple[Problem, ...]]:
    encoding = _declared_encoding(content)
    for candidate in (encoding, "utf-8-sig"):
        try:
            return _with_line_feeds(content.decode(candidate)), ()
        except (LookupError, ValueError):
            continue
    problem = Problem(
        file=path, line=1, message=f"is not {encoding.removesuffix('-sig')} as it should be; read as Latin-1"
    )
    return _with_line_feeds(content.decode("latin-1")), (problem,)


def _declared_encoding(content: bytes) -> str:
    if content.startswith(_UTF_16):
        return "utf-16"
    if content.startswith(codecs.BOM_UTF8) or not _DECLARATION.match(content):
        return "utf-8-sig"
    import tokenize  # noqa: PLC0415  # only few files declare an encoding

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    except SyntaxError:
        return "utf-8-sig"
    return "utf-8-sig" if encoding in _REFUSED_CODECS else encoding


def _with_line_feeds(text: str) -> str:
    """Lines as Python counts them; a lone surrogate, which no text can hold, becomes a question mark."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")
