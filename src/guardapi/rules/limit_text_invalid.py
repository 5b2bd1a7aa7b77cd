"""GA203: a limit text that Flask-Limiter cannot read."""

from collections.abc import Iterator

from guardapi.findings import Cwe, Finding, Probe, Severity
from guardapi.frameworks.limit_text import suggestion
from guardapi.losses import Losing, losing
from guardapi.model import App, Deployment, Limit, LimitSource, Loss
from guardapi.place import Place
from guardapi.remedy import Remedy, RewriteText, Safety
from guardapi.rule import Example, Rule


class LimitTextInvalid(Rule):
    """The text of a limit is none that the limiter reads, so nothing is limited or every request fails.

    ## What it finds
    Texts such as `10/s`, `2/min`, `1,000 per hour` or an empty one: in decorators, on blueprints, among the
    default limits, in settings, and where a function answers with them. Also amounts and costs of 0, which
    refuse everything and count as 1.

    ## Why it is bad
    For a decorated limit the limiter logs an error and lets every request through; a default limit that it
    cannot read answers each request with status 500.

    ## How to fix it
    Write a whole number, `/` or `per`, and a unit in full: `10/second`, `2 per minute`, `7 days` for a week.

    ## What it leaves alone
    Texts that only the environment or a database knows, and an empty answer behind a test, which is a wanted
    exemption: `--profile pedantic` shows those.
    """

    id = "GA203"
    name = "limit-text-invalid"
    severity = Severity.MEDIUM
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.UNCHECKED_QUANTITY)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="a unit in short",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/pay")
                    @limiter.limit("2/min")  # finds: GA203
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
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/pay")
                    @limiter.limit("2/minute")  # finds: GA203
                    def pay():
                        with sqlite3.connect("shop.db") as database:
                            database.execute("INSERT INTO payments VALUES (?)", (request.form["amount"],))
                        return "paid"
                """,
            },
        ),
        Example(
            title="a default limit of the configuration",
            files={
                "shop/__init__.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    limiter = Limiter(get_remote_address, storage_uri="memory://")


                    def create_app():
                        app = Flask(__name__)
                        app.config.from_object("shop.config.Production")
                        limiter.init_app(app)

                        @app.post("/pay")
                        def pay():
                            with sqlite3.connect("shop.db") as database:
                                database.execute("INSERT INTO payments VALUES (?)", (request.form["amount"],))
                            return "paid"

                        return app
                """,
                "shop/config.py": """
                    class Production:
                        MAX_CONTENT_LENGTH = 100_000
                        RATELIMIT_DEFAULT = "1,000 per hour"  # finds: GA203
                """,
            },
            fixed={
                "shop/config.py": """
                    class Production:
                        MAX_CONTENT_LENGTH = 100_000
                        RATELIMIT_DEFAULT = "1000 per hour"  # finds: GA203
                """,
            },
        ),
        Example(
            title="one answer of a function, and a limit on a blueprint",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Blueprint, Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    payments = Blueprint("payments", __name__)
                    refunds = Blueprint("refunds", __name__)
                    limiter.limit("5 per week")(refunds)  # finds: GA203


                    def allowance():
                        if request.headers.get("X-Plan") == "large":
                            return "100/hr"  # finds: GA203
                        return "10/hour"


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @payments.post("/pay")
                    @limiter.limit(allowance)
                    def pay():
                        return store("payments")


                    @refunds.post("/refund")
                    def refund():
                        return store("refunds")


                    app.register_blueprint(payments)
                    app.register_blueprint(refunds)
                """,
            },
            fixed={
                "shop.py": """
                    import sqlite3

                    from flask import Blueprint, Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    payments = Blueprint("payments", __name__)
                    refunds = Blueprint("refunds", __name__)
                    limiter.limit("5 per 7 days")(refunds)  # finds: GA203


                    def allowance():
                        if request.headers.get("X-Plan") == "large":
                            return "100/hour"  # finds: GA203
                        return "10/hour"


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @payments.post("/pay")
                    @limiter.limit(allowance)
                    def pay():
                        return store("payments")


                    @refunds.post("/refund")
                    def refund():
                        return store("refunds")


                    app.register_blueprint(payments)
                    app.register_blueprint(refunds)
                """,
            },
        ),
    )
    secure = (
        Example(
            title="units in full, in all the ways to write them",
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
                        default_limits=["100/hour", "5 per 2 MINUTES"],
                        storage_uri="memory://",
                    )


                    @app.post("/pay")
                    @limiter.limit("2/minute; 10 per hour")
                    def pay():
                        with sqlite3.connect("shop.db") as database:
                            database.execute("INSERT INTO payments VALUES (?)", (request.form["amount"],))
                        return "paid"
                """,
            },
        ),
        Example(
            title="a text that only the environment knows",
            files={
                "shop.py": """
                    import os
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/pay")
                    @limiter.limit(os.environ["PAYMENTS"])
                    def pay():
                        with sqlite3.connect("shop.db") as database:
                            database.execute("INSERT INTO payments VALUES (?)", (request.form["amount"],))
                        return "paid"
                """,
            },
        ),
        Example(
            title="texts of other things",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    SPEED = "10/s"

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    def allowance():
                        return "4/minute" if request.headers.get("X-Plan") == SPEED else "2/minute"


                    @app.post("/pay")
                    @limiter.limit(allowance)
                    def pay():
                        with sqlite3.connect("shop.db") as database:
                            database.execute("INSERT INTO payments VALUES (?)", (request.form["amount"],))
                        return SPEED
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for lost in losing(app, deployment, Loss.INVALID):
            if lost.limit.place is not None:
                yield self._invalid(app, lost, lost.limit.place)
        for limit, place in _odd(app):
            yield self._odd(app, limit, place)

    def _invalid(self, app: App, lost: Losing, place: Place) -> Finding:
        limit = lost.limit
        text = limit.text or ""
        fails = limit.source in {LimitSource.DEFAULT, LimitSource.APPLICATION} and bool(text)
        meant = suggestion(text)
        if fails:
            consequence = f"every request for {lost.worst.title} is answered with status 500"
        elif text:
            consequence = f"Flask-Limiter logs an error and {lost.worst.title} goes without this limit"
        else:
            consequence = f"{lost.worst.title} goes without this limit"
        written = _written_at(app, limit.source, text, place)
        return self.finding(
            written,
            f"`{text}` is no valid limit ({limit.reason}): {consequence}."
            if text
            else f"An empty text is no limit: {consequence}.",
            app=app,
            identity=(limit.target, text),
            severity=Severity.HIGH if fails else lost.severity,
            confidence=lost.confidence,
            related=() if fails else lost.related,
            why=f"`{meant}` is probably meant"
            if meant
            else "other limits hold there"
            if lost.severity is Severity.LOW
            else f"{lost.worst.title}: {lost.worst.stake.why}",
            is_advisory=not text and limit.condition is not None,
            remedy=_corrected(written, text, meant) if meant else None,
        )

    def _odd(self, app: App, limit: Limit, place: Place) -> Finding:
        text = limit.text or "a limit"
        message = (
            f"`{text}` with a cost of 0 counts each request as 1: a cost of 0 is taken for none given."
            if not limit.costs
            else f"`{text}` refuses every request."
        )
        return self.finding(
            place,
            message,
            app=app,
            identity=(text, limit.source),
            severity=Severity.LOW,
            why="it is hardly what is meant",
        )


def _odd(app: App) -> Iterator[tuple[Limit, Place]]:
    """Limits that hold and can hardly be meant, once for each place."""
    seen: dict[Place, Limit] = {}
    for route in app.routes:
        for held in route.limits.values():
            for limit in held.limits:
                refuses = (limit.text or "").startswith("0 per ")
                if limit.place is not None and (refuses or not limit.costs):
                    seen.setdefault(limit.place, limit)
    for place, limit in seen.items():
        yield limit, place


def _written_at(app: App, source: LimitSource, text: str, place: Place) -> Place:
    """The setting that holds the text, where a general limit comes from one."""
    if source in {LimitSource.DEFAULT, LimitSource.APPLICATION}:
        for key in ("RATELIMIT_DEFAULT", "RATELIMIT_APPLICATION"):
            setting = app.settings.get(key)
            if setting is not None and setting.place is not None and setting.value == text:
                return setting.place
    return place


def _corrected(place: Place, text: str, meant: str) -> Remedy:
    return Remedy(
        safety=Safety.SAFE,
        reason=f"`{text}` becomes `{meant}`, which the limiter reads.",
        edits=(RewriteText(literal=place, old=text, new=meant),),
    )
