"""What running an application has shown of a finding, or of a limit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Ruling(StrEnum):
    """What the answers mean for a claim."""

    PROVED = "proved"
    """The application did what the claim says: a fault was exploited, a limit refused in time."""
    REFUTED = "refuted"
    """It did the contrary: the fault did not show, or the limit let more through."""
    INCONCLUSIVE = "inconclusive"
    """No answer reached what the claim is about, or something else decided."""


class Mode(StrEnum):
    """Where the application ran."""

    IN_PROCESS = "in-process"
    """One child process, requests as WSGI calls, its clock in our hands."""
    SERVED = "served"
    """The server and the number of workers of its deployment, on a port of the loopback interface."""
    URL = "url"
    """A server that somebody else has started, on the loopback interface."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a claim has come to, with the evidence."""

    claim: str
    """A sentence: `GET /search is refused after 5 requests in 1 minute`, `GET /search is never refused`."""
    ruling: Ruling
    mode: Mode
    route: str
    """The rule of the URL map; empty for the application as a whole."""
    methods: tuple[str, ...]
    app: str
    """The application's id."""
    way: str
    """How it was tried: `flood`, `rotate`, `body`, ... (`prove.ways`)."""
    detail: str
    """What decided, a sentence with numbers: `5 of 6 requests were served, then 429`."""
    fingerprint: str
    """Of the finding it judges; of a limit: made of the application, the route, the methods and the limit."""
    rule: str | None = None
    """The id of the finding's rule; None where the claim is about a limit."""
    is_stated: bool = True
    """False: the claim is that a way does not lead around a limit, which nobody has stated."""
    requests: int = 0
    statuses: Mapping[int, int] = field(default_factory=dict)
    """How often each status was answered."""
    timings: tuple[int, ...] = ()
    """Answers by the time they took: up to 1, 10, 100, 1000 milliseconds, and longer."""

    @property
    def is_broken_limit(self) -> bool:
        """Whether a limit that is stated does not hold."""
        return self.rule is None and self.is_stated and self.ruling is Ruling.REFUTED

    @property
    def is_bypass(self) -> bool:
        """Whether a way leads around a limit, which holds as it is stated."""
        return not self.is_stated and self.ruling is Ruling.REFUTED
