"""GA603: another server is called for each request, without limit."""

from collections.abc import Iterator
from dataclasses import replace

from guardapi.findings import Cwe, Finding, Owasp, Probe, Related, Severity
from guardapi.limited_views import limited_uses
from guardapi.model import App, Deployment
from guardapi.rank import Stake, level
from guardapi.reached import (
    OUTBOUND,
    Reached,
    Use,
    called,
    one_for_each_route,
    open_or_free,
    reached,
    with_timeout,
)
from guardapi.remedy import Remedy
from guardapi.rule import Example, Rule


class OutboundCallWithoutLimit(Rule):
    """Each request calls another server, and nothing limits the requests.

    ## What it finds
    A call to another server (HTTP, FTP, LDAP, SSH, gRPC) that a view reaches, on a route without any limit.
    With a limit, too, where the caller chooses how many calls one request makes.

    ## Why it is bad
    A worker waits for the other side in every call, so a few callers hold all workers; and the other side
    sees the flood come from you.

    ## How to fix it
    Give the route a limit of its own, such as `@limiter.limit("10 per minute")`, and the call a timeout.

    ## What it leaves alone
    Calls in jobs of a queue, on the command line and at start-up; what a cache without caller data in its
    key answers.
    """

    id = "GA603"
    name = "outbound-call-without-limit"
    severity = Severity.HIGH
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.NETWORK_AMPLIFICATION, Cwe.UNCONTROLLED_CONSUMPTION)
    owasp = (Owasp.RESOURCE_CONSUMPTION, Owasp.UNSAFE_CONSUMPTION)
    probes = (Probe.FLOOD, Probe.STALL)
    vulnerable = (
        Example(
            title="a page is fetched in the view",
            files={
                "shop.py": """
                    import requests
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.get("/rates")
                    def rates():
                        return requests.get("https://rates.example.com/today", timeout=2).json()  # finds: GA603
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


                    @app.get("/rates")
                    @limiter.limit("30 per minute")
                    def rates():
                        return requests.get("https://rates.example.com/today", timeout=2).json()  # finds: GA603
                """,
            },
        ),
        Example(
            title="a client of a service class, without a timeout",
            files={
                "shop/__init__.py": """
                    from flask import Flask

                    from shop.extensions import limiter
                    from shop.previews import previews


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        limiter.init_app(app)
                        app.register_blueprint(previews)
                        return app
                """,
                "shop/extensions.py": """
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    limiter = Limiter(get_remote_address, storage_uri="memory://")
                """,
                "shop/pages.py": """
                    import httpx


                    class Pages:
                        def __init__(self):
                            self.client = httpx.Client(timeout=None)

                        def title(self, address):
                            return self.client.get(address).text[:200]  # finds: GA603


                    pages = Pages()
                """,
                "shop/previews.py": """
                    from flask import Blueprint, request

                    from shop.extensions import limiter
                    from shop.pages import pages

                    previews = Blueprint("previews", __name__)


                    @previews.get("/preview")
                    def preview():
                        return {"title": pages.title(request.args["url"])}


                    @previews.get("/about")
                    @limiter.limit("20 per minute")
                    def about():
                        return {"version": 1}
                """,
            },
            fixed={
                "shop/pages.py": """
                    import httpx


                    class Pages:
                        def __init__(self):
                            self.client = httpx.Client(timeout=10)

                        def title(self, address):
                            return self.client.get(address).text[:200]  # finds: GA603


                    pages = Pages()
                """,
                "shop/previews.py": """
                    from flask import Blueprint, request

                    from shop.extensions import limiter
                    from shop.pages import pages

                    previews = Blueprint("previews", __name__)


                    @previews.get("/preview")
                    @limiter.limit("30 per minute")
                    def preview():
                        return {"title": pages.title(request.args["url"])}


                    @previews.get("/about")
                    @limiter.limit("20 per minute")
                    def about():
                        return {"version": 1}
                """,
            },
        ),
        Example(
            title="one call for each item that the caller sends",
            files={
                "shop.py": """
                    import requests
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/check")
                    @limiter.limit("10 per minute")
                    def check():
                        states = {}
                        for name in request.get_json()["hosts"]:
                            answer = requests.get(f"https://status.example.com/{name}", timeout=2)  # finds: GA603
                            states[name] = answer.status_code
                        return states
                """,
            },
        ),
        Example(
            title="a directory is asked",
            files={
                "shop.py": """
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from ldap3 import Connection, Server

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.get("/people")
                    def people():
                        server = Server("ldap.example.com", connect_timeout=2)
                        directory = Connection(server, receive_timeout=5)
                        directory.bind()  # finds: GA603
                        return {"bound": directory.bound}
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from ldap3 import Connection, Server

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.get("/people")
                    @limiter.limit("30 per minute")
                    def people():
                        server = Server("ldap.example.com", connect_timeout=2)
                        directory = Connection(server, receive_timeout=5)
                        directory.bind()  # finds: GA603
                        return {"bound": directory.bound}
                """,
            },
        ),
    )
    secure = (
        Example(
            title="limited, with a timeout",
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


                    @app.get("/rates")
                    @limiter.limit("10 per minute")
                    def rates():
                        return requests.get("https://rates.example.com/today", timeout=2).json()
                """,
            },
        ),
        Example(
            title="default limits cover it, a session brings the timeout",
            files={
                "shop.py": """
                    import httpx
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )
                    client = httpx.Client(timeout=5)


                    @app.get("/preview")
                    def preview():
                        page = client.get("https://pages.example.com", params={"q": request.args["q"]})
                        return {"title": page.text[:200]}
                """,
            },
        ),
        Example(
            title="a job of a queue calls",
            files={
                "shop.py": """
                    import requests
                    from celery import Celery
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )
                    jobs = Celery("shop", broker="redis://localhost:6379/0")


                    @jobs.task
                    def refresh():
                        return requests.get("https://rates.example.com/today").json()


                    @app.post("/refresh")
                    @limiter.limit("2 per minute")
                    def start():
                        refresh.delay()
                        return {"state": "started"}, 202
                """,
            },
        ),
        Example(
            title="at most a few calls for one request",
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


                    @app.post("/check")
                    @limiter.limit("10 per minute")
                    def check():
                        states = {}
                        for name in request.get_json()["hosts"][:5]:
                            answer = requests.get(f"https://status.example.com/{name}", timeout=2)
                            states[name] = answer.status_code
                        return states
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        found = reached(app, deployment, *OUTBOUND, accepts=open_or_free(app))
        for one, related in one_for_each_route(found):
            yield self._finding(app, one, related, _remedy(app, deployment, one))

    def _finding(self, app: App, one: Reached, related: list[Related], remedy: Remedy | None) -> Finding:
        stake = _stake(one.worst)
        severity = level(stake.score)
        if one.sink.facts.get("timeout") == "none":
            severity = Severity(min(severity + 1, Severity.CRITICAL))
        return self.finding(
            one.sink.place,
            f"`{one.title}`{one.others} {_consequence(one.worst)}",
            app=app,
            identity=(one.sink.function, one.sink.name),
            severity=severity,
            confidence=one.confidence,
            route=one.reference,
            related=related,
            why=stake.why,
            remedy=remedy,
            is_advisory=severity < Severity.MEDIUM,
        )


def _stake(use: Use) -> Stake:
    if use.sink.facts.get("picks_host") is True:
        return replace(use.stake, choice=2, picks="the caller picks the address")
    return use.stake


def _consequence(use: Use) -> str:
    sink = use.sink
    does = f"{sink.kind.value} (`{called(sink)}`)"
    source = sink.repeated_by or sink.unbounded
    times = f"once for each item of `{source.source}`" if source is not None else "for each request"
    if source is not None and not use.is_open:
        return f"{does} {times}, as many as the caller sends: a rate limit does not cure it."
    without = (
        "without limit and without a timeout" if sink.facts.get("timeout") == "none" else "without limit"
    )
    return f"{does} {times}, {without}: callers can hold your workers and flood the other side through you."


def _remedy(app: App, deployment: Deployment, one: Reached) -> Remedy | None:
    """A limit, and a timeout for each call behind it that has none."""
    limits = limited_uses(app, deployment, one)
    sinks = [
        sink
        for use in one.uses
        for sink in use.route.work[use.method].of(*OUTBOUND)
        if sink.facts.get("timeout") == "none"
    ]
    timeouts = dict.fromkeys(edit for sink in sinks if (edit := with_timeout(sink)) is not None)
    if limits is None or not timeouts:
        return limits
    reason = f"{limits.reason} It waits for the other side 10 seconds at most."
    return replace(limits, reason=reason, edits=(*limits.edits, *timeouts))
