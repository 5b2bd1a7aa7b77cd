"""A server that runs already: asked on the loopback interface alone, and so often as was said."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, redirect, request
from flask_limiter import Limiter
from werkzeug.serving import make_server

from guardapi.errors import TargetError, UsageError
from guardapi.prove.exchange import Answer, Exchange, Request, Sent
from guardapi.prove.plans import Store
from guardapi.prove.transports import url as url_module
from guardapi.prove.transports.http_client import Client
from guardapi.prove.transports.loopback import Address, server_address
from guardapi.prove.transports.url import REACHED, REMEMBERS, Url

SEEN: list[str] = []


def application() -> Flask:
    app = Flask(__name__)
    limiter = Limiter(
        lambda: request.remote_addr or "", app=app, storage_uri="memory://", headers_enabled=True
    )

    @app.get("/search")
    @limiter.limit("3 per minute")
    def search() -> str:
        SEEN.append(str(request.remote_addr))
        return "found"

    @app.get("/export")
    @limiter.limit("1 per hour")
    def export() -> str:
        return "all"

    @app.get("/elsewhere")
    def elsewhere() -> Any:
        return redirect("http://198.51.100.1/")

    @app.post("/echo")
    def echo() -> dict[str, object]:
        files = {name: len(file.read()) for name, file in request.files.items()}
        return {"json": request.get_json(silent=True), "form": request.form.to_dict(), "files": files}

    @app.get("/endless")
    def endless() -> Response:
        return Response(iter(lambda: "x" * 1024, ""))

    return app


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    server = make_server("127.0.0.1", 0, application(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server_address(f"http://127.0.0.1:{server.port}")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was waited for, without waiting."""
    waited: list[float] = []
    monkeypatch.setattr(url_module.time, "sleep", waited.append)
    return waited


def gets(path: str, number: int, client: str) -> list[Exchange]:
    return [Exchange(sent=(Sent(request=Request(method="GET", path=path), client=client),))] * number


def statuses(transport: Url, exchanges: list[Exchange]) -> list[int]:
    return [answer.status for answers in transport.send(exchanges) for answer in answers]


def test_limit_is_met_by_one_client(address: Address) -> None:
    """The address of the connection is that of the client, within 127.0.0.0/8."""
    transport = Url(address, most=10)
    SEEN.clear()

    found = statuses(transport, gets("/search", 4, "203.0.113.5"))

    assert (found, SEEN, transport.left) == ([200, 200, 200, 429], ["127.0.113.5"] * 3, 6)


def test_same_client_waits_for_its_window(address: Address, waits: list[float]) -> None:
    transport = Url(address, most=20)
    statuses(transport, gets("/search", 4, "203.0.113.6"))
    statuses(transport, gets("/search", 1, "203.0.113.7"))
    assert sum(waits) == 0

    statuses(transport, gets("/search", 1, "203.0.113.6"))

    assert 55 < sum(waits) <= 62


def test_long_window_is_not_waited_for(address: Address, waits: list[float]) -> None:
    transport = Url(address, most=20)
    statuses(transport, gets("/export", 2, "203.0.113.8"))

    ((answer,),) = transport.send(gets("/export", 1, "203.0.113.8"))

    assert (answer.status, answer.error, transport.left) == (0, REMEMBERS, 18)
    assert sum(waits) == 0


def test_never_more_than_was_said(address: Address) -> None:
    """A claim that would need more is not begun."""
    transport = Url(address, most=5)
    SEEN.clear()

    found = list(transport.send(gets("/search", 6, "203.0.113.9")))

    assert {answer.error for answers in found for answer in answers} == {REACHED}
    assert (SEEN, transport.left) == ([], 5)
    assert statuses(transport, gets("/search", 2, "203.0.113.9")) == [200, 200]


def test_burst_comes_at_once(address: Address) -> None:
    sent = Sent(request=Request(method="GET", path="/search"), client="203.0.113.10")

    (answers,) = Url(address, most=30).send([Exchange(sent=(sent,) * 30)])

    assert sorted(answer.status for answer in answers) == [200] * 3 + [429] * 27


