"""What the page shows, worked out before any markup is written: applications, risk, findings, routes, rules."""

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from guardapi.config import Profile
from guardapi.coverage import Coverage, coverage
from guardapi.findings import Confidence, Finding, Severity, counted
from guardapi.model import App, Inventory
from guardapi.pipeline import Report
from guardapi.report.grade import Grade, grade, worst_grade
from guardapi.report.guards import guards
from guardapi.report.html_findings import Card, Cards
from guardapi.report.html_routes import ORDER, RouteRow, route_rows
from guardapi.report.html_text import Block, ExampleFile, Prose, blocks, example_files, prose
from guardapi.report.reasons import by_reason
from guardapi.rule import Rule, catalogue

FIRST: Final = 3
"""Findings that are named at the top."""
MAX_BLUEPRINTS: Final = 12
"""Blueprints that are shown at once."""
MAX_REASONS: Final = 50
MAX_ROUTES: Final = 20
"""Routes that are named below a reason."""
MAX_PROBLEMS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a chart, in hundredths of the whole."""

    state: Coverage
    count: int
    start: float
    length: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AppView:
    """An application at a glance."""

    id: str
    framework: str
    place: str
    grade: Grade
    routes: int
    limited: int
    """Per cent, rounded down: all is said only of all."""
    segments: tuple[Segment, ...]
    guards: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueprintView:
    """A blueprint, and what is at stake in it."""

    number: int
    name: str
    """Empty for routes of no blueprint."""
    app: str
    routes: int
    segments: tuple[Segment, ...]
    severities: tuple[tuple[Severity, int], ...]
    """How many findings speak of its routes, the worst first."""
    worst: RouteRow | None
    """The open route with most at stake."""
    is_undecided: bool
    """Whether there may be more of them than is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """An example of a rule."""

    kind: str
    """`vulnerable` or `secure`."""
    title: Prose
    files: tuple[ExampleFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """A rule that has found something."""

    id: str
    name: str
    summary: Prose
    why: tuple[Block, ...]
    fix: tuple[Block, ...]
    sides: tuple[Side, ...]
    """Code that it finds, and code that it leaves alone."""
    proofs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What could not be decided, and the routes that it leaves open."""

    app: str
    reason: Prose
    place: str
    routes: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """The whole page."""

    target: str
    profile: Profile
    files: int
    grade: Grade
    grades: tuple[Grade, ...]
    apps: tuple[AppView, ...]
    severities: tuple[tuple[Severity, int], ...]
    """All of them, the worst first."""
    states: tuple[Coverage, ...]
    unlimited: int
    routes: int
    """Rows stand for methods, this for routes."""
    blueprints: tuple[BlueprintView, ...]
    """The ones at risk most."""
    other_blueprints: tuple[BlueprintView, ...]
    findings: tuple[Card, ...]
    rows: tuple[RouteRow, ...]
    suppressed: tuple[Card, ...]
    known: tuple[Card, ...]
    advice: int
    """Advice that the profile leaves out."""
    tentative: int
    """Tentative findings that it leaves out."""
    path: str
    """The target as a command names it, a blank before it; empty for the current folder."""
    gaps: tuple[Gap, ...]
    problems: tuple[tuple[str, Prose], ...]
    more_problems: int
    rules: tuple[RuleView, ...]

    @property
    def first(self) -> tuple[Card, ...]:
        """Where to begin."""
        return tuple(card for card in self.findings if card.severity >= Severity.MEDIUM)[:FIRST]

    @property
    def title(self) -> str:
        """What the page is about."""
        return self.apps[0].id if len(self.apps) == 1 else self.target

    @property
    def sentence(self) -> str:
        """How it does, for someone who reads no further."""
        if not self.apps:
            return f"No application found in {counted(self.files, 'Python file')}."
        parts = [f"{count} {severity.label}" for severity, count in self.severities if count]
        found = counted(len(self.findings), "finding")
        findings = f"{found}: {', '.join(parts)}" if parts else "Nothing was found"
        routes = counted(self.routes, "route")
        if not self.unlimited:
            return f"{findings}. None of {routes} is surely without a limit."
        return f"{findings}. Nothing limits {self.unlimited} of {routes}."

    @property
    def found_rules(self) -> tuple[tuple[str, str], ...]:
        """Id and name of the rules of the findings."""
        return tuple(sorted({(card.rule, card.name) for card in self.findings}))

    @property
    def blueprints_by_name(self) -> tuple[BlueprintView, ...]:
        """As one looks for them."""
        return tuple(
            sorted((*self.blueprints, *self.other_blueprints), key=lambda blueprint: blueprint.number)
        )

    @property
    def has_apps(self) -> bool:
        """Whether it has to be said which application something belongs to."""
        return len(self.apps) > 1


def view(report: Report, *, profile: Profile, target: str) -> PageView:
    """The page of a report."""
    inventory = report.inventory
    rules = {rule.id: rule for rule in catalogue()}
    numbers = _blueprints(inventory.apps)
    cards = Cards(report, rules)
    findings, suppressed, known = map(cards.of, (report.findings, report.suppressed, report.known))
    rows = tuple(_rows(report, numbers))
    blueprints = _blueprint_views(inventory, numbers, rows, report.findings)
    apps = tuple(_app(app, report) for app in inventory.apps)
    severities = Counter(finding.severity for finding in report.findings)
    states = Counter(
        coverage(app, route, inventory.deployment) for app in inventory.apps for route in app.routes
    )
    used = {card.rule for card in (*findings, *suppressed, *known)}
    problems = report.problems
    return PageView(
        target=target,
        profile=profile,
        files=inventory.files,
        grade=worst_grade(app.grade for app in apps),
        grades=tuple(Grade),
        apps=apps,
        severities=tuple((severity, severities[severity]) for severity in reversed(Severity)),
        states=ORDER,
        unlimited=states[Coverage.UNLIMITED],
        routes=states.total(),
        blueprints=tuple(blueprints[:MAX_BLUEPRINTS]),
        other_blueprints=tuple(blueprints[MAX_BLUEPRINTS:]),
        findings=findings,
        rows=rows,
        suppressed=suppressed,
        known=known,
        advice=sum(found.is_advisory and not _is_tentative(found) for found in report.hidden),
        tentative=sum(map(_is_tentative, report.hidden)),
        path="" if target == "." else f" {shlex.quote(target)}",
        gaps=tuple(_gaps(inventory.apps)),
        problems=tuple(
            (f"{found.file}:{found.line}", prose(found.message)) for found in problems[:MAX_PROBLEMS]
        ),
        more_problems=max(len(problems) - MAX_PROBLEMS, 0),
        rules=tuple(_rule(rules[rule]) for rule in sorted(used) if rule in rules),
    )


def _is_tentative(finding: Finding) -> bool:
    return finding.confidence is Confidence.TENTATIVE


def _blueprints(apps: Sequence[App]) -> dict[tuple[str, str | None], int]:
    """A number for each blueprint: names of the project are no values to filter by."""
    names = dict.fromkeys((app.id, route.blueprint) for app in apps for route in app.routes)
    ordered = sorted(names, key=lambda item: (item[0], item[1] or ""))
    return {name: number for number, name in enumerate(ordered)}


def _rows(report: Report, numbers: Mapping[tuple[str, str | None], int]) -> list[RouteRow]:
    """The routes with most at stake first, then those of which least is known."""
    rows: list[RouteRow] = []
    for app in report.inventory.apps:
        own = {name: number for (of, name), number in numbers.items() if of == app.id}
        rows += route_rows(app, report.inventory.deployment, own, report.findings)
    return sorted(rows, key=lambda row: (-1 if row.score is None else row.score, -row.rank), reverse=True)


def _app(app: App, report: Report) -> AppView:
    deployment = report.inventory.deployment
    states = Counter(coverage(app, route, deployment) for route in app.routes)
    return AppView(
        id=app.id,
        framework=app.framework,
        place=str(app.place),
        grade=grade(app, deployment, report.graded),
        routes=len(app.routes),
        limited=states[Coverage.LIMITED] * 100 // max(len(app.routes), 1),
        segments=_segments(states),
        guards=guards(app, deployment),
    )


def _segments(states: Counter[Coverage]) -> tuple[Segment, ...]:
    whole, start = max(states.total(), 1), 0
    segments = []
    for state in reversed(ORDER):
        count = states[state]
        share, begins = round(count * 100 / whole, 2), round(start * 100 / whole, 2)
        segments.append(Segment(state=state, count=count, start=begins, length=share))
        start += count
    return tuple(segments)


def _blueprint_views(
    inventory: Inventory,
    numbers: Mapping[tuple[str, str | None], int],
    rows: Sequence[RouteRow],
    findings: Sequence[Finding],
) -> list[BlueprintView]:
    """The blueprint with the worst findings first, then the one with most at stake."""
    states: dict[int, Counter[Coverage]] = {number: Counter() for number in numbers.values()}
    for app in inventory.apps:
        for route in app.routes:
            states[numbers[app.id, route.blueprint]][coverage(app, route, inventory.deployment)] += 1
    worst: dict[int, RouteRow] = {}
    for row in sorted((row for row in rows if row.score is not None), key=lambda row: row.score or 0):
        worst[row.blueprint] = row
    speaking: dict[int, set[int]] = {number: set() for number in numbers.values()}
    for row in rows:
        speaking[row.blueprint].update(row.findings)
    views = [
        BlueprintView(
            number=number,
            name=name or "",
            app=app_id,
            routes=states[number].total(),
            segments=_segments(states[number]),
            severities=_levels(Counter(findings[index - 1].severity for index in speaking[number])),
            worst=worst.get(number),
            is_undecided=states[number][Coverage.UNDECIDED] > 0,
        )
        for (app_id, name), number in numbers.items()
    ]
    return sorted(views, key=_most_at_risk)


def _levels(severities: Counter[Severity]) -> tuple[tuple[Severity, int], ...]:
    return tuple((level, severities[level]) for level in reversed(Severity) if severities[level])


def _most_at_risk(blueprint: BlueprintView) -> tuple[object, ...]:
    counts = dict(blueprint.severities)
    score = blueprint.worst.score if blueprint.worst else None
    return (
        *(-counts.get(level, 0) for level in reversed(Severity)),
        -(score or 0),
        blueprint.name,
        blueprint.app,
    )


def _gaps(apps: Sequence[App]) -> Iterator[Gap]:
    for app in apps:
        for reason, routes in list(by_reason(app).items())[:MAX_REASONS]:
            yield Gap(
                app=app.id,
                reason=prose(reason),
                place="",
                routes=tuple(routes[:MAX_ROUTES]),
                more=max(len(routes) - MAX_ROUTES, 0),
            )
        for item in app.undecided[:MAX_REASONS]:
            place = str(item.place) if item.place else ""
            yield Gap(app=app.id, reason=prose(item.reason), place=place, routes=(), more=0)


def _rule(rule: Rule) -> RuleView:
    return RuleView(
        id=rule.id,
        name=rule.name,
        summary=prose(rule.summary()),
        why=blocks(rule.section("Why it is bad")),
        fix=blocks(rule.section("How to fix it")),
        sides=tuple(_sides(rule)),
        proofs=tuple(probe.how for probe in rule.probes),
    )


def _sides(rule: Rule) -> Iterator[Side]:
    """The first example of each kind; a rule of an installed package may have none."""
    for kind, examples in (("vulnerable", rule.vulnerable), ("secure", rule.secure)):
        for example in examples[:1]:
            yield Side(kind=kind, title=prose(example.title), files=example_files(rule, example))
