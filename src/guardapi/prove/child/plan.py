"""The requests of one plan, sent to the application in this process."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

from .application import Application
from .asking import Asker
from .channel import Channel
from .clock import CLOCK, REAL_MONOTONIC
from .silence import SILENCE

MOST_TOGETHER = 256
HOLD_SECONDS = 5.0
STACK_BYTES = 2**20


def carry_out(application: Application, plan: dict[str, Any], channel: Channel) -> None:
    """Answer each exchange with a message."""
    asker = Asker(application, plan["seconds"])
    requests = plan["requests"]
    CLOCK.stop()
    SILENCE.is_on = plan["is_silent"]
    for exchange in plan["exchanges"]:
        CLOCK.put_forward(exchange["pause"])
        sent = [(requests[index], client) for index, client in exchange["sent"]]
        answers: list[dict[str, Any]] = []
        if len(sent) == 1:
            answers.append(asker.ask(*sent[0], is_alone=True))
        for start in range(0, len(sent) if len(sent) > 1 else 0, MOST_TOGETHER):
            answers += _together(
                asker, sent[start : start + MOST_TOGETHER], plan["hold"], exchange["seconds"]
            )
        channel.write({"answers": answers})


def _together(
    asker: Asker, sent: list[tuple[dict[str, Any], str]], hold: tuple[str, int] | None, seconds: float
) -> list[dict[str, Any]]:
    """All at once: whoever comes to the held place waits until the others are there, or have been answered."""
    gate = Gate(len(sent))
    started = REAL_MONOTONIC()
    answers: list[dict[str, Any] | None] = [None] * len(sent)

    def one(index: int) -> None:
        try:
            answers[index] = asker.ask(*sent[index], is_alone=False)
        finally:
            gate.leave()

    before = threading.stack_size(STACK_BYTES)
    with _held(asker.application, hold, gate.arrive):
        threads = [threading.Thread(target=one, args=(index,), daemon=True) for index in range(len(sent))]
        for thread in threads:
            thread.start()
        threading.stack_size(before)
        for thread in threads:
            thread.join(max(started + seconds - REAL_MONOTONIC(), 0.0))
    late = {"status": 0, "seconds": seconds, "error": f"no answer within {seconds:.0f} seconds"}
    return [late if answer is None else answer for answer in answers]


@contextlib.contextmanager
def _held(
    application: Application, hold: tuple[str, int] | None, arrive: Callable[[], None]
) -> Iterator[None]:
    """Where they wait for each other: a line of a file, or where Flask begins with the view."""
    if hold is not None:
        threading.settrace(_tracing(os.path.realpath(hold[0]), hold[1], arrive))
        yield
        threading.settrace(None)
        return
    flask = application.flask
    if flask is None:
        yield
        return
    dispatch = flask.dispatch_request

    def held(*arguments: Any) -> Any:
        arrive()
        return dispatch(*arguments)

    flask.dispatch_request = held
    yield
    flask.dispatch_request = dispatch


class Gate:
    """Opens when everyone has come or gone."""

    def __init__(self, number: int) -> None:
        self.missing = number
        self.condition = threading.Condition()

    def arrive(self) -> None:
        """Wait for the others."""
        with self.condition:
            self.missing -= 1
            self.condition.notify_all()
            self.condition.wait_for(lambda: self.missing <= 0, timeout=HOLD_SECONDS)

    def leave(self) -> None:
        """Nobody has to wait for this one."""
        with self.condition:
            self.missing -= 1
            self.condition.notify_all()


def _tracing(file: str, line: int, arrive: Callable[[], None]) -> Callable[..., Any]:
    def local(frame: Any, event: str, _argument: object) -> Any:
        if event == "line" and frame.f_lineno == line:
            arrive()
        return local

    def trace(frame: Any, _event: str, _argument: object) -> Any:
        return local if frame.f_code.co_filename == file else None

    return trace
