"""One request of an application: a WSGI environment in, an answer out."""

from __future__ import annotations

import base64
import io
import json
import resource
import sys
import traceback
from typing import Any
from urllib.parse import unquote_to_bytes

from .application import Application
from .clock import CLOCK, LONGEST, REAL_PERF_COUNTER, NoEndError
from .refusals import REFUSALS
from .stand_ins import COUNTS

SHOWN = 300
KEPT_WHOLE = 64 * 2**10
SHOWN_ERROR = 1500
LARGEST_ANSWER = 64 * 2**20
KEPT = ("retry-after", "location", "set-cookie")
KEPT_PREFIXES = ("x-ratelimit", "ratelimit")


class Asker:
    """Asks one application."""

    def __init__(self, application: Application, seconds: float) -> None:
        self.application = application
        self.seconds = seconds
        self.sessions: dict[str, str] = {}

    def ask(self, told: dict[str, Any], client: str, *, is_alone: bool) -> dict[str, Any]:
        """The answer; together with others, only what this thread has asked for is counted as its calls."""
        counted: Any = COUNTS if is_alone else COUNTS.thread
        known, calls, amount = len(self.application.errors), counted.calls, counted.amount
        REFUSALS.limit = ""
        CLOCK.begin()
        started = REAL_PERF_COUNTER()
        try:
            answer = _Answer(self.seconds, KEPT_WHOLE if told["is_kept"] else SHOWN)
            answer.take(self.application.called, self._environ(told, client))
        except NoEndError:
            answer.status, answer.error = 0, f"no answer within {LONGEST:.0f} seconds of its own clock"
        except Exception:  # noqa: BLE001  # the border: whatever the application raises is its answer
            answer.status = answer.status or 500
            answer.error = traceback.format_exc(limit=-3)
        finally:
            waited = CLOCK.end()
        error = answer.error or "".join(self.application.errors[known:])
        return {
            "status": answer.status,
            "size": answer.size,
            "seconds": REAL_PERF_COUNTER() - started + waited,
            "headers": answer.headers,
            "text": answer.beginning.decode("utf-8", "replace")
            if answer.status >= 400 or told["is_kept"]
            else "",
            "error": error[-SHOWN_ERROR:],
            "limited_by": REFUSALS.limit,
            "calls": counted.calls - calls,
            "amount": counted.amount - amount,
            "peak": peak_memory(),
        }

    def _environ(self, told: dict[str, Any], client: str) -> dict[str, Any]:
        path, _, query = told["target"].partition("?")
        body = base64.b64decode(told["body"])
        environ: dict[str, Any] = {
            "REQUEST_METHOD": told["method"],
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "REQUEST_URI": told["target"],
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": client,
            "REMOTE_PORT": "50000",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(body),
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if told["is_chunked"]:
            environ["HTTP_TRANSFER_ENCODING"] = "chunked"
        elif body or told["method"] in ("POST", "PUT", "PATCH"):
            environ["CONTENT_LENGTH"] = str(len(body))
        for name, value in told["headers"].items():
            key = name.upper().replace("-", "_")
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key] = value
        host = environ.setdefault("HTTP_HOST", self._host())
        name, _, port = host.partition(":")
        environ["SERVER_NAME"], environ["SERVER_PORT"] = name, port or "443"
        if told["session"] and self.application.flask is not None:
            cookies = [environ.get("HTTP_COOKIE", ""), self._session(told["session"], environ)]
            environ["HTTP_COOKIE"] = "; ".join(cookie for cookie in cookies if cookie)
        return environ

    def _host(self) -> str:
        flask = self.application.flask
        return (flask.config.get("SERVER_NAME") if flask is not None else None) or "localhost"

    def _session(self, values: dict[str, Any], environ: dict[str, Any]) -> str:
        """The cookie by which the application recognises a client of whom it remembers these values."""
        key = json.dumps(values, sort_keys=True)
        if key not in self.sessions:
            flask = self.application.flask
            with flask.request_context({**environ, "wsgi.input": io.BytesIO()}) as context:
                session = flask.session_interface.open_session(flask, context.request)
                session.update(values)
                response = flask.response_class()
                flask.session_interface.save_session(flask, session, response)
            self.sessions[key] = "; ".join(
                header.partition(";")[0] for header in response.headers.getlist("Set-Cookie")
            )
        return self.sessions[key]


def peak_memory() -> int:
    """The most memory that this process has held, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


class _Answer:
    def __init__(self, seconds: float, shown: int) -> None:
        self.seconds = seconds
        self.shown = shown
        self.status = 0
        self.size = 0
        self.headers: dict[str, str] = {}
        self.beginning = b""
        self.error = ""

    def take(self, called: Any, environ: dict[str, Any]) -> None:
        """All that the application says, bounded."""
        ends = REAL_PERF_COUNTER() + self.seconds
        parts = called(environ, self._start)
        try:
            for part in parts:
                self._write(part)
                if self.size > LARGEST_ANSWER or REAL_PERF_COUNTER() > ends:
                    self.error = f"the answer had no end after {self.size} bytes"
                    return
        finally:
            if hasattr(parts, "close"):
                parts.close()

    def _start(self, status: str, headers: list[tuple[str, str]], _error: object = None) -> Any:
        self.status = int(status.split(" ", 1)[0])
        for name, value in headers:
            key = name.lower()
            if key in KEPT or key.startswith(KEPT_PREFIXES):
                # A header that comes several times has a line for each.
                self.headers[key] = f"{self.headers[key]}\n{value}" if key in self.headers else value
        return self._write

    def _write(self, part: bytes) -> None:
        self.size += len(part)
        if len(self.beginning) < self.shown:
            self.beginning = (self.beginning + part)[: self.shown]
