"""GA606: a request computes a slow hash, without limit."""

from collections.abc import Iterator

from guardapi.findings import Cwe, Finding, Probe, Related, Severity
from guardapi.limited_views import limited_uses
from guardapi.model import App, Deployment
from guardapi.reached import Accepts, Reached, Use, called, one_for_each_route, open_or_free, reached
from guardapi.remedy import Remedy
from guardapi.rule import Example, Rule
from guardapi.sink import Kind


class PasswordHashWithoutLimit(Rule):
    """Each request computes a hash that is slow on purpose, and nothing limits the requests.

    ## What it finds
    Views, on a route without any limit, that hash a password (Werkzeug, bcrypt, argon2, passlib, PBKDF2, scrypt). With
    a limit, too, where the caller chooses the number of rounds.

    ## Why it is bad
    One hash takes about a tenth of a second of a processor and, with scrypt or argon2, 32 MB and more of memory; the
    request that asks for it takes nothing.

    ## How to fix it
    Give the route a limit of its own, such as `@limiter.limit("5 per minute")`; take rounds and costs from the
    settings, never from the request.

    ## What it leaves alone
    Routes that check a password, too: `credential-check-without-limit` has them. Hashes in commands, seeds and jobs.
    The length of a password, which does not make these hashes slower.
    """

    id = "GA606"
    name = "password-hash-without-limit"
    severity = Severity.HIGH
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.UNCONTROLLED_CONSUMPTION, Cwe.INEFFICIENT_COMPLEXITY)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="an account is opened",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/register")
                    def register():
                        hashed = generate_password_hash(request.form["password"])  # finds: GA606
                        with sqlite3.connect("shop.db") as database:
                            database.execute("INSERT INTO users VALUES (?, ?)", (request.form["name"], hashed))
                        return "created", 201
                """,
            },
            fixed={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/register")
                    @limiter.limit("5 per minute")
                    def register():
                        hashed = generate_password_hash(request.form["password"])  # finds: GA606
                        with sqlite3.connect("shop.db") as database:
                            database.execute("INSERT INTO users VALUES (?, ?)", (request.form["name"], hashed))
                        return "created", 201
                """,
            },
        ),
        Example(
            title="the model hashes, the view only sets",
            files={
                "shop.py": """
                    import bcrypt
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    class User:
                        def __init__(self, name):
                            self.name = name

                        def set_password(self, password):
                            self.hash = bcrypt.hashpw(password.encode(), bcrypt.gensalt())  # finds: GA606


                    @app.put("/users/<name>/password")
                    def change(name):
                        user = User(name)
                        user.set_password(request.get_json()["password"])
                        return "", 204
                """,
            },
            fixed={
                "shop.py": """
                    import bcrypt
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    class User:
                        def __init__(self, name):
                            self.name = name

                        def set_password(self, password):
                            self.hash = bcrypt.hashpw(password.encode(), bcrypt.gensalt())  # finds: GA606


                    @app.put("/users/<name>/password")
                    @limiter.limit("5 per minute")
                    def change(name):
                        user = User(name)
                        user.set_password(request.get_json()["password"])
                        return "", 204
                """,
            },
        ),
        Example(
            title="the caller chooses the rounds",
            files={
                "shop.py": """
                    import hashlib
                    import os

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/key")
                    @limiter.limit("5 per minute")
                    def key():
                        sent = request.get_json()
                        rounds = int(sent["rounds"])
                        salt = os.urandom(16)
                        made = hashlib.pbkdf2_hmac("sha256", sent["secret"].encode(), salt, rounds)  # finds: GA606
                        return {"key": made.hex()}
                """,
            },
        ),
    )
    secure = (
        Example(
            title="a limit of its own",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/register")
                    @limiter.limit("3 per minute")
                    def register():
                        hashed = generate_password_hash(request.form["password"])
                        with sqlite3.connect("shop.db") as database:
                            database.execute("INSERT INTO users VALUES (?, ?)", (request.form["name"], hashed))
                        return "created", 201
                """,
            },
        ),
        Example(
            title="hashed at start-up and by a command",
            files={
                "shop.py": """
                    import bcrypt
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )

                    DEMO = generate_password_hash("demo")


                    @app.cli.command("password")
                    def password():
                        print(bcrypt.hashpw(input().encode(), bcrypt.gensalt(14)))


                    @app.get("/demo")
                    def demo():
                        return {"is_set": bool(DEMO)}
                """,
            },
        ),
        Example(
            title="few rounds to choose from",
            files={
                "shop.py": """
                    import hashlib
                    import os

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/key")
                    @limiter.limit("5 per minute")
                    def key():
                        sent = request.get_json()
                        rounds = int(sent["rounds"])
                        if rounds > 600_000:
                            return {"error": "too many rounds"}, 400
                        made = hashlib.pbkdf2_hmac("sha256", sent["secret"].encode(), os.urandom(16), rounds)
                        return {"key": made.hex()}
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        found = reached(
            app, deployment, Kind.PASSWORD_HASH, accepts=_accepts(open_or_free(app, once_for_each=False))
        )
        for one, related in one_for_each_route(found):
            yield self._finding(app, one, related, limited_uses(app, deployment, one))

    def _finding(self, app: App, one: Reached, related: list[Related], remedy: Remedy | None) -> Finding:
        return self.finding(
            one.sink.place,
            f"`{one.title}`{one.others} {_consequence(one.worst)}",
            app=app,
            identity=(one.sink.function, one.sink.name),
            severity=one.severity,
            confidence=one.confidence,
            route=one.reference,
            related=related,
            why=one.worst.stake.why,
            remedy=remedy,
            is_advisory=one.severity < Severity.MEDIUM,
        )


def _accepts(usual: Accepts) -> Accepts:
    """Not where a credential is checked as well: there the guesses weigh more than the work."""

    def accepts(use: Use) -> bool:
        if use.sink.unbounded is not None:
            return True
        checks = use.route.work[use.method].of(Kind.PASSWORD_CHECK, Kind.SECRET_CHECK, Kind.CODE_CHECK)
        return usual(use) and use.is_open and not checks

    return accepts


def _consequence(use: Use) -> str:
    sink = use.sink
    if sink.unbounded is not None:
        return (
            f"computes a hash (`{called(sink)}`) as often as `{sink.unbounded.source}` says:"
            " one request may hold a worker for minutes, and a rate limit does not cure it."
        )
    memory = " and 32 MB of memory" if sink.facts.get("memory") is True else ""
    return (
        f"computes a password hash (`{called(sink)}`) for each request, without limit:"
        f" about a tenth of a second of a processor{memory} every time."
    )
