"""What is sent to a running application and what comes back, whoever carries it there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request, without the client that sends it."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    """Names of the fields that carry a small file."""
    file_size: int = 0
    """Bytes that each of them has at least."""
    json: object = None
    """What the body says as JSON; None for none."""
    body: str = ""
    is_multipart: bool = False
    is_chunked: bool = False
    """The length of the body is not announced."""
    is_kept: bool = False
    """More of the answer is kept, and whatever its status: what is signed in with is in it."""
    session: Mapping[str, str] = field(default_factory=dict)
    """What the application remembers of the client; carried in process only."""

    def having(self, container: str, name: str, value: object) -> "Request":
        """The same with another value of one field of `query`, `headers`, `cookies`, `form`, `json` or `session`."""
        given: Mapping[str, object] = getattr(self, container) or {}
        changed: dict[str, Any] = {container: {**given, name: value}}
        return replace(self, **changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request, and the address that its connection comes from."""

    request: Request
    client: str = "127.0.0.1"
    """Served: the last octets choose an address of 127.0.0.0/8 to connect from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    """0 where no answer came: see `error`."""
    size: int = 0
    seconds: float = 0.0
    """How long it took, by a clock that was not touched."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case; those that speak of limits alone: `retry-after`, `x-ratelimit-*`, `ratelimit*`, `location`;
    and `set-cookie`, of which several are joined by a line break each."""
    text: str = ""
    """The beginning, where the status is 400 or above, or more was asked for."""
    error: str = ""
    """Why there is no answer, or what the application raised."""
    limited_by: str = ""
    """In process: the limit for which Flask-Limiter refused it, whatever its status says: `10 per 1 minute`."""
    calls: int = 0
    """In process: how often something was asked meanwhile that costs, and was stood in for."""
    amount: float = 0.0
    """In process: for how much that was: characters, seconds, rounds."""
    peak: int = 0
    """In process: the most memory that the process has held so far, in bytes; 0 where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Requests that are sent together, and the time that has passed before them."""

    sent: tuple[Sent, ...]
    pause: float = 0.0
    """Seconds; in process the clock is put forward, elsewhere they are waited for."""
    worker: int | None = None
    """Served: the number of the process that takes them, from 0; None for whichever does."""
    is_left: bool = False
    """Served: nobody waits for their answers, and their connections stay open until all has been sent."""


class Transport(Protocol):
    """An application that runs, and takes requests."""

    def send(self, exchanges: Sequence[Exchange]) -> Iterator[tuple[Answer, ...]]:
        """The answers to each exchange, in its order, from an application that nobody has asked anything before.

        Every call starts anew where that is possible: an empty store, a fresh process. Raises `errors.TargetError`
        when the application is gone, with what it said last.
        """

    def close(self) -> None:
        """End whatever was started, and remove what it left behind."""