def test_redirect_is_not_followed(address: Address) -> None:
    ((answer,),) = Url(address, most=1).send(gets("/elsewhere", 1, "127.0.0.1"))

    assert (answer.status, answer.headers["location"]) == (302, "http://198.51.100.1/")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"json": {"a": [1]}}, '{"files":{},"form":{},"json":{"a":[1]}}'),
        ({"form": {"a": "ä&"}}, '{"files":{},"form":{"a":"\\u00e4&"},"json":null}'),
        ({"form": {"a": "1"}, "files": ("photo",)}, '{"files":{"photo":69},"form":{"a":"1"},"json":null}'),
        ({"form": {"a": "1"}, "is_multipart": True, "is_chunked": True}, None),
        ({"is_chunked": True}, None),
    ],
    ids=["json", "form", "file", "chunked", "empty"],
)
def test_body_arrives_as_it_is_meant(address: Address, body: dict[str, Any], expected: str | None) -> None:
    request_sent = Sent(request=Request(method="POST", path="/echo", **body))

    answer = Client(address=address).ask(request_sent)

    assert (answer.status, answer.error) == (200, "")
    assert expected is None or answer.size == len(expected) + 1


def test_endless_answer_is_left(address: Address) -> None:
    sent = Sent(request=Request(method="GET", path="/endless"))

    answer = Client(address=address, seconds=0.2).ask(sent)

    assert (answer.status, answer.error) == (200, "the answer had no end in time")


def test_silent_server_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = Client(address=Address(host="127.0.0.1", port=silent.getsockname()[1]), seconds=0.2)
        sent = Sent(request=Request(method="GET", path="/"))

        answers = (client.ask(sent), *client.together([sent] * 3))

    assert [(answer.status, answer.error) for answer in answers] == [(0, "no answer in time")] * 4


def test_server_that_is_late_is_told() -> None:
    """Nobody listens yet; a moment later somebody does."""
    with socket.socket() as late:
        late.bind(("127.0.0.1", 0))
        port = late.getsockname()[1]
        transport = Url(server_address(f"http://127.0.0.1:{port}"), most=1)

        with pytest.raises(TargetError, match=f"Nobody listens on 127.0.0.1:{port}: Connection refused"):
            transport.connect(Store.WORKING)
        late.listen()

        assert transport.connect(Store.WORKING) is transport
        with pytest.raises(TargetError, match="store of a server that somebody else has started"):
            transport.connect(Store.REFUSES)


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("http://198.51.100.1:80", "'198.51.100.1' is not this machine's loopback interface"),
        ("http://0.0.0.0:80", "'0.0.0.0' is not this machine's loopback interface"),
        ("http://[2001:db8::1]:80", "'2001:db8::1' is not this machine's loopback interface"),
        ("http://127.0.0.1@198.51.100.1:80", "'198.51.100.1' is not this machine's loopback interface"),
        ("https://127.0.0.1:80", "does not begin with http://"),
        ("127.0.0.1:80", "does not begin with http://"),
        ("http://127.0.0.1", "does not say host and port"),
        ("http://127.0.0.1:99999", "is no address"),
    ],
)
def test_other_machines_are_refused(named: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        server_address(named)

    assert message in str(raised.value)


def test_name_has_to_mean_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked up once, and every answer counts."""
    asked: list[object] = []

    def answers(*numbers: str) -> None:
        def look_up(host: object, port: object, *_: object, **__: object) -> list[Any]:
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, 0)) for number in numbers]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

    answers("127.0.0.1", "198.51.100.1")
    with pytest.raises(UsageError, match=r"'shop.test' \(198.51.100.1\) is not this machine's loopback"):
        server_address("http://shop.test:80")
    answers("127.0.0.1")
    found = server_address("http://shop.test:80")

    assert (found.host, found.header, asked) == ("127.0.0.1", "shop.test:80", ["shop.test"] * 2)


def test_no_answer_is_an_answer() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        client = Client(address=Address(host="127.0.0.1", port=closed.getsockname()[1]))
        answer: Answer = client.ask(Sent(request=Request(method="GET", path="/")))

    assert (answer.status, answer.error) == (0, "ConnectionRefusedError: [Errno 111] Connection refused")
