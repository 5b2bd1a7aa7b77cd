"""GA202: a limit in the source that no request passes."""

from collections.abc import Iterator

from guardapi.coverage import active_limiters, misused_on
from guardapi.findings import Cwe, Finding, Probe, Related, RouteReference, Severity
from guardapi.model import App, Deployment, Misuse, Route
from guardapi.rank import stake
from guardapi.remedy import MoveDecorator, Remedy, Safety
from guardapi.rule import Example, Rule


class LimitWrapsNothing(Rule):
    """A limit is attached to a function that no request reaches.

    ## What it finds
    `@limiter.limit(...)` above the decorator that registers the view, and results of
    `limiter.limit(...)(view)` that are dropped or kept under another name while the bare view is registered.

    ## Why it is bad
    Flask serves the undecorated view, so the limit is never looked at, and the limiter takes the
    view for decorated, which switches its default limits off as well.

    ## How to fix it
    Put `@limiter.limit(...)` below the route's decorator, directly above the `def`, or register the function
    that the limiter returned.

    ## What it leaves alone
    Limits on a blueprint, in the `decorators` of a view class or on its methods, and a result that is
    registered afterwards: all of these hold.
    """

    id = "GA202"
    name = "limit-wraps-nothing"
    severity = Severity.HIGH
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.FLAWED_CONTROL_FLOW)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="the limit stands above the route",
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


                    @limiter.limit("3 per minute")  # finds: GA202
                    @app.post("/pay")
                    def pay():
                        with sqlite3.connect("shop.db") as database:
                            database.execute("INSERT INTO payments VALUES (?)", (request.form["amount"],))
                        return "paid"
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
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    @app.post("/pay")
                    @limiter.limit("3 per minute")  # finds: GA202
                    def pay():
                        with sqlite3.connect("shop.db") as database:
                            database.execute("INSERT INTO payments VALUES (?)", (request.form["amount"],))
                        return "paid"
                """,
            },
        ),
        Example(
            title="the bare view is registered",
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


                    def pay():
                        with sqlite3.connect("shop.db") as database:
                            database.execute("INSERT INTO payments VALUES (?)", (request.form["amount"],))
                        return "paid"


                    limited = limiter.limit("3 per minute")(pay)  # finds: GA202
                    app.add_url_rule("/pay", view_func=pay, methods=["POST"])
                """,
            },
        ),
    )
    secure = (
        Example(
            title="the limit stands below the route",
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


                    @app.post("/pay")
                    @limiter.limit("3 per minute")
                    def pay():
                        with sqlite3.connect("shop.db") as database:
                            database.execute("INSERT INTO payments VALUES (?)", (request.form["amount"],))
                        return "paid"
                """,
            },
        ),
        Example(
            title="the limited view is registered, and a view class is limited by its decorators",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask.views import MethodView
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    def pay():
                        with sqlite3.connect("shop.db") as database:
                            database.execute("INSERT INTO payments VALUES (?)", (request.form["amount"],))
                        return "paid"


                    class Refund(MethodView):
                        decorators = [limiter.limit("2 per minute")]

                        def post(self):
                            with sqlite3.connect("shop.db") as database:
                                database.execute("DELETE FROM payments WHERE id = ?", (request.form["id"],))
                            return "refunded"


                    limited = limiter.limit("3 per minute")(pay)
                    app.add_url_rule("/pay", view_func=limited, methods=["POST"])
                    app.add_url_rule("/refund", view_func=Refund.as_view("refund"))
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:  # noqa: ARG002  # not about it
        for limiter in active_limiters(app):
            for misuse in limiter.misuses:
                route = next((route for route in app.routes if misused_on(route, misuse)), None)
                yield self._finding(app, limiter.name, misuse, route)

    def _finding(self, app: App, limiter: str, misuse: Misuse, route: Route | None) -> Finding:
        limit = (
            f'`{limiter.rpartition(":")[2]}.limit("{misuse.text}")`'
            if misuse.text
            else f"A limit of `{limiter}`"
        )
        function = misuse.function.rpartition(":")[2]
        identity = (limiter, misuse.kind, misuse.function, misuse.text or "")
        if route is None:
            return self.finding(
                misuse.place,
                f"{limit} {_fault(misuse, function)}.",
                app=app,
                identity=identity,
                severity=Severity.MEDIUM,
                why="no route is known to be left open by it",
            )
        open_methods = tuple(method for method in route.methods if not route.limits[method].limits)
        methods = open_methods or route.methods
        at_stake = stake(route, methods)
        consequence = f"`{', '.join(methods)} {route.rule}` is served without it"
        return self.finding(
            misuse.place,
            f"{limit} {_fault(misuse, function)}: {consequence}.",
            app=app,
            identity=identity,
            # One step up: what looks protected is not looked at again.
            severity=Severity(min(at_stake.severity + 1, Severity.CRITICAL)),
            confidence=at_stake.confidence,
            route=RouteReference(rule=route.rule, methods=methods, endpoint=route.endpoint),
            related=[Related(place=route.view.place, message="this view is served")]
            if route.view.place
            else (),
            why=f"{at_stake.why}, and it looks protected",
            remedy=_moved(app, misuse, route),
        )


def _fault(misuse: Misuse, function: str) -> str:
    if misuse.kind == "above-route":
        return f"stands above the decorator that registers `{function}`"
    return f"limits a copy of `{function}` that is not registered"


def _moved(app: App, misuse: Misuse, route: Route) -> Remedy | None:
    """Below all decorators that register the view; None where it is no decorator of it."""
    view = route.view.place
    if view is None or view.file != misuse.place.file or misuse.place.line > view.line:
        return None
    registering = [
        other.place
        for other in app.routes
        if other.view.place == view
        and other.place is not None
        and other.place.file == view.file
        and misuse.place.line < other.place.line < view.line
    ]
    if not registering:
        return None
    edit = MoveDecorator(decorator=misuse.place, below=max(registering))
    reason = "The limit moves below the decorator that registers the view, and holds there."
    return Remedy(safety=Safety.SAFE, reason=reason, edits=(edit,))
