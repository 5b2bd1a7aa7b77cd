"""What a type checker knows of the public names; checked by `scripts/check types`, and never run."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import assert_type

import guardapi
from guardapi import (
    App,
    Confidence,
    Deployment,
    Example,
    Finding,
    Inventory,
    Limit,
    MethodLimits,
    MethodWork,
    Place,
    Problem,
    Profile,
    Report,
    Route,
    RouteReference,
    Rule,
    RuleFailure,
    Severity,
    Sink,
)

assert_type(guardapi.__version__, str)
assert_type(guardapi.scan(), Report)
assert_type(guardapi.scan("shop"), Report)
assert_type(
    guardapi.scan(
        Path("shop"),
        profile=Profile.AUDIT,
        select=["GA6"],
        ignore="GA601,GA602",
        extend_select=("no-limiter",),
        min_confidence=Confidence.FIRM,
        include_tests=True,
        use_configuration=False,
    ),
    Report,
)
assert_type(guardapi.scan("shop", profile="pedantic", min_confidence="certain"), Report)
assert_type(guardapi.inventory(Path("shop"), include_tests=False, use_configuration=True), Inventory)

guardapi.scan(b"shop")  # type: ignore[arg-type]  # paths are texts
guardapi.scan("shop", Profile.AUDIT)  # type: ignore[call-arg]  # options have names


def results_have_types(report: Report, finding: Finding, route: Route) -> None:
    """What a program reads from a report."""
    assert_type(report.findings, tuple[Finding, ...])
    assert_type(report.inventory, Inventory)
    assert_type(report.problems, tuple[Problem, ...])
    assert_type(report.failures, tuple[RuleFailure, ...])
    assert_type(report.inventory.apps, tuple[App, ...])
    assert_type(finding.severity, Severity)
    assert_type(finding.severity >= Severity.HIGH, bool)
    assert_type(finding.place, Place)
    assert_type(finding.route, RouteReference | None)
    assert_type(route.limits, Mapping[str, MethodLimits])
    assert_type(route.limits["GET"].limits, tuple[Limit, ...])
    assert_type(route.work, Mapping[str, MethodWork])
    assert_type(route.work["GET"].sinks, tuple[Sink, ...])


class Quiet(Rule):
    """A rule of somebody else."""

    id = "ACME001"
    name = "quiet"
    severity = Severity.LOW
    cwe = (guardapi.Cwe.ALLOCATION_WITHOUT_LIMITS,)
    vulnerable = (Example(title="one", files={"app.py": ""}),)
    secure = ()

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        """Find the application itself."""
        assert_type(deployment.packages, Mapping[str, str])
        yield self.finding(app.place, "It is there.", app=app)
