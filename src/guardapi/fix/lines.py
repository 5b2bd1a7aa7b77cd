"""Lines of files: of deployment files, mostly, that are no Python."""

import re
from typing import Final

from guardapi.fix.project import Project
from guardapi.fix.source import LINE_END, NotFixableError, Splice
from guardapi.place import Place
from guardapi.remedy import RewriteLine, SetOption

BETWEEN: Final = r"""(?P<between>["']?\s*[=:]\s*["']?|["']?\s*,\s*["']|\s+["']?)"""
"""What stands between the name of an option and its value, on command lines, in lists of words and in settings."""


def rewrite_line(edit: RewriteLine, project: Project) -> list[Splice]:
    """Another text for a part of a line, which is in it once, or for all of it."""
    start, line, newline = _line(edit.line, project)
    old = edit.old.encode() if edit.old else line
    if edit.old and line.count(old) != 1:
        raise NotFixableError(f"{edit.line} does not say {edit.old!r} once")
    first = start + (line.index(old) if edit.old else 0)
    return [Splice(start=first, end=first + len(old), text=edit.new.replace("\n", newline))]


def set_option(edit: SetOption, project: Project) -> list[Splice]:
    """Another value behind the name of an option."""
    start, line, _ = _line(edit.line, project)
    name = re.escape(edit.name).replace("_", "[-_]")
    # Python writes 1_000_000.
    old = "_?".join(edit.old) if edit.old.isdigit() else re.escape(edit.old)
    pattern = rf"(?<![\w.-])(?:--)?{name}{BETWEEN}(?P<value>{old})(?![\w.])"
    found = list(re.finditer(pattern.encode(), line))
    if len(found) != 1:
        raise NotFixableError(f"{edit.line} does not say {edit.name} once")
    return [Splice(start=start + found[0].start("value"), end=start + found[0].end("value"), text=edit.new)]


def _line(place: Place, project: Project) -> tuple[int, bytes, str]:
    """Where a line begins, what it says, and how it ends. Raises NotFixableError."""
    content = project.text(place.file)
    starts = [0, *(found.end() for found in LINE_END.finditer(content))]
    if not 1 <= place.line <= len(starts):
        raise NotFixableError(f"{place.file} has no line {place.line}")
    start = starts[place.line - 1]
    end = LINE_END.search(content, start)
    return start, content[start : end.start() if end else len(content)], end[0].decode() if end else "\n"
