"""GA211: a limit of the project's own whose counter is not counted in one step."""

from collections.abc import Iterator

from guardapi.coverage import project_limiters
from guardapi.findings import Cwe, Finding, Owasp, Probe, Related, Severity
from guardapi.model import App, Deployment, Limiter, Route
from guardapi.rank import stake
from guardapi.rule import Example, Rule
from guardapi.sink import Kind, WorkClass

CREDENTIALS = (Kind.PASSWORD_CHECK, Kind.SECRET_CHECK, Kind.CODE_CHECK)


class HomemadeLimitRaces(Rule):
    """A limit of the project's own reads its counter, compares it and writes it back: in three steps.

    ## What it finds
    A hook, decorator or view that refuses with 429 by a counter which it reads from a cache, a store or a mapping,
    compares, and writes back one higher, without a lock and without an operation that counts in one step.

    ## Why it is bad
    Requests that come at once all read the old value, all pass, and all write the same new one. Twenty guesses sent
    together cost one.

    ## How to fix it
    Count in one step (`cache.inc(key)`, `INCR` of Redis), or let Flask-Limiter count.

    ## What it leaves alone
    Counters that are counted by `incr`, a pipeline, a script or under a lock; the engine of `limits`; what is kept in
    the session, which is the caller's own.
    """

    id = "GA211"
    name = "homemade-limit-races"
    severity = Severity.MEDIUM
    cwe = (Cwe.RACE_CONDITION, Cwe.TIME_OF_CHECK, Cwe.EXCESSIVE_AUTHENTICATION_ATTEMPTS)
    owasp = (Owasp.RESOURCE_CONSUMPTION, Owasp.BROKEN_AUTHENTICATION)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="in the view, over a cache",
            files={
                "shop.py": """
                    import tempfile

                    from cachelib import FileSystemCache
                    from flask import Flask, abort, request

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    cache = FileSystemCache(tempfile.mkdtemp())


                    @app.post("/login")
                    def login():
                        tried = cache.get(request.remote_addr) or 0
                        if tried >= 3:
                            abort(429)
                        cache.set(request.remote_addr, tried + 1, timeout=60)  # finds: GA211
                        return "no", 401
                """,
            },
        ),
        Example(
            title="a decorator over a mapping",
            files={
                "shop/throttling.py": """
                    from functools import wraps

                    from flask import jsonify, request

                    HITS = {}


                    def throttle(view):
                        @wraps(view)
                        def inner(*args, **kwargs):
                            hits = HITS.get(request.remote_addr, 0)
                            if hits > 100:
                                return jsonify(error="slow down"), 429
                            HITS[request.remote_addr] = hits + 1  # finds: GA211
                            return view(*args, **kwargs)

                        return inner
                """,
                "shop/__init__.py": """
                    import sqlite3

                    from flask import Flask, jsonify

                    from shop.throttling import throttle

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000


                    @app.get("/orders")
                    @throttle
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
    )
    secure = (
        Example(
            title="counted in one step",
            files={
                "shop.py": """
                    import redis
                    from flask import Flask, abort, request

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    store = redis.Redis(socket_timeout=0.5, socket_connect_timeout=0.5)


                    @app.before_request
                    def throttle():
                        number = store.incr(request.remote_addr)
                        if number == 1:
                            store.expire(request.remote_addr, 60)
                        if number > 100:
                            abort(429)


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
        ),
        Example(
            title="Flask-Limiter counts",
            files={
                "shop.py": """
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", strategy="moving-window")


                    @app.get("/")
                    @limiter.limit("30 per minute")
                    def index():
                        return "shop"
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for limiter in project_limiters(app):
            if limiter.race is not None:
                yield self._finding(app, limiter, deployment)

    def _finding(self, app: App, limiter: Limiter, deployment: Deployment) -> Finding:
        guarded = [route for route in app.routes if _is_behind(route, limiter)]
        checked = next((route for route in guarded if _checks_credentials(route)), None)
        heavy = any(stake(route, (), deployment).work > WorkClass.DATA for route in guarded)
        name = limiter.name.rpartition(":")[2]
        return self.finding(
            limiter.race or limiter.place,
            f"`{name}` reads its counter, compares it and writes it back: requests sent at once all read the old one.",
            app=app,
            identity=(limiter.name,),
            severity=Severity.HIGH if checked else Severity.MEDIUM if heavy or not guarded else Severity.LOW,
            related=[Related(place=limiter.place, message=f"`{name}` refuses with 429")],
            why=f"{checked.rule} checks a credential behind it"
            if checked
            else "parallel requests pass together",
        )


def _is_behind(route: Route, limiter: Limiter) -> bool:
    return any(
        f"`{limiter.name}`" in sentence for held in route.limits.values() for sentence in held.undecided
    )


def _checks_credentials(route: Route) -> bool:
    return any(done.of(*CREDENTIALS) for done in route.work.values())
