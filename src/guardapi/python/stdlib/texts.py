"""`re`, `json`, `yaml` and `textwrap` over texts that are known."""

import re
from re import _constants, _parser  # type: ignore[attr-defined]  # the only way to see a pattern's structure
from typing import TYPE_CHECKING, Any, Final

from guardapi.python.native import native
from guardapi.python.values import (
    Call,
    Class,
    DictValue,
    Instance,
    NativeFunction,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

NATIVES: Final[dict[str, Value]] = {}
MAX_PATTERN: Final = 300
MAX_SUBJECT: Final = 2_000
MAX_DOCUMENT: Final = 4_000_000
REPEATS: Final = {_constants.MAX_REPEAT, _constants.MIN_REPEAT}
for _flag in (
    "I",
    "IGNORECASE",
    "M",
    "MULTILINE",
    "S",
    "DOTALL",
    "X",
    "VERBOSE",
    "A",
    "ASCII",
    "U",
    "UNICODE",
):
    NATIVES[f"re.{_flag}"] = int(getattr(re, _flag))


def compiled(pattern: Value, flags: Value = 0) -> "re.Pattern[str] | None":
    """A pattern that surely runs in time: short, no repeat within a repeat, no back reference."""
    if not isinstance(pattern, str) or len(pattern) > MAX_PATTERN or not isinstance(flags, int):
        return None
    try:
        if not _is_tame(_parser.parse(pattern, flags), depth=0):
            return None
        return re.compile(pattern, flags)
    except (re.error, RecursionError, OverflowError, ValueError):
        return None


def _is_tame(parsed: Any, *, depth: int) -> bool:
    """At most three unbounded repeats, none inside another, no alternatives inside one."""
    unbounded = 0
    for op, argument in parsed:
        if op in REPEATS:
            low, high, inner = argument
            if high > 1:
                unbounded += high > 1000
                if depth or not _is_tame(inner, depth=1):
                    return False
            elif not _is_tame(inner, depth=depth):
                return False
            del low
        elif op in {
            _constants.GROUPREF,
            _constants.GROUPREF_EXISTS,
            _constants.ASSERT,
            _constants.ASSERT_NOT,
        }:
            return False
        elif op is _constants.SUBPATTERN:
            if not _is_tame(argument[3], depth=depth):
                return False
        elif op is _constants.BRANCH and (depth or not all(_is_tame(arm, depth=0) for arm in argument[1])):
            return False  # within a repeat, arms that match the same text are tried in every combination
    return unbounded <= 3


PATTERN: Final = Class("Pattern", [], {})
MATCH: Final = Class("Match", [], {})


@native("re.compile", into=NATIVES)
def _compile(_ev: "Evaluator", pattern: Value, flags: Value = 0) -> Value:
    made = Instance(PATTERN)
    made.attributes.update({"pattern": pattern, "flags": flags})
    return made


def _groups_of(found: "re.Match[str]") -> DictValue:
    """All groups, by number and by name."""
    every = DictValue((index, found.group(index)) for index in range(found.re.groups + 1))
    every.update(found.groupdict())
    return every


def _search(name: str) -> None:
    def run(pattern: Value, subject: Value, flags: Value) -> Value:
        known = compiled(pattern, flags)
        if known is None or not isinstance(subject, str) or len(subject) > MAX_SUBJECT:
            return Unknown("a match that is not known")
        found = getattr(known, name)(subject)
        if isinstance(found, re.Match):
            made = Instance(MATCH)
            made.attributes["all"] = _groups_of(found)
            return made
        return found

    @native(f"re.{name}", into=NATIVES)
    def function(ev: "Evaluator", pattern: Value, subject: Value, flags: Value = 0) -> Value:
        if type(pattern) is Instance:
            flags, pattern = pattern.attributes.get("flags", 0), pattern.attributes.get("pattern")
        return run(pattern, ev.plain(subject), flags)

    PATTERN.namespace[name] = NATIVES[f"re.{name}"]


for _name in ("match", "search", "fullmatch", "findall", "split"):
    _search(_name)


@native("re.sub", into=NATIVES)
def _sub(
    ev: "Evaluator", pattern: Value, replacement: Value, subject: Value, count: Value = 0, flags: Value = 0
) -> Value:
    if type(pattern) is Instance:
        flags, pattern = pattern.attributes.get("flags", 0), pattern.attributes.get("pattern")
    known, text = compiled(pattern, flags), ev.plain(subject)
    if known is None or not isinstance(text, str) or len(text) > MAX_SUBJECT or not isinstance(count, int):
        return Unknown("a text by a pattern that is not known")
    if isinstance(replacement, str):
        try:
            return known.sub(replacement, text, count)
        except (re.error, IndexError):
            return Unknown("a text by a pattern that fails")
    return _sub_by_function(ev, known, replacement, text)


def _sub_by_function(ev: "Evaluator", pattern: "re.Pattern[str]", function: Value, text: str) -> Value:
    parts: list[str] = []
    end = 0
    for found in pattern.finditer(text):
        made = Instance(MATCH)
        made.attributes["all"] = _groups_of(found)
        new = ev.call(function, Call([made], {}))
        if not isinstance(new, str):
            return Unknown("a text by a function that is not known")
        parts += [text[end : found.start()], new]
        end = found.end()
    return "".join([*parts, text[end:]])


PATTERN.namespace["sub"] = NATIVES["re.sub"]


@native("re.escape", into=NATIVES)
def _escape(_ev: "Evaluator", text: Value) -> Value:
    return re.escape(text) if isinstance(text, str) else Unknown("a text that is not known")


def _group(ev: "Evaluator", call: Call) -> Value:
    receiver, *keys = call.args
    found = [ev.item(receiver.attributes["all"], key) for key in keys or [0]]
    return found[0] if len(found) == 1 else tuple(found)


def _groups(_ev: "Evaluator", call: Call) -> Value:
    every = call.args[0].attributes["all"]
    return tuple(value for key, value in every.items() if isinstance(key, int) and key)


MATCH.namespace.update(
    {
        "group": NativeFunction("group", _group),
        "__getitem__": NativeFunction("__getitem__", _group),
        "groups": NativeFunction("groups", _groups),
    }
)


# -- documents ----------------------------------------------------------------------------------


def _text_of(source: Value) -> str | None:
    text = source.attributes.get("text") if type(source) is Instance else source
    return text if isinstance(text, str) and len(text) <= MAX_DOCUMENT else None


@native("json.loads", "json.load", into=NATIVES)
def _json(_ev: "Evaluator", source: Value, **_options: Value) -> Value:
    import json  # noqa: PLC0415  # only projects that read documents in their set-up pay for it

    if (text := _text_of(source)) is None:
        return Unknown("a document that is not known")
    try:
        return as_value(json.loads(text))
    except (ValueError, RecursionError):
        return Unknown("a document that does not parse")


@native("yaml.safe_load", "yaml.load", "yaml.full_load", into=NATIVES)
def _yaml(_ev: "Evaluator", source: Value, *_args: Value, **_options: Value) -> Value:
    import yaml  # noqa: PLC0415  # as above

    if (text := _text_of(source)) is None:
        return Unknown("a document that is not known")
    try:
        return as_value(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError):
        return Unknown("a document that does not parse")


def as_value(found: Any, depth: int = 60, made: dict[int, Value] | None = None) -> Value:
    """A parsed document as the evaluator's values. What it says once and refers to often is made once."""
    made = {} if made is None else made
    if isinstance(found, str | int | float | bool | type(None)):
        return found
    if depth == 0:
        return Unknown("a document that is nested too deeply")
    if id(found) not in made and isinstance(found, dict):
        made[id(found)] = DictValue((key, as_value(item, depth - 1, made)) for key, item in found.items())
    elif id(found) not in made and isinstance(found, list):
        made[id(found)] = [as_value(item, depth - 1, made) for item in found]
    return made[id(found)] if id(found) in made else str(found)


@native("textwrap.dedent", into=NATIVES)
def _dedent(_ev: "Evaluator", text: Value) -> Value:
    return text
