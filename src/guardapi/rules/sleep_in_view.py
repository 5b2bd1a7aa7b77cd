"""GA609: a view sleeps while it holds a worker."""

from collections.abc import Iterator
from typing import Final

from guardapi.findings import Cwe, Finding, Probe, Related, Severity
from guardapi.model import App, Deployment
from guardapi.place import Place
from guardapi.reached import Accepts, Reached, Use, called, one_for_each_route, open_or_free, reached
from guardapi.remedy import Remedy, Rewrite, Safety
from guardapi.rule import Example, Rule
from guardapi.sink import Kind, Sink

SHORT: Final = 0.2
"""Seconds that are left alone."""
LONG: Final = 1.0
"""Seconds above which a pause of fixed length counts."""


class SleepInView(Rule):
    """A view sleeps, and its worker serves nobody meanwhile.

    ## What it finds
    `sleep`, `Event.wait(seconds)` and loops that sleep until something is done, below a view: of any length
    that the caller chooses, or longer than a second in all on a route without a limit.

    ## Why it is bad
    As many callers as there are workers stop the service, without any load.

    ## How to fix it
    Bound what the caller chooses (`min(seconds, 1.0)`). What waits for other work belongs in a job, whose
    state the client asks for.

    ## What it leaves alone
    Short pauses (up to 0.2 seconds), sleeps of jobs and of the command line, streams, and `await
    asyncio.sleep`.
    """

    id = "GA609"
    name = "sleep-in-view"
    severity = Severity.MEDIUM
    cwe = (Cwe.UNCONTROLLED_CONSUMPTION, Cwe.ALLOCATION_WITHOUT_LIMITS)
    probes = (Probe.GROWTH, Probe.STALL)
    vulnerable = (
        Example(
            title="the caller says how long",
            files={
                "shop.py": """
                    import time

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.get("/wait")
                    @limiter.limit("5 per minute")
                    def wait():
                        time.sleep(float(request.args.get("seconds", 0)))  # finds: GA609
                        return {"state": "done"}
                """,
            },
            fixed={
                "shop.py": """
                    import time

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.get("/wait")
                    @limiter.limit("5 per minute")
                    def wait():
                        time.sleep(min(float(request.args.get("seconds", 0)), 1.0))  # finds: GA609
                        return {"state": "done"}
                """,
            },
        ),
        Example(
            title="a loop asks until it is done",
            files={
                "shop/__init__.py": """
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    from shop.reports import wait_for

                    limiter = Limiter(get_remote_address, storage_uri="memory://")


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        limiter.init_app(app)

                        @app.get("/reports/<name>")
                        def report(name):
                            return wait_for(name)

                        return app
                """,
                "shop/reports.py": """
                    import time

                    DONE = {}


                    def wait_for(name):
                        while name not in DONE:
                            time.sleep(0.5)  # finds: GA609
                        return DONE[name]
                """,
            },
        ),
        Example(
            title="attempts that add up",
            files={
                "shop.py": """
                    import time

                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    states = {}


                    @app.get("/state")
                    def state():
                        for _ in range(10):
                            if states.get("ready"):
                                return {"ready": True}
                            time.sleep(1)  # finds: GA609
                        return {"ready": False}
                """,
            },
        ),
    )
    secure = (
        Example(
            title="the length has a bound",
            files={
                "shop.py": """
                    import time

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.get("/wait")
                    def wait():
                        time.sleep(min(float(request.args.get("seconds", 0)), 0.1))
                        return {"state": "done"}
                """,
            },
        ),
        Example(
            title="a brake on failed attempts, with a limit",
            files={
                "shop.py": """
                    import time

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import check_password_hash, generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )
                    stored = generate_password_hash("s3cret")


                    @app.post("/login")
                    @limiter.limit("5 per minute")
                    def login():
                        if check_password_hash(stored, request.form.get("password", "")):
                            return "welcome"
                        time.sleep(2)
                        return "no", 401
                """,
            },
        ),
        Example(
            title="a job sleeps",
            files={
                "shop.py": """
                    import time

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
                    def recount():
                        time.sleep(30)


                    @app.post("/recount")
                    @limiter.limit("2 per minute")
                    def start():
                        recount.delay()
                        return {"state": "started"}, 202
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        found = reached(app, deployment, Kind.SLEEP, accepts=_slept_openly(app))
        for one, related in one_for_each_route(found):
            yield self._finding(app, one, related)

    def _finding(self, app: App, one: Reached, related: list[Related]) -> Finding:
        severity = _severity(one.sink)
        return self.finding(
            one.sink.place,
            f"`{one.title}`{one.others} {_consequence(one.sink)}",
            app=app,
            identity=(one.sink.function, one.sink.name),
            severity=severity,
            confidence=one.confidence,
            route=one.reference,
            related=related,
            why=_why(one.sink),
            is_advisory=severity < Severity.MEDIUM,
            remedy=_remedy(one.sink),
        )


def _slept_openly(app: App) -> Accepts:
    is_accepted = open_or_free(app)

    def accepts(use: Use) -> bool:
        total = use.sink.facts.get("total")
        is_short = isinstance(total, int | float) and total <= SHORT
        return is_accepted(use) and not is_short and (use.sink.unbounded is not None or total != "unknown")

    return accepts


def _severity(sink: Sink) -> Severity:
    if sink.unbounded is not None:
        return Severity.HIGH
    total = sink.facts.get("total")
    is_long = total == "endless" or (isinstance(total, int | float) and total > LONG)
    return Severity.MEDIUM if is_long or sink.repeated_by is not None else Severity.LOW


def _remedy(sink: Sink) -> Remedy | None:
    """A bound for what the caller picks; how else to wait is a decision about the design."""
    given = sink.facts.get("given_at")
    if sink.unbounded is None or not isinstance(given, Place):
        return None
    edit = Rewrite(expression=given, text="min({}, 1.0)")
    reason = "Sleeps a second at most, whatever the caller asks for."
    return Remedy(safety=Safety.SAFE, reason=reason, edits=(edit,))


def _consequence(sink: Sink) -> str:
    held = "while it holds a worker: as many callers as workers stop the service."
    if sink.unbounded is not None:
        return f"sleeps as long as `{sink.unbounded.source}` says, {held}"
    if sink.repeated_by is not None:
        return f"sleeps once for each item of `{sink.repeated_by.source}`, {held}"
    total = sink.facts.get("total")
    if total == "endless":
        return f"sleeps (`{called(sink)}`) until something is done, without an end, {held}"
    return f"sleeps {total:g} seconds, {held}" if isinstance(total, int | float) else f"sleeps {held}"


def _why(sink: Sink) -> str:
    if sink.unbounded is not None:
        return "the caller picks how long; a rate limit does not cure it"
    return "the length is fixed, and nothing limits the requests"
