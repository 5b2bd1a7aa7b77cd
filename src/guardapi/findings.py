"""What a rule says about an application: the finding, how bad and how sure it is, and its fingerprint."""

import hashlib
from dataclasses import dataclass
from enum import Enum, IntEnum

from guardapi.place import Place


class Severity(IntEnum):
    """How much harm a caller can do; a larger one is worse."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def label(self) -> str:
        """As it is written in reports and options."""
        return self.name.lower()


class Confidence(IntEnum):
    """How sure a finding is; a larger one is surer."""

    TENTATIVE = 0
    """Two facts come from names or idioms, or from a call that could not be followed."""
    FIRM = 1
    """One fact comes from a name or a usual idiom."""
    CERTAIN = 2
    """Every fact is in the model."""

    @property
    def label(self) -> str:
        """As it is written in reports."""
        return self.name.lower()

    def cap(self, severity: Severity) -> Severity:
        """The severity a finding may have that is so sure: doubt keeps it from the top."""
        return min(severity, _HIGHEST[self])


_HIGHEST = {
    Confidence.TENTATIVE: Severity.MEDIUM,
    Confidence.FIRM: Severity.HIGH,
    Confidence.CERTAIN: Severity.CRITICAL,
}


class Cwe(Enum):
    """A weakness of the Common Weakness Enumeration."""

    FLAWED_CONTROL_FLOW = (691, "Insufficient Control Flow Management")
    ALLOCATION_WITHOUT_LIMITS = (770, "Allocation of Resources Without Limits or Throttling")
    INTERACTION_FREQUENCY = (799, "Improper Control of Interaction Frequency")
    INSECURE_DEFAULT = (1188, "Initialization of a Resource with an Insecure Default")

    @property
    def id(self) -> str:
        """Its id, `CWE-770`."""
        return f"CWE-{self.value[0]}"

    @property
    def title(self) -> str:
        """Its name."""
        return self.value[1]


class Owasp(Enum):
    """A risk of the OWASP API Security Top 10."""

    RESOURCE_CONSUMPTION = ("API4:2023", "Unrestricted Resource Consumption")

    @property
    def id(self) -> str:
        """Its id with the year of the list, `API4:2023`."""
        return self.value[0]

    @property
    def title(self) -> str:
        """Its name."""
        return self.value[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another place that belongs to a finding."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteReference:
    """The route that a finding is about."""

    rule: str
    methods: tuple[str, ...]
    """Those the finding is about."""
    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault of one application."""

    rule: str
    name: str
    severity: Severity
    confidence: Confidence
    message: str
    """One sentence: the consequence, with names from the project."""
    place: Place
    app: str
    """The application's id."""
    fingerprint: str
    cwe: tuple[Cwe, ...]
    owasp: tuple[Owasp, ...]
    route: RouteReference | None = None
    related: tuple[Related, ...] = ()
    """Worst first where they are routes."""
    why: str = ""
    """Why it ranks where it does."""
    advice: str = ""
    """How to fix it, in a sentence or two."""
    fix: None = None
    """A change that would close it; no rule offers one yet."""
    is_advisory: bool = False
    """It is advice for those who ask for it, and no fault by itself."""


def worst_first(finding: Finding) -> tuple[object, ...]:
    """The order of a report, the same on every run."""
    return (
        -finding.severity,
        -finding.confidence,
        finding.rule,
        finding.app,
        finding.place,
        finding.fingerprint,
    )


def fingerprint(*parts: str) -> str:
    """What stays the same while lines move: a digest of names."""
    digest = hashlib.blake2b(digest_size=12)
    for part in parts:
        # A length before each part: ("ab", "c") and ("a", "bc") differ.
        encoded = part.encode("utf-8", "backslashreplace")
        digest.update(b"%d:" % len(encoded) + encoded)
    return digest.hexdigest()


def counted(number: int, noun: str) -> str:
    """`1 route`, `2 routes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
