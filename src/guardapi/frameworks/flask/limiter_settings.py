"""Settings that Flask-Limiter and Flask do not read, or do not read any more."""

import re
from collections.abc import Iterator
from typing import Final

from guardapi.frameworks.flask.limiter_state import Version
from guardapi.frameworks.flask.setting_places import setting_places
from guardapi.frameworks.limit_text import LimitTextError, parse_many
from guardapi.model import Deadness, DeadSetting
from guardapi.place import Place
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import CONSTANTS, DictValue, Instance, Value

PREFIX: Final = "RATELIMIT_"
READ_SINCE: Final[dict[str, Version]] = {
    **dict.fromkeys(
        (
            *("APPLICATION", "DEFAULT", "ENABLED", "HEADERS_ENABLED", "HEADER_LIMIT", "HEADER_REMAINING"),
            *("HEADER_RESET", "HEADER_RETRY_AFTER", "HEADER_RETRY_AFTER_VALUE", "IN_MEMORY_FALLBACK"),
            *("KEY_PREFIX", "STORAGE_OPTIONS", "STRATEGY", "SWALLOW_ERRORS"),
        ),
        (0,),
    ),
    **dict.fromkeys(("DEFAULTS_PER_METHOD", "IN_MEMORY_FALLBACK_ENABLED"), (1, 2)),
    **dict.fromkeys(("DEFAULTS_DEDUCT_WHEN", "DEFAULTS_EXEMPT_WHEN"), (1, 3)),
    "STORAGE_URI": (2, 0),
    "FAIL_ON_FIRST_BREACH": (2, 1),
    "ON_BREACH_CALLBACK": (2, 3),
    **dict.fromkeys(("APPLICATION_COST", "DEFAULTS_COST"), (2, 3, 2)),
    "REQUEST_IDENTIFIER": (3, 2),
    **dict.fromkeys(("APPLICATION_DEDUCT_WHEN", "APPLICATION_EXEMPT_WHEN", "APPLICATION_PER_METHOD"), (3, 4)),
    **dict.fromkeys(("META", "ON_META_BREACH_CALLBACK"), (3, 5)),
}
"""The names after the prefix, with the first release that reads each."""
READ_UNTIL: Final[dict[str, tuple[str, Version]]] = {
    "STORAGE_URL": ("STORAGE_URI", (3, 0)),
    "GLOBAL": ("DEFAULT", (2, 0, 4)),
}
"""Former names: what is read instead, and the first release that reads that alone."""
NEVER_READ: Final = "KEY_FUNC"
"""It is documented, and no release has read it."""
BOUNDS: Final = ("MAX_CONTENT_LENGTH", "MAX_FORM_MEMORY_SIZE", "MAX_FORM_PARTS")
"""Flask's own bounds of a request: they are read for each one, so no moment is too late."""
LIMITS: Final = frozenset({"RATELIMIT_APPLICATION", "RATELIMIT_DEFAULT"})
MAX_FILES: Final = 20_000


def dead_settings(
    ev: Evaluator, app: Instance, bound: list[tuple[Instance, str]], version: Version
) -> Iterator[DeadSetting]:
    """Those of an application; `bound` has its limiters with their names."""
    config = app.attributes.get("config")
    values = config.payload if type(config) is Instance else None
    if not isinstance(values, DictValue) or not values.places:
        return
    for key, place in setting_places(app).items():
        if not isinstance(key, str) or place is None or key not in values:
            continue
        dead = None
        if key.startswith(PREFIX) and bound:
            dead = _unread(key, place, values, version) or _unheard(ev, key, place, values[key], app, bound)
        elif key.startswith("MAX_") and key not in BOUNDS:
            meant = next(
                (name for name in BOUNDS if values.get(name) is None and _slips(key, name) <= 1), None
            )
            if meant is not None:
                dead = DeadSetting(key=key, place=place, why=Deadness.MISSPELT, read_instead=meant)
        if dead is not None and (
            dead.why in {Deadness.LATE, Deadness.SHADOWED} or not _reads_itself(ev, key)
        ):
            yield dead


