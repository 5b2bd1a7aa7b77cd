"""The findings of a scan as JSON: schema `guardapi.findings/1`."""

import json
from typing import Final

from guardapi import __version__
from guardapi.coverage import Coverage, coverage
from guardapi.findings import Finding, Related, Severity, Suppression
from guardapi.model import App, Deployment
from guardapi.pipeline import Report
from guardapi.report.grade import grade
from guardapi.report.routes_json import Json, errors, gaps
from guardapi.report.verdicts_json import entry

SCHEMA: Final = "guardapi.findings/1"
MAX_RELATED: Final = 100


def render(report: Report) -> str:
    """One JSON document, ending in a line break."""
    inventory = report.inventory
    apps = [_app(app, report) for app in inventory.apps]
    document = {
        "schema": SCHEMA,
        "tool": {"name": "guardapi", "version": __version__},
        "summary": _summary(report),
        "apps": apps,
        "findings": [_finding(finding) for finding in (*report.findings, *report.suppressed)],
        "errors": errors(report.problems),
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _summary(report: Report) -> Json:
    severities = [finding.severity for finding in report.findings]
    inventory = report.inventory
    return {
        "files": inventory.files,
        "findings": len(severities),
        "suppressed": len(report.suppressed),
        "known": len(report.known),
        "severities": {severity.label: severities.count(severity) for severity in reversed(Severity)},
        "routes": sum(len(app.routes) for app in inventory.apps),
        "coverage": _coverage(inventory.apps, inventory.deployment),
    }


def _app(app: App, report: Report) -> Json:
    deployment = report.inventory.deployment
    return {
        "id": app.id,
        "framework": app.framework,
        "file": app.place.file,
        "line": app.place.line,
        "grade": grade(app, deployment, report.graded).value,
        "routes": len(app.routes),
        "coverage": _coverage((app,), deployment),
        "undecided": gaps(app),
    }


def _coverage(apps: tuple[App, ...], deployment: Deployment) -> Json:
    known = [coverage(app, route, deployment) for app in apps for route in app.routes]
    return {state.value: known.count(state) for state in Coverage}


def _finding(finding: Finding) -> Json:
    place, route = finding.place, finding.route
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity.label,
        "confidence": finding.confidence.label,
        "message": finding.message,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line or place.line,
        "app": finding.app,
        "route": {"rule": route.rule, "methods": list(route.methods), "endpoint": route.endpoint}
        if route
        else None,
        "fingerprint": finding.fingerprint,
        "cwe": [weakness.id for weakness in finding.cwe],
        "owasp": [risk.id for risk in finding.owasp],
        "fix": finding.remedy.safety.value if finding.remedy else None,
        "suppressed": _suppressed(finding.suppressed),
        "baseline": finding.baseline,
        "verdict": entry(finding.verdict) if finding.verdict is not None else None,
        "why": finding.why,
        "related": _related(finding),
    }


def _suppressed(suppression: Suppression | None) -> Json | None:
    if suppression is None:
        return None
    return {"reason": suppression.reason, "file": suppression.place.file, "line": suppression.place.line}


def _related(finding: Finding) -> list[Json]:
    shown = finding.related[:MAX_RELATED]
    hidden = len(finding.related) - len(shown)
    if hidden:
        shown = (*shown, Related(place=finding.place, message=f"and {hidden} more"))
    return [_place(related) for related in shown]


def _place(related: Related) -> Json:
    place, row = related.place, related.row
    written: Json = {"file": place.file, "line": place.line, "message": related.message}
    if row is not None:
        written |= {"route": row.route, "work": row.work, "caller": row.caller}
        written |= {"score": row.score, "rule": row.rule}
    return written
