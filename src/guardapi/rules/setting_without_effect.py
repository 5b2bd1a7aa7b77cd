"""GA404: a setting that nothing reads."""

from collections.abc import Iterator
from typing import Final

from guardapi.coverage import active_limiters
from guardapi.findings import Confidence, Cwe, Finding, Probe, Related, Severity
from guardapi.model import App, Deadness, DeadSetting, Deployment
from guardapi.rank import exposures
from guardapi.remedy import Edit, MoveStatement, Remedy, RenameSetting, Safety
from guardapi.rule import Example, Rule

LIMITS: Final = frozenset({"RATELIMIT_APPLICATION", "RATELIMIT_DEFAULT"})
STORAGE: Final = "RATELIMIT_STORAGE_URI"
SWITCH: Final = "RATELIMIT_ENABLED"
MANY: Final = 4


class SettingWithoutEffect(Rule):
    """A setting of the limiter, or of the bounds of a request, has no effect.

    ## What it finds
    `RATELIMIT_...` keys that the installed release does not read, keys set after the limiter was bound, keys that an
    argument of the limiter is preferred to, and misspelt bounds such as `MAX_CONTENT_LENGHT`.

    ## Why it is bad
    The value stands in the configuration and reads as if it held: the limits are others, or none, or they
    are counted in the memory of each process.

    ## How to fix it
    Write the name that is read, and load all settings before `init_app` or `Limiter(app=...)`.

    ## What it leaves alone
    Keys that the project reads itself, keys set under both their names, and values that are the same either way.
    """

    id = "GA404"
    name = "setting-without-effect"
    severity = Severity.LOW
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.INSECURE_DEFAULT)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="set when the limiter is bound already",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    app.config["RATELIMIT_DEFAULT"] = "5 per minute"  # finds: GA404


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
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
                    app.config["RATELIMIT_DEFAULT"] = "5 per minute"  # finds: GA404
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="the settings are loaded too late",
            files={
                "shop/__init__.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    limiter = Limiter(get_remote_address, storage_uri="memory://")


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    def create_app():
                        app = Flask(__name__)
                        limiter.init_app(app)
                        app.config.from_object("shop.settings")
                        app.add_url_rule("/pay", "pay", lambda: store("payments"), methods=["POST"])
                        return app
                """,
                "shop/settings.py": """
                    MAX_CONTENT_LENGTH = 100_000
                    RATELIMIT_DEFAULT = "5 per minute"  # finds: GA404
                """,
            },
        ),
        Example(
            title="a name of former releases",
            files={
                "requirements.txt": """
                    flask==3.1.0
                    flask-limiter==4.1.1
                    redis==8.1.0
                """,
                "Procfile": """
                    web: gunicorn --workers 4 --threads 2 shop:app
                """,
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.config["RATELIMIT_STORAGE_URL"] = "redis://localhost:6379/0"  # finds: GA404
                    limiter = Limiter(get_remote_address, app=app, default_limits=["5 per minute"])


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
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
                    app.config["RATELIMIT_STORAGE_URI"] = "redis://localhost:6379/0"  # finds: GA404
                    limiter = Limiter(get_remote_address, app=app, default_limits=["5 per minute"])


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="slips of the pen",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGHT"] = 100_000  # finds: GA404
                    app.config["RATELIMIT_DEFAULTS"] = "5 per minute"  # finds: GA404
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
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
                    app.config["MAX_CONTENT_LENGTH"] = 100_000  # finds: GA404
                    app.config["RATELIMIT_DEFAULT"] = "5 per minute"  # finds: GA404
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="an argument that is preferred",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.config["RATELIMIT_DEFAULT"] = "5 per minute"  # finds: GA404
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
    )
    secure = (
        Example(
            title="set before the limiter is bound",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.config["RATELIMIT_DEFAULT"] = "5 per minute"
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="bound after the settings are loaded",
            files={
                "shop/__init__.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    limiter = Limiter(get_remote_address, storage_uri="memory://")


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    def create_app():
                        app = Flask(__name__)
                        app.config.from_object("shop.settings")
                        limiter.init_app(app)
                        app.add_url_rule("/pay", "pay", lambda: store("payments"), methods=["POST"])
                        return app
                """,
                "shop/settings.py": """
                    MAX_CONTENT_LENGTH = 100_000
                    RATELIMIT_DEFAULT = "5 per minute"
                """,
            },
        ),
        Example(
            title="a setting that the project reads itself",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.config["RATELIMIT_PAYMENTS"] = "3 per minute"
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    @limiter.limit(lambda: app.config["RATELIMIT_PAYMENTS"])
                    def pay():
                        return store("payments")
                """,
            },
        ),
        Example(
            title="the former name and the new one",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.config["RATELIMIT_STORAGE_URL"] = "memory://"
                    app.config["RATELIMIT_STORAGE_URI"] = "memory://"
                    limiter = Limiter(get_remote_address, app=app, default_limits=["5 per minute"])


                    def store(table):
                        with sqlite3.connect("shop.db") as database:
                            database.execute(f"INSERT INTO {table} VALUES (?)", (request.form["amount"],))
                        return "stored"


                    @app.post("/pay")
                    def pay():
                        return store("payments")
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for dead in app.dead_settings:
            severity, confidence, why = _rank(app, deployment, dead)
            yield self.finding(
                dead.place,
                f"`{dead.key}` {_fault(dead)}: {_consequence(app, dead)}.",
                app=app,
                identity=(dead.place.file, dead.key),
                severity=severity,
                confidence=confidence,
                related=_other(dead),
                why=why,
                remedy=_remedy(dead),
            )


def _remedy(dead: DeadSetting) -> Remedy | None:
    """The name that is read, or a place where it is still read; which of two values is meant, nothing says."""
    if dead.read_instead is not None and dead.why in {Deadness.UNREAD, Deadness.MISSPELT}:
        edit: Edit = RenameSetting(statement=dead.place, key=dead.key, new=dead.read_instead)
        reason = f"`{dead.read_instead}` is the name that is read."
    elif dead.why is Deadness.LATE and dead.other is not None and dead.other.file == dead.place.file:
        edit = MoveStatement(statement=dead.place, before=dead.other)
        reason = f"Sets `{dead.key}` before the limiter is bound, which reads it then."
    else:
        return None
    return Remedy(safety=Safety.SAFE, reason=reason, edits=(edit,))


def _meant(dead: DeadSetting) -> str:
    return dead.read_instead or dead.key


def _fault(dead: DeadSetting) -> str:
    match dead.why:
        case Deadness.UNREAD if dead.read_instead:
            return f"is no longer read, its name is `{dead.read_instead}`"
        case Deadness.UNREAD:
            return "is read by nothing in the installed release"
        case Deadness.MISSPELT:
            return f"is misspelt, what is read is `{dead.read_instead}`"
        case Deadness.LATE:
            return f"is set after `{dead.limiter}` was bound, which has read it then"
        case Deadness.SHADOWED:
            return f"is not read, since `{dead.limiter}` is given a value as argument"


def _consequence(app: App, dead: DeadSetting) -> str:
    key = _meant(dead)
    if dead.why is Deadness.SHADOWED:
        return "the argument holds"
    if key in LIMITS:
        return "these limits do not hold"
    if key == STORAGE and _counts_in_memory(app):
        return "limits are counted in the memory of each process"
    if key.startswith("MAX_"):
        return "requests have no such bound"
    return "it changes nothing"


def _counts_in_memory(app: App) -> bool:
    return any((limiter.storage or "").startswith("memory:") for limiter in active_limiters(app))


def _rank(app: App, deployment: Deployment, dead: DeadSetting) -> tuple[Severity, Confidence, str]:
    """How bad it is, how sure that is, and why."""
    key = _meant(dead)
    if dead.why is Deadness.SHADOWED:
        return Severity.LOW, Confidence.CERTAIN, "another value holds"
    if key in LIMITS:
        exposed = exposures(app, deployment)
        if exposed:
            stake = exposed[0].stake
            return stake.severity, stake.confidence, f"{exposed[0].title}: {stake.why}"
    if key == STORAGE and _counts_in_memory(app):
        counts = [found.count for found in deployment.processes]
        if any(count is None or count > 1 for count in counts):
            many = any(count is None or count >= MANY for count in counts)
            return (
                Severity.HIGH if many else Severity.MEDIUM,
                Confidence.CERTAIN,
                "each process admits all limits for itself",
            )
    if key.startswith("MAX_"):
        return Severity.MEDIUM, Confidence.CERTAIN, "one request may be of any size"
    return Severity.LOW, Confidence.CERTAIN, "no route goes without limits for it"


def _other(dead: DeadSetting) -> tuple[Related, ...]:
    if dead.other is None or dead.other == dead.place:
        return ()
    what = "is given the value here" if dead.why is Deadness.SHADOWED else "is bound here"
    return (Related(place=dead.other, message=f"`{dead.limiter}` {what}"),)
