"""The part of Jinja that documents with a few placeholders use: `{{ name }}`, `{{ name['key'].attribute }}`."""

import re
from collections.abc import Mapping
from typing import Final

from guardapi.python.values import CONSTANTS, DictValue, Value

PLACEHOLDER: Final = re.compile(r"\{\{-?\s{0,40}([^{}\n]{1,200}?)\s{0,40}-?\}\}")
BLOCK: Final = re.compile(r"\{%[^%\n]{0,400}%\}|\{#[^#]{0,4000}#\}")
PATH: Final = re.compile(r"(\w+)((?:\[\s*(?:'[^']*'|\"[^\"]*\"|\d+)\s*\]|\.\w+)*)")
STEP: Final = re.compile(r"\[\s*(?:'([^']*)'|\"([^\"]*)\"|(\d+))\s*\]|\.(\w+)")
NOT_KNOWN: Final = "undecided"


def render(text: str, names: Mapping[Value, Value]) -> str:
    """The text with its placeholders filled; what is not known becomes a word, so that the rest still reads."""
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return text
    return PLACEHOLDER.sub(lambda found: _shown(found[1], names), BLOCK.sub("", text))


def _shown(expression: str, names: Mapping[Value, Value]) -> str:
    path = PATH.fullmatch(expression)
    if path is None:
        return NOT_KNOWN
    value: Value = names.get(path[1], "")  # Jinja shows nothing for a name that is not given
    for single, double, position, attribute in STEP.findall(path[2]):
        key = int(position) if position else single or double or attribute
        if isinstance(value, DictValue):
            value = value.get(key, "")
        elif isinstance(value, list | tuple) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            return NOT_KNOWN
    return str(value) if isinstance(value, CONSTANTS) else NOT_KNOWN
