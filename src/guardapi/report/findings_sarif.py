"""The findings as SARIF 2.1.0, complete for code scanning of GitHub."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Final

from guardapi import __version__
from guardapi.findings import Finding, Related
from guardapi.model import App, Problem
from guardapi.pipeline import Report
from guardapi.place import Place
from guardapi.report.escape import visible
from guardapi.report.routes_json import Json
from guardapi.report.sarif_rules import LEVELS, descriptor, pascal_case
from guardapi.report.within import span, uri
from guardapi.rule import Rule, catalogue
from guardapi.verdict import Verdict

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT: Final = "SRCROOT"
FINGERPRINT: Final = "guardapi/v1"
"""Not the name that code scanning computes itself: it would warn of every difference."""
MAX_TEXT: Final = 2_000
MAX_RELATED: Final = 100
MAX_LINKS: Final = 5
NOTIFICATIONS: Final = {
    "unread-file": "A file, or a part of one, could not be read; the rest of the scan went on.",
    "unheeded-comment": "A comment, or an entry of the configuration, does not do what it says.",
    "rule-failure": "A rule broke down on an application; its findings there are missing.",
}


def render(report: Report, *, prefix: str = "") -> str:
    """One log with one run."""
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report, prefix)]}
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _run(report: Report, prefix: str) -> Json:
    rules = sorted(catalogue(), key=attrgetter("origin"))
    origins = {origin: tuple(found) for origin, found in groupby(rules, key=attrgetter("origin"))}
    own = origins.pop("", ())
    writer = _Results(report, prefix, dict(_references(own, origins.values())))
    return {
        "tool": {
            "driver": {
                "name": "GuardAPI",
                "semanticVersion": __version__,
                "rules": [descriptor(rule) for rule in own],
                "notifications": [
                    {
                        "id": name,
                        "name": pascal_case(name),
                        # GitHub asks for all three.
                        **{key: {"text": text} for key in ("shortDescription", "fullDescription", "help")},
                    }
                    for name, text in NOTIFICATIONS.items()
                ],
            },
            **(
                {"extensions": [_extension(name, rules) for name, rules in origins.items()]}
                if origins
                else {}
            ),
        },
        "automationDetails": {"id": "guardapi/"},
        "originalUriBaseIds": {
            ROOT: {"description": {"text": "The root of the repository that was scanned."}}
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not report.failures,
                "toolExecutionNotifications": list(_notifications(report, prefix)),
            }
        ],
        "results": [
            writer.result(finding) for finding in (*report.findings, *report.known, *report.suppressed)
        ],
    }


def _extension(origin: str, rules: Iterable[Rule]) -> Json:
    """A package that brings rules."""
    return {"name": _plain(origin), "rules": [descriptor(rule) for rule in rules]}


def _references(own: Sequence[Rule], others: Iterable[Sequence[Rule]]) -> Iterator[tuple[str, Json]]:
    """How a result points at the description of its rule."""
    for index, rule in enumerate(own):
        yield rule.id, {"ruleIndex": index}
    for number, rules in enumerate(others):
        for index, rule in enumerate(rules):
            yield rule.id, {"rule": {"id": rule.id, "index": index, "toolComponent": {"index": number}}}


def _notifications(report: Report, prefix: str) -> Iterator[Json]:
    for problem in report.remarks:
        yield _notification("unheeded-comment", "note", problem, prefix)
    for problem in report.inventory.problems:
        yield _notification("unread-file", "warning", problem, prefix)
    for failure in report.failures:
        yield {
            **_notification("rule-failure", "error", failure.problem, prefix),
            "associatedRule": {"id": failure.rule},
        }


def _notification(name: str, level: str, problem: Problem, prefix: str) -> Json:
    place = Place(file=problem.file, line=problem.line)
    physical: Json = {"artifactLocation": {"uri": uri(place, prefix), "uriBaseId": ROOT}}
    if problem.line > 0:
        physical["region"] = {"startLine": problem.line}
    return {
        "descriptor": {"id": name},
        "level": level,
        "message": {"text": _plain(problem.message)},
        "locations": [{"physicalLocation": physical}],
    }


class _Results:
    """Writes the results of one report."""

    def __init__(self, report: Report, prefix: str, rules: Mapping[str, Json]) -> None:
        self.report = report
        self.prefix = prefix
        self.rules = rules
        self.registered = dict(_registrations(report.inventory.apps))
        # Either every result of a run says whether it is suppressed, or none does.
        self.has_suppressions = bool(report.suppressed)

    def result(self, finding: Finding) -> Json:
        """A finding, or one that a comment or a baseline accepts."""
        route = finding.route
        related = [entry for entry in finding.related if not entry.is_step][:MAX_RELATED]
        written: Json = {
            "ruleId": finding.rule,
            **self.rules.get(finding.rule, {}),
            "level": LEVELS[finding.severity],
            "rank": float(20 * finding.severity + 10 * finding.confidence),
            "message": {"text": _message(finding, related)},
            "locations": [self._location(finding.place, is_whole=True)],
            "partialFingerprints": {FINGERPRINT: finding.fingerprint},
            "properties": {
                "severity": finding.severity.label,
                "confidence": finding.confidence.label,
                "application": _plain(finding.app),
                **({"route": f"{','.join(route.methods)} {_plain(route.rule)}"} if route else {}),
                **({"endpoint": _plain(route.endpoint)} if route else {}),
                **_verdict(finding.verdict),
            },
        }
        if related:
            written["relatedLocations"] = [
                {"id": number, **self._location(entry.place, entry.message)}
                for number, entry in enumerate(related, 1)
            ]
        if finding.flow:
            written["codeFlows"] = [{"threadFlows": [{"locations": list(self._flow(finding))}]}]
        if self.has_suppressions:
            written["suppressions"] = self._suppressions(finding)
        if finding.baseline is not None:
            written["baselineState"] = finding.baseline
        return written

    def _flow(self, finding: Finding) -> Iterator[Json]:
        """The registration of the route, its view, each call, and what the finding is about."""
        first = finding.flow[0].place
        registered = self.registered.get(first)
        steps = [(step.place, step.message) for step in finding.flow]
        if registered is not None:
            steps.insert(0, (registered, "the route is registered here"))
        for place, message in (*steps, (finding.place, finding.message)):
            yield {"location": self._location(place, message)}

    def _suppressions(self, finding: Finding) -> list[Json]:
        accepted = finding.suppressed
        if accepted is None:
            return []
        written: Json = {
            "kind": "inSource",
            "status": "accepted",
            "location": self._location(accepted.place),
        }
        return [{**written, **({"justification": _plain(accepted.reason)} if accepted.reason else {})}]

    def _location(self, place: Place, message: str = "", *, is_whole: bool = False) -> Json:
        """A place; with `is_whole` its source line, too."""
        where = span(place, self.report)
        region: Json = {"startLine": where.line, "startColumn": where.column, "endLine": where.end_line}
        if where.end_column:
            region["endColumn"] = where.end_column
        physical: Json = {
            "artifactLocation": {"uri": uri(place, self.prefix), "uriBaseId": ROOT},
            "region": region,
        }
        source = self.report.source_lines.get((place.file, place.line), "")
        if is_whole and where.is_one_line and source:
            physical["contextRegion"] = {
                "startLine": where.line,
                "endLine": where.line,
                "snippet": {"text": visible(source)},
            }
        return {"physicalLocation": physical, **({"message": {"text": _plain(message)}} if message else {})}


def _registrations(apps: Iterable[App]) -> Iterator[tuple[Place, Place]]:
    """Where the routes of a view are registered, of those that stand apart from it."""
    for app in apps:
        for route in app.routes:
            view = route.view.place
            if view is not None and route.place is not None and route.place != view:
                yield view, route.place


def _message(finding: Finding, related: list[Related]) -> str:
    """The sentence, why it ranks where it does, and links to the places that belong to it."""
    rank = f"Severity: {finding.severity.label} ({finding.confidence.label})"
    parts = [_plain(finding.message), f"{rank}{f': {_plain(finding.why)}' if finding.why else ''}."]
    links = [f"[{_link_text(entry)}]({number})" for number, entry in enumerate(related[:MAX_LINKS], 1)]
    if links:
        hidden = len(finding.related) - len(finding.flow) - len(links)
        parts.append(f"See {', '.join(links)}{f' and {hidden} more' if hidden > 0 else ''}.")
    return "\n\n".join(parts)


def _verdict(verdict: Verdict | None) -> Json:
    """What running the application has shown."""
    if verdict is None:
        return {}
    facts = {"verdict": verdict.ruling.value, "claim": verdict.claim, "evidence": verdict.detail}
    return {key: _plain(text) for key, text in facts.items()}


def _link_text(related: Related) -> str:
    row = related.row
    text = f"{row.route}: {row.work}" if row is not None else related.message or str(related.place)
    return _plain(text).translate({ord("["): "(", ord("]"): ")"})


def _plain(text: str) -> str:
    """A text that holds no link of its own: in a message, `[text](target)` is one."""
    return visible(text[:MAX_TEXT]).replace("](", "] (")
