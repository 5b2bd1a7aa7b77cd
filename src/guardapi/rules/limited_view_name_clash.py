"""GA206: views that the limiter takes for one another."""

from collections.abc import Iterator

from guardapi.coverage import active_limiters, is_of_project
from guardapi.findings import Confidence, Cwe, Finding, Probe, Related, Severity, counted
from guardapi.losses import HEAVY, MAX_RELATED
from guardapi.model import App, Deployment, NameClash, Route, Sharing
from guardapi.rank import stake, work_class
from guardapi.remedy import KeepName, Remedy, Safety
from guardapi.rule import Example, Rule


class LimitedViewNameClash(Rule):
    """Views share a module and a name, so that a limit or an exemption of one reaches the others.

    ## What it finds
    Views of one name, where one carries a limit or an exemption that the others do not: behind a decorator without
    `functools.wraps`, as closures of one factory, or as lambdas. Also blueprints of one name below different parents.

    ## Why it is bad
    Flask-Limiter files views by module and name, not by object. An exemption of one exempts them all;
    a limit of one ends the default limits of all, and none takes their place.

    ## How to fix it
    Put `@functools.wraps(function)` on the wrapper, or give each view a `__name__` and `__qualname__` of its own.

    ## What it leaves alone
    Decorators above the limiter, one function registered several times, and views of one name that all carry the
    same limit.
    """

    id = "GA206"
    name = "limited-view-name-clash"
    severity = Severity.MEDIUM
    cwe = (Cwe.DUPLICATE_IDENTIFIER, Cwe.ALLOCATION_WITHOUT_LIMITS)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="an exemption of one wrapped view",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    def traced(function):
                        def wrapper(*args, **kwargs):
                            app.logger.info("asked")
                            return function(*args, **kwargs)

                        return wrapper


                    def pay():
                        return store("payments")


                    def ping():
                        return "pong"


                    app.add_url_rule("/pay", "pay", traced(pay), methods=["POST"])
                    app.add_url_rule("/ping", "ping", limiter.exempt(traced(ping)))  # finds: GA206
                """,
            },
            fixed={
                "shop.py": """
                    import sqlite3
                    from functools import wraps

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    def traced(function):
                        @wraps(function)
                        def wrapper(*args, **kwargs):
                            app.logger.info("asked")
                            return function(*args, **kwargs)

                        return wrapper


                    def pay():
                        return store("payments")


                    def ping():
                        return "pong"


                    app.add_url_rule("/pay", "pay", traced(pay), methods=["POST"])
                    app.add_url_rule("/ping", "ping", limiter.exempt(traced(ping)))  # finds: GA206
                """,
            },
        ),
        Example(
            title="a limit on one of two lambdas",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    app.add_url_rule("/refund", "refund", lambda: store("refunds"), methods=["POST"])
                    app.add_url_rule(
                        "/ping",
                        "ping",
                        limiter.limit("100 per minute")(lambda: "pong"),  # finds: GA206
                    )
                """,
            },
        ),
        Example(
            title="closures of a factory with limits of their own",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    def add(table, limit):
                        @limiter.limit(limit)  # finds: GA206
                        def view():
                            return store(table)

                        app.add_url_rule(f"/{table}", table, view, methods=["POST"])


                    add("payments", "5 per minute")
                    add("refunds", "20 per hour")
                """,
            },
        ),
    )
    secure = (
        Example(
            title="functools.wraps",
            files={
                "shop.py": """
                    import sqlite3
                    from functools import wraps

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    def traced(function):
                        @wraps(function)
                        def wrapper(*args, **kwargs):
                            app.logger.info("asked")
                            return function(*args, **kwargs)

                        return wrapper


                    def pay():
                        return store("payments")


                    def ping():
                        return "pong"


                    app.add_url_rule("/pay", "pay", traced(pay), methods=["POST"])
                    app.add_url_rule("/ping", "ping", limiter.exempt(traced(ping)))
                """,
            },
        ),
        Example(
            title="a decorator above the limiter",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    def traced(function):
                        def wrapper(*args, **kwargs):
                            app.logger.info("asked")
                            return function(*args, **kwargs)

                        return wrapper


                    @limiter.limit("2 per minute")
                    def pay():
                        return store("payments")


                    @limiter.limit("4 per minute")
                    def refund():
                        return store("refunds")


                    app.add_url_rule("/pay", "pay", traced(pay), methods=["POST"])
                    app.add_url_rule("/refund", "refund", traced(refund), methods=["POST"])
                """,
            },
        ),
        Example(
            title="one function under two endpoints",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay", endpoint="pay")
                    @app.post("/payments", endpoint="payments")
                    @limiter.limit("2 per minute")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="closures of a factory with one limit for all",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    def add(table):
                        @limiter.limit("5 per minute")
                        def view():
                            return store(table)

                        app.add_url_rule(f"/{table}", table, view, methods=["POST"])


                    add("payments")
                    add("refunds")
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        del deployment
        for limiter in active_limiters(app):
            for clash in limiter.clashes:
                affected = [
                    route
                    for route in app.routes
                    if route.endpoint in clash.endpoints and is_of_project(route) and _is_hit(route, clash)
                ]
                if affected:
                    yield self._finding(app, clash, affected)

    def _finding(self, app: App, clash: NameClash, affected: list[Route]) -> Finding:
        worst = max(affected, key=lambda route: stake(route, route.methods).score)
        threat = stake(worst, worst.methods)
        kind = "blueprint" if clash.of_blueprints else "view"
        others = len({route.endpoint for route in affected}) - 1
        title = f"{', '.join(worst.methods)} {worst.rule}" + (
            f" and {counted(others, 'other')}" if others else ""
        )
        heavy = any(work_class(route, method) >= HEAVY for route in affected for method in route.methods)
        match clash.sharing:
            case Sharing.LIMIT:
                severity, effect = Severity.LOW, f"this limit holds for {title} as well"
            case Sharing.MARK:
                severity = Severity.HIGH if heavy else Severity.MEDIUM
                effect = f"this limit ends the default limits of {title}, and nothing takes their place"
            case Sharing.EXEMPTION:
                severity = Severity.HIGH if heavy else Severity.MEDIUM
                effect = f"this exemption exempts {title} as well"
        return self.finding(
            clash.place,
            f"Several {kind}s are called `{clash.name}`: {effect}.",
            app=app,
            identity=(clash.name, clash.sharing, clash.place.file),
            severity=severity,
            confidence=Confidence.CERTAIN if severity is Severity.LOW else threat.confidence,
            related=(*_named(clash), *_views(affected)),
            remedy=_named_apart(clash),
            why="only stricter limits pile up" if severity is Severity.LOW else threat.why,
        )


def _is_hit(route: Route, clash: NameClash) -> bool:
    """Whether the clash changes what holds for a route."""
    match clash.sharing:
        case Sharing.LIMIT:
            return bool(route.limits)
        case Sharing.MARK:
            return any(held.is_unlimited for held in route.limits.values())
        case Sharing.EXEMPTION:
            return route.exempt is not None or any(held.is_unlimited for held in route.limits.values())


def _named(clash: NameClash) -> tuple[Related, ...]:
    if clash.named_at is None or clash.named_at == clash.place:
        return ()
    return (Related(place=clash.named_at, message="the name comes from here"),)


def _named_apart(clash: NameClash) -> Remedy | None:
    if clash.of_blueprints or clash.named_at is None:
        return None
    return Remedy(
        safety=Safety.SAFE,
        reason="With `functools.wraps` each view keeps a name of its own, by which the limiter tells them apart.",
        edits=(KeepName(function=clash.named_at),),
    )


def _views(affected: list[Route]) -> Iterator[Related]:
    for route in affected[:MAX_RELATED]:
        if route.view.place is not None:
            title = f"{', '.join(route.methods)} {route.rule}"
            yield Related(place=route.view.place, message=f"{title} bears the name, too")
