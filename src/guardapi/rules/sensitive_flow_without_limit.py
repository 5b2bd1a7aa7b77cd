"""GA506: a business flow that a script can run as often as it likes."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from guardapi.coverage import active_limiters
from guardapi.findings import Confidence, Cwe, Finding, Owasp, Probe, Severity
from guardapi.model import App, Deployment, Route
from guardapi.rank import CHANGING_METHODS, words_of
from guardapi.reached import is_open
from guardapi.rule import Example, Rule
from guardapi.sink import Audience, Kind

FLOWS: Final = frozenset(
    {
        *("booking", "bookings", "book", "checkout", "comment", "comments", "coupon", "coupons", "feedback"),
        *("invitation", "invitations", "invite", "like", "likes", "order", "orders", "purchase", "redeem"),
        *("referral", "register", "registration", "reservation", "reserve", "review", "reviews", "signup"),
        *("subscribe", "transfer", "transfers", "vote", "votes", "withdraw", "withdrawal"),
    }
)
PAIRS: Final = frozenset({"sign up", "check out", "gift code", "place order"})
MONEY: Final = frozenset(
    {"checkout", "order", "orders", "purchase", "redeem", "transfer", "transfers", "withdraw"}
)
"""Flows that move money or stock."""
STORES: Final = (Kind.WRITE, Kind.FILE_WRITE, Kind.MAIL, Kind.MESSAGE, Kind.PAYMENT, Kind.QUEUE)


class SensitiveFlowWithoutLimit(Rule):
    """A flow that people are meant to run can be run by a script, without limit.

    ## What it finds
    A route without any limit that stores something (or sends, queues, pays) and whose names say that it is a sign-up,
    an order, a booking, a vote, a comment, an invitation, a coupon, or the like. Only names say so: it is advice,
    shown with `--profile audit`.

    ## Why it is bad
    Accounts are made by the thousand, stock is reserved and never bought, votes and reviews are stuffed, coupons are
    tried out. Each request is valid; their number is the attack.

    ## How to fix it
    Limit by account where there is one, else by address: `@limiter.limit("10 per hour", key_func=account)`. Ask for a
    proof of work or a CAPTCHA where accounts cost nothing.

    ## What it leaves alone
    Routes under a check of roles, routes with any limit, and routes that store nothing.
    """

    id = "GA506"
    name = "sensitive-flow-without-limit"
    severity = Severity.MEDIUM
    cwe = (Cwe.INTERACTION_FREQUENCY, Cwe.SINGLE_UNIQUE_ACTION)
    owasp = (Owasp.SENSITIVE_FLOWS,)
    probes = (Probe.FLOOD,)
    is_advisory = True
    vulnerable = (
        Example(
            title="coupons, redeemed by whoever finds them",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/coupons/redeem")
                    def redeem():  # finds: GA506
                        with sqlite3.connect("shop.db") as database:
                            query = "UPDATE coupons SET used = 1 WHERE text = ?"
                            database.execute(query, (request.form["coupon"],))
                        return "redeemed"
                """,
            },
        ),
        Example(
            title="reviews, in a blueprint",
            files={
                "shop/__init__.py": """
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    from shop.reviews import reviews

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    app.register_blueprint(reviews)
                """,
                "shop/reviews.py": """
                    import sqlite3

                    from flask import Blueprint, request

                    reviews = Blueprint("reviews", __name__)


                    @reviews.post("/products/<int:product>/review")
                    def review(product):  # finds: GA506
                        with sqlite3.connect("shop.db") as database:
                            query = "INSERT INTO reviews VALUES (?, ?)"
                            database.execute(query, (product, request.form["text"]))
                        return "thank you", 201
                """,
            },
        ),
    )
    secure = (
        Example(
            title="a limit for each caller",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/coupons/redeem")
                    @limiter.limit("10 per hour")
                    def redeem():
                        with sqlite3.connect("shop.db") as database:
                            query = "UPDATE coupons SET used = 1 WHERE text = ?"
                            database.execute(query, (request.form["coupon"],))
                        return "redeemed"
                """,
            },
        ),
        Example(
            title="an order that is only looked at",
            files={
                "shop.py": """
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/order/preview")
                    def preview():
                        return {"total": 0}
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        if not active_limiters(app):
            return
        for route in app.routes:
            flow = _flow_of(route)
            methods = [m for m in route.methods if m in CHANGING_METHODS and is_open(route, m, deployment)]
            for method in methods[:1] if flow else ():
                done = route.work.get(method)
                if done is not None and done.of(*STORES) and done.access.audience is not Audience.STAFF:
                    yield self._finding(app, route, method, flow)

    def _finding(self, app: App, route: Route, method: str, flow: str) -> Finding:
        access = route.work[method].access
        severity = Severity.MEDIUM if access.audience is Audience.ANYONE else Severity.LOW
        return self.finding(
            route.view.place or app.place,
            f"`{method} {route.rule}` can be automated without limit: its names speak of `{flow}`.",
            app=app,
            identity=(route.endpoint, method),
            severity=max(severity, Severity.MEDIUM) if flow in MONEY else severity,
            confidence=Confidence.TENTATIVE,
            route=None,
            why=access.reason,
            is_advisory=True,
        )


def _flow_of(route: Route) -> str:
    """The word in a route's names that says which flow it is; empty where there is none."""
    if route.view.place is None:
        return ""
    for words in words_of(route):
        for word in (*words, *(" ".join(pair) for pair in pairwise(words))):
            if word in FLOWS or word in PAIRS:
                return word
    return ""
