"""Which release of a distribution a project most likely runs, by what it requires."""

import re
from typing import Final

Release = tuple[int, int]
CLAUSE: Final = re.compile(r"(===|==|~=|<=|>=|<|>|!=)\s*v?(\d{1,6})((?:\.(?:\d{1,6}|\*))*)")
LAST: Final = 999
"""The minor number of the last release of a major one."""


def likely_release(specifier: str, newest: Release) -> Release:
    """Major and minor of the newest release that a specifier (`>=4.1,<5`) allows; `newest` caps what is open."""
    found = newest
    least: Release = (0, 0)
    for operator, major, rest in CLAUSE.findall(specifier[:500]):
        parts = [int(major), *(int(part) for part in rest.split(".") if part.isdigit())]
        release = (parts[0], parts[1] if len(parts) > 1 else 0)
        if operator in {">=", ">"}:
            least = max(least, release)
        elif operator != "!=":
            found = min(found, _most(operator, parts, release, is_open="*" in rest))
    return max(found, least)


def _most(operator: str, parts: list[int], release: Release, *, is_open: bool) -> Release:
    """The last release that one clause allows."""
    if operator == "<" and not any(parts[2:]):
        return (release[0], release[1] - 1) if release[1] else (release[0] - 1, LAST)
    if (operator == "~=" and len(parts) < 3) or (is_open and len(parts) < 2):
        return release[0], LAST
    return release
