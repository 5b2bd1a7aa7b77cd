"""A table of a TOML file, read key by key; whatever does not fit is told with its place and what is expected."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from guardapi.errors import ConfigurationError
from guardapi.suppression import nearest_name

MAX_SHOWN: Final = 60
MAX_LINE: Final = 500
"""Longer ones are not looked into for the place of a key."""
_NAME: Final = re.compile(r"[^\W\d][\w.]*:[^\W\d][\w.]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table as it was written."""

    values: Mapping[str, Any]
    file: Path
    text: str
    name: tuple[str, ...] = ()
    """The keys that lead to it."""
    number: int | None = None
    """Which of several it is, if it is an element of a list."""

    @classmethod
    def of_toml(cls, content: bytes, file: Path, *, prefix: tuple[str, ...]) -> "Table":
        """A table of a file. Raises ConfigurationError where the file is no TOML."""
        import tomllib  # noqa: PLC0415  # only where there is a configuration

        text = content.decode("utf-8", "replace").replace("\r\n", "\n").removeprefix("\ufeff")
        try:
            values: Any = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            raise ConfigurationError(f"{file.name} cannot be read: {str(error)[:200]}.") from None
        for key in prefix:
            values = values.get(key, {}) if isinstance(values, Mapping) else {}
        if not isinstance(values, Mapping):
            raise ConfigurationError(f"{file.name}: [{'.'.join(prefix)}] must be a table.")
        return cls(values=values, file=file, text=text, name=prefix)

    def refuse_unknown(self, known: Sequence[str]) -> None:
        """Raises ConfigurationError for the first key that is none of some."""
        for key in self.values:
            if key not in known:
                near = nearest_name(key, known)
                hint = f"the nearest is '{near}'" if near else f"there are {', '.join(known)}"
                raise ConfigurationError(f"{self.where(key)}: there is no such key; {hint}.")

    def flag(self, key: str) -> bool:
        """True or false; false where it is not set."""
        found = self.values.get(key, False)
        return found if isinstance(found, bool) else self._refuse(key, found, "true or false")

    def text_of(self, key: str) -> str | None:
        """A text, None where it is not set."""
        found = self.values.get(key)
        return found if found is None or isinstance(found, str) else self._refuse(key, found, "a text")

    def required(self, key: str) -> str:
        """A text that has to be there."""
        found = self.text_of(key)
        if not found or not found.strip():
            raise ConfigurationError(f"{self.where(key)}: expected is a text.")
        return found.strip()

    def choice(self, key: str, choices: Sequence[str], default: str | None = None) -> str:
        """One of some texts."""
        found = self.text_of(key)
        if found is None and default is not None:
            return default
        if found is None or found not in choices:
            self._refuse(key, found, f"one of {', '.join(choices)}")
        return found

    def texts(self, key: str) -> list[str]:
        """A list of texts, empty where it is not set."""
        found = self.values.get(key, [])
        if not isinstance(found, list) or not all(isinstance(item, str) and item.strip() for item in found):
            self._refuse(key, found, "a list of texts")
        return list(found)

    def names(self, key: str) -> list[str]:
        """A list of `module:name` texts."""
        found = self.texts(key)
        if not all(_NAME.fullmatch(name) for name in found):
            self._refuse(key, found, 'a list of "module:name" texts')
        return found

    def tables(self, key: str) -> Iterator["Table"]:
        """A list of tables, one after the other."""
        found = self.values.get(key, [])
        if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in found):
            self._refuse(key, found, "a list of tables")
        for number, values in enumerate(found):
            yield Table(values=values, file=self.file, text=self.text, name=(*self.name, key), number=number)

    def where(self, key: str) -> str:
        """`guardapi.toml:3: select`, `guardapi.toml:9: sinks[2].kind`."""
        number = "" if self.number is None else f"{self.name[-1]}[{self.number + 1}]."
        return f"{self.file.name}:{self.line(key)}: {number}{key}"[:200]

    def line(self, key: str) -> int:
        """The line that sets a key, or the one of its table; TOML's reader does not tell."""
        lines = self.text.split("\n")
        start = self._header(lines)
        wanted = re.compile(rf"""\s*["']?{re.escape(key)}["']?\s*=|.*[{{,]\s*{re.escape(key)}\s*=""")
        for index in range(start, len(lines)):
            if index > start and lines[index].lstrip().startswith("["):
                break
            if wanted.match(lines[index][:MAX_LINE]):
                return index + 1
        return start + 1

    def _header(self, lines: list[str]) -> int:
        """The index of the line at which the table begins."""
        name = ".".join(self.name)
        form = f"[[{name}]]" if self.number is not None else f"[{name}]"
        found = [index for index, line in enumerate(lines) if re.sub(r"[\s\"']", "", line).startswith(form)]
        if found:
            return found[min(self.number or 0, len(found) - 1)]
        if self.number is None:
            return 0
        # The list is written inline, below the key.
        return next(
            (n for n, line in enumerate(lines) if re.match(rf"\s*{re.escape(self.name[-1])}\s*=", line)), 0
        )

    def _refuse(self, key: str, found: object, expected: str) -> NoReturn:
        shown = "nothing" if found is None else repr(found)[:MAX_SHOWN]
        raise ConfigurationError(f"{self.where(key)}: expected is {expected}, not {shown}.")
