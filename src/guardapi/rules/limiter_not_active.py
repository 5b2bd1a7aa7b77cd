"""GA201: a limiter that limits are declared on, and that does not work."""

from collections.abc import Iterator
from typing import Final

from guardapi.coverage import idle_limiters
from guardapi.findings import Confidence, Cwe, Finding, Probe, Related, Severity, counted
from guardapi.model import App, Deployment, Limiter
from guardapi.place import Place
from guardapi.rank import exposures
from guardapi.remedy import BindLimiter, Edit, Remedy, RemoveArgument, Safety, SetSetting
from guardapi.rule import Example, Rule

SWITCH: Final = "RATELIMIT_ENABLED"


class LimiterNotActive(Rule):
    """Limits are declared on a limiter that is not bound to the application, or switched off.

    ## What it finds
    A `Limiter` with declared limits that is neither given the application nor passed to
    `init_app`, or that the configuration disables (`enabled=False`, `RATELIMIT_ENABLED`).

    ## Why it is bad
    Every decorator stays in the source and refuses nothing. Reviews and tests see limits that
    do not exist.

    ## How to fix it
    Call `limiter.init_app(app)` where the application is built, or give the limiter `app=app`; keep
    `RATELIMIT_ENABLED = False` to the configuration of tests.

    ## What it leaves alone
    A limiter whose switch only the environment decides, one that nothing uses, and one
    that every request finds bound.
    """

    id = "GA201"
    name = "limiter-not-active"
    severity = Severity.MEDIUM
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.INSECURE_DEFAULT)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="init_app is forgotten",
            files={
                "shop/__init__.py": """
                    from flask import Flask

                    from shop.payments import payments


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        app.register_blueprint(payments)
                        return app
                """,
                "shop/extensions.py": """
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    limiter = Limiter(get_remote_address, storage_uri="memory://")  # finds: GA201
                """,
                "shop/payments.py": """
                    import sqlite3

                    from flask import Blueprint, request

                    from shop.extensions import limiter

                    payments = Blueprint("payments", __name__)


                    @payments.post("/pay")
                    @limiter.limit("3 per minute")
                    def pay():
                        with sqlite3.connect("shop.db") as database:
                            database.execute("INSERT INTO payments VALUES (?)", (request.form["amount"],))
                        return "paid"
                """,
            },
            fixed={
                "shop/__init__.py": """
                    from flask import Flask

                    from shop.extensions import limiter
                    from shop.payments import payments


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        limiter.init_app(app)
                        app.register_blueprint(payments)
                        return app
                """,
            },
        ),
        Example(
            title="switched off by the constructor",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(  # finds: GA201
                        get_remote_address, app=app, enabled=False, storage_uri="memory://"
                    )


                    @app.post("/pay")
                    @limiter.limit("3 per minute")
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
                    limiter = Limiter(  # finds: GA201
                        get_remote_address, app=app, storage_uri="memory://"
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
            title="switched off by the configuration",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.config["RATELIMIT_ENABLED"] = False  # finds: GA201
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/pay")
                    @limiter.limit("3 per minute")
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
                    app.config["RATELIMIT_ENABLED"] = True  # finds: GA201
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/pay")
                    @limiter.limit("3 per minute")
                    def pay():
                        with sqlite3.connect("shop.db") as database:
                            database.execute("INSERT INTO payments VALUES (?)", (request.form["amount"],))
                        return "paid"
                """,
            },
        ),
    )
    secure = (
        Example(
            title="bound after it was made",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, default_limits=["50 per minute"], storage_uri="memory://"
                    )
                    limiter.init_app(app)


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
            title="switched off in the configuration of tests only",
            files={
                "shop/__init__.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    limiter = Limiter(
                        get_remote_address, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    def create_app(settings="shop.config.Production"):
                        app = Flask(__name__)
                        app.config.from_object(settings)
                        limiter.init_app(app)

                        @app.post("/pay")
                        @limiter.limit("3 per minute")
                        def pay():
                            with sqlite3.connect("shop.db") as database:
                                database.execute("INSERT INTO payments VALUES (?)", (request.form["amount"],))
                            return "paid"

                        return app
                """,
                "shop/config.py": """
                    class Production:
                        MAX_CONTENT_LENGTH = 100_000


                    class Testing(Production):
                        TESTING = True
                        RATELIMIT_ENABLED = False
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        idle = idle_limiters(app)
        if not idle:
            return
        exposed = exposures(app, deployment)
        stake = exposed[0].stake if exposed else None
        rows = [row for exposure in exposed for row in exposure.row]
        for limiter in idle:
            place, fault = _fault(limiter, app)
            yield self.finding(
                place,
                f"{fault}: none of its limits holds.",
                app=app,
                identity=(limiter.name,),
                severity=max(stake.severity, Severity.MEDIUM)
                if stake and not limiter.by_environment
                else Severity.LOW,
                confidence=stake.confidence if stake else Confidence.CERTAIN,
                related=(*_constructor(limiter, place), *rows),
                why=f"{exposed[0].title}: {stake.why}" if stake else "another limit covers every route",
                remedy=_activated(limiter, app),
            )


def _fault(limiter: Limiter, app: App) -> tuple[Place, str]:
    """Where the limiter is kept from working, and how."""
    uses = counted(limiter.uses, "time")
    if not limiter.bound:
        return limiter.place, f"`{limiter.name}` is used {uses} and never bound to `{app.id}`"
    off = (
        "switched off here, unless the environment says otherwise"
        if limiter.by_environment
        else "switched off here"
    )
    return limiter.disabled_by or limiter.place, f"`{limiter.name}` is used {uses} and {off}"


def _constructor(limiter: Limiter, place: Place) -> tuple[Related, ...]:
    if limiter.place == place:
        return ()
    return (Related(place=limiter.place, message=f"`{limiter.name}` is made here"),)


def _activated(limiter: Limiter, app: App) -> Remedy | None:
    """None where the environment has a say: it may be right there."""
    name = limiter.name.rpartition(":")[2]
    if not limiter.bound:
        return Remedy(
            safety=Safety.SAFE,
            reason=f"`{name}` is bound to `{app.id}`: the limits that are declared hold.",
            edits=(BindLimiter(app=app.id, limiter=limiter.name, made=limiter.place),),
        )
    if limiter.by_environment:
        return None
    switch = app.settings.get(SWITCH)
    edit: Edit = RemoveArgument(call=limiter.place, name="enabled")
    if switch is not None and limiter.disabled_by not in (None, limiter.place):
        edit = SetSetting(app=app.id, key=SWITCH, value="True")
    return Remedy(
        safety=Safety.UNSAFE,
        reason=f"`{name}` is switched on: the limits that are declared hold, where they have not until now.",
        edits=(edit,),
    )
