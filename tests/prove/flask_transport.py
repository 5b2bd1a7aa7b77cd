"""Carries requests to a Flask application of this process, whose limits count by a clock that can be put forward."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import Any
from unittest.mock import patch

from guardapi.prove.exchange import Answer, Exchange, Sent
from guardapi.prove.plans import Plan

KEPT = ("retry-after", "location", "set-cookie")


class FlaskTransport:
    """Makes the application anew for every call."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make
        self.now = 1_700_000_000.0
        self.sent = 0

    def carry(self, plan: Plan) -> Iterator[tuple[Answer, ...]]:
        """As `run.prove` asks for it."""
        yield from self.send(plan.exchanges)

    def send(self, exchanges: Sequence[Exchange]) -> Iterator[tuple[Answer, ...]]:
        """The answers of a new application."""
        with patch("time.time", lambda: self.now), patch("limits.storage.memory.time.time", lambda: self.now):
            app = self.make()
            client = app.test_client(use_cookies=False)
            for exchange in exchanges:
                self.now += exchange.pause
                yield tuple(self._one(client, sent) for sent in exchange.sent)

    def close(self) -> None:
        """Nothing was started."""

    def _one(self, client: Any, sent: Sent) -> Answer:
        self.sent += 1
        request = sent.request
        options: dict[str, Any] = {"headers": dict(request.headers), "query_string": dict(request.query)}
        if request.json is not None:
            options |= {"data": json.dumps(request.json), "content_type": "application/json"}
        elif request.files or request.is_multipart:
            files = {name: (BytesIO(b"picture"), f"{name}.png") for name in request.files}
            options |= {"data": {**request.form, **files}, "content_type": "multipart/form-data"}
        elif request.form:
            options["data"] = dict(request.form)
        elif request.body:
            options["data"] = request.body
        environment: dict[str, Any] = {"REMOTE_ADDR": sent.client}
        if request.is_chunked:
            environment |= {"wsgi.input_terminated": True}
            options["headers"]["Transfer-Encoding"] = "chunked"
        started = time.perf_counter()
        answer = client.open(request.path, method=request.method, environ_base=environment, **options)
        body = answer.get_data()
        return Answer(
            status=answer.status_code,
            size=len(body),
            seconds=time.perf_counter() - started,
            headers={k.lower(): v for k, v in answer.headers.items() if k.lower() in KEPT},
            text=body[:300].decode("utf-8", "replace") if answer.status_code >= 400 else "",
        )
