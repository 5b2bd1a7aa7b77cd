"""Verdicts in a file: read back, and joined with the findings that they judge."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec

from guardapi.errors import ConfigurationError
from guardapi.files.tree import read_regular, reason_of
from guardapi.findings import Finding
from guardapi.pipeline import Report
from guardapi.verdict import Mode, Ruling, Verdict

SCHEMA: Final = "guardapi.verdicts/1"
MAX_BYTES: Final = 50_000_000
_WEIGHT: Final = {Ruling.PROVED: 2, Ruling.REFUTED: 1, Ruling.INCONCLUSIVE: 0}


class _Entry(msgspec.Struct, kw_only=True):
    """A verdict as the file has it."""

    claim: str
    verdict: Ruling
    mode: Mode
    route: str
    methods: tuple[str, ...]
    app: str
    way: str
    detail: str
    fingerprint: str
    rule: str | None = None
    requests: int = 0
    statuses: dict[str, int] = {}
    timings: tuple[int, ...] = ()

    def as_verdict(self) -> Verdict:
        facts: dict[str, Any] = {name: getattr(self, name) for name in self.__struct_fields__}
        facts["ruling"] = facts.pop("verdict")
        facts["statuses"] = {int(status): n for status, n in self.statuses.items() if status.isdecimal()}
        return Verdict(**facts)


class _File(msgspec.Struct, kw_only=True):
    schema: str
    verdicts: list[_Entry]


def with_verdicts(report: Report, file: Path | None) -> Report:
    """A report with what a file says of its findings; without a file as it is. Raises ConfigurationError."""
    if file is None:
        return report
    try:
        content = read_regular(str(file), MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"The verdicts {file} cannot be read: {reason_of(error)}.") from None
    return joined(report, read_verdicts(content, str(file)))


def read_verdicts(content: bytes, name: str) -> tuple[Verdict, ...]:
    """The verdicts of a file of `guardapi prove --format json`. Raises ConfigurationError."""
    if len(content) > MAX_BYTES:
        raise ConfigurationError(f"The verdicts {name} are larger than {MAX_BYTES} bytes.")
    try:
        found = msgspec.json.decode(content, type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigurationError(
            f"{name} holds no verdicts of 'guardapi prove --format json': {str(error)[:200]}."
        ) from None
    if found.schema != SCHEMA:
        raise ConfigurationError(f"{name}: expected is the schema {SCHEMA}, not '{found.schema[:60]}'.")
    return tuple(entry.as_verdict() for entry in found.verdicts)


def joined(report: Report, verdicts: Iterable[Verdict]) -> Report:
    """The same report, its findings with what proving has shown of them. None is left out for that."""
    by_fingerprint = strongest(verdicts)

    def marked(findings: Sequence[Finding]) -> tuple[Finding, ...]:
        return tuple(
            replace(finding, verdict=by_fingerprint.get((finding.rule, finding.fingerprint)))
            for finding in findings
        )

    return replace(
        report,
        findings=marked(report.findings),
        hidden=marked(report.hidden),
        suppressed=marked(report.suppressed),
        known=marked(report.known),
    )


def strongest(verdicts: Iterable[Verdict]) -> Mapping[tuple[str, str], Verdict]:
    """By rule and fingerprint, of several ways the one that shows most: a fault that one way shows is there."""
    found: dict[tuple[str, str], Verdict] = {}
    for verdict in verdicts:
        if verdict.rule is not None:
            key = (verdict.rule, verdict.fingerprint)
            if key not in found or _WEIGHT[verdict.ruling] > _WEIGHT[found[key].ruling]:
                found[key] = verdict
    return found
