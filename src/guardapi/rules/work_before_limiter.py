"""GA208: a hook that works before the limiter counts the request."""

from collections.abc import Iterator
from typing import Final

from guardapi.coverage import active_limiters
from guardapi.findings import Cwe, Finding, Owasp, Probe, Related, Severity
from guardapi.model import App, Deployment
from guardapi.rank import level
from guardapi.remedy import MoveStatement, Remedy, Safety
from guardapi.rule import Example, Rule
from guardapi.sink import Audience, Hook, Kind, Sink, WorkClass

CHECKS: Final = frozenset({Kind.PASSWORD_CHECK, Kind.SECRET_CHECK, Kind.CODE_CHECK})
LOOKS_UP: Final = frozenset({Kind.KEYED_READ, Kind.QUERY})


class WorkBeforeLimiter(Rule):
    """A hook works, and may answer, before the limiter has counted the request.

    ## What it finds
    A `before_request` hook of the application (or a `url_value_preprocessor`) that was registered before the limiter
    was bound, that refuses some requests itself, and that queries a database, checks a secret or does heavier work on
    the way.

    ## Why it is bad
    Hooks run in the order of their registration. A request that an earlier hook refuses never reaches the limiter: a
    flood with bad tokens is never counted, and each costs the check.

    ## How to fix it
    Bind the limiter first: `limiter.init_app(app)` before the hooks are registered. Where the limiter's key needs what
    the hook finds out, give the hook a limit of its own.

    ## What it leaves alone
    Hooks behind the limiter, hooks of blueprints (they run after those of the application), hooks that only read
    headers or verify a signature, and hooks that never answer themselves.
    """

    id = "GA208"
    name = "work-before-limiter"
    severity = Severity.MEDIUM
    cwe = (Cwe.EXCESSIVE_AUTHENTICATION_ATTEMPTS, Cwe.ALLOCATION_WITHOUT_LIMITS)
    owasp = (Owasp.RESOURCE_CONSUMPTION, Owasp.BROKEN_AUTHENTICATION)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="a password of every request, checked first",
            files={
                "shop.py": """
                    from flask import Flask, abort, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import check_password_hash, generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    KEY = generate_password_hash("k")


                    @app.before_request
                    def authenticate():
                        if not check_password_hash(KEY, request.headers.get("X-Key", "")):  # finds: GA208
                            abort(401)


                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["30 per minute"], storage_uri="memory://"
                    )


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, abort, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import check_password_hash, generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    KEY = generate_password_hash("k")


                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["30 per minute"], storage_uri="memory://"
                    )


                    @app.before_request
                    def authenticate():
                        if not check_password_hash(KEY, request.headers.get("X-Key", "")):  # finds: GA208
                            abort(401)


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
        ),
        Example(
            title="a factory that binds the limiter last",
            files={
                "shop/__init__.py": """
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    from shop.tokens import check_token

                    limiter = Limiter(
                        get_remote_address, default_limits=["30 per minute"], storage_uri="memory://"
                    )


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        app.before_request(check_token)
                        limiter.init_app(app)

                        @app.get("/")
                        def index():
                            return "shop"

                        return app
                """,
                "shop/tokens.py": """
                    import sqlite3

                    from flask import jsonify, request


                    def known(token):
                        with sqlite3.connect("shop.db") as database:
                            query = "SELECT COUNT(*) FROM tokens WHERE text = ?"
                            return database.execute(query, (token,)).fetchone()[0]  # finds: GA208


                    def check_token():
                        if not known(request.headers.get("Authorization", "")):
                            return jsonify(error="who are you?"), 401
                        return None
                """,
            },
        ),
    )
    secure = (
        Example(
            title="the limiter is bound first",
            files={
                "shop.py": """
                    from flask import Flask, abort, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import check_password_hash, generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    KEY = generate_password_hash("k")
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["30 per minute"], storage_uri="memory://"
                    )


                    @app.before_request
                    def authenticate():
                        if not check_password_hash(KEY, request.headers.get("X-Key", "")):
                            abort(401)


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
        ),
        Example(
            title="an early hook that only looks at a header",
            files={
                "shop.py": """
                    from flask import Flask, abort, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000


                    @app.before_request
                    def only_json():
                        if request.method == "POST" and not request.is_json:
                            abort(415)


                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["30 per minute"], storage_uri="memory://"
                    )


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        del deployment
        if not active_limiters(app):
            return
        for hook in app.hooks:
            worst = _costliest(hook)
            if hook.before_limiter and hook.may_answer and worst is not None:
                yield self._finding(app, hook, worst, _bound_first(app, hook))

    def _finding(self, app: App, hook: Hook, sink: Sink, remedy: Remedy | None) -> Finding:
        score = 2 * sink.work + 1 + 2 * Audience.ANYONE
        is_check = _checks(hook, sink)
        short = hook.name.rpartition(":")[2]
        return self.finding(
            sink.place,
            f"`{short}` runs before the limiter's hook and {sink.kind}: requests that it refuses are never counted.",
            app=app,
            identity=(hook.name, sink.name),
            severity=max(level(score), Severity.MEDIUM if is_check else Severity.LOW),
            related=[Related(place=hook.place, message=f"`{short}`, run before each request")],
            why=f"it {sink.kind} for anyone who asks (score {score})",
            remedy=remedy,
        )


def _costliest(hook: Hook) -> Sink | None:
    found = [s for s in hook.sinks if s.work >= WorkClass.DATA or _checks(hook, s)]
    return max(found, key=lambda sink: sink.work, default=None)


def _checks(hook: Hook, sink: Sink) -> bool:
    """Whether a secret of the caller is checked: compared, or looked up before the caller is turned away."""
    refuses = any(other.kind is Kind.REFUSAL for other in hook.sinks)
    return sink.kind in CHECKS or (refuses and sink.kind in LOOKS_UP and bool(sink.inputs))


def _bound_first(app: App, hook: Hook) -> Remedy | None:
    """None where the limiter may need what the hook finds out: who calls."""
    limiters = active_limiters(app)
    bound = limiters[0].bound_at
    if len(limiters) > 1 or not limiters[0].by_address or bound is None:
        return None
    # The same change for all hooks of the file.
    early = [
        other.place for other in app.hooks if other.before_limiter and other.place.file == hook.place.file
    ]
    return Remedy(
        safety=Safety.UNSAFE,
        reason="The limiter is bound before the hook, and counts what the hook refuses.",
        edits=(MoveStatement(statement=bound, before=min(early)),),
    )
