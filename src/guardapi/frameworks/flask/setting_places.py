"""Where settings are written: at an assignment to `app.config`, or in the class or module that it loads."""

import re
from collections.abc import Mapping
from typing import Final

from guardapi.place import Place
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import Class, DictValue, Instance, Module, Value


def setting_places(app: Instance) -> Mapping[Value, Place | None]:
    """The places of an application's settings, by key."""
    config = app.attributes.get("config")
    values = config.payload if type(config) is Instance else None
    if type(config) is not Instance or not isinstance(values, DictValue) or not values.places:
        return {}
    loaded = config.attributes.get("_loaded")
    places = dict(values.places)
    bodies = _Bodies()
    for origin, loaded_at in loaded if isinstance(loaded, list) else ():
        for key, place in values.places.items():
            # A later assignment to the key stands elsewhere than the call that loads the object.
            if place is not None and place == loaded_at and isinstance(key, str):
                places[key] = bodies.written(origin, key) or place
    return places


def asks_environment(ev: Evaluator, place: Place | None) -> bool:
    """Whether the line of an assignment looks into the environment, or into a file of settings."""
    module = next((m for m in ev.modules.values() if place is not None and m.path == place.file), None)
    if module is None or place is None:
        return False
    lines = module.text.split("\n", place.line)
    return place.line <= len(lines) and ENVIRONMENT.search(lines[place.line - 1]) is not None


ENVIRONMENT: Final = re.compile(r"\b(?:environ|getenv|env|getboolean)\b")


ASSIGNMENT: Final = re.compile(r"([ \t]*)(\w+)\s*(?::[^=]+)?=(?!=)")


class _Bodies:
    """Where names are assigned in the bodies of modules and classes, each body read once."""

    def __init__(self) -> None:
        self._read: dict[tuple[Module, int], dict[str, int]] = {}
        """By module and first line: the line of the last assignment of each name."""

    def written(self, origin: Value, key: str) -> Place | None:
        """The last assignment of a name in the body of a module or class."""
        if type(origin) is Instance:
            origin = origin.cls
        if type(origin) is Module:
            return None if origin.is_model else self._assigned(origin, key, 1, None)
        for base in origin.mro if type(origin) is Class else ():
            if (
                type(base) is Class
                and key in base.namespace
                and base.module is not None
                and base.node is not None
            ):
                if base.module.is_model:
                    return None
                return self._assigned(base.module, key, base.node.lineno, base.node.end_lineno)
        return None

    def _assigned(self, module: Module, key: str, first: int, last: int | None) -> Place | None:
        lines = self._read.get((module, first))
        if lines is None:
            lines = self._read[module, first] = {
                match[2]: number
                for number, line in enumerate(module.lines[first - 1 : last], first)
                if (match := ASSIGNMENT.match(line)) is not None
            }
        number = lines.get(key)
        if number is None:
            return None
        line = module.lines[number - 1]
        return Place(
            file=module.path,
            line=number,
            column=len(line) - len(line.lstrip(" \t")) + 1,
            end_line=number,
            end_column=len(line.rstrip()) + 1,
        )
