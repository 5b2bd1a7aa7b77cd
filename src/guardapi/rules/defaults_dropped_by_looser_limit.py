"""GA204: a limit that replaces stricter default limits."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guardapi.findings import Cwe, Finding, Probe, Related, Severity
from guardapi.frameworks.limit_text import admitted, parts_of
from guardapi.losses import HEAVY, MAX_RELATED, Deprived, Losing, losing
from guardapi.model import App, Deployment, Loss, LostLimit
from guardapi.place import Place
from guardapi.remedy import Remedy, Safety, SetArgument
from guardapi.rule import Example, Rule

FACTOR: Final = 10
"""A route may admit so many times what the defaults do: limits are tuned to their routes."""
WINDOWS: Final = {"day": 86_400, "hour": 3600, "minute": 60}
FLOOD_PER_MINUTE: Final = 6000
WORTH_LIMITING: Final = 2
"""The work class below which a looser limit is nobody's concern."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Excess:
    """By how much the limits of a route admit more than the defaults would."""

    text: str
    """What replaces the defaults."""
    window: str
    admitted: int
    usual: int
    per_minute: int


class DefaultsDroppedByLooserLimit(Rule):
    """A limit on a view or blueprint replaces the default limits, and admits far more than they do.

    ## What it finds
    A decorated or blueprint limit that overrides the defaults, as it does unless told otherwise, and admits
    more than ten times as many requests in a minute, an hour or a day.

    ## Why it is bad
    Whoever adds a limit means to restrict the route further; in fact it is now the loosest of the
    application, and a caller who could ask 100 times a day may ask 7200 times.

    ## How to fix it
    Give the limit `override_defaults=False`, so that both hold, or give it a second part for the longer window.

    ## What it leaves alone
    A limit up to ten times as large, routes that do little work, limits with a key function of their own (a
    larger budget for each account is usual), and all that is computed where it runs.
    """

    id = "GA204"
    name = "defaults-dropped-by-looser-limit"
    severity = Severity.MEDIUM
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS,)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="a looser limit on the view",
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


                    @app.post("/pay")
                    @limiter.limit("1000/second")  # finds: GA204
                    def pay():
                        return store("payments")
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


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    @limiter.limit("1000/second", override_defaults=False)  # finds: GA204
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="a limit by the minute instead of one by the day",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.config["RATELIMIT_DEFAULT"] = "100 per day; 20 per hour"
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    @limiter.limit("5 per minute", methods=["POST"])  # finds: GA204
                    def pay():
                        return store("payments")
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
                    app.config["RATELIMIT_DEFAULT"] = "100 per day; 20 per hour"
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    @limiter.limit("5 per minute", methods=["POST"], override_defaults=False)  # finds: GA204
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="a looser limit on the blueprint",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Blueprint, Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )
                    payments = Blueprint("payments", __name__)
                    limiter.limit("200 per minute")(payments)  # finds: GA204


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @payments.post("/pay")
                    def pay():
                        return store("payments")


                    @payments.post("/refund")
                    def refund():
                        return store("refunds")


                    app.register_blueprint(payments)
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
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )
                    payments = Blueprint("payments", __name__)
                    limiter.limit("200 per minute", override_defaults=False)(payments)  # finds: GA204


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @payments.post("/pay")
                    def pay():
                        return store("payments")


                    @payments.post("/refund")
                    def refund():
                        return store("refunds")


                    app.register_blueprint(payments)
                """,
            },
        ),
    )
    secure = (
        Example(
            title="both hold",
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


                    @app.post("/pay")
                    @limiter.limit("1000/second", override_defaults=False)
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="a number tuned to the route",
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


                    @app.post("/pay")
                    @limiter.limit("30 per minute")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="a budget for each account",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request, session
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.secret_key = "only for this example"
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    @limiter.limit("100 per minute", key_func=lambda: str(session["account"]))
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="a shorter window that the longer one does not outlast",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.config["RATELIMIT_DEFAULT"] = "20 per hour"
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    @limiter.limit("5 per minute; 20 per hour")
                    def pay():
                        return store("payments")
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for lost in losing(app, deployment, Loss.REPLACED, by_culprit=True):
            looser = [
                (route, excess)
                for route in lost.routes
                if route.work >= WORTH_LIMITING and (excess := _excess(route, lost.limits)) is not None
            ]
            place = lost.limit.by
            if looser and place is not None:
                yield self._finding(app, lost, place, looser)

    def _finding(
        self, app: App, lost: Losing, place: Place, looser: list[tuple[Deprived, _Excess]]
    ) -> Finding:
        worst, excess = max(looser, key=lambda entry: entry[0].work)
        usual = ", ".join(dict.fromkeys(limit.text or "" for limit in lost.limits))
        floods = any(found.per_minute > FLOOD_PER_MINUTE for _, found in looser)
        heavy = any(route.work >= HEAVY for route, _ in looser)
        return self.finding(
            place,
            f"`{excess.text}` replaces the default limits ({usual}) on {worst.title}: it admits"
            f" {excess.admitted} requests a {excess.window} instead of {excess.usual}.",
            app=app,
            identity=(excess.text, *(route.route.endpoint for route, _ in looser)),
            severity=Severity.HIGH if heavy or floods else Severity.MEDIUM,
            related=[
                *_declared(lost, place),
                *(entry for route, _ in looser[:MAX_RELATED] for entry in _loose(route)),
            ],
            why=worst.stake.why if heavy or not floods else "more than 100 requests a second",
            remedy=_beside(place),
        )


def _excess(route: Deprived, replaced: tuple[LostLimit, ...]) -> _Excess | None:
    """In the longest window in which it is large; None where it is not, or not known."""
    usual = parts_of(limit.text for limit in replaced)
    for method in route.methods:
        held = route.route.limits[method]
        nearer = [limit for limit in held.limits if limit.overrides]
        items = parts_of(limit.text for limit in held.limits)
        if held.undecided or not items or not usual or any(limit.own_key for limit in nearer):
            continue
        for window, seconds in WINDOWS.items():
            now, before = admitted(items, seconds), admitted(usual, seconds)
            if now > FACTOR * before:
                text = ", ".join(dict.fromkeys(limit.text or "" for limit in nearer))
                return _Excess(
                    text=text,
                    window=window,
                    admitted=now,
                    usual=before,
                    per_minute=admitted(items, 60),
                )
    return None


def _declared(lost: Losing, place: Place) -> Iterator[Related]:
    for limit in lost.limits:
        if limit.place is not None and limit.place != place:
            yield Related(place=limit.place, message=f"default limit {limit.text}")


def _loose(route: Deprived) -> tuple[Related, ...]:
    place = route.route.view.place
    return (Related(place=place, message=f"{route.title}: {route.stake.why}"),) if place else ()


def _beside(place: Place) -> Remedy:
    edit = SetArgument(call=place, name="override_defaults", value="False")
    return Remedy(safety=Safety.SAFE, reason="The default limits hold beside this one.", edits=(edit,))
