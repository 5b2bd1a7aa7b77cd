"""Which of nginx's limits a path of the application meets."""

import re
from collections.abc import Iterator

from guardapi.model import Deployment, OuterLimit

_Location = tuple[str, str, str]
"""Modifier, path, and what the application sees in its place."""

_MAX_PATTERN = 200
_MAX_PATH = 300
_CONVERTER = re.compile(r"<(?:(int|float)(?:\([^()<>]*\))?:)?[^<>]*>")
_UNSAFE = re.compile(r"\)[*+{]|\\\d")
_PATTERNS = frozenset({"~", "~*"})
_SAMPLES = {"int": "1", "float": "1.0"}


def covering(deployment: Deployment, path: str) -> tuple[OuterLimit, ...]:
    """The limits in the way of a request for the path: where several ways lead to it, those of each.

    The path may be a rule with converters (`/user/<int:id>`), for which a typical value stands in. A
    server counts only where none of its locations may pass the path on without a limit.
    """
    sample = _sample(path)
    by_server: dict[tuple[_Location, ...], list[OuterLimit]] = {}
    for limit in deployment.outer_limits:
        by_server.setdefault(limit.siblings, []).append(limit)
    return tuple(limit for siblings, limits in by_server.items() for limit in _met(siblings, limits, sample))


def may_match(modifier: str, pattern: str, path: str) -> bool:
    """Whether a location with an expression may take requests for the path (or rule)."""
    return _matches(modifier, pattern, _sample(path)) is not False


def _sample(path: str) -> str:
    return _CONVERTER.sub(lambda match: _SAMPLES.get(match[1], "x"), path)[:_MAX_PATH]


def _met(siblings: tuple[_Location, ...], limits: list[OuterLimit], path: str) -> list[OuterLimit]:
    met: list[OuterLimit] = []
    for outside in dict.fromkeys(_ways_to(path, siblings)):
        chosen = _chosen(siblings, outside)
        if chosen is not None and _seen(chosen, outside) != path:
            continue
        here = [
            limit for limit in limits if chosen is not None and (limit.modifier, limit.path) == chosen[:2]
        ]
        if not here:
            return []
        met.extend(here)
    return met


def _ways_to(path: str, siblings: tuple[_Location, ...]) -> Iterator[str]:
    """The paths outside under which nginx may pass a request on as this one."""
    for modifier, own, seen in siblings:
        if not seen:
            continue
        if modifier in _PATTERNS or own == seen:
            yield path
        elif path.startswith(seen):
            yield own + path[len(seen) :]


def _seen(location: _Location, outside: str) -> str | None:
    """The path that the application sees; None where the location answers by itself."""
    modifier, own, seen = location
    if not seen:
        return None
    return outside if modifier in _PATTERNS else seen + outside[len(own) :]


def _chosen(locations: tuple[_Location, ...], path: str) -> _Location | None:
    """nginx's choice: exact, else the longest prefix if `^~`, else the first pattern, else that prefix.

    None where a pattern that cannot be decided comes first.
    """
    exact = next((item for item in locations if item[:2] == ("=", path)), None)
    if exact is not None:
        return exact
    prefixes = [item for item in locations if item[0] in {"", "^~"} and path.startswith(item[1])]
    longest = max(prefixes, key=lambda item: len(item[1]), default=None)
    if longest is not None and longest[0] == "^~":
        return longest
    for item in locations:
        found = _matches(item[0], item[1], path) if item[0] in _PATTERNS else False
        if found is None:
            return None
        if found:
            return item
    return longest


def _matches(modifier: str, pattern: str, path: str) -> bool | None:
    """None where the pattern is not one that Python matches alike and in bounded time."""
    if not _is_cheap(pattern):
        return None
    try:
        return re.search(pattern, path, re.IGNORECASE if modifier == "~*" else 0) is not None
    except (re.error, OverflowError, RecursionError):
        return None


def _is_cheap(pattern: str) -> bool:
    """Whether backtracking stays small: few repetitions, none of a group, few choices that multiply."""
    repeats = sum(map(pattern.count, "*+{"))
    if len(pattern) > _MAX_PATTERN or repeats > 2 or pattern.count("?") > 5 or _UNSAFE.search(pattern):
        return False
    return "|" not in pattern or pattern.count("(") <= (1 if repeats else 2)
