"""The findings as a security report of GitLab (SAST), for its vulnerability pages."""

import json
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from guardapi import __version__
from guardapi.findings import Cwe, Finding, Owasp
from guardapi.model import Problem
from guardapi.pipeline import Report
from guardapi.report.escape import visible
from guardapi.report.inert import inert
from guardapi.report.routes_json import Json
from guardapi.report.within import path, span

VERSION: Final = "15.0.7"
"""Of the schema for security reports."""
TOOL: Final = {
    "id": "guardapi",
    "name": "GuardAPI",
    "version": __version__,
    "vendor": {"name": "GuardAPI"},
}
IDS: Final = uuid.UUID("8d0f4a83-1b0c-5a0e-9d7c-6d1f0a3f9a51")
"""What the ids of findings are derived from, beside their fingerprints."""
MAX_TEXT: Final = 4_000
MAX_SOLUTION: Final = 7_000


def render(report: Report, *, started: datetime, ended: datetime, prefix: str = "") -> str:
    """One JSON document.

    What a baseline knows is in it: whether a finding is new, GitLab tells by those of the target branch.
    """
    document = {
        "version": VERSION,
        "scan": {
            "analyzer": TOOL,
            "scanner": TOOL,
            "type": "sast",
            "start_time": _utc(started),
            "end_time": _utc(ended),
            "status": "failure" if report.failures else "success",
            "messages": _messages(report.problems),
        },
        "vulnerabilities": [
            _vulnerability(finding, report, prefix) for finding in (*report.findings, *report.known)
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _utc(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S")


def _messages(problems: Iterable[Problem]) -> list[Json]:
    return [
        {"level": "warn", "value": visible(f"{item.file}:{item.line}: {item.message}"[:MAX_TEXT])}
        for item in problems
    ]


def _vulnerability(finding: Finding, report: Report, prefix: str) -> Json:
    where = span(finding.place, report)
    lines = {"start_line": where.line, "end_line": where.end_line}
    file = path(finding.place, prefix)
    signature = {"algorithm": "hash", "value": finding.fingerprint}
    return {
        "id": str(uuid.uuid5(IDS, finding.fingerprint)),
        "name": f"{finding.rule} {finding.name}",
        "description": _description(finding),
        "severity": finding.severity.label.capitalize(),
        "solution": inert(finding.advice[:MAX_TEXT])[:MAX_SOLUTION],
        "identifiers": [_rule(finding), *map(_cwe, finding.cwe), *map(_owasp, finding.owasp)],
        "links": [
            *({"name": weakness.title, "url": weakness.url} for weakness in finding.cwe),
            *({"name": risk.title, "url": risk.url} for risk in finding.owasp),
        ],
        "location": {"file": file, **lines},
        "tracking": {"type": "source", "items": [{"file": file, **lines, "signatures": [signature]}]},
    }


def _description(finding: Finding) -> str:
    """In the Markdown of GitLab."""
    parts = [finding.message, f"Why it ranks here: {finding.why}" if finding.why else ""]
    return "\n\n".join(inert(part[:MAX_TEXT]) for part in parts if part)


def _rule(finding: Finding) -> Json:
    return {"type": "guardapi_rule", "name": f"GuardAPI {finding.rule}", "value": finding.rule}


def _cwe(weakness: Cwe) -> Json:
    number = weakness.id.removeprefix("CWE-")
    return {"type": "cwe", "name": weakness.id, "value": number, "url": weakness.url}


def _owasp(risk: Owasp) -> Json:
    return {"type": "owasp", "name": f"{risk.id} {risk.title}", "value": risk.id, "url": risk.url}
