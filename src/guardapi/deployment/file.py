"""A deployment file as it comes in, and the facts that a reader makes of it."""

import codecs
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from guardapi.model import (
    EntryPoint,
    OuterLimit,
    Problem,
    ProcessCount,
    Proxy,
    PublishedPort,
    ServerSetting,
    Start,
)
from guardapi.place import Place

MAX_BYTES = 1_000_000
"""Of a file that is read as a whole; what people write by hand is far below."""
MAX_LOCK_BYTES = 8_000_000
"""Of a lock file: machines write them, and they are read by lines."""

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentFile:
    """A file that may say how the project is run."""

    path: str
    """Below the scanned root, with forward slashes."""
    content: bytes

    @property
    def name(self) -> str:
        """The last part of the path, in lower case."""
        return PurePosixPath(self.path).name.lower()

    def check_size(self) -> None:
        """Raises BrokenFileError where the file is too large to be read."""
        limit = MAX_LOCK_BYTES if self.name.endswith(".lock") else MAX_BYTES
        if len(self.content) > limit:
            raise BrokenFileError(1, f"Larger than {limit // 1_000_000} MB, not read.")

    @property
    def text(self) -> str:
        """The content as text; bytes that are none become U+FFFD."""
        # PowerShell's `pip freeze > requirements.txt` writes UTF-16.
        for mark, encoding in _BYTE_ORDER_MARKS:
            if self.content.startswith(mark):
                return self.content[len(mark) :].decode(encoding, "replace")
        return self.content.decode("utf-8", "replace")

    @property
    def lines(self) -> list[str]:
        """The lines as editors count them; `str.splitlines` breaks at form feeds, too."""
        return [line.rstrip("\r") for line in self.text.split("\n")]

    def place(self, line: int) -> Place:
        """A line of this file."""
        return Place(file=self.path, line=line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """An environment variable as a deployment file sets it."""

    value: str
    place: Place


Environment = Mapping[str, Variable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one file, or a part of one, says."""

    processes: tuple[ProcessCount, ...] = ()
    outer_limits: tuple[OuterLimit, ...] = ()
    entry_points: tuple[str, ...] = ()
    settings: tuple[ServerSetting, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict)
    package_places: Mapping[str, Place] = field(default_factory=dict)
    starts: tuple[Start, ...] = ()
    proxies: tuple[Proxy, ...] = ()
    published: tuple[PublishedPort, ...] = ()
    scripts: frozenset[str] = frozenset()
    advertised: tuple[EntryPoint, ...] = ()
    problems: tuple[Problem, ...] = ()


class BrokenFileError(Exception):
    """A file that its own format refuses; stays inside `guardapi.deployment`."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message

    def facts(self, file: DeploymentFile) -> Facts:
        """The one fact that is left of the file."""
        return Facts(problems=(Problem(file=file.path, line=self.line, message=self.message),))


def merged(parts: Iterable[Facts]) -> Facts:
    """All facts together; of a package that is named twice, the narrower requirement stays."""
    collected = tuple(parts)
    packages: dict[str, str] = {}
    places: dict[str, Place] = {}
    for part in collected:
        for name, specifier in part.packages.items():
            known = packages.get(name, "")
            if not known or (specifier.startswith("==") and not known.startswith("==")):
                packages[name] = specifier
                if name in part.package_places:
                    places[name] = part.package_places[name]
                else:
                    places.pop(name, None)
    return Facts(
        processes=tuple(dict.fromkeys(item for part in collected for item in part.processes)),
        outer_limits=tuple(item for part in collected for item in part.outer_limits),
        entry_points=tuple(dict.fromkeys(item for part in collected for item in part.entry_points)),
        settings=tuple(dict.fromkeys(item for part in collected for item in part.settings)),
        packages=packages,
        package_places=places,
        starts=tuple(dict.fromkeys(item for part in collected for item in part.starts)),
        proxies=tuple(dict.fromkeys(item for part in collected for item in part.proxies)),
        published=tuple(dict.fromkeys(item for part in collected for item in part.published)),
        scripts=frozenset(name for part in collected for name in part.scripts),
        advertised=tuple(dict.fromkeys(item for part in collected for item in part.advertised)),
        problems=tuple(item for part in collected for item in part.problems),
    )


def joined_lines(lines: Iterable[str], *, escape: str = "\\", comment: str = "") -> Iterator[tuple[int, str]]:
    """Lines with their number, where a line that ends in `escape` goes on in the next.

    Where `comment` is given, lines that start with it are left out, also inside a continued one.
    """
    held: list[str] = []
    start = 0
    for number, line in enumerate(lines, start=1):
        if comment and line.lstrip().startswith(comment):
            continue
        start = start if held else number
        stripped = line.rstrip()
        if escape and stripped.endswith(escape):
            held.append(stripped[: -len(escape)])
            continue
        yield start, " ".join((*held, line))
        held = []
    if held:
        yield start, " ".join(held)
