"""GA102: a route that no limit holds for, in an application with a limiter."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from guardapi.coverage import active_limiters, is_misused
from guardapi.findings import Cwe, Finding, Probe, Severity, counted
from guardapi.limited_views import MOST, default_limits, limited_views
from guardapi.model import App, Deployment
from guardapi.rank import Exposure, exposures
from guardapi.remedy import Remedy
from guardapi.rule import Example, Rule
from guardapi.sink import WorkClass

NO_DEFAULT: Final = "none is declared for it, and there is no default limit"


class RouteWithoutLimit(Rule):
    """A limiter is active, and no limit holds for a route.

    ## What it finds
    Methods of routes for which no declared limit, default limit or limit of the reverse proxy
    holds. Routes that only want a default limit are one finding, as are routes of one blueprint that
    share another reason.

    ## Why it is bad
    The application looks protected, and the way around the limits is the route that was forgotten:
    a caller who is refused on one asks the other.

    ## How to fix it
    Give the limiter `default_limits`, or put `@limiter.limit("...")` below the route's decorator;
    a limit with `methods=` leaves all other methods open.

    ## What it leaves alone
    Health checks, static files, OPTIONS, and what a dependency serves. Light methods of a route whose other methods are
    limited. Routes that are exempt on
    purpose. Routes of which a limit could not be decided: they are counted, not reported. Views whose limit
    is written and not attached: `limit-wraps-nothing` has them.
    """

    id = "GA102"
    name = "route-without-limit"
    severity = Severity.MEDIUM
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS,)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="a limit for one of two methods, and no default",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.route("/orders", methods=["GET", "POST"])
                    @limiter.limit("2 per minute", methods=["GET"])
                    def orders():  # finds: GA102
                        with sqlite3.connect("shop.db") as database:
                            if request.method == "POST":
                                database.execute("INSERT INTO orders (item) VALUES (?)", ("tea",))
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
            fixed={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.route("/orders", methods=["GET", "POST"])
                    @limiter.limit("2 per minute", methods=["POST"])
                    @limiter.limit("2 per minute", methods=["GET"])
                    def orders():  # finds: GA102
                        with sqlite3.connect("shop.db") as database:
                            if request.method == "POST":
                                database.execute("INSERT INTO orders (item) VALUES (?)", ("tea",))
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
        Example(
            title="one forgotten route of a blueprint",
            files={
                "shop/__init__.py": """
                    from flask import Flask

                    from shop.extensions import limiter
                    from shop.orders import orders


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        limiter.init_app(app)
                        app.register_blueprint(orders, url_prefix="/orders")
                        return app
                """,
                "shop/extensions.py": """
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    limiter = Limiter(get_remote_address, storage_uri="memory://")
                """,
                "shop/orders.py": """
                    import sqlite3

                    from flask import Blueprint, jsonify

                    from shop.extensions import limiter

                    orders = Blueprint("orders", __name__)


                    @orders.get("/")
                    @limiter.limit("50 per minute")
                    def recent():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())


                    @orders.delete("/<int:number>")
                    def cancel(number):  # finds: GA102
                        with sqlite3.connect("shop.db") as database:
                            database.execute("DELETE FROM orders WHERE id = ?", (number,))
                        return "", 204
                """,
            },
            fixed={
                "shop/orders.py": """
                    import sqlite3

                    from flask import Blueprint, jsonify

                    from shop.extensions import limiter

                    orders = Blueprint("orders", __name__)


                    @orders.get("/")
                    @limiter.limit("50 per minute")
                    def recent():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())


                    @orders.delete("/<int:number>")
                    @limiter.limit("60 per minute")
                    def cancel(number):  # finds: GA102
                        with sqlite3.connect("shop.db") as database:
                            database.execute("DELETE FROM orders WHERE id = ?", (number,))
                        return "", 204
                """,
            },
        ),
    )
    secure = (
        Example(
            title="a default limit for what no decorator covers",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    @app.route("/orders", methods=["GET", "POST"])
                    @limiter.limit("2 per minute", per_method=True)
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            if request.method == "POST":
                                database.execute("INSERT INTO orders (item) VALUES (?)", ("tea",))
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
        Example(
            title="a limit on the whole blueprint, and a health check without",
            files={
                "shop/__init__.py": """
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    from shop.orders import orders


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                        limiter.limit("50 per minute")(orders)
                        app.register_blueprint(orders, url_prefix="/orders")

                        @app.get("/health")
                        def health():
                            return "ok"

                        return app
                """,
                "shop/orders.py": """
                    import sqlite3

                    from flask import Blueprint

                    orders = Blueprint("orders", __name__)


                    @orders.delete("/<int:number>")
                    def cancel(number):
                        with sqlite3.connect("shop.db") as database:
                            database.execute("DELETE FROM orders WHERE id = ?", (number,))
                        return "", 204
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        if not active_limiters(app):
            return
        every = exposures(app, deployment)
        exposed = [exposure for exposure in every if _is_reported(app, exposure)]
        undeclared = sum(_reason(exposure) is NO_DEFAULT for exposure in every)
        # The order is stable: the worst of a group stays first.
        exposed.sort(key=_group)
        for (blueprint, reason), found in groupby(exposed, key=_group):
            members = list(found)
            remedy = (
                None if reason is NO_DEFAULT and undeclared > MOST else _limited(app, deployment, members)
            )
            if remedy is None and reason is NO_DEFAULT:
                remedy = default_limits(app)
            yield self._finding(app, blueprint, reason, members, remedy)

    def _finding(
        self, app: App, blueprint: str, reason: str, exposed: list[Exposure], remedy: Remedy | None
    ) -> Finding:
        worst, others = exposed[0], exposed[1:]
        subject = f"`{worst.title}` has no limit"
        if others:
            homes = {exposure.route.blueprint for exposure in exposed}
            where = (
                f" of blueprint `{worst.route.blueprint}`" if len(homes) == 1 and None not in homes else ""
            )
            subject = f"`{worst.title}` and {counted(len(others), 'more route')}{where} have no limit"
        return self.finding(
            worst.route.view.place or app.place,
            f"{subject}: {reason}.",
            app=app,
            identity=(blueprint, reason),
            severity=worst.stake.severity,
            route=worst.reference,
            related=[row for exposure in others for row in exposure.row],
            why=f"{worst.title}: {worst.stake.why}",
            remedy=remedy,
        )


