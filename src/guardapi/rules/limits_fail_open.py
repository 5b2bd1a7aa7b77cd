"""GA402: limits that are lifted while their store is away."""

from collections.abc import Iterable, Iterator
from math import ceil
from typing import Final

from guardapi.coverage import active_limiters
from guardapi.findings import Cwe, Finding, Probe, Related, Severity
from guardapi.frameworks.limit_text import LimitItem, LimitTextError, parse_many
from guardapi.model import App, Deployment, Limiter, Route
from guardapi.rank import credential_word, work_class
from guardapi.remedy import Edit, Remedy, Safety, SetArgument, SetSetting
from guardapi.rule import Example, Rule

FACTOR: Final = 10
"""Limits for an outage may be so many times as large."""
HOUR: Final = 3600
DATA: Final = 2
MONEY: Final = 4


class LimitsFailOpen(Rule):
    """When the store of the limits cannot be reached, requests pass unlimited.

    ## What it finds
    `swallow_errors` without a fallback in memory; limits for an outage that admit more than ten times what the usual
    ones do; and such limits without a key function, for which every request fails.

    ## Why it is bad
    Whoever can overload the store, or waits until it restarts, is free of all limits, and a line in the log
    is all that tells.

    ## How to fix it
    Set `in_memory_fallback_enabled=True`: the same limits are then counted in each process.

    ## What it leaves alone
    Swallowed errors together with a fallback; a store in memory; and what only the environment decides.
    """

    id = "GA402"
    name = "limits-fail-open"
    severity = Severity.LOW
    cwe = (Cwe.FAILING_OPEN, Cwe.UNHANDLED_CONDITION)
    probes = (Probe.FLOOD, Probe.OUTAGE)
    vulnerable = (
        Example(
            title="errors are swallowed",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(  # finds: GA402
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="redis://localhost:6379/0",
                        storage_options={"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
                        swallow_errors=True,
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/login")
                    def login():
                        return store("attempts")
                """,
            },
            fixed={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(  # finds: GA402
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="redis://localhost:6379/0",
                        storage_options={"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
                        swallow_errors=True,
                        in_memory_fallback_enabled=True,
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/login")
                    def login():
                        return store("attempts")
                """,
            },
        ),
        Example(
            title="the same by the configuration",
            files={
                "shop/__init__.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config.from_object("shop.settings")
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="redis://localhost:6379/0",
                        storage_options={"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
                "shop/settings.py": """
                    RATELIMIT_SWALLOW_ERRORS = True  # finds: GA402
                """,
            },
            fixed={
                "shop/__init__.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config.from_object("shop.settings")
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.config["RATELIMIT_IN_MEMORY_FALLBACK_ENABLED"] = True
                    limiter = Limiter(
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="redis://localhost:6379/0",
                        storage_options={"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="fallback limits that admit anything",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(  # finds: GA402
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="redis://localhost:6379/0",
                        storage_options={"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
                        in_memory_fallback=["1000 per second"],
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="a fallback limit without a key function",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limit, Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="redis://localhost:6379/0",
                        storage_options={"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
                        in_memory_fallback=[Limit("5 per minute")],  # finds: GA402
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
    )
    secure = (
        Example(
            title="swallowed, and counted in memory meanwhile",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="redis://localhost:6379/0",
                        storage_options={"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
                        swallow_errors=True,
                        in_memory_fallback_enabled=True,
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/login")
                    def login():
                        return store("attempts")
                """,
            },
        ),
        Example(
            title="fallback limits like the usual ones",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="redis://localhost:6379/0",
                        storage_options={"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
                        in_memory_fallback=["10 per minute"],
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="a store that cannot be away",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="memory://",
                        swallow_errors=True,
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/login")
                    def login():
                        return store("attempts")
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for limiter in active_limiters(app):
            if not limiter.uses or limiter.storage is None or limiter.storage.startswith("memory:"):
                continue
            fallback = limiter.fallback
            if fallback.swallows_errors and fallback.counts_in_memory is False:
                yield self._swallowed(app, limiter)
            if fallback.keyless_at is not None:
                yield self.finding(
                    fallback.keyless_at,
                    "A fallback limit without a key function: while the store is away every request fails.",
                    app=app,
                    identity=(limiter.name, "keyless"),
                    severity=Severity.MEDIUM,
                    why="the outage of the store becomes one of the application",
                )
            elif fallback.limits:
                yield from self._too_large(app, limiter, _workers(deployment))

    def _swallowed(self, app: App, limiter: Limiter) -> Finding:
        precious = next(
            (route for route in app.routes if credential_word(route) or _work(route) >= MONEY), None
        )
        if precious:
            severity, why = Severity.MEDIUM, f"{precious.rule} depends on its limits"
        elif any(_work(route) >= DATA for route in app.routes):
            severity, why = Severity.LOW, "no route deals with credentials or money"
        else:
            severity, why = Severity.INFO, "no route does much"
        return self.finding(
            limiter.fallback.swallow_place or limiter.place,
            f"`{limiter.name}` swallows errors: while its store is away, every limit is lifted"
            " and only a log line says so.",
            app=app,
            identity=(limiter.name, "swallow"),
            severity=severity,
            related=_constructor(limiter),
            why=why,
            remedy=_remedy(app, limiter),
        )

    def _too_large(self, app: App, limiter: Limiter, workers: int) -> Iterator[Finding]:
        allowed = _admitted(_items(limiter.fallback.limits))
        for route in app.routes:
            usual = [_usual(route, method) for method in route.methods if work_class(route, method) >= DATA]
            least = min((number for number in usual if number is not None), default=None)
            if allowed is not None and least is not None and allowed * workers > FACTOR * least:
                yield self.finding(
                    limiter.place,
                    f"While the store is away {', '.join(route.methods)} {route.rule} admits"
                    f" {allowed * workers} requests an hour instead of {least}.",
                    app=app,
                    identity=(limiter.name, "fallback"),
                    why="the limits for an outage replace all others",
                )
                return


def _remedy(app: App, limiter: Limiter) -> Remedy | None:
    """Counting in memory meanwhile, switched on where errors are told to be swallowed."""
    if limiter.kind != "flask-limiter":
        return None
    if limiter.fallback.swallow_place in {None, limiter.place}:
        edit: Edit = SetArgument(call=limiter.place, name="in_memory_fallback_enabled", value="True")
    else:
        edit = SetSetting(app=app.id, key="RATELIMIT_IN_MEMORY_FALLBACK_ENABLED", value="True")
    reason = "While the store is away, limits are counted in the memory of each process."
    return Remedy(safety=Safety.SAFE, reason=reason, edits=(edit,))


def _work(route: Route) -> int:
    return max(work_class(route, method) for method in route.methods)


def _usual(route: Route, method: str) -> int | None:
    """What the limits of a route admit in an hour; None where that is not known."""
    held = route.limits.get(method)
    if held is None or held.undecided:
        return None
    return _admitted(_items(limit.text for limit in held.limits))


def _items(texts: Iterable[str | None]) -> list[LimitItem]:
    found: list[LimitItem] = []
    for text in texts:
        try:
            found += parse_many(text or "")
        except LimitTextError:
            return []
    return found


def _admitted(items: list[LimitItem]) -> int | None:
    return min((item.amount * ceil(HOUR / item.seconds) for item in items), default=None)


def _workers(deployment: Deployment) -> int:
    return max((found.count or 1 for found in deployment.processes), default=1)


def _constructor(limiter: Limiter) -> tuple[Related, ...]:
    if limiter.fallback.swallow_place in {None, limiter.place}:
        return ()
    return (Related(place=limiter.place, message=f"`{limiter.name}` is made here"),)
