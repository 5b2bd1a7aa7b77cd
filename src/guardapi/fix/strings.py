"""String literals: another part of what they say."""

import libcst

from guardapi.fix.source import NotFixableError, Source, Splice
from guardapi.remedy import RewriteText


def rewrite_text(edit: RewriteText, source: Source) -> list[Splice]:
    """The new text in the place of the old one, which the literal says once; of several parts, in the one that does."""
    literals = _literals(edit, source)
    found = [splice for literal in literals if (splice := _in_part(literal, edit, source)) is not None]
    if len(found) != 1:
        raise NotFixableError(f"the text at {edit.literal} does not say {edit.old!r} once")
    return found


def _literals(edit: RewriteText, source: Source) -> list[libcst.SimpleString]:
    """The literal at a place, or those in what stands there, or else in the statement around it."""
    place = edit.literal
    start = source.offset(place.line, place.column)
    end = source.offset(place.end_line, place.end_column) if place.end_line else start + 1
    for first, behind in ((start, end), source.span(source.statement(place))):
        if found := [
            node for node in source.nodes(libcst.SimpleString) if first <= source.span(node)[0] < behind
        ]:
            return found
    return []


def _in_part(part: libcst.SimpleString, edit: RewriteText, source: Source) -> Splice | None:
    start, _ = source.span(part)
    head = len(part.prefix) + len(part.quote)
    body = part.value[head : -len(part.quote)]
    said = part.evaluated_value
    text = said.decode("latin-1") if isinstance(said, bytes) else said
    if edit.old and (body.count(edit.old) != 1 or text.count(edit.old) != 1):
        return None
    before = body.partition(edit.old)[0] if edit.old else ""
    first = start + head + len(before.encode())
    old = edit.old or body
    return Splice(start=first, end=first + len(old.encode()), text=_escaped(edit.new, part))


def _escaped(text: str, part: libcst.SimpleString) -> str:
    """A text as it is written between the quotes of a literal."""
    is_raw, is_bytes = "r" in part.prefix.lower(), "b" in part.prefix.lower()
    if not text.isprintable() or (is_bytes and not text.isascii()):
        raise NotFixableError("the literal cannot hold the new text")
    if "\\" not in text and part.quote[0] not in text:
        return text
    if is_raw:
        raise NotFixableError("the literal cannot hold the new text")
    return text.replace("\\", "\\\\").replace(part.quote[0], f"\\{part.quote[0]}")
