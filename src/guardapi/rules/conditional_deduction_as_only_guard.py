"""GA504: a credential check whose only limits count after the answer."""

from collections.abc import Iterator
from typing import Final

from guardapi.credentials import Check, credential_checks
from guardapi.findings import Cwe, Finding, Owasp, Probe, Related, Severity
from guardapi.limited_views import added_limit
from guardapi.model import App, Deployment
from guardapi.remedy import Safety
from guardapi.rule import Example, Rule
from guardapi.sink import Audience, Kind

AT_ONCE: Final = "30 per minute"


class ConditionalDeductionAsOnlyGuard(Rule):
    """All limits of a credential check count after the answer, so parallel guesses pass together.

    ## What it finds
    A route that checks a password or a short code, and all of whose limits have `deduct_when`.

    ## Why it is bad
    Such a limit is tested before the view and counted after it. A hundred guesses that are sent at once are all tested
    against the same count, and all are answered.

    ## How to fix it
    Add a limit that counts each request: `@limiter.limit("30 per minute")`.

    ## What it leaves alone
    Routes with any unconditional limit beside it, and routes that check no credential: to count failures only is fine
    there.
    """

    id = "GA504"
    name = "conditional-deduction-as-only-guard"
    severity = Severity.MEDIUM
    cwe = (Cwe.EXCESSIVE_AUTHENTICATION_ATTEMPTS, Cwe.RACE_CONDITION, Cwe.TIME_OF_CHECK)
    owasp = (Owasp.BROKEN_AUTHENTICATION,)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="only failures are counted",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import check_password_hash, generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    STORED = generate_password_hash("s3cret")


                    @app.post("/login")
                    @limiter.limit("5 per hour", deduct_when=lambda answer: answer.status_code == 401)
                    def login():
                        fits = check_password_hash(STORED, request.form["password"])  # finds: GA504
                        return "welcome" if fits else ("no", 401)
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import check_password_hash, generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    STORED = generate_password_hash("s3cret")


                    @app.post("/login")
                    @limiter.limit("30 per minute")
                    @limiter.limit("5 per hour", deduct_when=lambda answer: answer.status_code == 401)
                    def login():
                        fits = check_password_hash(STORED, request.form["password"])  # finds: GA504
                        return "welcome" if fits else ("no", 401)
                """,
            },
        ),
        Example(
            title="a shared limit, the condition in a function",
            files={
                "shop.py": """
                    import pyotp
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    SECRET = pyotp.random_base32()


                    def refused(answer):
                        return answer.status_code >= 400


                    guesses = limiter.shared_limit("10 per hour", scope="codes", deduct_when=refused)


                    @app.post("/second-factor")
                    @guesses
                    def second_factor():
                        if pyotp.TOTP(SECRET).verify(request.form["code"]):  # finds: GA504
                            return "welcome"
                        return "no", 403
                """,
            },
            fixed={
                "shop.py": """
                    import pyotp
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    SECRET = pyotp.random_base32()


                    def refused(answer):
                        return answer.status_code >= 400


                    guesses = limiter.shared_limit("10 per hour", scope="codes", deduct_when=refused)


                    @app.post("/second-factor")
                    @limiter.limit("30 per minute")
                    @guesses
                    def second_factor():
                        if pyotp.TOTP(SECRET).verify(request.form["code"]):  # finds: GA504
                            return "welcome"
                        return "no", 403
                """,
            },
        ),
    )
    secure = (
        Example(
            title="a limit beside it that counts everything",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import check_password_hash, generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    STORED = generate_password_hash("s3cret")


                    @app.post("/login")
                    @limiter.limit("5 per hour", deduct_when=lambda answer: answer.status_code == 401)
                    @limiter.limit("10 per minute")
                    def login():
                        fits = check_password_hash(STORED, request.form["password"])
                        return "welcome" if fits else ("no", 401)
                """,
            },
        ),
        Example(
            title="no credential is checked",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.get("/orders")
                    @limiter.limit("30 per minute", deduct_when=lambda answer: answer.status_code == 200)
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for check in credential_checks(app, deployment):
            held = check.method_limits
            if held.undecided or not held.limits or check.audience is not Audience.ANYONE:
                continue
            if all(limit.is_conditional for limit in held.limits):
                yield self._finding(app, check)

    def _finding(self, app: App, check: Check) -> Finding:
        limits = [limit for limit in check.method_limits.limits if limit.place is not None]
        is_code = check.sink.kind is Kind.CODE_CHECK
        return self.finding(
            check.sink.place,
            f"The only limit of `{check.title}` counts after the answer: guesses that are sent at once all pass.",
            app=app,
            identity=(check.sink.name,),
            severity=Severity.HIGH if is_code else Severity.MEDIUM,
            confidence=check.confidence,
            route=check.reference,
            related=[
                *check.related,
                *(
                    Related(place=limit.place, message=f"{limit.text}, counted later")
                    for limit in limits
                    if limit.place
                ),
            ],
            why=f"{check.does}; {check.why}",
            remedy=added_limit(app, check, AT_ONCE, Safety.SAFE),
        )
