"""An example as the scan sees it, and why it may be left alone."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from importlib.util import find_spec
from typing import Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from stand_ins import LIBRARIES

from guardapi.config import Options, Profile
from guardapi.files import from_mapping
from guardapi.findings import Finding, Probe
from guardapi.model import App, Deployment, Loss, Sharing
from guardapi.pipeline import Report, scan_tree
from guardapi.prove.planning import against
from guardapi.prove.plans import Plan
from guardapi.prove.requests.aims import Aim, Subject, aim, aims_of, by_stake
from guardapi.prove.requests.sources import Sources
from guardapi.rule import Example, Rule
from guardapi.sink import Kind

IMPORTS: Final = re.compile(r"^ *(?:import (\w+)|from (\w+)[\w.]* import)", re.MULTILINE)
TIMED: Final = frozenset({Probe.GROWTH, Probe.MEMORY, Probe.OUTAGE, Probe.STALL})
"""Probes whose answer is a time, or a size of memory, unless calls are counted."""


COUNTED_KINDS: Final = frozenset(
    {
        *(Kind.HTTP, Kind.MAIL, Kind.MESSAGE, Kind.MODEL_API, Kind.PASSWORD_HASH, Kind.PAID_API),
        *(Kind.PAYMENT, Kind.QUEUE, Kind.SLEEP, Kind.WRITE),
    }
)


class LeftOut(StrEnum):
    """Why an example is not sent anything."""

    DEPLOYMENT = "the fault stands in files of the deployment, and a server would have to be started"
    TIMED = "the proof is a time, or a size of memory"
    LIBRARY = "it imports a library that the tests do not install"
    TOO_STRICT = "its fault is a limit too much"
    OTHER = "what has no effect is no limit"
    REFUSALS_COUNTED = "what is lost is a budget of refusals"
    NOT_CARRIED = "what would have to be sent is no text, or a message of a socket"
    RELEASE = "it names another release of a library than the one that is installed"
    NO_PLAN = "no request was found that shows it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An example and what the scan says of it."""

    example: Example
    report: Report

    @property
    def app(self) -> App | None:
        return next(iter(self.report.inventory.apps), None)

    def findings(self, rule: Rule) -> tuple[Finding, ...]:
        """Those of one rule."""
        return tuple(found for found in (*self.report.findings, *self.report.hidden) if found.rule == rule.id)

    def app_of(self, finding: Finding) -> App:
        """The application that a finding is about."""
        return next(app for app in self.report.inventory.apps if app.id == finding.app)

    def subject(self, app: App) -> Subject:
        """As the planning asks for it."""
        sources = Sources.of_texts(self.example.project)
        return Subject(app=app, deployment=self.report.inventory.deployment, sources=sources)

    def aims(self, app: App) -> list[Aim]:
        """Every method of every route of the project, those first with the most at stake."""
        subject = self.subject(app)
        return [aim(subject, route, method) for route in by_stake(subject) for method in route.methods]


def known(example: Example) -> Known:
    """Scan an example; those of the rules live as long as the process does."""
    if id(example) not in _SCANNED:
        report = scan_tree(from_mapping(example.project), Options(profile=Profile.AUDIT))
        _SCANNED[id(example)] = Known(example=example, report=report)
    return _SCANNED[id(example)]


_SCANNED: Final[dict[int, Known]] = {}
"""It holds the examples as well, so that no id comes twice."""


def plans_against(seen: Known, rule: Rule, finding: Finding) -> list[Plan] | LeftOut:
    """The ways to show what a finding says; or why there are none."""
    reason = unfit(seen, rule, finding)
    if reason is not None:
        return reason
    subject = seen.subject(seen.app_of(finding))
    plans = list(against(subject, finding, rule.probes))
    if TIMED.issuperset(rule.probes) and not is_counted(subject, finding):
        return LeftOut.TIMED
    return plans or nothing_for(subject, finding)


def is_counted(subject: Subject, finding: Finding) -> bool:
    """Whether what a finding is about is counted where it is asked for."""
    aims = aims_of(subject, finding)
    return any(
        sink.place == finding.place and sink.kind in COUNTED_KINDS for one in aims for sink in one.sinks
    )


def unfit(seen: Known, rule: Rule, finding: Finding) -> LeftOut | None:
    """Why a project cannot be run here, or what it would show is no status."""
    if not finding.place.file.endswith(".py") or finding.place.file.endswith(".conf.py"):
        return LeftOut.DEPLOYMENT
    return unfit_project(seen)


def unfit_project(seen: Known) -> LeftOut | None:
    """Why a project cannot be run here."""
    if names_another_release(seen.report.inventory.deployment):
        return LeftOut.RELEASE
    return LeftOut.LIBRARY if missing_libraries(seen.example.project) else None


def nothing_for(subject: Subject, finding: Finding) -> LeftOut:
    """Why nothing is planned for a finding."""
    app = subject.app
    one = next(aims_of(subject, finding), None)
    clashes = [clash for limiter in app.limiters for clash in limiter.clashes]
    if any(clash.sharing is Sharing.LIMIT and clash.place == finding.place for clash in clashes):
        return LeftOut.TOO_STRICT
    if any(found.place == finding.place for found in (*app.dead_settings, *app.removed)):
        return LeftOut.OTHER
    if any(event.place == finding.place for event in app.sockets) or (one and one.work.of(Kind.SOCKET)):
        return LeftOut.NOT_CARRIED
    if one is None:
        return LeftOut.NO_PLAN
    if any(sink.place == finding.place and sink.kind is Kind.DECOMPRESS for sink in one.sinks):
        return LeftOut.NOT_CARRIED
    if any(lost.loss is Loss.META for lost in one.held.lost):
        return LeftOut.REFUSALS_COUNTED
    return LeftOut.NO_PLAN


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


def reasons(found: Iterable[list[Plan] | LeftOut]) -> list[LeftOut]:
    """Why some are left out."""
    return [one for one in found if isinstance(one, LeftOut)]
