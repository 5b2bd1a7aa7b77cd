"""The findings as a Code Quality report of GitLab, which its merge requests show."""

import json
from typing import Final

from guardapi.findings import Finding, Severity
from guardapi.pipeline import Report
from guardapi.report.escape import visible
from guardapi.report.routes_json import Json
from guardapi.report.within import path, span

SEVERITIES: Final = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}
MAX_TEXT: Final = 2_000


def render(report: Report, *, prefix: str = "") -> str:
    """One JSON list.

    What a baseline knows is in it: whether a finding is new, GitLab tells by those of the target branch.
    """
    found = [_issue(finding, report, prefix) for finding in (*report.findings, *report.known)]
    return json.dumps(found, indent=2, ensure_ascii=True) + "\n"


def _issue(finding: Finding, report: Report, prefix: str) -> Json:
    where = span(finding.place, report)
    return {
        "type": "issue",
        # GitLab shows the description alone, so it names the rule.
        "description": f"{finding.rule} {finding.name}: {visible(finding.message[:MAX_TEXT])}",
        "check_name": finding.rule,
        "categories": ["Security"],
        "severity": SEVERITIES[finding.severity],
        "fingerprint": finding.fingerprint,
        "location": {
            "path": path(finding.place, prefix),
            "lines": {"begin": where.line, "end": where.end_line},
        },
    }
