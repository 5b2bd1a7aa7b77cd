"""GA101: an application without any rate limiter."""

from collections.abc import Iterator

from guardapi.amounts import DEFAULTS
from guardapi.coverage import active_limiters, idle_limiters, is_for_documentation, project_limiters
from guardapi.findings import Confidence, Cwe, Finding, Probe, Related, Severity, counted
from guardapi.model import App, Deployment, Limiter
from guardapi.rank import Stake, exposures, level
from guardapi.remedy import IntroduceLimiter, Remedy, Safety
from guardapi.rule import Example, Rule


class NoLimiter(Rule):
    """No rate limiter is active for an application.

    ## What it finds
    An application with routes of its own that no limiter extension is bound to, and that no
    reverse proxy limits.

    ## Why it is bad
    A script can ask as often as the network allows: it guesses passwords, fills the database
    and keeps every worker busy. No request is ever refused.

    ## How to fix it
    Bind a limiter with default limits to the application, with a store that all processes
    share: `Limiter(get_remote_address, app=app, default_limits=["50 per minute"], storage_uri=...)`.

    Then give routes that check credentials or cost much a limit of their own.

    ## What it leaves alone
    Health checks, static files and what a dependency serves. Routes that a limit of the reverse
    proxy covers, or that something undecided may limit: what lies behind code of the project that
    refuses with 429. Where nothing that costs is left open beside such code, it only says so.
    """

    id = "GA101"
    name = "no-limiter"
    severity = Severity.MEDIUM
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.INTERACTION_FREQUENCY)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="an application object without a limiter",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify, request

                    app = Flask(__name__)  # finds: GA101
                    app.config["MAX_CONTENT_LENGTH"] = 100_000


                    @app.get("/orders")
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())


                    @app.post("/orders")
                    def order():
                        with sqlite3.connect("shop.db") as database:
                            database.execute("INSERT INTO orders (item) VALUES (?)", (request.form["item"],))
                        return "", 201
                """,
            },
            fixed={
                "shop.py": """
                    import os
                    import sqlite3

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)  # finds: GA101
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address,
                        app=app,
                        default_limits=["200 per hour", "50 per minute"],
                        storage_uri=os.environ.get("RATELIMIT_STORAGE_URI", "memory://"),
                        storage_options={"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
                        in_memory_fallback_enabled=True,
                    )


                    @app.get("/orders")
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())


                    @app.post("/orders")
                    def order():
                        with sqlite3.connect("shop.db") as database:
                            database.execute("INSERT INTO orders (item) VALUES (?)", (request.form["item"],))
                        return "", 201
                """,
            },
        ),
        Example(
            title="a factory, and routes on a blueprint",
            files={
                "shop/__init__.py": """
                    from flask import Flask

                    from shop.accounts import accounts


                    def create_app():
                        app = Flask(__name__)  # finds: GA101
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        app.register_blueprint(accounts, url_prefix="/accounts")
                        return app
                """,
                "shop/accounts.py": """
                    import sqlite3

                    from flask import Blueprint, abort, request
                    from werkzeug.security import check_password_hash

                    accounts = Blueprint("accounts", __name__)


                    @accounts.post("/login")
                    def login():
                        with sqlite3.connect("shop.db") as database:
                            query = "SELECT hash FROM accounts WHERE name = ?"
                            row = database.execute(query, (request.form["name"],)).fetchone()
                        if row is None or not check_password_hash(row[0], request.form["password"]):
                            abort(401)
                        return "welcome"
                """,
                "requirements.txt": """
                    Flask>=3.0
                    gunicorn
                """,
            },
            fixed={
                "requirements.txt": """
                    Flask>=3.0
                    Flask-Limiter[redis]>=3.8
                    gunicorn
                """,
                "shop/__init__.py": """
                    from flask import Flask

                    from shop.accounts import accounts
                    from shop.extensions import limiter


                    def create_app():
                        app = Flask(__name__)  # finds: GA101
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        limiter.init_app(app)
                        app.register_blueprint(accounts, url_prefix="/accounts")
                        return app
                """,
                "shop/accounts.py": """
                    import sqlite3

                    from flask import Blueprint, abort, request
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import check_password_hash

                    from shop.extensions import limiter

                    accounts = Blueprint("accounts", __name__)


                    def submitted_name():
                        return request.form.get("name") or get_remote_address()


                    @accounts.post("/login")
                    @limiter.limit("5 per minute")
                    @limiter.limit("20 per hour", key_func=submitted_name)
                    def login():
                        with sqlite3.connect("shop.db") as database:
                            query = "SELECT hash FROM accounts WHERE name = ?"
                            row = database.execute(query, (request.form["name"],)).fetchone()
                        if row is None or not check_password_hash(row[0], request.form["password"]):
                            abort(401)
                        return "welcome"
                """,
                "shop/extensions.py": """
                    import os

                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    limiter = Limiter(
                        get_remote_address,
                        default_limits=["200 per hour", "50 per minute"],
                        storage_uri=os.environ.get("RATELIMIT_STORAGE_URI", "memory://"),
                        storage_options={"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
                        in_memory_fallback_enabled=True,
                    )
                """,
            },
        ),
    )
    secure = (
        Example(
            title="a limiter with default limits",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    @app.get("/orders")
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
        Example(
            title="a limiter that the factory binds",
            files={
                "shop/__init__.py": """
                    from flask import Flask

                    from shop.accounts import accounts
                    from shop.extensions import limiter


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        limiter.init_app(app)
                        app.register_blueprint(accounts, url_prefix="/accounts")
                        return app
                """,
                "shop/extensions.py": """
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    limiter = Limiter(
                        get_remote_address, default_limits=["50 per minute"], storage_uri="memory://"
                    )
                """,
                "shop/accounts.py": """
                    import sqlite3

                    from flask import Blueprint, abort, request
                    from werkzeug.security import check_password_hash

                    from shop.extensions import limiter

                    accounts = Blueprint("accounts", __name__)


                    @accounts.post("/login")
                    @limiter.limit("5 per minute")
                    def login():
                        with sqlite3.connect("shop.db") as database:
                            query = "SELECT hash FROM accounts WHERE name = ?"
                            row = database.execute(query, (request.form["name"],)).fetchone()
                        if row is None or not check_password_hash(row[0], request.form["password"]):
                            abort(401)
                        return "welcome"
                """,
            },
        ),
        Example(
            title="nothing but a health check",
            files={
                "alive.py": """
                    from flask import Flask

                    app = Flask(__name__)


                    @app.get("/healthz")
                    def healthz():
                        return "ok"
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        # A limiter that only fails to work has a rule of its own: one cause, one finding.
        if active_limiters(app) or idle_limiters(app):
            return
        exposed = exposures(app, deployment)
        if not exposed:
            return
        own = project_limiters(app)
        worst = exposed[0].stake
        severity, confidence = _ranked(worst, has_own=bool(own))
        yield self.finding(
            app.place,
            f"{_said(own)}: {counted(len(exposed), 'route')} of `{app.id}` can be called without limit.",
            app=app,
            severity=severity,
            confidence=confidence,
            related=(
                *(
                    Related(place=limiter.place, message=f"`{limiter.name}` may limit callers")
                    for limiter in own
                ),
                *(row for exposure in exposed for row in exposure.row),
            ),
            why=f"{exposed[0].title}: {worst.why}",
            # Behind an account, and without work: nothing is at stake yet.
            is_advisory=level(worst.score) is Severity.INFO,
            # Beside a limiter of the project's own a second one may be one too many.
            remedy=None if own or is_for_documentation(app) else _introduced(app),
        )


def _ranked(worst: Stake, *, has_own: bool) -> tuple[Severity, Confidence]:
    """What the project's own code surely does not limit is open, though someone has thought of limits."""
    if not has_own:
        return max(worst.severity, Severity.MEDIUM if worst.work else Severity.LOW), Confidence.CERTAIN
    severity = Confidence.FIRM.cap(worst.severity)
    if severity < Severity.MEDIUM:
        return Severity.INFO, Confidence.TENTATIVE
    return severity, Confidence.FIRM


def _said(own: tuple[Limiter, ...]) -> str:
    beside = f" beside `{own[0].name}`" if own else ""
    more = f" and {len(own) - 1} more" if len(own) > 1 else ""
    return f"No rate limiter is active{beside}{more}"


def _introduced(app: App) -> Remedy:
    return Remedy(
        safety=Safety.UNSAFE,
        reason=f"Flask-Limiter, a new dependency, admits {' and '.join(DEFAULTS)} for each route and caller, usual"
        " amounts for a start, and less where a request costs more. Tests that ask often set RATELIMIT_ENABLED to"
        " False.",
        edits=(IntroduceLimiter(app=app.id),),
    )
