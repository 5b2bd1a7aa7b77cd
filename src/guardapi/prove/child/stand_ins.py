"""What answers in the place of other servers: mail is taken, and HTTP is answered with an empty object.

Each call is counted before anything would be sent, pauses and refused attempts as well.
"""

from __future__ import annotations

import importlib
import io
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from .silence import SILENCE

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
MOST_TOLD = 50


def _nobody(_text: str) -> None:
    return None


class _Thread(threading.local):
    calls: int = 0
    amount: float = 0.0


class Counts:
    """How often something was asked that costs, and for how much: bytes, seconds."""

    def __init__(self) -> None:
        self.calls = 0
        self.amount = 0.0
        self.thread = _Thread()
        self.told: set[str] = set()
        self.tell: Callable[[str], None] = _nobody

    def add(self, amount: float = 0.0) -> None:
        """One more."""
        self.calls += 1
        self.amount += amount
        self.thread.calls += 1
        self.thread.amount += amount

    def add_amount(self, amount: float = 1.0) -> None:
        """What is no call: a statement of a database, a file that is written; it may come before the view, too."""
        self.amount += amount
        self.thread.amount += amount

    def asked(self, server: str, amount: float = 0.0) -> None:
        """A server was asked something."""
        self.add(amount)
        if server not in self.told and len(self.told) < MOST_TOLD:
            self.told.add(server)
            self.tell(f"{server} {'never answers' if SILENCE.is_on else 'is answered by a stand-in'}")


COUNTS = Counts()


class _Socket:
    """A connection whose other end answers whatever it is sent."""

    def __init__(self, server: str) -> None:
        COUNTS.asked(server)

    def sendall(self, content: Any) -> None:
        COUNTS.add_amount(len(content))

    def makefile(self, *_: Any) -> io.BytesIO:
        return io.BytesIO(ANSWER)

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return _nothing


def of_http_client(module: Any) -> None:
    """`http.client`, and with it `urllib.request`."""

    real = module.HTTPConnection.connect
    real_secure = getattr(module, "HTTPSConnection", module.HTTPConnection).connect

    def connect(self: Any) -> None:
        server = f"{self.host}:{self.port}"
        if SILENCE.is_on:
            COUNTS.asked(server)
            real(self)
        else:
            self.sock = _Socket(server)

    def connect_securely(self: Any) -> None:
        (real_secure if SILENCE.is_on else connect)(self)

    module.HTTPConnection.connect = connect
    if hasattr(module, "HTTPSConnection"):
        module.HTTPSConnection.connect = connect_securely


def of_urllib3(module: Any) -> None:
    """`urllib3.connectionpool`, and with it `requests` and the libraries that are made of it."""
    answer = importlib.import_module("urllib3.response").HTTPResponse
    real = module.HTTPConnectionPool.urlopen

    def urlopen(self: Any, method: str, url: str, body: Any = None, *more: Any, **options: Any) -> Any:
        COUNTS.asked(f"{self.host}:{self.port}", _size(body))
        if SILENCE.is_on:
            return real(self, method, url, body, *more, **options)
        return answer(
            body=io.BytesIO(b"" if method == "HEAD" else b"{}"),
            headers={"Content-Type": "application/json"},
            status=200,
            reason="OK",
            preload_content=options.get("preload_content", True),
            request_method=method,
            request_url=url,
        )

    module.HTTPConnectionPool.urlopen = urlopen


def of_httpx(module: Any) -> None:
    """`httpx`, with and without `async`."""

    real, real_async = module.HTTPTransport.handle_request, module.AsyncHTTPTransport.handle_async_request

    def handle_request(self: Any, request: Any) -> Any:
        COUNTS.asked(_server(str(request.url)), len(request.read()))
        if SILENCE.is_on:
            return real(self, request)
        return module.Response(200, json={}, request=request)

    async def handle_async_request(self: Any, request: Any) -> Any:
        COUNTS.asked(_server(str(request.url)), len(await request.aread()))
        if SILENCE.is_on:
            return await real_async(self, request)
        return module.Response(200, json={}, request=request)

    module.HTTPTransport.handle_request = handle_request
    module.AsyncHTTPTransport.handle_async_request = handle_async_request


def of_smtplib(module: Any) -> None:
    """`smtplib`, and with it what sends mail."""

    real = module.SMTP.connect

    def connect(self: Any, host: str = "localhost", port: int = 0, *more: Any, **options: Any) -> Any:
        if SILENCE.is_on:
            COUNTS.asked(f"{host}:{port or self.default_port}")
            return real(self, host, port, *more, **options)
        self.sock, self._host = _Socket(f"{host}:{port or self.default_port}"), host
        return 220, b"ready"

    def agree(_self: Any, *_: Any, **__: Any) -> Any:
        return 250, b"OK"

    def sendmail(_self: Any, _sender: Any, recipients: Any, message: Any, *_: Any, **__: Any) -> Any:
        for _recipient in [recipients] if isinstance(recipients, str) else recipients:
            COUNTS.add(len(message))
        return {}

    smtp = module.SMTP
    smtp.connect, smtp.sendmail = connect, sendmail
    for name in (
        "ehlo",
        "helo",
        "ehlo_or_helo_if_needed",
        "starttls",
        "login",
        "noop",
        "rset",
        "docmd",
        "quit",
    ):
        setattr(smtp, name, agree)
    smtp.has_extn = lambda _self, _name: True


def of_sqlite3(module: Any) -> None:
    """`sqlite3.dbapi2`: it stays what it is, and each statement counts."""
    real = module.connect

    def connect(*arguments: Any, **options: Any) -> Any:
        opened = real(*arguments, **options)
        opened.set_trace_callback(_counted)
        return opened

    module.connect = connect


def _counted(_statement: str) -> None:
    COUNTS.add_amount()


PATCHES: dict[str, Callable[[Any], None]] = {
    "http.client": of_http_client,
    "httpx": of_httpx,
    "smtplib": of_smtplib,
    "sqlite3.dbapi2": of_sqlite3,
    "urllib3.connectionpool": of_urllib3,
}


def _server(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (80 if parts.scheme == 'http' else 443)}"


def _size(body: Any) -> int:
    return len(body) if isinstance(body, (str, bytes)) else 0


def _nothing(*_: Any, **__: Any) -> None:
    return None
