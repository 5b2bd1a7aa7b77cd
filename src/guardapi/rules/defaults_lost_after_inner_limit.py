"""GA205: default limits that one request switches off."""

from collections.abc import Iterator

from guardapi.findings import Cwe, Finding, Probe, Related, Severity
from guardapi.losses import HEAVY, Losing, losing
from guardapi.model import App, Deployment, LimitSource, Loss
from guardapi.place import Place
from guardapi.remedy import Remedy, Safety, SetArgument
from guardapi.rule import Example, Rule


class DefaultsLostAfterInnerLimit(Rule):
    """A limit inside a view, met by some requests only, ends the default limits for all of them.

    ## What it finds
    A view that relies on default or blueprint limits, with a `with limiter.limit(...)`, a call of a limited
    function or a limited method that only some requests reach.

    ## Why it is bad
    Once a request has met the inner limit, the limiter takes the endpoint for one with limits of its own, in
    that process and for good: all others are then unlimited. A caller needs one request for that.

    ## How to fix it
    Give the inner limit `override_defaults=False`, or the view a limit of its own.

    ## What it leaves alone
    An inner limit on every path, since it limits every request; one with `override_defaults=False`; a view with a
    limit of its own.
    """

    id = "GA205"
    name = "defaults-lost-after-inner-limit"
    severity = Severity.MEDIUM
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.WORKFLOW)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="a `with` in a branch",
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
                    def pay():
                        if request.args.get("express"):
                            with limiter.limit("2 per minute"):  # finds: GA205
                                return store("express")
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
                    def pay():
                        if request.args.get("express"):
                            with limiter.limit("2 per minute", override_defaults=False):  # finds: GA205
                                return store("express")
                        return store("payments")
                """,
            },
        ),
        Example(
            title="a limited function that some requests call",
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


                    @limiter.limit("2 per hour")  # finds: GA205
                    def notify():
                        return store("notices")


                    @app.post("/pay")
                    def pay():
                        if request.form.get("notify"):
                            notify()
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


                    @limiter.limit("2 per hour", override_defaults=False)  # finds: GA205
                    def notify():
                        return store("notices")


                    @app.post("/pay")
                    def pay():
                        if request.form.get("notify"):
                            notify()
                        return store("payments")
                """,
            },
        ),
        Example(
            title="a limited method of a class, and the default limits of another",
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


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    class Payments(MethodView):
                        def post(self):
                            return store("payments")

                        @limiter.limit("2 per minute")  # finds: GA205
                        def put(self):
                            return store("corrections")


                    app.add_url_rule("/pay", view_func=Payments.as_view("payments"))
                """,
            },
            fixed={
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


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    class Payments(MethodView):
                        def post(self):
                            return store("payments")

                        @limiter.limit("2 per minute", override_defaults=False)  # finds: GA205
                        def put(self):
                            return store("corrections")


                    app.add_url_rule("/pay", view_func=Payments.as_view("payments"))
                """,
            },
        ),
    )
    secure = (
        Example(
            title="a limit of its own, and an inner one beside it",
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
                    @limiter.limit("5 per minute")
                    def pay():
                        if request.args.get("express"):
                            with limiter.limit("2 per minute", override_defaults=False):
                                return store("express")
                        return store("payments")
                """,
            },
        ),
        Example(
            title="an inner limit that leaves the defaults alone",
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
                    def pay():
                        if request.args.get("express"):
                            with limiter.limit("2 per minute", override_defaults=False):
                                return store("express")
                        return store("payments")
                """,
            },
        ),
        Example(
            title="an inner limit on every path",
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
                    def pay():
                        with limiter.limit("2 per minute"):
                            return store("payments")
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for lost in losing(app, deployment, Loss.FORGOTTEN, by_culprit=True):
            if lost.limit.by is not None:
                yield self._finding(app, lost, lost.limit.by)

    def _finding(self, app: App, lost: Losing, place: Place) -> Finding:
        worst = lost.worst
        texts = ", ".join(dict.fromkeys(limit.text or "computed" for limit in lost.limits))
        kind = "default" if lost.limit.source is LimitSource.DEFAULT else "blueprint"
        return self.finding(
            place,
            f"Once a request has met this limit, the {kind} limits ({texts}) no longer hold for {worst.title}.",
            app=app,
            identity=tuple(route.route.endpoint for route in lost.routes),
            severity=Severity.HIGH if worst.work >= HEAVY else Severity.MEDIUM,
            route=worst.reference if len(lost.routes) == 1 else None,
            related=(*lost.related, *_declared(lost, place)),
            why=f"one request is enough; the route {worst.stake.why}",
            remedy=_beside(place),
        )


def _declared(lost: Losing, place: Place) -> Iterator[Related]:
    for found in dict.fromkeys(limit.place for limit in lost.limits):
        if found is not None and found != place:
            yield Related(place=found, message="the limits that end are declared here")


def _beside(place: Place) -> Remedy:
    edit = SetArgument(call=place, name="override_defaults", value="False")
    return Remedy(
        safety=Safety.SAFE,
        reason="The other limits of the route go on to hold beside this one.",
        edits=(edit,),
    )