def _is_reported(app: App, exposure: Exposure) -> bool:
    """Not what does nothing, and nothing that a rule of its own speaks of."""
    spoken_of = exposure.stake.rule and exposure.stake.severity >= Severity.MEDIUM
    # Who limits what a form sends has thought of the page with the form.
    is_limited = any(held.limits for held in exposure.route.limits.values())
    least = WorkClass.LIGHT if is_limited else WorkClass.NOTHING
    return exposure.stake.work > least and not spoken_of and not is_misused(app, exposure.route)


def _group(exposure: Exposure) -> tuple[str, str]:
    reason = _reason(exposure)
    # The missing default is one cause, however many blueprints have routes that would need it.
    return "" if reason is NO_DEFAULT else exposure.route.blueprint or "", reason


def _reason(exposure: Exposure) -> str:
    """Why nothing holds, in words that routes with the same fault share."""
    held = exposure.route.limits
    declared = held[exposure.methods[0]].reasons
    if declared:
        return declared[0].rstrip(".")
    limited = [method for method in exposure.route.methods if held[method].limits]
    if limited:
        return f"its limits hold for {', '.join(limited)} only"
    return NO_DEFAULT


def _limited(app: App, deployment: Deployment, exposed: list[Exposure]) -> Remedy | None:
    """None where a limit is written for one of the routes and does not hold: other rules speak of that."""
    asked = [(exposure.route, method) for exposure in exposed for method in exposure.methods]
    if any(route.limits[method].lost for route, method in asked):
        return None
    return limited_views(app, deployment, asked)
