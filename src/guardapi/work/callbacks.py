"""Functions of a project that an extension calls while it asks who calls: the checks of Flask-HTTPAuth and its like."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from guardapi.python.evaluator import Evaluator
from guardapi.python.values import Function, Wrapped
from guardapi.sink import Sink
from guardapi.work.flow import Flow, Taint

CALLBACK: Final = re.compile(
    r"(?P<of>(?:flask_httpauth|apiflask)\.(?:\w+\.)*\w+\(\))\.(?:verify_password|verify_token|get_password)"
)
ALL: Final = "MultiAuth()"
"""It asks one of several, which are not told apart."""
SENT: Final = Flow(taints=frozenset({Taint("request.authorization", "text")}))


class Callbacks:
    """The checks that a set-up has registered, by the extension's object that calls them."""

    def __init__(self, ev: Evaluator) -> None:
        self._registered = [
            (found["of"], inner)
            for module in ev.modules.values()
            if not module.is_model
            for value in module.namespace.values()
            if isinstance(value, Wrapped) and (found := CALLBACK.fullmatch(value.by)) is not None
            if isinstance(inner := value.inner, Function)
        ]

    def behind(self, guards: frozenset[str]) -> Iterator[Function]:
        """Those that run where one of some decorators stands."""
        for owner, function in self._registered:
            if any(guard.startswith(owner) or ALL in guard for guard in guards):
                yield function


def as_guard(sink: Sink) -> Sink:
    """A sink of such a check: whoever tries to sign in causes it."""
    return replace(sink, facts={**sink.facts, "is_guard": True})
