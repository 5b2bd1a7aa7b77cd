"""GA502: a route that checks a short code, and that nothing limits."""

from collections.abc import Iterator

from guardapi.credentials import Check, credential_checks
from guardapi.findings import Cwe, Finding, Owasp, Probe, Severity
from guardapi.limited_views import limited_checks
from guardapi.model import App, Deployment
from guardapi.rank import level
from guardapi.rule import Example, Rule
from guardapi.sink import Kind


class ShortCodeCheckWithoutLimit(Rule):
    """A route checks a code of a few digits, and nothing limits how often.

    ## What it finds
    A view that compares a one-time password, a code sent by mail or message, or a reset code with the one that is
    kept (by name on both sides), or verifies it with a library, for an HTTP method without any limit.

    ## Why it is bad
    Six digits are a million guesses: at a few hundred requests a second that is an hour, and every code that is sent
    anew is another chance.

    ## How to fix it
    Limit by account, `@limiter.limit("5 per 15 minutes", key_func=account)`, and make the code invalid after a few
    wrong guesses.

    ## What it leaves alone
    Codes that a counter of attempts makes invalid (a test of it on the way), long random tokens, comparisons with
    constants, codes of countries, languages or products.
    """

    id = "GA502"
    name = "short-code-check-without-limit"
    severity = Severity.CRITICAL
    cwe = (Cwe.EXCESSIVE_AUTHENTICATION_ATTEMPTS, Cwe.WEAK_PASSWORD_RECOVERY)
    owasp = (Owasp.BROKEN_AUTHENTICATION, Owasp.SENSITIVE_FLOWS)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="six digits that were sent before",
            files={
                "shop.py": """
                    import secrets

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    CODES = {"ann": f"{secrets.randbelow(10**6):06}"}


                    @app.post("/verify")
                    def verify():
                        expected_code = CODES.get(request.form["name"])
                        if expected_code == request.form["code"]:  # finds: GA502
                            return "welcome"
                        return "wrong", 403
                """,
            },
            fixed={
                "shop.py": """
                    import secrets

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    CODES = {"ann": f"{secrets.randbelow(10**6):06}"}


                    @app.post("/verify")
                    @limiter.limit("5 per 15 minutes")
                    def verify():
                        expected_code = CODES.get(request.form["name"])
                        if expected_code == request.form["code"]:  # finds: GA502
                            return "welcome"
                        return "wrong", 403
                """,
            },
        ),
        Example(
            title="a time-based code, without any limiter",
            files={
                "shop.py": """
                    import pyotp
                    from flask import Flask, jsonify, request

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    SECRETS = {"ann": pyotp.random_base32()}


                    def is_current(name, code):
                        return pyotp.TOTP(SECRETS[name]).verify(code)  # finds: GA502


                    @app.post("/second-factor")
                    def second_factor():
                        sent = request.get_json()
                        return jsonify(ok=is_current(sent["name"], sent["code"]))
                """,
            },
        ),
        Example(
            title="a code of the session, compared in a method of a class",
            files={
                "shop.py": """
                    import hmac

                    from flask import Flask, request, session
                    from flask.views import MethodView
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.secret_key = "only for this example"
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    class Reset(MethodView):
                        def post(self):
                            if hmac.compare_digest(session["reset_code"], request.form["reset_code"]):  # finds: GA502
                                return "choose a new password"
                            return "wrong", 403


                    app.add_url_rule("/reset", view_func=Reset.as_view("reset"))
                """,
            },
            fixed={
                "shop.py": """
                    import hmac

                    from flask import Flask, request, session
                    from flask.views import MethodView
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.secret_key = "only for this example"
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    class Reset(MethodView):
                        @limiter.limit("5 per 15 minutes")
                        def post(self):
                            if hmac.compare_digest(session["reset_code"], request.form["reset_code"]):  # finds: GA502
                                return "choose a new password"
                            return "wrong", 403


                    app.add_url_rule("/reset", view_func=Reset.as_view("reset"))
                """,
            },
        ),
    )
    secure = (
        Example(
            title="a few guesses for each account",
            files={
                "shop.py": """
                    import secrets

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["30 per hour"], storage_uri="memory://"
                    )
                    CODES = {"ann": f"{secrets.randbelow(10**6):06}"}


                    def account():
                        return request.form.get("name") or get_remote_address()


                    @app.post("/verify")
                    @limiter.limit("5 per 15 minutes", key_func=account, override_defaults=False)
                    def verify():
                        expected_code = CODES.get(request.form["name"])
                        return "welcome" if expected_code == request.form["code"] else ("wrong", 403)
                """,
            },
        ),
        Example(
            title="the code is void after a few attempts",
            files={
                "shop.py": """
                    import secrets

                    from flask import Flask, abort, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://"
                    )
                    CODES = {"ann": f"{secrets.randbelow(10**6):06}"}
                    ATTEMPTS = {"ann": 0}


                    @app.post("/verify")
                    def verify():
                        name = request.form["name"]
                        attempts = ATTEMPTS.get(name, 0)
                        if attempts >= 5:
                            abort(403)
                        return "welcome" if CODES.get(name) == request.form["code"] else ("wrong", 403)
                """,
            },
        ),
        Example(
            title="codes that nobody has to guess",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://"
                    )
                    COUNTRY = "de"


                    @app.get("/prices")
                    def prices():
                        if request.args.get("country_code") == COUNTRY:
                            return {"currency": "EUR"}
                        return {"currency": "USD"}
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for check in credential_checks(app, deployment):
            if check.is_open and check.sink.kind is Kind.CODE_CHECK:
                yield self._finding(app, deployment, check)

    def _finding(self, app: App, deployment: Deployment, check: Check) -> Finding:
        return self.finding(
            check.sink.place,
            f"`{check.title}` checks a short code and has no limit: all of its values can be tried.",
            app=app,
            identity=(check.sink.name,),
            severity=level(check.score),
            confidence=check.confidence,
            route=check.reference,
            related=check.related,
            why=check.why,
            remedy=limited_checks(app, deployment, check),
        )
