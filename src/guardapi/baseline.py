"""An earlier state of the findings, so that only what a change brings is shown: written, read, compared."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from guardapi import __version__
from guardapi.errors import ConfigurationError
from guardapi.files.tree import read_regular, reason_of
from guardapi.findings import Finding, Severity
from guardapi.pipeline import Report

SCHEMA: Final = "guardapi.baseline/1"
MAX_BYTES: Final = 50_000_000
NEW: Final = "new"
UNCHANGED: Final = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A report beside an earlier state."""

    report: Report
    """Only what is new is among its findings."""
    stale: int
    """Entries of the earlier state that are not found any more."""


def render(report: Report) -> str:
    """The findings that are shown, as a file to keep; a line for each, so that a review sees what comes and goes."""
    import json  # noqa: PLC0415  # only where one is written

    # A known finding belongs to the state as a new one does.
    findings = sorted(
        (*report.findings, *report.known),
        key=lambda finding: (finding.rule, finding.place.file, finding.fingerprint),
    )
    lines = ",\n".join(f"    {json.dumps(_entry(finding))}" for finding in findings)
    body = f"[\n{lines}\n  ]" if lines else "[]"
    return (
        f'{{\n  "schema": "{SCHEMA}",\n  "tool": {json.dumps({"name": "guardapi", "version": __version__})},\n'
        f'  "findings": {body}\n}}\n'
    )


def load(file: Path) -> dict[str, Severity]:
    """Severities by fingerprint, of a file that is kept. Raises ConfigurationError where that is not possible."""
    try:
        content = read_regular(str(file), MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"The baseline {file} cannot be read: {reason_of(error)}.") from None
    return read(content, str(file))


def read(content: bytes, name: str) -> dict[str, Severity]:
    """Severities by fingerprint. Raises ConfigurationError where the file is no baseline."""
    import json  # noqa: PLC0415  # only where one is read

    if len(content) > MAX_BYTES:
        raise ConfigurationError(f"{name} is larger than {MAX_BYTES} bytes, and no baseline.")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{name} is no JSON; --write-baseline writes a baseline.") from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ConfigurationError(f"{name} is no baseline of schema {SCHEMA}; --write-baseline writes one.")
    entries = document.get("findings")
    if not isinstance(entries, list):
        raise ConfigurationError(f"{name}: 'findings' must be a list.")
    known: dict[str, Severity] = {}
    for number, entry in enumerate(entries, start=1):
        fingerprint, severity = _read_entry(entry, f"{name}: finding {number}")
        known[fingerprint] = max(severity, known.get(fingerprint, severity))
    return known


def severities(findings: Iterable[Finding]) -> dict[str, Severity]:
    """The same of findings at hand."""
    return {finding.fingerprint: finding.severity for finding in findings}


def compared(report: Report, earlier: Mapping[str, Severity]) -> Compared:
    """The report without what was there before; a finding whose severity has risen counts as new."""
    shown = [
        replace(finding, baseline=UNCHANGED if _is_known(finding, earlier) else NEW)
        for finding in report.findings
    ]
    present = {
        finding.fingerprint
        for finding in (*report.findings, *report.hidden, *report.suppressed, *report.known)
    }
    return Compared(
        report=replace(
            report,
            findings=tuple(finding for finding in shown if finding.baseline == NEW),
            known=tuple(finding for finding in shown if finding.baseline == UNCHANGED),
        ),
        stale=sum(fingerprint not in present for fingerprint in earlier),
    )


def _is_known(finding: Finding, earlier: Mapping[str, Severity]) -> bool:
    severity = earlier.get(finding.fingerprint)
    return severity is not None and finding.severity <= severity


def _entry(finding: Finding) -> dict[str, str]:
    return {
        "fingerprint": finding.fingerprint,
        "rule": finding.rule,
        "severity": finding.severity.label,
        "app": finding.app,
        "file": finding.place.file,
        "route": finding.route.rule if finding.route else "",
    }


def _read_entry(entry: object, where: str) -> tuple[str, Severity]:
    if not isinstance(entry, dict):
        raise ConfigurationError(f"{where} must be an object.")
    fingerprint, severity = entry.get("fingerprint"), entry.get("severity")
    if not isinstance(fingerprint, str):
        raise ConfigurationError(f"{where}: 'fingerprint' must be a text.")
    if not isinstance(severity, str) or severity.upper() not in Severity.__members__:
        raise ConfigurationError(
            f"{where}: 'severity' must be one of {', '.join(s.label for s in Severity)}."
        )
    return fingerprint, Severity[severity.upper()]
