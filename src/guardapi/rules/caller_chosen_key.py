"""GA303: a limit whose key the caller chooses."""

from collections.abc import Iterator

from guardapi.findings import Confidence, Cwe, Finding, Owasp, Probe, Severity
from guardapi.limit_keys import FORWARDED, Keyed, KeyFunction, key_functions
from guardapi.limited_views import limited_by_address
from guardapi.model import App, Deployment, LimiterAnswer, LimitSource
from guardapi.rule import Example, Rule
from guardapi.sink import Audience


class CallerChosenKey(Rule):
    """The key of a route's only limit is something that the caller chooses freely.

    ## What it finds
    A key function that answers with data of the request which nothing has verified (a form field, an entry of the
    JSON body, a query argument, a cookie, the user agent), on a route that no other limit counts by address or account.

    ## Why it is bad
    With another value in each request every request has a bucket of its own, and nothing is ever refused.

    ## How to fix it
    Add a limit by address beside it: `@limiter.limit("20 per hour", key_func=get_remote_address)`. The pair is right:
    one protects each account, the other the service.

    ## What it leaves alone
    Such a limit with another one by address or account beside it; keys made from who has signed in; forwarding
    headers, which are GA301; routes that ask for an account before the limiter counts.
    """

    id = "GA303"
    name = "caller-chosen-key"
    severity = Severity.MEDIUM
    cwe = (Cwe.INTERACTION_FREQUENCY, Cwe.UNTRUSTED_DECISION)
    owasp = (Owasp.RESOURCE_CONSUMPTION, Owasp.BROKEN_AUTHENTICATION)
    probes = (Probe.ROTATE,)
    vulnerable = (
        Example(
            title="by the mail address that is asked for",
            files={
                "shop.py": """
                    import smtplib

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def by_email():
                        return request.get_json().get("email") or "none"  # finds: GA303


                    @app.post("/reset")
                    @limiter.limit("2 per minute", key_func=by_email)
                    def reset():
                        with smtplib.SMTP("localhost", timeout=5) as server:
                            server.sendmail("shop@example.org", request.get_json()["email"], "reset")
                        return "sent"
                """,
            },
            fixed={
                "shop.py": """
                    import smtplib

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def by_email():
                        return request.get_json().get("email") or "none"  # finds: GA303


                    @app.post("/reset")
                    @limiter.limit("10 per hour", key_func=get_remote_address)
                    @limiter.limit("2 per minute", key_func=by_email)
                    def reset():
                        with smtplib.SMTP("localhost", timeout=5) as server:
                            server.sendmail("shop@example.org", request.get_json()["email"], "reset")
                        return "sent"
                """,
            },
        ),
        Example(
            title="by a cookie, for all routes",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter


                    def visitor():
                        return request.cookies.get("visitor", "new")  # finds: GA303


                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        visitor, app=app, default_limits=["30 per minute"], storage_uri="memory://"
                    )


                    @app.get("/orders")
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
            fixed={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address


                    def visitor():
                        return request.cookies.get("visitor", "new")  # finds: GA303


                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        visitor, app=app, default_limits=["30 per minute"], storage_uri="memory://"
                    )


                    @app.get("/orders")
                    @limiter.limit("60 per minute", key_func=get_remote_address)
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
        Example(
            title="by an API key that nothing verifies",
            files={
                "shop/__init__.py": """
                    from flask import Flask

                    from shop.limits import limiter
                    from shop.routes import shop


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        limiter.init_app(app)
                        app.register_blueprint(shop)
                        return app
                """,
                "shop/limits.py": """
                    from flask import request
                    from flask_limiter import Limiter

                    limiter = Limiter(
                        lambda: request.headers.get("X-Api-Key", "anonymous"),  # finds: GA303
                        default_limits=["30 per minute"],
                        storage_uri="memory://",
                    )
                """,
                "shop/routes.py": """
                    import sqlite3

                    from flask import Blueprint, jsonify

                    shop = Blueprint("shop", __name__)


                    @shop.get("/orders")
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
            fixed={
                "shop/routes.py": """
                    import sqlite3

                    from flask import Blueprint, jsonify

                    from shop.limits import limiter
                    from flask_limiter.util import get_remote_address

                    shop = Blueprint("shop", __name__)


                    @shop.get("/orders")
                    @limiter.limit("60 per minute", key_func=get_remote_address)
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
    )
    secure = (
        Example(
            title="a limit by address beside it",
            files={
                "shop.py": """
                    import smtplib

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def by_email():
                        return request.get_json().get("email") or get_remote_address()


                    @app.post("/reset")
                    @limiter.limit("2 per minute", key_func=by_email)
                    @limiter.limit("20 per hour", key_func=get_remote_address)
                    def reset():
                        with smtplib.SMTP("localhost", timeout=5) as server:
                            server.sendmail("shop@example.org", request.get_json()["email"], "reset")
                        return "sent"
                """,
            },
        ),
        Example(
            title="who has signed in, else the address",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify, session
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address


                    def caller():
                        return session.get("account") or get_remote_address()


                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.secret_key = "only for this example"
                    limiter = Limiter(
                        caller, app=app, default_limits=["30 per minute"], storage_uri="memory://"
                    )


                    @app.get("/orders")
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
        Example(
            title="a budget that all callers share beside it",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address,
                        app=app,
                        application_limits=["1000 per hour"],
                        storage_uri="memory://",
                    )


                    @app.get("/orders")
                    @limiter.limit("5 per minute", key_func=lambda: request.args.get("customer", "none"))
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        keys = list(key_functions(app, deployment))
        chosen = {key.function.name: answer for key in keys if (answer := _chosen(key)) is not None}
        for key in keys:
            answer = chosen.get(key.function.name)
            alone = [use for use in key.uses if _is_alone(use, frozenset(chosen))]
            if answer is not None and alone:
                yield self._finding(app, key, answer, alone)

    def _finding(self, app: App, key: KeyFunction, answer: LimiterAnswer, alone: list[Keyed]) -> Finding:
        precious = next((use for use in alone if use.is_precious), None)
        worst = precious or alone[0]
        severity = max(worst.stake.severity, Severity.MEDIUM)
        return self.finding(
            answer.place,
            f"The limit on {worst.title} counts by `{answer.sources[0]}`: a caller who varies it is never refused.",
            app=app,
            identity=(key.function.name,),
            severity=max(severity, Severity.HIGH) if precious else min(severity, Severity.HIGH),
            confidence=Confidence.FIRM if answer.has_address else Confidence.CERTAIN,
            route=key.reference,
            related=key.related,
            why=worst.stake.why,
            remedy=limited_by_address(app, ((use.route, use.method) for use in alone)),
        )


def _chosen(key: KeyFunction) -> LimiterAnswer | None:
    """The answer of a key function that the caller chooses."""
    for answer in key.function.answers:
        own = [source for source in answer.sources if not FORWARDED.search(source)]
        if own and not answer.has_identity and not key.function.has_strong_test:
            return answer
    return None


def _is_alone(use: Keyed, chosen: frozenset[str]) -> bool:
    """Whether nothing else counts the callers of a route, or asks who they are before the limiter does."""
    done = use.route.work.get(use.method)
    if done is not None and done.access.audience < Audience.ANYONE:
        return False
    return all(limit.key in chosen and limit.source is not LimitSource.APPLICATION for limit in use.others)