def _unread(key: str, place: Place, values: DictValue, version: Version) -> DeadSetting | None:
    name = key.removeprefix(PREFIX)
    since = READ_SINCE.get(name)
    if since is not None:
        return DeadSetting(key=key, place=place, why=Deadness.UNREAD) if version < since else None
    if name in READ_UNTIL:
        instead, gone = READ_UNTIL[name]
        if version < gone or PREFIX + instead in values:
            return None
        return DeadSetting(key=key, place=place, why=Deadness.UNREAD, read_instead=PREFIX + instead)
    if name == NEVER_READ:
        return DeadSetting(key=key, place=place, why=Deadness.UNREAD)
    near = min(READ_SINCE, key=lambda known: _slips(name, known))
    if _slips(name, near) > min(2, len(near) // 3):
        return DeadSetting(key=key, place=place, why=Deadness.UNREAD)
    if PREFIX + near in values:
        return None
    return DeadSetting(key=key, place=place, why=Deadness.MISSPELT, read_instead=PREFIX + near)


def _unheard(
    ev: Evaluator,
    key: str,
    place: Place,
    value: Value,
    app: Instance,
    bound: list[tuple[Instance, str]],
) -> DeadSetting | None:
    """Set too late, or where an argument is preferred, for every limiter of the application."""
    found: DeadSetting | None = None
    for limiter, name in bound:
        bindings = [entry for entry in bindings_of(limiter) if entry[0] is app]
        if not bindings:
            return None
        _, seen, where = bindings[-1]
        if not isinstance(seen, DictValue) or seen.open is not None:
            return None
        given = limiter.attributes.get("_given")
        argument = given.get(key) if isinstance(given, DictValue) else None
        if _differs(seen.get(key), value):
            why, other = Deadness.LATE, where
        elif _is_preferred(ev, key, ev.plain(argument), ev.plain(value)):
            why, other = Deadness.SHADOWED, limiter.place
        else:
            return None
        found = found or DeadSetting(key=key, place=place, why=why, limiter=name, other=other)
    return found


def bindings_of(limiter: Instance) -> list[tuple[Value, Value, Place | None]]:
    """The applications it was initialised for, with their settings at that time and the call."""
    entries = limiter.attributes.get("_bindings")
    return [entry for entry in entries if isinstance(entry, tuple)] if isinstance(entries, list) else []


def _differs(seen: Value, value: Value) -> bool:
    """Whether the limiter surely saw another value than the last one, or none."""
    if seen is None:
        return value is not None
    known = isinstance(seen, CONSTANTS) and isinstance(value, CONSTANTS)
    return known and seen != value


def _is_preferred(ev: Evaluator, key: str, argument: Value, value: Value) -> bool:
    if key in LIMITS:
        written, asked = _items(ev, argument), _items(ev, value)
        return bool(written) and bool(asked) and written != asked
    if argument is None or not isinstance(argument, CONSTANTS) or not isinstance(value, CONSTANTS):
        return False
    # Of what only counts when it is true, a false argument leaves the choice to the setting.
    return argument != value and (bool(argument) or key == "RATELIMIT_SWALLOW_ERRORS")


def _items(ev: Evaluator, limits: Value) -> frozenset[str]:
    entries = [limits] if isinstance(limits, str) else limits if isinstance(limits, list | tuple) else []
    texts = [ev.plain(entry) for entry in entries]
    if not texts or not all(isinstance(text, str) for text in texts):
        return frozenset()
    try:
        return frozenset(str(item) for text in texts for item in parse_many(text))
    except LimitTextError:
        return frozenset()


def _reads_itself(ev: Evaluator, key: str) -> bool:
    """Whether the project mentions a setting anywhere but where it sets it."""
    name = re.escape(key.encode())
    mention = re.compile(rb"(?<![A-Za-z0-9_])" + name + rb"(?![A-Za-z0-9_])(?![\"']?\]?\s*(?:[:=](?!=)))")
    for path in list(ev.index.files)[:MAX_FILES]:
        content = ev.read(path)
        if key.encode() in content and mention.search(content):
            return True
    return False


def _slips(left: str, right: str) -> int:
    """How many letters are wrong, missing, added or swapped with their neighbour; 3 for more than two."""
    if abs(len(left) - len(right)) > 2:
        return 3
    before: list[int] = []
    above = list(range(len(right) + 1))
    for row, letter in enumerate(left, start=1):
        line = [row]
        for column, other in enumerate(right, start=1):
            best = min(line[-1] + 1, above[column] + 1, above[column - 1] + (letter != other))
            swapped = row > 1 and column > 1 and letter == right[column - 2] and left[row - 2] == other
            line.append(min(best, before[column - 2] + 1) if swapped else best)
        before, above = above, line
    return min(above[-1], 3)
