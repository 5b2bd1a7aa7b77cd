"""Sends requests over HTTP to a server of this machine, each on a connection of its own.

A connection that is kept would reach the same worker every time, and redirects are answers like any other.
"""

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from guardapi.prove.exchange import Answer, Request, Sent
from guardapi.prove.transports.loopback import Address

SECONDS: Final = 10.0
"""For one answer, from the first byte sent to the last byte read."""
LARGEST_ANSWER: Final = 64 * 2**20
_CHUNK: Final = 64 * 1024
_SHOWN: Final = 300
_KEPT_WHOLE: Final = 64 * 2**10
_KEPT: Final = ("retry-after", "location", "set-cookie")
_KEPT_PREFIXES: Final = ("x-ratelimit", "ratelimit")
_STACK: Final = 256 * 1024
_BOUNDARY: Final = "guardapi-9b1f6c2e"
# A picture of one pixel: whoever wants an image has one, the others have bytes.
_PICTURE: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415478da63f8cfc0000003010100f70341430000000049454e44ae426082"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Asks one server."""

    address: Address
    seconds: float = SECONDS

    def together(self, sent: Sequence[Sent]) -> tuple[Answer, ...]:
        """The answers to requests that are sent at the same moment."""
        if len(sent) == 1:
            return (self.ask(sent[0]),)
        gate = threading.Barrier(len(sent))
        answers: list[Answer] = [Answer(status=0, error="no answer in time")] * len(sent)

        def one(index: int) -> None:
            answers[index] = self.ask(sent[index], gate)

        earlier = threading.stack_size(_STACK)
        try:
            threads = [threading.Thread(target=one, args=(index,), daemon=True) for index in range(len(sent))]
            for thread in threads:
                thread.start()
        finally:
            threading.stack_size(earlier)
        end = time.monotonic() + 2 * self.seconds
        for thread in threads:
            thread.join(max(end - time.monotonic(), 0.0))
        return tuple(answers)

    @contextlib.contextmanager
    def left(self, sent: Sequence[Sent]) -> Iterator[None]:
        """Requests whose answers nobody reads; their connections are open as long as this is."""
        with contextlib.ExitStack() as opened:
            for one in sent:
                connection = self._connection(one)
                opened.callback(connection.close)
                # Whoever is not let in holds nothing, which shows.
                with contextlib.suppress(OSError, http.client.HTTPException):
                    connection.connect()
                    self._write(connection, one.request)
            yield

    def ask(self, sent: Sent, gate: threading.Barrier | None = None) -> Answer:
        """The answer to one request. With a gate, the connection is there before it opens."""
        request = sent.request
        connection = self._connection(sent)
        started = time.perf_counter()
        try:
            try:
                connection.connect()
            finally:
                # Whoever cannot connect must not keep the others waiting.
                if gate is not None:
                    gate.wait(self.seconds)
            started = time.perf_counter()
            return self._exchanged(connection, request, started)
        except (OSError, http.client.HTTPException, ValueError, threading.BrokenBarrierError) as error:
            what = (
                "no answer in time" if isinstance(error, TimeoutError) else f"{type(error).__name__}: {error}"
            )
            return Answer(status=0, seconds=time.perf_counter() - started, error=what)
        finally:
            connection.close()

    def _connection(self, sent: Sent) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(
            self.address.host,
            self.address.port,
            timeout=self.seconds,
            source_address=(self.address.source(sent.client), 0),
        )

    def _exchanged(self, connection: http.client.HTTPConnection, request: Request, started: float) -> Answer:
        self._write(connection, request)
        return self._answer(connection.getresponse(), started, is_kept=request.is_kept)

    def _write(self, connection: http.client.HTTPConnection, request: Request) -> None:
        body, kind = body_of(request)
        headers = {"Host": self.address.header, "Connection": "close", "User-Agent": "guardapi-prove"}
        if kind:
            headers["Content-Type"] = kind
        if request.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in request.cookies.items())
        names = {name.lower() for name in request.headers}
        headers = {name: value for name, value in headers.items() if name.lower() not in names}
        connection.putrequest(request.method, target_of(request), skip_host=True, skip_accept_encoding=True)
        for name, value in {**headers, **request.headers}.items():
            connection.putheader(name, value)
        if request.is_chunked:
            connection.putheader("Transfer-Encoding", "chunked")
        elif body or request.method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(body)))
        # A server that refuses a large body need not have read it: its answer is there nevertheless.
        with contextlib.suppress(ConnectionError):
            connection.endheaders(
                body if body or request.is_chunked else None, encode_chunked=request.is_chunked
            )

    def _answer(self, response: http.client.HTTPResponse, started: float, *, is_kept: bool) -> Answer:
        beginning, size, error = b"", 0, ""
        while chunk := response.read1(_CHUNK):
            size += len(chunk)
            beginning = (beginning + chunk)[: _KEPT_WHOLE if is_kept else _SHOWN]
            if size > LARGEST_ANSWER:
                error = f"the answer is longer than {LARGEST_ANSWER} bytes, and was left there"
                break
            if time.perf_counter() - started > self.seconds:
                error = "the answer had no end in time"
                break
        return Answer(
            status=response.status,
            size=size,
            seconds=time.perf_counter() - started,
            headers=_kept(response.getheaders()),
            text=beginning.decode("utf-8", "replace") if response.status >= 400 or is_kept else "",
            error=error,
        )


def _kept(headers: list[tuple[str, str]]) -> dict[str, str]:
    """Those that say something here; one that comes several times has a line for each."""
    kept: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        if key in _KEPT or key.startswith(_KEPT_PREFIXES):
            kept[key] = f"{kept[key]}\n{value}" if key in kept else value
    return kept


def target_of(request: Request) -> str:
    """Path and query as they stand in the first line; what is escaped already stays as it is."""
    path = quote(request.path, safe="/%:@!$&'()*+,;=~-._")
    return f"{path}?{urlencode(request.query)}" if request.query else path


def body_of(request: Request) -> tuple[bytes, str]:
    """The body of a request, and its content type."""
    if request.json is not None:
        return json.dumps(request.json).encode(), "application/json"
    if request.files or (request.is_multipart and request.form):
        return _multipart(request), f"multipart/form-data; boundary={_BOUNDARY}"
    if request.form:
        return urlencode(request.form).encode(), "application/x-www-form-urlencoded"
    return request.body.encode(), "text/plain; charset=utf-8" if request.body else ""


def _multipart(request: Request) -> bytes:
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value.encode()
        for name, value in request.form.items()
    ]
    parts += [
        f'Content-Disposition: form-data; name="{name}"; filename="{name}.png"\r\n'
        "Content-Type: image/png\r\n\r\n".encode()
        + _PICTURE.ljust(request.file_size, b"\0")
        for name in request.files
    ]
    opened = f"--{_BOUNDARY}\r\n".encode()
    return b"".join(opened + part + b"\r\n" for part in parts) + f"--{_BOUNDARY}--\r\n".encode()
