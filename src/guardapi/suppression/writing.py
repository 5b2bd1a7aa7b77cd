"""Comments that accept findings, put into the text of a file where each speaks of one statement only."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from guardapi.findings import Finding
from guardapi.python.source import parse
from guardapi.suppression.extents import PythonLines
from guardapi.suppression.matching import comments_of

_LINE: Final = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
MAX_ATTEMPTS: Final = 20
_Shape = object


class NotWritableError(Exception):
    """No comment can be put there; the text says why."""


def with_comments(
    content: bytes,
    path: str,
    findings: Sequence[Finding],
    reason: str,
    names: Mapping[str, str],
    *,
    is_python: bool,
) -> bytes:
    """The file with comments for findings in it; what it means is the same. Raises NotWritableError."""
    if path.endswith(".json"):
        raise NotWritableError("JSON has no comments")
    lines = _LINE.findall(content)
    wanted: dict[int, set[str]] = defaultdict(set)
    for finding in findings:
        if not 1 <= finding.place.line <= len(lines):
            raise NotWritableError(f"there is no line {finding.place.line}")
        wanted[finding.place.line].add(finding.rule)
    if is_python:
        written = _python(content, path, lines, wanted, reason)
        return _checked(content, written, path, wanted, reason, names, is_python=True)
    for line, rules in sorted(wanted.items(), reverse=True):
        content = _plain(content, path, line, rules, reason, names)
    return content


def _python(
    content: bytes, path: str, lines: list[bytes], wanted: Mapping[int, set[str]], reason: str
) -> bytes:
    known = PythonLines(content, path)
    above: dict[int, set[str]] = defaultdict(set)
    behind: dict[int, set[str]] = defaultdict(set)
    for line, rules in wanted.items():
        first, last = known.logical(line)
        is_simple = known.statements.get(first) == last and first not in known.compound
        # Above a definition a comment would speak of its whole body.
        (above[first] if is_simple else behind[last]).update(rules)
    written = list(lines)
    for line, rules in behind.items():
        standing, end = _parted(lines[line - 1])
        written[line - 1] = standing + b"  " + _comment(rules, reason) + end
    for line, rules in sorted(above.items(), reverse=True):
        written.insert(line - 1, _above(lines, line, rules, reason))
    return b"".join(written)


def _plain(
    content: bytes, path: str, line: int, rules: set[str], reason: str, names: Mapping[str, str]
) -> bytes:
    """One comment above the entry that a line belongs to, as near as the format of the file lets it stand."""
    lines = _LINE.findall(content)
    for start in _starts(lines, line):
        written = b"".join((*lines[: start - 1], _above(lines, start, rules, reason), *lines[start - 1 :]))
        try:
            return _checked(content, written, path, {line: rules}, reason, names, is_python=False)
        except NotWritableError:
            continue
    raise NotWritableError(f"no comment can stand above line {line}")


def _starts(lines: Sequence[bytes], line: int) -> Iterator[int]:
    """The line, or the one that it continues; then those that it is indented below."""
    while line > 1 and lines[line - 2].rstrip().endswith(b"\\"):
        line -= 1
    for _ in range(MAX_ATTEMPTS):
        yield line
        own = _indentation(lines[line - 1])
        outer = (
            n for n in range(line - 1, 0, -1) if lines[n - 1].strip() and _indentation(lines[n - 1]) < own
        )
        line = next(outer, 0)
        if not line:
            return


def _checked(
    before: bytes,
    after: bytes,
    path: str,
    wanted: Mapping[int, set[str]],
    reason: str,
    names: Mapping[str, str],
    *,
    is_python: bool,
) -> bytes:
    """The new content, if it means the same and accepts what it should."""
    if _shape(before, path, is_python=is_python) != _shape(after, path, is_python=is_python):
        raise NotWritableError("a comment would change what the file means")
    comments, _ = comments_of(after, path, names, is_python=is_python)
    shifts = _shifts(before, after)
    for line, rules in wanted.items():
        if not all(any(c.covers(r, shifts[line]) and c.reason == reason for c in comments) for r in rules):
            raise NotWritableError(f"no comment can stand at line {line}")
    return after


def _shifts(before: bytes, after: bytes) -> dict[int, int]:
    """Where each line went: lines were only put in between, or made longer."""
    new = _LINE.findall(after)
    found: dict[int, int] = {}
    position = 0
    for number, line in enumerate(_LINE.findall(before), start=1):
        while position < len(new) and not new[position].startswith(line.rstrip()):
            position += 1
        position += 1
        found[number] = position
    return found


def _shape(content: bytes, path: str, *, is_python: bool) -> _Shape:
    """What the file means, comments and places left out; None where that is not looked at."""
    try:
        if is_python:
            return ast.dump(parse(content, path).tree)
        if path.endswith((".yaml", ".yml")):
            return list(_yaml_events(content))
        if path.endswith(".toml"):
            import tomllib  # noqa: PLC0415  # only for such a file

            return tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise NotWritableError(f"it cannot be read: {type(error).__name__}") from None
    return None


def _yaml_events(content: bytes) -> Iterator[tuple[object, ...]]:
    import yaml  # noqa: PLC0415  # only for such a file

    try:
        for event in yaml.parse(content):
            fields = {name: value for name, value in vars(event).items() if not name.endswith("_mark")}
            yield type(event).__name__, str(sorted(fields.items(), key=str))
    except yaml.YAMLError:
        raise ValueError from None


def _above(lines: Sequence[bytes], line: int, rules: Iterable[str], reason: str) -> bytes:
    standing, end = _parted(lines[line - 1])
    return standing[: _indentation(standing)] + _comment(rules, reason) + (end or b"\n")


def _parted(line: bytes) -> tuple[bytes, bytes]:
    """A line, and what ends it; blanks before that are dropped."""
    standing = line.rstrip(b"\r\n")
    return standing.rstrip(b" \t"), line[len(standing) :]


def _comment(rules: Iterable[str], reason: str) -> bytes:
    return f"# guardapi: ignore[{', '.join(sorted(rules))}] because {reason}".encode()


def _indentation(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t"))
