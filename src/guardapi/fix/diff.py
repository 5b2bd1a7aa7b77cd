"""Unified diffs of changes, as `git apply` and `patch` read them; each hunk says why, behind its line numbers."""

import os
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from guardapi.fix.changes import Change
from guardapi.fix.composing import Part, created, parts, touched
from guardapi.fix.project import Project
from guardapi.fix.source import spliced

CONTEXT: Final = 3
"""Lines that stay as they are around each change."""
NO_NEWLINE: Final = b"\\ No newline at end of file\n"
ESCAPES: Final = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}
"""As C writes them, and git in quoted names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """Changed lines of a file with those around them."""

    start: int
    """The first line, from 1."""
    new_start: int
    path: str
    lines: tuple[tuple[str, bytes], ...]
    """Each behind ` `, `-` or `+`; as the file has them, with their ends."""
    changes: tuple[Change, ...]

    @property
    def length(self) -> int:
        """Lines of the old file."""
        return sum(sign != "+" for sign, _ in self.lines)

    @property
    def new_length(self) -> int:
        """Lines of the new file."""
        return sum(sign != "-" for sign, _ in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """All that changes in a file."""

    path: str
    hunks: tuple[Hunk, ...]
    is_new: bool = False


def diffs(changes: Sequence[Change], project: Project) -> Iterator[FileDiff]:
    """What the changes do, file by file."""
    for path in touched(changes):
        text = created(path, changes)
        if text is None:
            yield FileDiff(path=path, hunks=tuple(_hunks(path, changes, project)))
        else:
            owners = tuple(change for change in changes if path in change.files)
            lines = tuple(("+", line) for line in _lines(text.encode()))
            yield FileDiff(
                path=path,
                hunks=(Hunk(start=0, new_start=1, path=path, lines=lines, changes=owners),),
                is_new=True,
            )


def written(diff: FileDiff, prefix: str = "") -> Iterator[bytes]:
    """The lines of a diff. `prefix` is where the project lies below the folder that the diff is for."""
    yield b"--- " + (b"/dev/null" if diff.is_new else _name(f"a/{prefix}{diff.path}")) + b"\n"
    yield b"+++ " + _name(f"b/{prefix}{diff.path}") + b"\n"
    for hunk, why in zip(diff.hunks, _reasons_once(diff), strict=True):
        yield header(hunk, why).encode("utf-8", "backslashreplace") + b"\n"
        for sign, line in hunk.lines:
            yield sign.encode() + line
            if not line.endswith(b"\n"):
                yield b"\n" + NO_NEWLINE


def header(hunk: Hunk, why: str) -> str:
    """The line above a hunk: where it stands, and why it is there."""
    old = f"{hunk.start},{hunk.length}"
    new = f"{hunk.new_start},{hunk.new_length}"
    return f"@@ -{old} +{new} @@ {why}"


def _reasons_once(diff: FileDiff) -> Iterator[str]:
    """The reasons of each hunk; one that was told above is named by its rules alone."""
    told: set[str] = set()
    for hunk in diff.hunks:
        found = reasons(hunk.changes, diff.path)
        yield "; ".join(f"{one.partition(':')[0]}: as above" if one in told else one for one in found)
        told.update(found)


def reasons(changes: Sequence[Change], path: str) -> list[str]:
    """Why changes are made to a file: the rules, and what is said of the change, on one line each."""
    rules_by_text: dict[str, dict[str, None]] = {}
    for change in changes:
        text = " ".join(" ".join(_said(change, path)).split()).removesuffix(".")
        rules = rules_by_text.setdefault(f"({change.remedy.safety}): {text}", {})
        rules.update(dict.fromkeys(finding.rule for finding in change.findings))
    return [f"{', '.join(rules)} {text}" for text, rules in rules_by_text.items()]


def _said(change: Change, path: str) -> tuple[str, ...]:
    """What is said of a change as a whole is said once, in the first of its files."""
    own = change.files[path].notes
    if path == min(change.files):
        return (change.remedy.reason, *change.notes, *own)
    return own or (change.remedy.reason,)


# -- from splices to lines -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Block:
    """Whole lines that something is changed in, by their numbers from 0; the end is the first behind them."""

    start: int
    end: int
    parts: tuple[Part, ...]


def _hunks(path: str, changes: Sequence[Change], project: Project) -> Iterator[Hunk]:
    text = project.text(path)
    lines = _lines(text)
    starts = [0, *accumulate(map(len, lines))]
    shift = 0
    for group in _groups(_blocks(parts(path, changes, project), text, starts)):
        first, last = max(group[0].start - CONTEXT, 0), min(group[-1].end + CONTEXT, len(lines))
        shown: list[tuple[str, bytes]] = []
        at = first
        for block in group:
            shown += [(" ", line) for line in lines[at : block.start]]
            shown += _compared(lines[block.start : block.end], _lines(_changed(block, text, starts)))
            at = block.end
        shown += [(" ", line) for line in lines[at:last]]
        owners = dict.fromkeys(change for block in group for part in block.parts for change in part.changes)
        # A hunk without lines of the old file stands behind the line that it names.
        start = first + 1 if any(sign != "+" for sign, _ in shown) else first
        hunk = Hunk(
            start=start,
            new_start=first + shift + 1,
            path=path,
            lines=tuple(_encoded(shown, first, first + shift, path, project)),
            changes=tuple(owners),
        )
        shift += hunk.new_length - hunk.length
        yield hunk


def _blocks(found: Sequence[Part], text: bytes, starts: Sequence[int]) -> list[_Block]:
    """The lines of each part; those that touch are one block."""
    blocks: list[_Block] = []
    for part in found:
        start, end = _covered(part, text, starts)
        if blocks and start <= blocks[-1].end:
            last = blocks.pop()
            start, end = last.start, max(last.end, end)
            blocks.append(_Block(start, end, (*last.parts, part)))
        else:
            blocks.append(_Block(start, end, (part,)))
    return blocks


def _covered(part: Part, text: bytes, starts: Sequence[int]) -> tuple[int, int]:
    """The lines that a splice changes; none, where it puts whole lines between two."""
    splice = part.splice
    start, end = (bisect_right(starts, offset) - 1 for offset in (splice.start, splice.end))
    is_between = starts[start] == splice.start and starts[end] == splice.end
    if not is_between or (splice.text and not splice.text.endswith("\n")):
        end += 1
    last = len(starts) - 1
    if end >= last and not text.endswith(b"\n"):
        # The last line has no end, and gets one before anything stands below it.
        return min(start, last - 1), last
    return start, min(end, last)


def _groups(blocks: Sequence[_Block]) -> Iterator[list[_Block]]:
    """Blocks so near to each other that the lines between them are shown anyway."""
    group: list[_Block] = []
    for block in blocks:
        if group and block.start - group[-1].end > 2 * CONTEXT:
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _changed(block: _Block, text: bytes, starts: Sequence[int]) -> bytes:
    first = starts[block.start]
    splices = [
        replace(part.splice, start=part.splice.start - first, end=part.splice.end - first)
        for part in block.parts
    ]
    return spliced(text[first : starts[block.end]], splices)


def _compared(old: Sequence[bytes], new: Sequence[bytes]) -> list[tuple[str, bytes]]:
    """The lines of a block; those at its ends that are the same stay as they are."""
    shorter = min(len(old), len(new))
    above = next((index for index in range(shorter) if old[index] != new[index]), shorter)
    rest = shorter - above
    below = next((index for index in range(rest) if old[-1 - index] != new[-1 - index]), rest)
    return [
        *((" ", line) for line in old[:above]),
        *(("-", line) for line in old[above : len(old) - below]),
        *(("+", line) for line in new[above : len(new) - below]),
        *((" ", line) for line in old[len(old) - below :]),
    ]


def _encoded(
    lines: Sequence[tuple[str, bytes]], old: int, new: int, path: str, project: Project
) -> Iterator[tuple[str, bytes]]:
    """The lines in the encoding of the file, the first one behind its byte order mark."""
    source = project.source(path) if project.is_python(path) else None
    for sign, line in lines:
        opens_old, opens_new = sign != "+" and not old, sign != "-" and not new
        old += sign != "+"
        new += sign != "-"
        if source is None:
            yield sign, line
        elif sign == " " and opens_old is not opens_new and source.mark:
            # The mark now stands before a line that is put above this one.
            yield "-", source.encoded(line, is_beginning=opens_old)
            yield "+", source.encoded(line, is_beginning=opens_new)
        else:
            yield sign, source.encoded(line, is_beginning=opens_old or opens_new)


def _lines(text: bytes) -> list[bytes]:
    """Lines as `git` and `patch` count them."""
    return re.findall(rb"[^\n]*\n|[^\n]+", text)


def _name(path: str) -> bytes:
    """A path as git writes it: quoted where it has odd characters, and with a tab behind it if it has blanks."""
    encoded = os.fsencode(path)
    if all(31 < byte < 127 and byte not in b'"\\' for byte in encoded):
        return encoded + (b"\t" if b" " in encoded else b"")
    return b'"' + b"".join(map(_quoted, encoded)) + b'"'


def _quoted(byte: int) -> bytes:
    if byte in ESCAPES:
        return b"\\" + ESCAPES[byte].encode()
    return bytes([byte]) if 31 < byte < 127 else b"\\%03o" % byte
