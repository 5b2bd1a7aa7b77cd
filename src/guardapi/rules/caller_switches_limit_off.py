"""GA210: a condition that lets the caller switch a limit off."""

import re
from collections.abc import Iterator
from typing import Final

from guardapi.coverage import active_limiters
from guardapi.findings import Cwe, Finding, Probe, Related, Severity
from guardapi.model import App, Deployment, LimiterFunction, MethodLimits
from guardapi.rank import credential_word
from guardapi.rule import Example, Rule

ROLES: Final = {
    "exempt_when": "lifts the limit",
    "request_filter": "lifts all limits",
    "cost": "decides what a request counts",
}
HARMLESS: Final = re.compile(r"request\.(?:path|full_path|url|base_url|host|mimetype|range)\b")
"""What says which route is asked for, and is nothing to hide behind."""


class CallerSwitchesLimitOff(Rule):
    """A limit is lifted for whoever sends a certain text.

    ## What it finds
    `exempt_when`, a `request_filter`, or a function for the `cost` of a limit, that decides by data of the request
    which nothing verifies: a header, an argument or a cookie that is there, or that equals a text in the source.

    ## Why it is bad
    The text is no secret: it stands in clients, in logs and in this repository. Whoever sends it is not limited. A
    cost that the caller chooses may be zero, or negative.

    ## How to fix it
    Compare with a secret from the configuration, in constant time:
    `hmac.compare_digest(sent, app.config["INTERNAL_KEY"])`, or decide by who has signed in.

    ## What it leaves alone
    Comparisons with what comes from the configuration or the environment; decisions by the method, the endpoint or
    the path; decisions by who has signed in.
    """

    id = "GA210"
    name = "caller-switches-limit-off"
    severity = Severity.MEDIUM
    cwe = (Cwe.SPOOFING, Cwe.UNTRUSTED_DECISION, Cwe.ALLOCATION_WITHOUT_LIMITS)
    probes = (Probe.ROTATE,)
    vulnerable = (
        Example(
            title="a header that equals a text",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def internal():
                        return request.headers.get("X-Internal") == "1"


                    @app.get("/search")
                    @limiter.limit("2 per minute", exempt_when=internal)  # finds: GA210
                    def search():
                        return "hits"
                """,
            },
        ),
        Example(
            title="a filter for a user agent",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(  # finds: GA210
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    @limiter.request_filter
                    def from_the_monitor():
                        return "monitor" in request.headers.get("User-Agent", "")


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
        ),
        Example(
            title="a cost that the caller chooses",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.get("/search")
                    @limiter.limit(  # finds: GA210
                        "20 per minute", cost=lambda: request.args.get("weight", 1, type=int)
                    )
                    def search():
                        return "hits"
                """,
            },
        ),
    )
    secure = (
        Example(
            title="a secret of the configuration",
            files={
                "shop.py": """
                    import hmac
                    import os

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.config["INTERNAL_KEY"] = os.environ.get("INTERNAL_KEY", os.urandom(16).hex())
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def internal():
                        return hmac.compare_digest(request.headers.get("X-Internal", ""), app.config["INTERNAL_KEY"])


                    @app.get("/search")
                    @limiter.limit("2 per minute", exempt_when=internal)
                    def search():
                        return "hits"
                """,
            },
        ),
        Example(
            title="the method and the endpoint",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    @limiter.request_filter
                    def is_preflight():
                        return request.method == "OPTIONS" or request.endpoint == "static"


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
        ),
        Example(
            title="a cost of the project's own making",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.get("/search")
                    @limiter.limit("20 per minute", cost=lambda: 2 if request.method == "GET" else 1)
                    def search():
                        return "hits"
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        del deployment
        if not active_limiters(app):
            return
        for function in app.functions:
            source = _source(function)
            if function.role in ROLES and source and not function.has_strong_test:
                yield self._finding(app, function, source)

    def _finding(self, app: App, function: LimiterFunction, source: str) -> Finding:
        declared = function.declared or function.place
        route = next(
            (r for r in app.routes if any(_stands_at(held, function) for held in r.limits.values())), None
        )
        is_precious = route is not None and credential_word(route) is not None
        return self.finding(
            declared,
            f"`{source}` {ROLES[function.role]}: any caller can send it.",
            app=app,
            identity=(function.role, function.name),
            severity=Severity.HIGH if is_precious or function.role == "request_filter" else Severity.MEDIUM,
            related=[Related(place=function.place, message="it is decided here")],
            why="what is sent is no secret",
        )


def _source(function: LimiterFunction) -> str:
    """The caller data that decides; empty where none does, or something verifies it."""
    answered = [source for answer in function.answers for source in answer.sources]
    found = [source for source in (*function.weak_tests, *answered) if not HARMLESS.match(source)]
    return found[0] if found else ""


def _stands_at(held: MethodLimits, function: LimiterFunction) -> bool:
    return any(limit.place is not None and limit.place == function.declared for limit in held.limits)
