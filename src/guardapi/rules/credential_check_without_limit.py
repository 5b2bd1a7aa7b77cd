"""GA501: a route that checks a password, and that nothing limits."""

from collections.abc import Iterator

from guardapi.coverage import active_limiters
from guardapi.credentials import Check, credential_checks
from guardapi.findings import Cwe, Finding, Owasp, Probe, Severity
from guardapi.limited_views import limited_checks
from guardapi.model import App, Deployment
from guardapi.rank import level
from guardapi.rule import Example, Rule
from guardapi.sink import Audience, Kind


class CredentialCheckWithoutLimit(Rule):
    """A route checks a password, and nothing limits how often.

    ## What it finds
    A view that compares a password, or another secret of the caller, with a stored one (a password hash, a bind to a
    directory, a plain comparison, a query with the password in it) or signs the caller in, for an HTTP method without
    any limit. With a callback of Flask-HTTPAuth every route it guards is such a route; it is reported once, at the
    check.

    ## Why it is bad
    Passwords can be guessed at full speed, and leaked lists of them tried. A slow hash makes each guess cost the
    server a tenth of a second of a core.

    ## How to fix it
    Limit by address and by account: `@limiter.limit("5 per minute")` and
    `@limiter.limit("20 per hour", key_func=submitted_account)`.

    ## What it leaves alone
    Routes that ask for an account first; a lockout (a test of failed attempts on the way); redirects to an identity
    provider; comparisons of long random tokens. While no limiter is active at all, the route is a row of that finding.
    """

    id = "GA501"
    name = "credential-check-without-limit"
    severity = Severity.HIGH
    cwe = (Cwe.EXCESSIVE_AUTHENTICATION_ATTEMPTS, Cwe.INTERACTION_FREQUENCY)
    owasp = (Owasp.BROKEN_AUTHENTICATION, Owasp.RESOURCE_CONSUMPTION)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="a hash is checked, in a helper of another module",
            files={
                "shop/__init__.py": """
                    from flask import Flask

                    from shop.accounts import accounts
                    from shop.limits import limiter


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        limiter.init_app(app)
                        app.register_blueprint(accounts)
                        return app
                """,
                "shop/limits.py": """
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    limiter = Limiter(get_remote_address, storage_uri="memory://")
                """,
                "shop/passwords.py": """
                    from werkzeug.security import check_password_hash, generate_password_hash

                    STORED = {"ann": generate_password_hash("s3cret")}


                    def fits(name, password):
                        return name in STORED and check_password_hash(STORED[name], password)  # finds: GA501
                """,
                "shop/accounts.py": """
                    from flask import Blueprint, request

                    from shop.passwords import fits

                    accounts = Blueprint("accounts", __name__)


                    @accounts.route("/login", methods=["GET", "POST"])
                    def login():
                        if request.method == "POST":
                            if fits(request.form["name"], request.form["password"]):
                                return "welcome"
                            return "no", 401
                        return "<form method=post></form>"
                """,
            },
            fixed={
                "shop/accounts.py": """
                    from flask import Blueprint, request

                    from shop.limits import limiter
                    from shop.passwords import fits

                    accounts = Blueprint("accounts", __name__)


                    @accounts.route("/login", methods=["GET", "POST"])
                    @limiter.limit("5 per minute", methods=["POST"])
                    def login():
                        if request.method == "POST":
                            if fits(request.form["name"], request.form["password"]):
                                return "welcome"
                            return "no", 401
                        return "<form method=post></form>"
                """,
            },
        ),
        Example(
            title="a plain comparison",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    PASSWORDS = {"ann": "s3cret"}


                    @app.post("/session")
                    def open_session():
                        sent = request.get_json()
                        if PASSWORDS.get(sent["name"]) == sent["password"]:  # finds: GA501
                            return "welcome"
                        return "no", 401


                    @app.get("/")
                    @limiter.limit("10 per minute")
                    def index():
                        return "shop"
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    PASSWORDS = {"ann": "s3cret"}


                    @app.post("/session")
                    @limiter.limit("5 per minute")
                    def open_session():
                        sent = request.get_json()
                        if PASSWORDS.get(sent["name"]) == sent["password"]:  # finds: GA501
                            return "welcome"
                        return "no", 401


                    @app.get("/")
                    @limiter.limit("10 per minute")
                    def index():
                        return "shop"
                """,
            },
        ),
        Example(
            title="a view class, limited for another method only",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask.views import MethodView
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import check_password_hash, generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    STORED = generate_password_hash("s3cret")


                    class Login(MethodView):
                        @limiter.limit("5 per minute")
                        def get(self):
                            return "<form method=post></form>"

                        def post(self):
                            sent = request.form.get("password", "")
                            return "welcome" if check_password_hash(STORED, sent) else ("no", 401)  # finds: GA501


                    app.add_url_rule("/login", view_func=Login.as_view("login"))
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, request
                    from flask.views import MethodView
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import check_password_hash, generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    STORED = generate_password_hash("s3cret")


                    class Login(MethodView):
                        @limiter.limit("5 per minute")
                        def get(self):
                            return "<form method=post></form>"

                        @limiter.limit("5 per minute")
                        def post(self):
                            sent = request.form.get("password", "")
                            return "welcome" if check_password_hash(STORED, sent) else ("no", 401)  # finds: GA501


                    app.add_url_rule("/login", view_func=Login.as_view("login"))
                """,
            },
        ),
        Example(
            title="an account of the database, by the name that is sent",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import check_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.get("/")
                    @limiter.limit("60 per minute")
                    def index():
                        return "shop"


                    @app.post("/login")
                    def login():
                        with sqlite3.connect("shop.db") as database:
                            query = "SELECT password FROM accounts WHERE name = ?"
                            row = database.execute(query, (request.form["name"],)).fetchone()
                        if row and check_password_hash(row[0], request.form["password"]):  # finds: GA501
                            return "welcome"
                        return "no", 401
                """,
            },
            fixed={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import check_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def submitted_name():
                        return request.form.get("name") or get_remote_address()


                    @app.get("/")
                    @limiter.limit("60 per minute")
                    def index():
                        return "shop"


                    @app.post("/login")
                    @limiter.limit("5 per minute")
                    @limiter.limit("20 per hour", key_func=submitted_name)
                    def login():
                        with sqlite3.connect("shop.db") as database:
                            query = "SELECT password FROM accounts WHERE name = ?"
                            row = database.execute(query, (request.form["name"],)).fetchone()
                        if row and check_password_hash(row[0], request.form["password"]):  # finds: GA501
                            return "welcome"
                        return "no", 401
                """,
            },
        ),
    )
    secure = (
        Example(
            title="limited by address and by account",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import check_password_hash, generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    STORED = {"ann": generate_password_hash("s3cret")}


                    def submitted_account():
                        return request.form.get("name") or get_remote_address()


                    @app.post("/login")
                    @limiter.limit("5 per minute")
                    @limiter.limit("20 per hour", key_func=submitted_account)
                    def login():
                        stored = STORED.get(request.form.get("name", ""))
                        if stored and check_password_hash(stored, request.form.get("password", "")):
                            return "welcome"
                        return "no", 401
                """,
            },
        ),
        Example(
            title="default limits",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import check_password_hash, generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["100 per hour"], storage_uri="memory://"
                    )
                    STORED = generate_password_hash("s3cret")


                    @app.post("/login")
                    def login():
                        fits = check_password_hash(STORED, request.form.get("password", ""))
                        return "welcome" if fits else ("no", 401)
                """,
            },
        ),
        Example(
            title="an account is asked for first, and the page alone needs no limit",
            files={
                "shop.py": """
                    from flask import Flask, request, session
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.get("/login")
                    def form():
                        return "<form method=post><input name=password></form>"


                    @app.get("/theme")
                    def theme():
                        return {"dark": request.args.get("theme") == session.get("theme")}
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        if not active_limiters(app):
            return  # a row of the finding that says so
        for check in credential_checks(app, deployment):
            if check.is_open and check.sink.kind is not Kind.CODE_CHECK and check.audience is Audience.ANYONE:
                yield self._finding(app, deployment, check)

    def _finding(self, app: App, deployment: Deployment, check: Check) -> Finding:
        is_fast = check.sink.kind is Kind.SECRET_CHECK
        subject = f"`{check.title}`{check.reached.others} {check.does}"
        return self.finding(
            check.sink.place,
            f"{subject} and has no limit: passwords can be guessed at full speed.",
            app=app,
            identity=(check.sink.name,),
            severity=Severity.CRITICAL if is_fast else level(check.score),
            confidence=check.confidence,
            route=check.reference,
            related=check.related,
            why="no slow hash brakes the guesses" if is_fast else check.why,
            remedy=limited_checks(app, deployment, check),
        )
