"""GA207: a limit on a blueprint that does not reach its routes."""

from collections.abc import Iterator

from guardapi.findings import Cwe, Finding, Probe, Related, Severity
from guardapi.losses import Losing, losing
from guardapi.model import App, Deployment, Loss
from guardapi.place import Place
from guardapi.rule import Example, Rule


class BlueprintLimitLost(Rule):
    """A limit is declared on a blueprint, and its routes go without it.

    ## What it finds
    A limit with `override_defaults=False` on a blueprint that is registered under another name, `meta_limits` of a
    limit on a blueprint, and an exemption that cuts a blueprint off from its parent's limits while it has none itself.

    ## Why it is bad
    Blueprint limits are looked up by names at each request; where the name differs, nothing is found and
    nothing is said.

    ## How to fix it
    Register the blueprint under the name it is made with, or put the limit on its views; declare budgets of refusals
    on the limiter: `Limiter(meta_limits=[...])`.

    ## What it leaves alone
    A renamed blueprint whose limit overrides the defaults, which is found by the blueprint's own name, and an
    exemption of a parent, which does not reach the blueprints below it.
    """

    id = "GA207"
    name = "blueprint-limit-lost"
    severity = Severity.MEDIUM
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS,)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="the blueprint is registered under another name",
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
                    limiter.limit("2 per minute", override_defaults=False)(payments)  # finds: GA207


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @payments.post("/pay")
                    def pay():
                        return store("payments")


                    app.register_blueprint(payments, name="shop")
                """,
            },
        ),
        Example(
            title="a budget of refusals that is dropped",
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
                    limiter.limit("2 per minute", meta_limits=["5 per day"])(payments)  # finds: GA207


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @payments.post("/pay")
                    def pay():
                        return store("payments")


                    app.register_blueprint(payments)
                """,
            },
        ),
        Example(
            title="cut off from the parent's limit",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Blueprint, Flask, request
                    from flask_limiter import ExemptionScope, Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    shop = Blueprint("shop", __name__, url_prefix="/shop")
                    payments = Blueprint("payments", __name__)
                    limiter.limit("2 per minute")(shop)
                    limiter.exempt(payments, flags=ExemptionScope.ANCESTORS)  # finds: GA207


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @payments.post("/pay")
                    def pay():
                        return store("payments")


                    shop.register_blueprint(payments)
                    app.register_blueprint(shop)
                """,
            },
        ),
    )
    secure = (
        Example(
            title="under its own name",
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
                    limiter.limit("2 per minute", override_defaults=False)(payments)


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @payments.post("/pay")
                    def pay():
                        return store("payments")


                    app.register_blueprint(payments)
                """,
            },
        ),
        Example(
            title="renamed, with a limit that overrides",
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
                    limiter.limit("2 per minute")(payments)


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @payments.post("/pay")
                    def pay():
                        return store("payments")


                    app.register_blueprint(payments, name="shop")
                """,
            },
        ),
        Example(
            title="nested, and the parent exempt for itself only",
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
                    shop = Blueprint("shop", __name__, url_prefix="/shop")
                    payments = Blueprint("payments", __name__)
                    limiter.limit("2 per minute")(payments)
                    limiter.exempt(shop)


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @payments.post("/pay")
                    def pay():
                        return store("payments")


                    shop.register_blueprint(payments)
                    app.register_blueprint(shop)
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for lost in losing(app, deployment, Loss.MISNAMED, Loss.META):
            if lost.limit.place is not None:
                yield self._finding(app, lost, lost.limit.place)
        for lost in losing(app, deployment, Loss.CUT, by_culprit=True):
            # A blueprint that has limits of other sources is cut off on purpose.
            if lost.limit.by is not None and all(route.is_unlimited for route in lost.routes):
                yield self._finding(app, lost, lost.limit.by)

    def _finding(self, app: App, lost: Losing, place: Place) -> Finding:
        limit = lost.limit
        is_meta = limit.loss is Loss.META
        severity = Severity.LOW if is_meta else min(lost.severity, Severity.HIGH)
        what = (
            f"The budget of refusals `{limit.text}`" if is_meta else f"The limit `{limit.text or 'computed'}`"
        )
        return self.finding(
            place,
            f"{what} of {limit.target} does not reach {lost.worst.title}: {limit.reason}.",
            app=app,
            identity=(limit.target, limit.loss, limit.text or ""),
            severity=severity,
            confidence=lost.confidence,
            related=(*_declared(lost, place), *lost.related),
            why="other limits hold there" if severity is Severity.LOW else lost.worst.stake.why,
        )


def _declared(lost: Losing, place: Place) -> tuple[Related, ...]:
    declared = lost.limit.place
    if declared is None or declared == place:
        return ()
    return (Related(place=declared, message="the limit is declared here"),)
