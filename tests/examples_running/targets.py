"""An example as the scan sees it, and the routes of it that a finding speaks of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from typing import Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from request_planning import Request, plan
from request_reads import Read, reads_of
from stand_ins import LIBRARIES

from guardapi.config import Options, Profile
from guardapi.coverage import is_of_project, is_static
from guardapi.files import from_mapping
from guardapi.findings import Finding
from guardapi.frameworks.limit_text import LimitItem, LimitTextError, parse_many
from guardapi.model import App, Deployment, Limit, Route
from guardapi.rank import stake
from guardapi.rule import Example, Rule
from guardapi.scan import Report, scan_tree
from guardapi.sink import Sink

IMPORTS: Final = re.compile(r"^ *(?:import (\w+)|from (\w+)[\w.]* import)", re.MULTILINE)
TITLE: Final = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE)(?:, [A-Z]+)* (/\S*?)(?=[:;,]?(?:\s|$))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An example and what the scan says of it."""

    example: Example
    report: Report

    @property
    def app(self) -> App | None:
        return next(iter(self.report.inventory.apps), None)

    @property
    def deployment(self) -> Deployment:
        return self.report.inventory.deployment

    def findings(self, rule: Rule) -> tuple[Finding, ...]:
        """Those of one rule."""
        return tuple(found for found in (*self.report.findings, *self.report.hidden) if found.rule == rule.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One method of a route, with the request that reaches it."""

    known: Known
    app: App
    route: Route
    method: str
    reads: tuple[Read, ...]
    request: Request

    @property
    def title(self) -> str:
        return f"{self.method} {self.route.rule}"

    @property
    def limits(self) -> tuple[Limit, ...]:
        return self.route.limits[self.method].limits if self.method in self.route.limits else ()

    @property
    def sinks(self) -> tuple[Sink, ...]:
        """What the view causes."""
        done = self.route.work.get(self.method)
        return done.sinks if done is not None else ()

    @property
    def strictest(self) -> int | None:
        """The least number that its limits let through; None where nothing is known to limit."""
        amounts = [item.amount for limit in self.limits for item in items(limit.text)]
        return min(amounts, default=None)

    @property
    def loosest(self) -> int | None:
        """The largest number that one of its limits lets through."""
        amounts = [item.amount for limit in self.limits for item in items(limit.text)]
        return max(amounts, default=None)


def known(example: Example) -> Known:
    """Scan an example."""
    return Known(
        example=example, report=scan_tree(from_mapping(example.project), Options(profile=Profile.AUDIT))
    )


def target(seen: Known, app: App, route: Route, method: str) -> Target:
    """Plan the request of a route."""
    reads = reads_of(app, route, method, seen.example.project)
    return Target(
        known=seen, app=app, route=route, method=method, reads=reads, request=plan(route, method, reads)
    )


def items(text: object) -> tuple[LimitItem, ...]:
    """The parts of a limit; none where it is no limit."""
    try:
        return parse_many(text) if isinstance(text, str) else ()
    except LimitTextError:
        return ()


def targets_of(seen: Known, finding: Finding) -> list[Target]:
    """The routes that a finding speaks of, the worst first."""
    app = next(app for app in seen.report.inventory.apps if app.id == finding.app)
    pairs = [(route, method) for route in by_stake(seen, app) for method in route.methods]
    named = finding.route
    if named is not None:
        chosen = [
            (route, method)
            for route, method in pairs
            if route.rule == named.rule and route.endpoint == named.endpoint and method in named.methods
        ]
    else:
        texts = [related.row.route if related.row else related.message for related in finding.related]
        titles = [found.groups() for text in texts if (found := TITLE.search(text))]
        chosen = [pair for title in titles for pair in pairs if (pair[1], pair[0].rule) == title]
        chosen = chosen or [pair for pair in pairs if _reaches(*pair, finding)]
    return [target(seen, app, *pair) for pair in chosen or pairs]


def _reaches(route: Route, method: str, finding: Finding) -> bool:
    done = route.work.get(method)
    return any(sink.place == finding.place for sink in (done.sinks if done else ()))


def by_stake(seen: Known, app: App) -> list[Route]:
    """The project's routes, those first with the most at stake."""
    routes = [route for route in app.routes if route.methods and not is_static(route)]
    own = [route for route in routes if is_of_project(route)] or routes
    return sorted(own, key=lambda route: -stake(route, route.methods, seen.deployment).score)


def missing_libraries(project: Mapping[str, str]) -> frozenset[str]:
    """The libraries that an example imports, and that are neither here nor stood in for."""
    own = {part.removesuffix(".py") for path in project for part in path.split("/")}
    wanted = {
        name
        for path, text in project.items()
        if path.endswith(".py")
        for found in IMPORTS.finditer(text)
        if (name := found[1] or found[2]) not in own | LIBRARIES
    }
    return frozenset(name for name in wanted if find_spec(name) is None)


def names_another_release(deployment: Deployment) -> bool:
    """Whether a requirement excludes what is installed: the example is about other code then."""
    for name, wanted in deployment.packages.items():
        try:
            if wanted and not SpecifierSet(wanted).contains(metadata.version(name), prereleases=True):
                return True
        except (InvalidSpecifier, metadata.PackageNotFoundError):
            continue
    return False
