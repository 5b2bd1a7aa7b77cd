"""Arguments of a server's command line, and the application it names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from guardapi.deployment.file import Environment
from guardapi.deployment.words import is_computed
from guardapi.place import Place

_TARGET = re.compile(r"[A-Za-z_][\w.]*+(?::[A-Za-z_][\w.]*+(?:\([^\n]*\))?)?")
_NUMBER = re.compile(r"\d{1,6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One server as a command line starts it."""

    arguments: tuple[str, ...]
    place: Place
    environment: Environment = field(default_factory=dict)
    on_heroku: bool = False
    """WEB_CONCURRENCY is set when the dyno boots, to what fits its memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """Options by long name (`_` for `-`, no leading dashes) and the rest."""

    options: Mapping[str, str]
    positionals: tuple[str, ...]


def read_arguments(
    words: Sequence[str], *, flags: frozenset[str] = frozenset(), short: Mapping[str, str]
) -> Arguments:
    """Options and positionals; `flags` are the long options that take no value."""
    options: dict[str, str] = {}
    positionals: list[str] = []
    index = 0
    while index < len(words):
        word = words[index]
        index += 1
        if word == "--":
            positionals.extend(words[index:])
            break
        if not word.startswith("-") or word == "-":
            positionals.append(word)
            continue
        name, attached = _named(word, short)
        if attached is None and name not in flags and index < len(words) and _is_value(words[index]):
            attached = words[index]
            index += 1
        options[name] = attached or ""
    return Arguments(options=options, positionals=tuple(positionals))


def _named(word: str, short: Mapping[str, str]) -> tuple[str, str | None]:
    if word.startswith("--"):
        name, equals, value = word[2:].partition("=")
        return name.replace("-", "_"), value if equals else None
    name = short.get(word[1], word[1:])
    return name, word[2:].lstrip("=") or None


def _is_value(word: str) -> bool:
    return not word.startswith("-") or word == "-"


def count_of(text: str) -> int | None:
    """A number as written, or None where it is computed."""
    text = text.strip().strip("\"'")
    return int(text) if _NUMBER.fullmatch(text) else None


def target_of(text: str, *, default_object: str = "") -> str | None:
    """`module:object` of what a server is told to serve; None where the text names none."""
    text = text.strip().strip("\"'")
    if is_computed(text):
        return None
    module, colon, name = text.partition(":")
    if module.endswith(".py"):
        module = module_of(module)
    if not colon and default_object:
        colon, name = ":", default_object
    target = f"{module}{colon}{name}"
    return target if _TARGET.fullmatch(target) else None


def module_of(path: str) -> str:
    """The dotted name of a file; of an absolute path, which no scan can place, the last part."""
    without = PurePosixPath(path.removesuffix(".py"))
    parts = (without.name,) if without.is_absolute() else without.parts
    return ".".join(part for part in parts if part not in {".", ".."})
