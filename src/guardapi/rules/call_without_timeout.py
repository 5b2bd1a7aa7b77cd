"""GA901: a view waits for another side without any timeout."""

from collections.abc import Iterator
from typing import Final

from guardapi.findings import Cwe, Finding, Owasp, Probe, Related, Severity, counted
from guardapi.model import App, Deployment
from guardapi.place import Place
from guardapi.reached import (
    CONNECT_AND_READ,
    OUTBOUND,
    Reached,
    Use,
    called,
    open_or_free,
    reached,
    with_timeout,
)
from guardapi.remedy import Remedy, Safety
from guardapi.rule import Example, Rule
from guardapi.sink import Kind, Sink

KINDS: Final = (
    *OUTBOUND,
    *(Kind.MAIL, Kind.MESSAGE, Kind.PAYMENT, Kind.MODEL_API, Kind.PAID_API, Kind.CLOUD_JOB, Kind.INFERENCE),
    Kind.WAIT,
)
"""Libraries that take a timeout for connecting and one for reading."""
LONG: Final = 60
"""Seconds from which a default counts as long: servers end a worker that is silent for 30."""


class CallWithoutTimeout(Rule):
    """A call to another side has no timeout, and a request waits for it.

    ## What it finds
    A call below a view that waits for ever where the other side hangs: no timeout in the call, the session,
    its adapter, the client's constructor, or for all sockets. Waits for threads, processes, locks and
    queues count.

    ## Why it is bad
    One server that accepts and never answers takes worker after worker, until none is left.

    ## How to fix it
    Pass `timeout=(3.05, 10)` to `requests`, `timeout=10` elsewhere, or set it once on the client.

    ## What it leaves alone
    Libraries whose default is short (`httpx`: 5 seconds), wrappers that bring a timeout, jobs of a queue
    and the command line. Long defaults (60 seconds and more) are advice.
    """

    id = "GA901"
    name = "call-without-timeout"
    severity = Severity.MEDIUM
    cwe = (Cwe.CALL_WITHOUT_TIMEOUT, Cwe.UNCONTROLLED_CONSUMPTION)
    owasp = (Owasp.RESOURCE_CONSUMPTION, Owasp.UNSAFE_CONSUMPTION)
    probes = (Probe.STALL,)
    vulnerable = (
        Example(
            title="the functions of a client are one fault",
            files={
                "shop.py": """
                    import requests
                    from flask import Flask, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    class Prices:
                        def euro(self):
                            return requests.get("https://rates.example/euro").json()  # finds: GA901

                        def dollar(self):
                            return requests.get("https://rates.example/dollar").json()


                    @app.get("/prices")
                    def prices():
                        return jsonify(Prices().euro(), Prices().dollar())
                """,
            },
            fixed={
                "shop.py": """
                    import requests
                    from flask import Flask, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    class Prices:
                        def euro(self):
                            return requests.get("https://rates.example/euro", timeout=(3.05, 10)).json()  # finds: GA901

                        def dollar(self):
                            return requests.get("https://rates.example/dollar", timeout=(3.05, 10)).json()


                    @app.get("/prices")
                    def prices():
                        return jsonify(Prices().euro(), Prices().dollar())
                """,
            },
        ),
        Example(
            title="requests waits for ever by default",
            files={
                "shop.py": """
                    import requests
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.get("/rate")
                    @limiter.limit("10 per minute")
                    def rate():
                        return requests.get("https://rates.example/today").json()  # finds: GA901
                """,
            },
            fixed={
                "shop.py": """
                    import requests
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.get("/rate")
                    @limiter.limit("10 per minute")
                    def rate():
                        return requests.get("https://rates.example/today", timeout=(3.05, 10)).json()  # finds: GA901
                """,
            },
        ),
        Example(
            title="the timeout of the client is switched off",
            files={
                "shop/__init__.py": """
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    from shop.rates import today

                    limiter = Limiter(get_remote_address, default_limits=["10 per minute"], storage_uri="memory://")


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        limiter.init_app(app)

                        @app.get("/rate")
                        def rate():
                            return today()

                        return app
                """,
                "shop/rates.py": """
                    import httpx

                    client = httpx.Client(base_url="https://rates.example.com", timeout=None)


                    def today():
                        return client.get("/today").json()  # finds: GA901
                """,
            },
            fixed={
                "shop/rates.py": """
                    import httpx

                    client = httpx.Client(base_url="https://rates.example.com", timeout=10)


                    def today():
                        return client.get("/today").json()  # finds: GA901
                """,
            },
        ),
        Example(
            title="mail, and a process, without an end",
            files={
                "shop.py": """
                    import smtplib
                    import subprocess

                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/report")
                    def report():
                        with smtplib.SMTP("mail.example.com") as server:
                            server.sendmail("shop@example.com", "owner@example.com", "Subject: Fault")  # finds: GA901
                        return {"state": "sent"}


                    @app.post("/tidy")
                    @limiter.limit("1 per hour")
                    def tidy():
                        subprocess.run(["tidy-shop"], check=True)  # finds: GA901
                        return {"state": "done"}
                """,
            },
            fixed={
                "shop.py": """
                    import smtplib
                    import subprocess

                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/report")
                    def report():
                        with smtplib.SMTP("mail.example.com", timeout=10) as server:
                            server.sendmail("shop@example.com", "owner@example.com", "Subject: Fault")  # finds: GA901
                        return {"state": "sent"}


                    @app.post("/tidy")
                    @limiter.limit("1 per hour")
                    def tidy():
                        subprocess.run(["tidy-shop"], check=True, timeout=10)  # finds: GA901
                        return {"state": "done"}
                """,
            },
        ),
        Example(
            title="the result of a job is waited for",
            files={
                "shop.py": """
                    from celery import Celery
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )
                    jobs = Celery("shop", broker="redis://localhost:6379/0")


                    @jobs.task
                    def total(name):
                        return len(name)


                    @app.get("/total/<name>")
                    def totals(name):
                        return {"total": total.delay(name).get()}  # finds: GA901
                """,
            },
            fixed={
                "shop.py": """
                    from celery import Celery
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )
                    jobs = Celery("shop", broker="redis://localhost:6379/0")


                    @jobs.task
                    def total(name):
                        return len(name)


                    @app.get("/total/<name>")
                    def totals(name):
                        return {"total": total.delay(name).get(timeout=10)}  # finds: GA901
                """,
            },
        ),
    )
    secure = (
        Example(
            title="a timeout in the call",
            files={
                "shop.py": """
                    import requests
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.get("/rate")
                    def rate():
                        return requests.get("https://rates.example.com/today", timeout=(3.05, 10)).json()
                """,
            },
        ),
        Example(
            title="a session of the project brings one",
            files={
                "shop.py": """
                    import requests
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    class Session(requests.Session):
                        def request(self, method, url, **options):
                            options.setdefault("timeout", 5)
                            return super().request(method, url, **options)


                    session = Session()


                    @app.get("/rate")
                    def rate():
                        return session.get("https://rates.example.com/today").json()
                """,
            },
        ),
        Example(
            title="the default of the library, and a function with one",
            files={
                "shop.py": """
                    import functools

                    import httpx
                    import requests
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )
                    fetch = functools.partial(requests.get, timeout=5)


                    @app.get("/rate")
                    def rate():
                        today = httpx.get("https://rates.example.com/today").json()
                        return {"today": today, "yesterday": fetch("https://rates.example.com/yesterday").json()}
                """,
            },
        ),
        Example(
            title="a timeout for all sockets",
            files={
                "shop.py": """
                    import smtplib

                    import socket
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )
                    socket.setdefaulttimeout(10)


                    @app.post("/report")
                    def report():
                        with smtplib.SMTP("mail.example.com") as server:
                            server.sendmail("shop@example.com", "owner@example.com", "Subject: Fault")
                        return {"state": "sent"}
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        folded = _told_of(app, deployment)
        groups: dict[tuple[str, bool], list[Reached]] = {}
        for one in reached(app, deployment, *KINDS, accepts=lambda use: _waits(use.sink)):
            if one.sink.place not in folded:
                groups.setdefault((_mended_at(one.sink), _is_fault(one.sink)), []).append(one)
        for group in _by_client([sorted(group, key=_worst_first) for group in groups.values()]):
            yield self._finding(app, group)

    def _finding(self, app: App, group: list[Reached]) -> Finding:
        """One for each function, connection or client: who mends one call there mends the others."""
        one, *others = group
        picks_host = _picks_host(one.sink)
        asides = [
            Related(place=other.sink.place, message=f"`{called(other.sink)}` has none, either")
            for other in others
        ]
        return self.finding(
            one.sink.place,
            _message(one, len(others)),
            app=app,
            identity=(one.sink.function,),
            severity=_severity(one.sink),
            confidence=one.confidence,
            route=one.reference,
            related=[*one.related(), *asides],
            why="the caller picks the address, and so a server that never answers" if picks_host else WHY,
            is_advisory=not _is_fault(one.sink),
            remedy=_remedy(group),
        )


WHY: Final = "nothing ends the wait"


def _is_fault(sink: Sink) -> bool:
    """A wait without an end; for a lock, which `with` would wait for just so, it is advice."""
    return sink.facts["timeout"] == "none" and not sink.name.endswith(".acquire")


def _mended_at(sink: Sink) -> str:
    """What calls have in common that one change mends: the function, or the connection that they go through."""
    maker, is_made, _ = sink.name.partition("().")
    goes_through = is_made and sink.kind in {Kind.CONNECTION, Kind.MAIL}
    return f"{sink.place.file}:{maker}" if goes_through else sink.function


def _by_client(groups: list[list[Reached]]) -> Iterator[list[Reached]]:
    """Functions of one file that one route goes through are a client: it gets its timeout once."""
    clients: dict[object, list[Reached]] = {}
    for group in sorted(groups, key=lambda item: _worst_first(item[0])):
        one = group[0]
        client = (one.sink.place.file, one.title, _severity(one.sink), _is_fault(one.sink))
        clients.setdefault(client, []).extend(group)
    yield from clients.values()


def _severity(sink: Sink) -> Severity:
    if not _is_fault(sink) or _is_own_command(sink):
        return Severity.LOW
    return Severity.HIGH if _picks_host(sink) else Severity.MEDIUM


def _picks_host(sink: Sink) -> bool:
    return sink.facts.get("picks_host") is True


def _is_own_command(sink: Sink) -> bool:
    """A program on the server, in whose command no caller has a part: it seldom hangs."""
    return sink.name.startswith("subprocess.") and not sink.inputs


def _remedy(group: list[Reached]) -> Remedy | None:
    """A timeout for every call of the group, where all take one."""
    sinks = [one.sink for one in group]
    edits = dict.fromkeys(edit for sink in sinks if (edit := with_timeout(sink)) is not None)
    if not all("bounded_at" in sink.facts for sink in sinks):
        return None
    # What waits for a thread or a process gives up in the middle of its work.
    waits = any(sink.kind is Kind.WAIT for sink in sinks)
    has_pair = any(edit.value == CONNECT_AND_READ for edit in edits)
    length = (
        "3.05 seconds at most for a connection and 10 for an answer" if has_pair else "10 seconds at most"
    )
    then = "then an exception ends the request" if waits else "and not for ever"
    return Remedy(
        safety=Safety.UNSAFE if waits else Safety.SAFE,
        reason=f"Waits {length}, {then}.",
        edits=tuple(edits),
    )


def _worst_first(one: Reached) -> tuple[object, ...]:
    return (not _picks_host(one.sink), one.sink.place)


def _waits(sink: Sink) -> bool:
    timeout = sink.facts.get("timeout")
    is_long = isinstance(timeout, int | float) and timeout >= LONG and _has_long_default(sink)
    return (timeout == "none" or is_long) and "queued_at" not in sink.facts


def _has_long_default(sink: Sink) -> bool:
    """Whether a library waits long by itself: what is passed was chosen."""
    return sink.name.startswith("aiohttp.") or sink.kind not in {Kind.WAIT, *OUTBOUND}


def _told_of(app: App, deployment: Deployment) -> frozenset[Place]:
    """Where the missing limit is a finding, which says that the timeout is missing, too."""

    def is_told(use: Use) -> bool:
        return use.sink.facts.get("timeout") == "none" and accepted(use)

    accepted = open_or_free(app)
    return frozenset(one.sink.place for one in reached(app, deployment, *OUTBOUND, accepts=is_told))


def _message(one: Reached, others: int) -> str:
    timeout = one.sink.facts["timeout"]
    more = f", and {counted(others, 'more call')} there," if others else ""
    name = f"`{called(one.sink)}`{more} in `{one.title}`{one.others}"
    verb = "have" if others else "has"
    if timeout != "none":
        return f"{name} may wait {timeout:g} seconds: longer than servers wait for a worker."
    if one.sink.kind is Kind.WAIT:
        return f"{name} {verb} no timeout: if what it waits for never comes, the worker hangs."
    return f"{name} {verb} no timeout: if the other side hangs, the worker hangs with it."
