"""What a rule says about an application: the finding, how bad and how sure it is, and its fingerprint."""

import hashlib
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from typing import Self

from guardapi.place import Place
from guardapi.remedy import Remedy
from guardapi.verdict import Verdict


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


class Probe(StrEnum):
    """A way to show on a running service that a fault is one."""

    how: str
    """What is done, in a sentence; the docstring of the member, too."""

    FLOOD = "flood", "One client asks until it is refused, or until it is clear that it never will be."
    ROTATE = "rotate", "One client floods, with another claimed identity in every request."
    BODY = "body", "A body larger than any that the service needs, with its length announced and without."
    GROWTH = "growth", "The same request in growing sizes: its time, or its answer, grows with them."
    MEMORY = "memory", "The most memory that the worker held, before the request and after it."
    STALL = "stall", "What is called is a stand-in that never answers, while another route is timed."
    OUTAGE = "outage", "The store of the limiter refuses every connection, or never answers."
    BOOT = "boot", "The application is started as its deployment starts it, and what runs is looked at."

    def __new__(cls, value: str, how: str) -> Self:
        """A member; its documentation stands beside its name."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.how = member.__doc__ = how
        return member


class Cwe(Enum):
    """A weakness of the Common Weakness Enumeration."""

    SPOOFING = (290, "Authentication Bypass by Spoofing")
    EXCESSIVE_AUTHENTICATION_ATTEMPTS = (307, "Improper Restriction of Excessive Authentication Attempts")
    LESS_TRUSTED_SOURCE = (348, "Use of Less Trusted Source")
    RACE_CONDITION = (
        362,
        "Concurrent Execution using Shared Resource with Improper Synchronization ('Race Condition')",
    )
    TIME_OF_CHECK = (367, "Time-of-check Time-of-use (TOCTOU) Race Condition")
    WRONG_STATUS = (393, "Return of Wrong Status Code")
    UNCONTROLLED_CONSUMPTION = (400, "Uncontrolled Resource Consumption")
    UNRELEASED_MEMORY = (401, "Missing Release of Memory after Effective Lifetime")
    NETWORK_AMPLIFICATION = (406, "Insufficient Control of Network Message Volume (Network Amplification)")
    INEFFICIENT_COMPLEXITY = (407, "Inefficient Algorithmic Complexity")
    DATA_AMPLIFICATION = (409, "Improper Handling of Highly Compressed Data (Data Amplification)")
    OBSOLETE_FUNCTION = (477, "Use of Obsolete Function")
    ACTIVE_DEBUG_CODE = (489, "Active Debug Code")
    UNCHECKED_LOOP_INPUT = (606, "Unchecked Input for Loop Condition")
    FAILING_OPEN = (636, "Not Failing Securely ('Failing Open')")
    WEAK_PASSWORD_RECOVERY = (640, "Weak Password Recovery Mechanism for Forgotten Password")
    UNCONTROLLED_RECURSION = (674, "Uncontrolled Recursion")
    FLAWED_CONTROL_FLOW = (691, "Insufficient Control Flow Management")
    DUPLICATE_IDENTIFIER = (694, "Use of Multiple Resources with Duplicate Identifier")
    UNHANDLED_CONDITION = (703, "Improper Check or Handling of Exceptional Conditions")
    ALLOCATION_WITHOUT_LIMITS = (770, "Allocation of Resources Without Limits or Throttling")
    UNRELEASED_RESOURCE = (772, "Missing Release of Resource after Effective Lifetime")
    ENTITY_EXPANSION = (
        776,
        "Improper Restriction of Recursive Entity References in DTDs ('XML Entity Expansion')",
    )
    EXCESSIVE_ALLOCATION = (789, "Memory Allocation with Excessive Size Value")
    INTERACTION_FREQUENCY = (799, "Improper Control of Interaction Frequency")
    UNTRUSTED_DECISION = (807, "Reliance on Untrusted Inputs in a Security Decision")
    EXCESSIVE_ITERATION = (834, "Excessive Iteration")
    INFINITE_LOOP = (835, "Loop with Unreachable Exit Condition ('Infinite Loop')")
    SINGLE_UNIQUE_ACTION = (837, "Improper Enforcement of a Single, Unique Action")
    WORKFLOW = (841, "Improper Enforcement of Behavioral Workflow")
    EXCESSIVE_QUERY = (1049, "Excessive Data Query Operations in a Large Data Table")
    CALL_WITHOUT_TIMEOUT = (1088, "Synchronous Access of Remote Resource without Timeout")
    INEFFICIENT_COMPUTATION = (1176, "Inefficient CPU Computation")
    INSECURE_DEFAULT = (1188, "Initialization of a Resource with an Insecure Default")
    UNCHECKED_QUANTITY = (1284, "Improper Validation of Specified Quantity in Input")
    SEQUENTIAL_ALLOCATION = (1325, "Improperly Controlled Sequential Memory Allocation")
    INEFFICIENT_PATTERN = (1333, "Inefficient Regular Expression Complexity")

    @property
    def id(self) -> str:
        """Its id, `CWE-770`."""
        return f"CWE-{self.value[0]}"

    @property
    def title(self) -> str:
        """Its name."""
        return self.value[1]

    @property
    def url(self) -> str:
        """Its page."""
        return f"https://cwe.mitre.org/data/definitions/{self.value[0]}.html"


class Owasp(Enum):
    """A risk of the OWASP API Security Top 10."""

    BROKEN_AUTHENTICATION = ("API2:2023", "Broken Authentication")
    RESOURCE_CONSUMPTION = ("API4:2023", "Unrestricted Resource Consumption")
    SENSITIVE_FLOWS = ("API6:2023", "Unrestricted Access to Sensitive Business Flows")
    MISCONFIGURATION = ("API8:2023", "Security Misconfiguration")
    UNSAFE_CONSUMPTION = ("API10:2023", "Unsafe Consumption of APIs")

    @property
    def id(self) -> str:
        """Its id with the year of the list, `API4:2023`."""
        return self.value[0]

    @property
    def title(self) -> str:
        """Its name."""
        return self.value[1]

    @property
    def url(self) -> str:
        """Its page."""
        risk, year = self.id.removeprefix("API").split(":")
        words = "-".join(self.title.lower().split())
        return f"https://owasp.org/API-Security/editions/{year}/en/0xa{int(risk):x}-{words}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A route that a finding speaks of together with others, as a line of a table."""

    route: str
    """`GET, POST /export`."""
    work: str
    """What a request causes, a phrase: `checks a password`."""
    caller: str = ""
    """Who may ask: `anonymous`, `any account`, `staff`; empty where that was not looked at."""
    score: int | None = None
    """What the rows are ordered by, the highest first."""
    rule: str = ""
    """The rule that would speak of the route alone, if this finding did not: `GA501`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another place that belongs to a finding."""

    place: Place
    message: str
    row: Row | None = None
    """Its facts where it is one of the routes; `message` says the same in a line."""
    is_step: bool = False
    """It is on the way from a view to the place of the finding; those before it come earlier on that way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteReference:
    """The route that a finding is about."""

    rule: str
    methods: tuple[str, ...]
    """Those the finding is about."""
    endpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """A comment of the project that accepts a finding."""

    reason: str
    """What stands behind `because`, as written."""
    place: Place
    """Where the comment stands."""


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
    remedy: Remedy | None = None
    """The change that closes it; None where the right one is a decision about the design."""
    is_advisory: bool = False
    """It is advice for those who ask for it, and no fault by itself."""
    suppressed: Suppression | None = None
    """The comment that accepts it; it is then kept and counted, and fails nothing."""
    baseline: str | None = None
    """`new` or `unchanged`, where the run was compared with an earlier state."""
    verdict: Verdict | None = None
    """What running the application has shown of it, where that was tried."""

    @property
    def flow(self) -> tuple[Related, ...]:
        """The way of a request: the view, then each call towards the place of the finding; empty if none is known."""
        return tuple(related for related in self.related if related.is_step)


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
