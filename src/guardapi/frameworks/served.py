"""What a framework hands on beside the model: the values behind it, for those who follow requests."""

from dataclasses import dataclass
from typing import Any, Protocol

from guardapi.model import App
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import Class


class RequestFacts(Protocol):
    """What a framework says about requests; names are paths of libraries (`flask.request.args`)."""

    def source(self, path: str) -> str | None:
        """The kind of caller data that a path is (`request.args`: `items`), or None."""

    def is_abort(self, path: str) -> bool:
        """Whether a call of the path never returns."""

    def known(self, path: str) -> str | None:
        """The fact of a route that a path answers with: `method`, `endpoint`, `blueprint`, `path`; or None."""

    def guard(self, path: str) -> int | None:
        """Whom a decorator or function lets pass, as an `Audience`; None for what asks nobody."""

    def is_submission_test(self, path: str) -> bool:
        """Whether a call of the path is true at most for requests with a body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """What a request to a route passes."""

    chain: tuple[Any, ...]
    """Values of the evaluator, from the registered callable inwards."""
    view_class: Class | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """An application with the values that its model was read from."""

    app: App
    evaluator: Evaluator
    handlers: tuple[Handler, ...]
    """Of `app.routes`, in their order."""
    hooks: tuple[tuple[str, str | None, Any], ...]
    """When (`before_request`, ...), the blueprint or None, and the function."""
    facts: RequestFacts
