"""A finding as the page shows it: the code, how a request gets there, why it ranks, how to fix and to prove it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from guardapi.findings import Confidence, Cwe, Finding, Owasp, Related, Row, Severity
from guardapi.model import App, Deployment, Route
from guardapi.pipeline import Report
from guardapi.remedy import Safety
from guardapi.report.html_routes import Held, held_by
from guardapi.report.html_text import CodeLine, Prose, frame, prose
from guardapi.rule import Rule

MAX_ROWS: Final = 10
MAX_FOLDED: Final = 90
"""Rows behind the first, which open on request; the table of routes has them all."""
MAX_POINTS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Another place, with its line of code where that is known."""

    text: Prose
    place: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A finding."""

    number: int
    severity: Severity
    marks: tuple[str, ...]
    """`proved`, `new`, `tentative`, `advice`."""
    rule: str
    name: str
    message: Prose
    place: str
    app: str
    route: str
    """`GET, POST /export`; empty where it is about more than one."""
    confidence: Confidence
    code: tuple[CodeLine, ...]
    steps: tuple[Point, ...]
    """From the view to the place."""
    points: tuple[Point, ...]
    rows: tuple[Row, ...]
    folded_rows: tuple[Row, ...]
    more: int
    """Places and rows that are left out."""
    limits: tuple[tuple[str, Held], ...]
    """By method, what limits the route it is about."""
    why: Prose
    advice: Prose
    change: Prose
    """What `guardapi fix` would do; empty where it offers nothing."""
    is_unsafe: bool
    """It does that only if it is told to."""
    proofs: tuple[str, ...]
    """How it can be shown on a running service."""
    shown: Prose
    """What running the application has shown."""
    has_example: bool
    """Whether its rule comes with code that is vulnerable and code that is not."""
    cwe: tuple[Cwe, ...]
    owasp: tuple[Owasp, ...]
    fingerprint: str
    accepted: Point | None
    """Why, and where, a comment accepts it."""


class Cards:
    """Makes cards of findings, numbered as they come."""

    def __init__(self, report: Report, rules: Mapping[str, Rule]):
        self._report = report
        self._rules = rules
        self._routes = {
            (app.id, route.rule, route.endpoint): (app, route)
            for app in report.inventory.apps
            for route in app.routes
        }
        self._made = 0

    def of(self, findings: Iterable[Finding]) -> tuple[Card, ...]:
        """A card each."""
        return tuple(self._card(finding) for finding in findings)

    def _card(self, finding: Finding) -> Card:
        self._made += 1
        rule = self._rules.get(finding.rule)
        rows = [related.row for related in finding.related if related.row]
        others = [related for related in finding.related if related.row is None and not related.is_step]
        app, route = self._route(finding)
        return Card(
            number=self._made,
            severity=finding.severity,
            marks=tuple(_marks(finding)),
            rule=finding.rule,
            name=finding.name,
            message=prose(finding.message),
            place=str(finding.place),
            app=finding.app,
            route=f"{', '.join(finding.route.methods)} {finding.route.rule}" if finding.route else "",
            confidence=finding.confidence,
            code=frame(self._report.source_lines, finding.place),
            steps=tuple(map(self._point, finding.flow)),
            points=tuple(map(self._point, others[:MAX_POINTS])),
            rows=tuple(rows[:MAX_ROWS]),
            folded_rows=tuple(rows[MAX_ROWS:][:MAX_FOLDED]),
            more=max(len(others) - MAX_POINTS, 0) + max(len(rows) - MAX_ROWS - MAX_FOLDED, 0),
            limits=tuple(_limits(finding, app, route, self._report.inventory.deployment)),
            why=prose(finding.why),
            advice=prose(finding.advice),
            change=prose(finding.remedy.reason) if finding.remedy else (),
            is_unsafe=finding.remedy is not None and finding.remedy.safety is Safety.UNSAFE,
            proofs=tuple(probe.how for probe in rule.probes) if rule else (),
            shown=prose(_shown(finding)),
            has_example=rule is not None and bool(rule.vulnerable or rule.secure),
            cwe=finding.cwe,
            owasp=finding.owasp,
            fingerprint=finding.fingerprint,
            accepted=self._acceptance(finding),
        )

    def _route(self, finding: Finding) -> tuple[App, Route] | tuple[None, None]:
        if finding.route is None:
            return None, None
        named = (finding.app, finding.route.rule, finding.route.endpoint)
        return self._routes.get(named, (None, None))

    def _point(self, related: Related) -> Point:
        source = self._report.source_lines.get((related.place.file, related.place.line), "")
        return Point(text=prose(related.message), place=str(related.place), code=source.strip())

    def _acceptance(self, finding: Finding) -> Point | None:
        if finding.suppressed is None:
            return None
        return Point(text=prose(finding.suppressed.reason), place=str(finding.suppressed.place))


def _shown(finding: Finding) -> str:
    verdict = finding.verdict
    return f"{verdict.ruling.value}: {verdict.claim}: {verdict.detail}" if verdict is not None else ""


def _marks(finding: Finding) -> Iterator[str]:
    if finding.verdict is not None:
        yield finding.verdict.ruling.value
    if finding.baseline == "new":
        yield "new"
    if finding.confidence is Confidence.TENTATIVE:
        yield "tentative"
    if finding.is_advisory:
        yield "advice"


def _limits(
    finding: Finding, app: App | None, route: Route | None, deployment: Deployment
) -> Iterator[tuple[str, Held]]:
    if app and route and finding.route:
        yield from ((method, held_by(app, route, method, deployment)) for method in finding.route.methods)
