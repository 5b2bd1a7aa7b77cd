"""How an application does, in one letter: the one definition, for every report."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, Self

from guardapi.coverage import Coverage, coverage
from guardapi.findings import Confidence, Finding, Severity
from guardapi.model import App, Deployment


class Grade(StrEnum):
    """The worst finding decides; it counts one more where less than half of the routes are limited."""

    meaning: str

    A = "A", "nothing was found, or only remarks (info)"
    B = "B", "the worst finding is low"
    C = "C", "the worst finding is medium; or low, and less than half of the routes are limited"
    D = "D", "the worst finding is high; or medium, and less than half of the routes are limited"
    E = "E", "the worst finding is high, and less than half of the routes are limited"
    F = "F", "a finding is critical"
    NONE = "?", "nothing of medium or above was found, and more routes are undecided than decided"

    def __new__(cls, value: str, meaning: str) -> Self:
        """A member with what it stands for."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = member.__doc__ = meaning
        return member


_LADDER: Final = (Grade.A, Grade.B, Grade.C, Grade.D, Grade.E, Grade.F)
_STEP: Final = {Severity.INFO: 0, Severity.LOW: 1, Severity.MEDIUM: 2, Severity.HIGH: 3, Severity.CRITICAL: 5}


def grade(app: App, deployment: Deployment, findings: Iterable[Finding]) -> Grade:
    """The grade of an application. Advice and tentative findings do not count, so that every profile
    of a report shows the same."""
    worst = max(
        (finding.severity for finding in findings if finding.app == app.id and _counts(finding)),
        default=Severity.INFO,
    )
    states = [coverage(app, route, deployment) for route in app.routes]
    decided = [state for state in states if state is not Coverage.UNDECIDED]
    if worst < Severity.MEDIUM and len(decided) * 2 < len(states):
        return Grade.NONE
    # An exemption is someone's decision about the route, as a limit is.
    guarded = sum(state in {Coverage.LIMITED, Coverage.EXEMPT} for state in decided)
    is_open = Severity.INFO < worst < Severity.CRITICAL and guarded * 2 < len(decided)
    return _LADDER[_STEP[worst] + is_open]


def worst_grade(grades: Iterable[Grade]) -> Grade:
    """That of several applications together; one that could not be graded counts only if all are so."""
    return max((found for found in grades if found is not Grade.NONE), default=Grade.NONE)


def _counts(finding: Finding) -> bool:
    return finding.confidence is not Confidence.TENTATIVE and not finding.is_advisory
