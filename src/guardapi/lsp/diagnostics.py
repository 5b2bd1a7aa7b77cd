"""Findings as an editor shows them."""

from collections.abc import Callable

from lsprotocol import types

from guardapi.findings import Finding, Related, Severity
from guardapi.lsp.texts import Text
from guardapi.report.escape import visible

MAX_RELATED = 20
LEVELS = {
    Severity.CRITICAL: types.DiagnosticSeverity.Error,
    Severity.HIGH: types.DiagnosticSeverity.Error,
    Severity.MEDIUM: types.DiagnosticSeverity.Warning,
    Severity.LOW: types.DiagnosticSeverity.Information,
    Severity.INFO: types.DiagnosticSeverity.Hint,
}


def diagnostic(
    finding: Finding, text_of: Callable[[str], Text], uri_of: Callable[[str], str]
) -> types.Diagnostic:
    """A finding at its place, with the places that belong to it."""
    message = visible(finding.message)
    if finding.why:
        message = f"{message}\n{visible(finding.why)}"
    related = [
        types.DiagnosticRelatedInformation(
            location=types.Location(
                uri_of(other.place.file), text_of(other.place.file).range_of(other.place)
            ),
            message=_phrase(other),
        )
        for other in finding.related[:MAX_RELATED]
    ]
    return types.Diagnostic(
        range=text_of(finding.place.file).range_of(finding.place),
        message=message,
        severity=LEVELS[finding.severity],
        code=finding.rule,
        source="guardapi",
        related_information=related or None,
        data={"fingerprint": finding.fingerprint},
    )


def _phrase(other: Related) -> str:
    return visible(other.message)
