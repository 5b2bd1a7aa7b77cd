"""GA981: use of what Flask-Limiter no longer has."""

from collections.abc import Iterator
from typing import Final

from guardapi.findings import Confidence, Cwe, Finding, Probe, Severity
from guardapi.model import App, Deployment, RemovedUse
from guardapi.remedy import Edit, NameArgument, Remedy, RenameImport, Safety, SetArgument
from guardapi.rule import Example, Rule

RENAMED: Final = {"HEADERS": "HeaderNames", "get_ipaddr": "get_remote_address"}
ARGUMENTS: Final = {"storage_url=": "storage_uri", "global_limits=": "default_limits"}


class LimiterApiRemoved(Rule):
    """The code uses names, arguments or methods that the installed Flask-Limiter does not have.

    ## What it finds
    `limiter.check()`, `auto_check=`, `global_limits=`, an application as the first argument, imports of `HEADERS`,
    `get_ipaddr` and private modules, the elastic strategy and the store etcd: measured by the release that
    requirements or a lock file name, else by the newest.

    ## Why it is bad
    The start fails, or the route does. Where the error is caught, the limit is gone and nobody is told.

    ## How to fix it
    Use what the release offers, as the finding says, or pin the release that the code was written for.

    ## What it leaves alone
    Code that catches the error to serve several releases, and projects that pin a release which has the name.
    """

    id = "GA981"
    name = "limiter-api-removed"
    severity = Severity.MEDIUM
    cwe = (Cwe.OBSOLETE_FUNCTION, Cwe.UNHANDLED_CONDITION)
    probes = (Probe.BOOT,)
    vulnerable = (
        Example(
            title="a check that is gone, and the error is swallowed",
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
                        try:
                            limiter.check()  # finds: GA981
                        except Exception:
                            pass
                        return store("payments")
                """,
            },
        ),
        Example(
            title="the order of arguments of former releases",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(  # finds: GA981
                        app, key_func=get_remote_address, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    @limiter.limit("3 per minute")
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
                    limiter = Limiter(  # finds: GA981
                        app=app, key_func=get_remote_address, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    @limiter.limit("3 per minute")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="names that are gone",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import HEADERS, Limiter  # finds: GA981
                    from flask_limiter.util import get_ipaddr  # finds: GA981

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_ipaddr, app=app, default_limits=["5 per minute"], storage_uri="memory://")
                    limiter.header_mapping = {HEADERS.LIMIT: "X-Limit"}


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    @limiter.limit("3 per minute")
                    def pay():
                        return store("payments")
                """,
            },
            fixed={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import HeaderNames, Limiter  # finds: GA981
                    from flask_limiter.util import get_remote_address  # finds: GA981

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://")
                    limiter.header_mapping = {HeaderNames.LIMIT: "X-Limit"}


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    @limiter.limit("3 per minute")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="a strategy that the engine has lost",
            files={
                "requirements.txt": """
                    flask-limiter==4.1.1
                    limits==5.8.0
                """,
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(  # finds: GA981
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="memory://",
                        strategy="fixed-window-elastic-expiry",
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    @limiter.limit("3 per minute")
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
                    limiter = Limiter(  # finds: GA981
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="memory://",
                        strategy="moving-window",
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    @limiter.limit("3 per minute")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="an argument that is gone",
            files={
                "uv.lock": """
                    version = 1

                    [[package]]
                    name = "flask-limiter"
                    version = "3.13"
                """,
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(  # finds: GA981
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="memory://",
                        auto_check=False,
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    @limiter.limit("3 per minute")
                    def pay():
                        return store("payments")
                """,
            },
        ),
    )
    secure = (
        Example(
            title="what the release offers",
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
                    @limiter.limit("3 per minute")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="an old release that has it",
            files={
                "requirements.txt": """
                    flask==2.3.3
                    flask-limiter==2.9.2
                """,
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        app, key_func=get_remote_address, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    @limiter.limit("3 per minute")
                    def pay():
                        return store("payments")


                    @app.get("/quota")
                    def quota():
                        limiter.check()
                        return "some"
                """,
            },
        ),
        Example(
            title="code for either release",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter

                    try:
                        from flask_limiter.util import get_ipaddr as get_remote_address
                    except ImportError:
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
                    @limiter.limit("3 per minute")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="a check of something else",
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


                    class Stock:
                        def check(self):
                            return True


                    stock = Stock()


                    @app.post("/pay")
                    @limiter.limit("3 per minute")
                    def pay():
                        stock.check()
                        return store("payments")
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        del deployment
        for use in app.removed:
            yield self.finding(
                use.place,
                f"`{use.name}` {_since(use)}: {_consequence(use)}.",
                app=app,
                identity=(use.place.file, use.name),
                severity=Severity.HIGH if use.swallowed else Severity.MEDIUM,
                confidence=Confidence.CERTAIN if use.is_pinned else Confidence.FIRM,
                remedy=_remedy(use),
                why=(f"{use.instead} does the same; " if use.instead else "")
                + (
                    "the project pins the release"
                    if use.is_pinned
                    else "no release is pinned, so the newest counts"
                ),
            )


def _remedy(use: RemovedUse) -> Remedy | None:
    """What does the same, where one thing does."""
    module, _, name = use.name.rpartition(".")
    if name in RENAMED and module:
        edits: tuple[Edit, ...] = (RenameImport(statement=use.place, name=name, new=RENAMED[name]),)
    elif use.name in ARGUMENTS:
        former = use.name.removesuffix("=")
        edits = (NameArgument(call=use.place, name=ARGUMENTS[use.name], former=former),)
    elif use.name == "Limiter(app, key_func=...)":
        edits = (NameArgument(call=use.place, name="app", position=0),)
    elif use.name == "Limiter(app, key_func)":
        edits = tuple(
            NameArgument(call=use.place, name=name, position=position)
            for position, name in enumerate(("app", "key_func"))
        )
    elif use.name.startswith("strategy="):
        edits = (SetArgument(call=use.place, name="strategy", value='"moving-window"'),)
        reason = "Counts the requests of the last minute exactly, where the lost strategy was stricter."
        return Remedy(safety=Safety.UNSAFE, reason=reason, edits=edits)
    else:
        return None
    return Remedy(safety=Safety.SAFE, reason=f"{use.instead} is what the release has.", edits=edits)


def _since(use: RemovedUse) -> str:
    if not use.gone_since:
        return f"is no argument that {use.distribution} has"
    return f"does not exist since {use.distribution} {use.gone_since}"


def _consequence(use: RemovedUse) -> str:
    if use.swallowed:
        return "the error is swallowed and nothing is limited here"
    return "each call fails" if use.in_call else "the start fails"
