"""A list of requirements in a file: what it names, how it is written there, and where another one goes."""

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from guardapi.deployment.requirements import normalised
from guardapi.fix.source import NotFixableError
from guardapi.place import Place
from guardapi.python.releases import likely_release
from guardapi.remedy import RewriteLine

WANTED: Final = re.compile(r"([A-Za-z0-9][\w.-]*)(?:\[([\w,-]+)\])?(?:>=([\d.]+))?")
NAMED: Final = re.compile(r"\s*([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*([^;#]*)")
PINNED: Final = re.compile(r"={2,3}\s*\d")
MOSTLY: Final = 0.75
NEWEST: Final = (9, 0)
CURRENT: Final = {"flask-limiter": ("4.1.1", (3, 0))}
"""What a list of exact versions names: a release, and the least Flask that projects with such a Python use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A distribution that is to be required."""

    name: str
    extras: tuple[str, ...] = ()
    least: str = ""
    """The first release that will do; empty: any."""

    @property
    def normal(self) -> str:
        """Its name as indexes compare it."""
        return normalised(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A distribution that a file names."""

    name: str
    """Normalised."""
    written: str
    """The name as written."""
    extras: tuple[str, ...] = ()
    specifier: str = ""
    line: int = 0
    """From 0, as are the others."""
    column: int = 0
    """Where its text begins."""
    last: int = 0
    """The last line that is part of it."""
    end: int = 0
    """Where its text ends on that line."""


Changed = Mapping[int, str]
"""Lines by number, as they are then; a text may be several lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The requirements of one file."""

    path: str
    lines: tuple[str, ...]
    """Without their ends."""
    entries: tuple[Entry, ...]
    insert: Callable[["Listing", int, str], Changed]
    """A requirement behind an entry (-1: before all of them)."""
    spell: Callable[["Listing", Wanted], str] = field(default_factory=lambda: requirement)
    extend: Callable[["Listing", Entry, tuple[str, ...]], Changed] | None = None
    """Extras for an entry."""
    read: Callable[[str], Sequence[str]]
    """What the file requires, by a parser of its format: an item each."""

    def names(self, name: str) -> Entry | None:
        """The entry of a distribution."""
        return next((entry for entry in self.entries if entry.name == name), None)


def wanted(distribution: str) -> Wanted:
    """`Flask-Limiter[redis]>=3.8` in its parts."""
    found = WANTED.fullmatch(distribution)
    if found is None:
        raise NotFixableError(f"{distribution} is no requirement that is understood")
    extras = tuple(found[2].split(",")) if found[2] else ()
    return Wanted(name=found[1], extras=extras, least=found[3] or "")


def named(text: str, **where: int) -> Entry | None:
    """The entry of a requirement as PEP 508 has it; None for what is none."""
    found = NAMED.match(text)
    if found is None:
        return None
    specifier = found[3].partition(" --")[0].strip()
    if specifier and specifier[0] not in "<>=!~(@":
        return None
    extras = tuple(normalised(extra) for extra in (found[2] or "").split(",") if extra.strip())
    return Entry(name=normalised(found[1]), written=found[1], extras=extras, specifier=specifier, **where)


def added(listing: Listing, asked: Wanted) -> list[RewriteLine]:
    """One more requirement in a list, or the extras that it lacks. Raises NotFixableError."""
    _check_flask(listing, asked)
    present = listing.names(asked.normal)
    if present is None:
        changed = listing.insert(listing, _behind(listing, asked), listing.spell(listing, asked))
        size = 1
    else:
        lacking = tuple(extra for extra in asked.extras if normalised(extra) not in present.extras)
        if not lacking:
            return []
        if listing.extend is None:
            raise NotFixableError(
                f"{listing.path} requires {present.written} in a way that is not understood"
            )
        changed, size = listing.extend(listing, present, lacking), 0
    _check(listing, changed, size)
    return [
        RewriteLine(line=Place(file=listing.path, line=number + 1), old="", new=text)
        for number, text in sorted(changed.items())
    ]


def requirement(listing: Listing, asked: Wanted) -> str:
    """A requirement as the list writes its others: names, exact versions, blanks."""
    beside = listing.names("flask") or next(iter(listing.entries), None)
    capital = beside is not None and beside.written[:1].isupper()
    name = asked.name if capital else asked.name.lower()
    extras = f"[{','.join(asked.extras)}]" if asked.extras else ""
    specifier = release(listing, asked)
    blank = (
        " "
        if beside is not None
        and re.search(r"[\w\]]\s+[=<>~!]", beside.written + beside_text(listing, beside))
        else ""
    )
    return name + extras + re.sub(r"^([=<>]+)", rf"{blank}\1{blank}", specifier)


def beside_text(listing: Listing, entry: Entry) -> str:
    """What stands behind the name of an entry."""
    return listing.lines[entry.line][entry.column + len(entry.written) :]


def release(listing: Listing, asked: Wanted) -> str:
    """The releases that are asked for: exact where the others are, none where none are."""
    specifiers = [entry.specifier for entry in listing.entries if entry.name != "python"]
    if not asked.least or (specifiers and not any(specifiers)):
        return ""
    pinned = sum(bool(PINNED.match(specifier)) for specifier in specifiers)
    if not specifiers or pinned < MOSTLY * len(specifiers):
        return f">={asked.least}"
    current, flask = CURRENT.get(asked.normal, (asked.least, (0, 0)))
    return f"=={current}" if _flask(listing) >= flask else f"=={asked.least}.0"


def _flask(listing: Listing) -> tuple[int, int]:
    entry = listing.names("flask")
    return NEWEST if entry is None else likely_release(entry.specifier, NEWEST)


def _check_flask(listing: Listing, asked: Wanted) -> None:
    if asked.normal == "flask-limiter" and _flask(listing) < (2, 0):
        raise NotFixableError(f"{listing.path} requires a Flask before 2, which {asked.name} does not know")


def _behind(listing: Listing, asked: Wanted) -> int:
    """Behind which entry: in the order of the names if there is one, beside Flask, or at the end."""
    names = ["" if entry.name == "python" else entry.name for entry in listing.entries]
    if len(names) > 1 and names == sorted(names):
        return bisect_left(names, asked.normal) - 1
    if "flask" not in names:
        return len(names) - 1
    index = names.index("flask")
    while index + 1 < len(names) and "flask-" < names[index + 1] < asked.normal:
        index += 1
    return index


def _check(listing: Listing, changed: Changed, size: int) -> None:
    """Whether the file says the same as before, and one thing more. Raises NotFixableError."""
    lines = [changed.get(number, line) for number, line in enumerate(listing.lines)]
    try:
        before = list(listing.read("\n".join(listing.lines)))
        after = list(listing.read("\n".join(lines)))
    except (AttributeError, KeyError, RecursionError, SyntaxError, TypeError, ValueError) as error:
        raise NotFixableError(f"{listing.path} is written in a way that is not understood") from error
    kept = [item for item in before if item in after]
    if len(after) != len(before) + size or len(kept) < len(before) - (1 - size):
        raise NotFixableError(f"{listing.path} is written in a way that is not understood")
