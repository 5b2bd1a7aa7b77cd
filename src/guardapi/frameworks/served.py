"""What a framework hands on beside the model: the values behind it, for those who follow requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from guardapi.model import App
from guardapi.place import Place

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator
    from guardapi.python.values import Class


class RequestFacts(Protocol):
    """What a framework says about requests; names are paths of libraries (`flask.request.args`)."""

    def source(self, path: str) -> str | None:
        """The kind of caller data that a path is (`request.args`: `items`), or None."""

    def is_application(self, path: str) -> bool:
        """Whether a class is that of applications."""

    def is_abort(self, path: str) -> bool:
        """Whether a call of the path never returns."""

    def known(self, path: str) -> str | None:
        """The fact of a route that a path answers with: `method`, `endpoint`, `blueprint`, `path`; or None."""

    def guard(self, path: str) -> int | None:
        """Whom a decorator or function lets pass, as an `Audience`; None for what asks nobody."""

    def lasts_for_request(self, path: str) -> bool:
        """Whether a path is an object on which a project keeps what it needs for one request."""

    def tells_caller(self, path: str, key: str) -> bool:
        """Whether an item of a path is what a caller shows to be let in: the header `Authorization`."""

    def is_submission_test(self, path: str) -> bool:
        """Whether a call of the path is true at most for requests with a body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """What a request to a route passes."""

    chain: tuple[Any, ...]
    """Values of the evaluator, from the registered callable inwards."""
    view_class: "Class | None"
    methods: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Of a class-based view, by the name of each method that a request may reach: the same as `chain`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A function that the project hands to a limiter, or that answers for a limit."""

    role: str
    """See `guardapi.model.LimiterFunction`."""
    name: str
    value: Any
    declared: Place | None
    """Where it is handed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketHandler:
    """A function that is called with each message of a socket, beside the routes."""

    event: str
    value: Any
    max_size: int | None
    """Bytes that a message may have; None where that is not known."""
    name: str | None = None
    """`module:qualified.name` of the function below its decorators; None where it is not known."""
    place: Place | None = None
    """Where that stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """An application with the values that its model was read from."""

    app: App
    evaluator: "Evaluator"
    handlers: tuple[Handler, ...]
    """Of `app.routes`, in their order."""
    hooks: tuple[tuple[str, str | None, Any], ...]
    """When (`before_request`, ...), the blueprint or None, and the function."""
    functions: tuple[Handed, ...] = ()
    sockets: tuple[SocketHandler, ...] = ()
    facts: RequestFacts
