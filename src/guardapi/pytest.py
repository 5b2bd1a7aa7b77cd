"""The plugin for pytest: `assert_limited`, for the suite of the application that is protected.

pytest imports this module in every run, so what it needs is imported when the fixture is asked for.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

import pytest

if TYPE_CHECKING:
    from guardapi.frameworks.limit_text import LimitItem

REFUSED: Final = 429
_SHOWN: Final = 200


class AssertLimited(Protocol):
    """What the fixture gives."""

    def __call__(
        self, client: object, path: str, limit: str, *, method: str = "GET", **options: object
    ) -> None:
        """Ask until the limit has to refuse; fails the test where it refuses too early, too late or badly.

        `client` is the test client of Flask, or anything with a method `open`, or with one for each HTTP method,
        whose answers have a `status_code`. `options` are handed to it with each request.
        """


@pytest.fixture(scope="session")
def assert_limited() -> AssertLimited:
    """Asserts that a route serves exactly as many requests as a limit says, and refuses the next one with 429."""
    return _assert_limited


def _assert_limited(client: object, path: str, limit: str, *, method: str = "GET", **options: object) -> None:
    __tracebackhide__ = True
    item = _strictest(limit)
    ask = _asking(client, method, path, options)
    served: set[int] = set()
    started = time.monotonic()
    for number in range(1, item.amount + 1):
        with ask() as answer:
            problem = _problem(answer, f"request {number} of {item.amount}", number)
            served.add(answer.status_code)
        if problem:
            pytest.fail(f"{method} {path}: {problem}", pytrace=False)
    with ask() as answer:
        problem = _refusal_problem(answer, item, served, time.monotonic() - started)
    if problem:
        pytest.fail(f"{method} {path}: {problem}", pytrace=False)


def _strictest(text: str) -> "LimitItem":
    """The part of a limit that is met first by requests that follow each other at once."""
    from guardapi.frameworks.limit_text import LimitTextError, parse_many  # noqa: PLC0415  # see the module

    try:
        items = parse_many(text)
    except LimitTextError as error:
        raise pytest.UsageError(f"assert_limited cannot read the limit {text!r}: {error}") from None
    return min(items, key=lambda item: item.amount)


def _asking(client: object, method: str, path: str, options: dict[str, Any]) -> Callable[[], Any]:
    """A function that sends the request once, and closes the answer when it has been looked at."""
    by_method = getattr(client, method.lower(), None)
    opened = getattr(client, "open", None)
    if opened is not None:
        send = partial(opened, method=method, **options)
    elif by_method is not None:
        send = partial(by_method, **options)
    else:
        raise pytest.UsageError(
            f"assert_limited needs a client with a method `open` or `{method.lower()}`, not {client!r}"
        )

    @contextmanager
    def ask() -> Iterator[Any]:
        answer = send(path)
        try:
            yield answer
        finally:
            getattr(answer, "close", lambda: None)()

    return ask


def _problem(answer: Any, which: str, number: int) -> str:
    """What is wrong with an answer that has to be a served one; empty where nothing is."""
    status = int(answer.status_code)
    if status == REFUSED and number == 1:
        return (
            f"{which} was refused already. Has another test used the limit up? Build the application for each"
            " test, or call `limiter.reset()` before."
        )
    if status == REFUSED:
        return (
            f"{which} was refused with 429: a stricter limit holds, or part of this one was used up before."
        )
    if status in (404, 405) or status >= 500:
        return f"{which} was answered with {status}, so the view was not reached.{_text(answer)}"
    return ""


def _refusal_problem(answer: Any, item: "LimitItem", served: set[int], seconds: float) -> str:
    """What is wrong with the answer to one request too many; empty where nothing is."""
    status = int(answer.status_code)
    if (status < 400 or status in served) and seconds >= item.seconds:
        return f"{item.amount + 1} requests took {seconds:.1f} seconds, longer than the window of {item}."
    if status < 400 or status in served:
        return (
            f"request {item.amount + 1} was served with {status}, where {item} refuses it: nothing limits, or a"
            " looser limit does, or the limiter is switched off for tests."
        )
    if status != REFUSED:
        return f"request {item.amount + 1} was refused with {status}, not 429.{_text(answer)}"
    wait = answer.headers.get("Retry-After") if hasattr(answer, "headers") else None
    if wait is None or not str(wait).strip().lstrip("-").isdigit():
        # A date is allowed, too, and says nothing that a test could hold against the window.
        return ""
    if not 0 <= int(wait) <= item.seconds + 1:
        return f"`Retry-After: {wait}` does not lie within the window of {item.seconds} seconds."
    return ""


def _text(answer: Any) -> str:
    read = getattr(answer, "get_data", None)
    text = read(as_text=True) if read is not None else getattr(answer, "text", "")
    shown = " ".join(str(text).split())[:_SHOWN]
    return f" It said: {shown}" if shown else ""
