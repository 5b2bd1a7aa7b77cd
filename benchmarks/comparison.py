"""When a reported route is right: an inventory against what the running application served.

The unit of comparison is one HTTP method of one rule. Static files, views that a dependency brings and
rules without a view count on neither side.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA = "guardapi.routes/1"
ADDED_METHODS = {"HEAD", "OPTIONS"}
"""Flask adds these by itself; beside other methods neither side counts them."""

FIGURES = {
    "recall": ("matched", "truth"),
    "precision": ("matched", "reported"),
    "endpoints": ("right endpoint", "matched"),
    "lines": ("right line", "matched"),
    "limits": ("right limits", "matched with a limiter"),
}
"""Each figure is one count divided by another."""

Json = dict[str, Any]
ViewPlace = tuple[str | None, int | None, str]
"""File (None: a dependency's), line and last part of the name of a view."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One HTTP method of one rule."""

    rule: str
    method: str
    endpoint: str
    places: tuple[ViewPlace, ...]
    """More than one right place where a class of the project inherits the method from a dependency."""
    limits: tuple[str, ...]
    """Sorted; empty text for a limit that is computed at run time."""

    @property
    def identity(self) -> tuple[object, ...]:
        """Everything but the limits."""
        return self.rule, self.method, self.endpoint, self.places

    def closeness(self, other: "Unit") -> int:
        """How well the other's view is this one's: 2 file and line, 1 file and name, 0 not."""
        return max(closeness(mine, its) for mine in self.places for its in other.places)

    def __str__(self) -> str:
        file, line, name = self.places[0]
        return f"{self.method} {self.rule} -> {self.endpoint} ({file}:{line} {name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How one application (or all, pooled) came out."""

    name: str
    counts: Counter[str]
    faults: tuple[str, ...] = ()
    """What was wrong, a line each."""
    status: str = "ok"
    seconds: float = 0.0

    def figure(self, key: str) -> float | None:
        """One of FIGURES; None where there is nothing to divide by."""
        above, below = (self.counts[count] for count in FIGURES[key])
        return above / below if below else None


def closeness(mine: ViewPlace, its: ViewPlace) -> int:
    """How well two places are the same view: 2, 1 or 0."""
    if mine[0] != its[0]:
        return 0
    if mine[1] == its[1]:
        return 2
    return 0 if mine[2] != its[2] else 2 if mine[0] is None else 1


def last_part(name: str | None) -> str:
    """The last part of `module:qualified.name`."""
    return (name or "").rpartition(":")[2].rpartition(".")[2]


def is_static(endpoint: str) -> bool:
    """Whether Flask itself serves files there."""
    return endpoint.rpartition(".")[2] == "static"


def truth_units(truth: Json) -> list[Unit]:
    """What the running application served."""
    units = {unit.identity: unit for route in truth["routes"] for unit in _truth_route(route)}
    return list(units.values())


def _truth_route(route: Json) -> Iterator[Unit]:
    own = [x for x in (route, route.get("bound_class") or {}) if x.get("origin") == "repo"]
    if not own or is_static(route["endpoint"]):
        return
    places: list[ViewPlace] = [(x["file"], x["line"], last_part(x["view"])) for x in own]
    if route["origin"] != "repo":
        places.append((None, None, last_part(route["view"])))
    for method in route["methods"]:
        texts = [held["limit"] for limiter in route.get("limits", ()) for held in limiter["methods"][method]]
        limits = sorted("" if text.startswith("<dynamic") else text for text in texts)
        yield Unit(route["rule"], method, route["endpoint"], tuple(places), tuple(limits))


def reported_units(answer: Json) -> list[list[Unit]]:
    """The units of each application of an inventory.

    Raises ValueError, KeyError, TypeError or AttributeError where it breaks the format.
    """
    if answer["schema"] != SCHEMA:
        raise ValueError(f"schema {answer['schema']!r}")
    return [[unit for route in app["routes"] for unit in _reported_route(route)] for app in answer["apps"]]


def _reported_route(route: Json) -> Iterator[Unit]:
    if is_static(route["endpoint"]):
        return
    view = route.get("view") or {}
    place = (view.get("file"), view.get("line"), last_part(view.get("name")))
    methods = set(route["methods"])
    for method in sorted(methods - ADDED_METHODS or methods - {"HEAD"}):
        limits = sorted(held["text"] or "" for held in route["limits"][method])
        yield Unit(route["rule"], method, route["endpoint"], (place,), tuple(limits))


def pair_up(truth: Sequence[Unit], reported: Sequence[Unit]) -> list[tuple[Unit, Unit]]:
    """Pairs of a true and a reported unit, each used once, the best fits first."""
    by_key: dict[tuple[str, str], list[Unit]] = defaultdict(list)
    for unit in reported:
        by_key[unit.rule, unit.method].append(unit)
    fits = [
        (t.closeness(r), t.endpoint == r.endpoint, t, r)
        for t in truth
        for r in by_key[t.rule, t.method]
        if t.closeness(r)
    ]
    pairs: list[tuple[Unit, Unit]] = []
    used: set[int] = set()
    for _, _, t, r in sorted(fits, key=lambda fit: fit[:2], reverse=True):
        if id(t) not in used and id(r) not in used:
            used.update((id(t), id(r)))
            pairs.append((t, r))
    return pairs


def merged(truth: Sequence[Unit], apps: Sequence[Sequence[Unit]]) -> list[Unit]:
    """The units of all reported applications.

    Where several report the same one, the word of the application that is most like the truth counts.
    """
    units: dict[tuple[object, ...], Unit] = {}
    for app in sorted(apps, key=lambda app: -len(pair_up(truth, app))):
        for unit in app:
            units.setdefault(unit.identity, unit)
    return list(units.values())


def compare(name: str, truth: Sequence[Unit], apps: Sequence[Sequence[Unit]], *, has_limiter: bool) -> Score:
    """Score an inventory against the truth."""
    reported = merged(truth, apps)
    pairs = pair_up(truth, reported)
    taken = {id(unit) for pair in pairs for unit in pair}
    extra = [unit for unit in reported if id(unit) not in taken and unit.places[0][0] is not None]
    counts = Counter({"truth": len(truth), "matched": len(pairs), "reported": len(pairs) + len(extra)})
    faults = [f"not found: {unit}" for unit in truth if id(unit) not in taken]
    faults += [f"extra: {unit}" for unit in extra]
    for t, r in pairs:
        judged = judge_pair(t, r, has_limiter=has_limiter)
        counts.update(judged)
        faults += [f"{fault}: {t}: {list(t.limits)}, said {r}: {list(r.limits)}" for fault in _faults(judged)]
    return Score(name=name, counts=counts, faults=tuple(faults))


def judge_pair(truth: Unit, reported: Unit, *, has_limiter: bool) -> dict[str, int]:
    """What is right and wrong about a matched unit."""
    return {
        "right endpoint": truth.endpoint == reported.endpoint,
        "right line": truth.closeness(reported) == 2,
        "matched with a limiter": has_limiter,
        "right limits": has_limiter and truth.limits == reported.limits,
        "dangerous": bool(reported.limits and not truth.limits),
        "missed": bool(truth.limits and not reported.limits),
    }


def _faults(judged: dict[str, int]) -> Iterator[str]:
    if not judged["right endpoint"]:
        yield "endpoint"
    if judged["matched with a limiter"] and not judged["right limits"]:
        yield "limits"
    yield from (fault for fault in ("dangerous", "missed") if judged[fault])


def read_truth(path: Path) -> Json:
    """One file of a truth folder."""
    truth: Json = json.loads(path.read_text(encoding="utf-8"))
    return truth


def pooled(scores: Sequence[Score]) -> Score:
    """All units of all applications together."""
    counts: Counter[str] = Counter()
    for score in scores:
        counts.update(score.counts)
    return Score(name="all units", counts=counts, seconds=sum(score.seconds for score in scores))


def mean(scores: Sequence[Score], key: str) -> float | None:
    """A figure's mean over the applications that have it."""
    figures = [figure for score in scores if (figure := score.figure(key)) is not None]
    return sum(figures) / len(figures) if figures else None
