"""GA503: a limit on a credential check that admits thousands of guesses an hour."""

from collections.abc import Iterator
from typing import Final

from guardapi.amounts import is_typed
from guardapi.credentials import Check, credential_checks
from guardapi.findings import Confidence, Cwe, Finding, Owasp, Probe, Related, Severity
from guardapi.frameworks.limit_text import admitted, parts_of
from guardapi.limited_views import added_limit
from guardapi.model import App, Deployment, LimitSource
from guardapi.remedy import Remedy, RewriteText, Safety
from guardapi.rule import Example, Rule
from guardapi.sink import Audience, Kind

HOUR: Final = 3600
PASSWORDS_AN_HOUR: Final = 1000
ADVISED_AN_HOUR: Final = 300
CODES_AN_HOUR: Final = 60
SEVERE_AN_HOUR: Final = 10_000
SHARED_AN_HOUR: Final = 200
"""A budget for all callers together that admits no more is no risk to an account."""
FOR_PASSWORDS: Final = "5 per minute; 50 per hour"
FOR_CODES: Final = "5 per 15 minutes"


class CredentialLimitTooLoose(Rule):
    """The limit of a route that checks credentials admits thousands of guesses an hour.

    ## What it finds
    A route that checks a password (or a short code) whose limits, all taken together, admit more than 1,000 (60)
    attempts an hour from one caller.

    ## Why it is bad
    A limit that never refuses a guessing script protects the server's load, and no account.

    ## How to fix it
    Admit what a person who mistypes needs: `@limiter.limit("5 per minute; 50 per hour")`, and a limit for each
    account beside it.

    ## What it leaves alone
    Routes with a limit of another key (by account) beside it; a lockout; limits that only a request can tell;
    300 to 1,000 an hour is advice (`--profile pedantic`).
    """

    id = "GA503"
    name = "credential-limit-too-loose"
    severity = Severity.MEDIUM
    cwe = (Cwe.EXCESSIVE_AUTHENTICATION_ATTEMPTS, Cwe.INTERACTION_FREQUENCY)
    owasp = (Owasp.BROKEN_AUTHENTICATION,)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="a hundred a second",
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
                    @limiter.limit("100 per second")
                    def login():
                        fits = check_password_hash(STORED, request.form["password"])  # finds: GA503
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
                    @limiter.limit("5 per minute; 50 per hour")
                    def login():
                        fits = check_password_hash(STORED, request.form["password"])  # finds: GA503
                        return "welcome" if fits else ("no", 401)
                """,
            },
        ),
        Example(
            title="a default that is made for pages",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.config["RATELIMIT_DEFAULT"] = "60 per minute"
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    PASSWORDS = {"ann": "s3cret"}


                    @app.post("/session")
                    def open_session():
                        sent = request.get_json()
                        fits = PASSWORDS.get(sent["name"]) == sent["password"]  # finds: GA503
                        return "welcome" if fits else ("no", 401)
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    app.config["RATELIMIT_DEFAULT"] = "60 per minute"
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    PASSWORDS = {"ann": "s3cret"}


                    @app.post("/session")
                    @limiter.limit("5 per minute; 50 per hour")
                    def open_session():
                        sent = request.get_json()
                        fits = PASSWORDS.get(sent["name"]) == sent["password"]  # finds: GA503
                        return "welcome" if fits else ("no", 401)
                """,
            },
        ),
        Example(
            title="a short code, a hundred guesses an hour",
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


                    @app.post("/second-factor")
                    @limiter.limit("100 per hour")
                    def second_factor():
                        return {"ok": pyotp.TOTP(SECRET).verify(request.form["code"])}  # finds: GA503
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


                    @app.post("/second-factor")
                    @limiter.limit("5 per 15 minutes")
                    def second_factor():
                        return {"ok": pyotp.TOTP(SECRET).verify(request.form["code"])}  # finds: GA503
                """,
            },
        ),
    )
    secure = (
        Example(
            title="what a person needs",
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
                    @limiter.limit("5 per minute; 50 per hour")
                    def login():
                        fits = check_password_hash(STORED, request.form["password"])
                        return "welcome" if fits else ("no", 401)
                """,
            },
        ),
        Example(
            title="loose for an address, tight for an account",
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


                    def account():
                        return request.form.get("name") or get_remote_address()


                    @app.post("/login")
                    @limiter.limit("60 per minute")
                    @limiter.limit("10 per hour", key_func=account)
                    def login():
                        stored = STORED.get(request.form.get("name", ""), "")
                        fits = stored and check_password_hash(stored, request.form.get("password", ""))
                        return "welcome" if fits else ("no", 401)
                """,
            },
        ),
        Example(
            title="a loose limit where nobody guesses",
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
                    @limiter.limit("100 per minute")
                    def orders():
                        with sqlite3.connect("shop.db") as database:
                            return jsonify(database.execute("SELECT item FROM orders LIMIT 50").fetchall())
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for check in credential_checks(app, deployment):
            number = _guesses_an_hour(check)
            most = CODES_AN_HOUR if check.sink.kind is Kind.CODE_CHECK else ADVISED_AN_HOUR
            if number > most and check.audience is Audience.ANYONE:
                yield self._finding(app, check, number)

    def _finding(self, app: App, check: Check, number: int) -> Finding:
        is_code = check.sink.kind is Kind.CODE_CHECK
        is_advice = not is_code and number <= PASSWORDS_AN_HOUR
        severity = Severity.HIGH if is_code or number > SEVERE_AN_HOUR else Severity.MEDIUM
        limits = [limit for limit in check.method_limits.limits if limit.place is not None]
        return self.finding(
            check.sink.place,
            f"`{check.title}` admits {number:,} guesses an hour from one caller.",
            app=app,
            identity=(check.sink.name,),
            severity=Severity.LOW if is_advice else severity,
            confidence=max(check.confidence, Confidence.FIRM),
            route=check.reference,
            related=[
                *check.related,
                *(Related(place=limit.place, message=f"{limit.text}") for limit in limits if limit.place),
            ],
            why=f"{check.does}; more than {CODES_AN_HOUR if is_code else ADVISED_AN_HOUR} an hour help whoever guesses",
            remedy=_lowered(app, check),
            is_advisory=is_advice,
        )


def _guesses_an_hour(check: Check) -> int:
    """What all limits of the worst route admit; 0 where that is none of this rule's business."""
    held = check.method_limits
    if held.undecided or not held.limits or any(limit.own_key for limit in held.limits):
        return 0
    parts = parts_of(limit.text for limit in held.limits)
    if not parts:
        return 0
    number = admitted(parts, HOUR)
    is_shared = all(limit.source is LimitSource.APPLICATION for limit in held.limits)
    return 0 if is_shared and number <= SHARED_AN_HOUR else number


def _lowered(app: App, check: Check) -> Remedy | None:
    """Another text for the limit of the view, or a tighter one beside what holds for others, too."""
    if not is_typed(check.sink):
        return None
    text = FOR_CODES if check.sink.kind is Kind.CODE_CHECK else FOR_PASSWORDS
    held = check.method_limits.limits
    own = [limit for limit in held if limit.source is LimitSource.DECORATOR]
    texts = {(limit.place, limit.written) for limit in own if not limit.shared}
    if len(texts) == 1 and len(own) == len(held):
        place, old = texts.pop()
        if place is None or old is None:
            return None
        return Remedy(
            safety=Safety.UNSAFE,
            reason=f"`{old}` becomes `{text}`, which nobody meets who types.",
            edits=(RewriteText(literal=place, old=old, new=text),),
        )
    return added_limit(app, check, text, Safety.UNSAFE)
