"""GA209: a refused request that is answered as if it had been served."""

from collections.abc import Iterator
from typing import Final

from guardapi.coverage import active_limiters
from guardapi.findings import Cwe, Finding, Probe, Related, Severity
from guardapi.model import App, Deployment, LimiterAnswer, LimiterFunction
from guardapi.remedy import OLD, Import, Remedy, Rewrite, Safety
from guardapi.rule import Example, Rule
from guardapi.sink import WorkClass

ROLES: Final = frozenset({"handler", "general_handler", "on_breach"})
REFUSED: Final = frozenset({429, 503})
OK: Final = 200


class BreachAnswersSuccess(Rule):
    """A request that the limiter refuses is answered with a status that says it was served.

    ## What it finds
    An error handler for 429 (or `on_breach` of a limit) that returns an answer without a status, with another one than
    429 or 503, or a redirect.

    ## Why it is bad
    Clients take the answer for data and do not slow down, monitors see no refusal, and a test that floods the route
    sees success.

    ## How to fix it
    Return the status: `return jsonify(error="too many requests"), 429`.

    ## What it leaves alone
    Handlers that return 429 or 503, that set the status of a response, or that hand on the refusal's own response or
    code. A request filter or a limit that holds nothing is another rule's business.
    """

    id = "GA209"
    name = "breach-answers-success"
    severity = Severity.LOW
    cwe = (Cwe.WRONG_STATUS,)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="a body alone",
            files={
                "shop.py": """
                    from flask import Flask, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    @app.errorhandler(429)
                    def slow_down(error):
                        return jsonify(error="too many requests")  # finds: GA209


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    @app.errorhandler(429)
                    def slow_down(error):
                        return jsonify(error="too many requests"), 429  # finds: GA209


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
        ),
        Example(
            title="a handler of the exception, in a factory",
            files={
                "shop/__init__.py": """
                    from flask import Flask
                    from flask_limiter import Limiter, RateLimitExceeded
                    from flask_limiter.util import get_remote_address

                    from shop.errors import too_many

                    limiter = Limiter(
                        get_remote_address, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        limiter.init_app(app)
                        app.register_error_handler(RateLimitExceeded, too_many)

                        @app.get("/")
                        def index():
                            return "shop"

                        return app
                """,
                "shop/errors.py": """
                    from flask import redirect, url_for


                    def too_many(error):
                        return redirect(url_for("index"))  # finds: GA209
                """,
            },
        ),
        Example(
            title="what a breached limit answers",
            files={
                "shop.py": """
                    from flask import Flask, make_response
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000


                    def breached(limit):
                        return make_response("please wait", 200)  # finds: GA209


                    limiter = Limiter(
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="memory://",
                        on_breach=breached,
                    )


                    @app.get("/")
                    def index():
                        return make_response("shop")
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, make_response
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000


                    def breached(limit):
                        return make_response("please wait", 429)  # finds: GA209


                    limiter = Limiter(
                        get_remote_address,
                        app=app,
                        default_limits=["5 per minute"],
                        storage_uri="memory://",
                        on_breach=breached,
                    )


                    @app.get("/")
                    def index():
                        return make_response("shop")
                """,
            },
        ),
    )
    secure = (
        Example(
            title="the status in the answer",
            files={
                "shop.py": """
                    from flask import Flask, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    @app.errorhandler(429)
                    def slow_down(error):
                        return jsonify(error="too many requests"), 429


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
        ),
        Example(
            title="the status set on the response",
            files={
                "shop.py": """
                    from flask import Flask, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.exceptions import HTTPException

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    @app.errorhandler(HTTPException)
                    def as_json(error):
                        response = jsonify(error=error.name)
                        response.status_code = error.code
                        return response


                    @app.get("/")
                    def index():
                        return "shop"
                """,
            },
        ),
        Example(
            title="a handler of another error",
            files={
                "shop.py": """
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    @app.errorhandler(404)
                    def nothing_here(error):
                        return "nothing here"


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
        # Where refusals have a handler of their own, that of all errors is not asked.
        has_own = any(function.role == "handler" for function in app.functions)
        for function in app.functions:
            if function.role in ROLES and not (has_own and function.role == "general_handler"):
                for answer in function.answers:
                    if answer.status is not None and answer.status not in REFUSED and answer.status < 400:
                        yield self._finding(app, function, answer)

    def _finding(self, app: App, function: LimiterFunction, answer: LimiterAnswer) -> Finding:
        name = function.name.rpartition(":")[2]
        work = max((sink.work for sink in function.sinks), default=WorkClass.NOTHING)
        return self.finding(
            answer.place,
            f"`{name}` answers refused requests with status {answer.status}: clients take them for served.",
            app=app,
            identity=(function.role, function.name),
            severity=Severity.MEDIUM if work >= WorkClass.DATA else Severity.LOW,
            related=[Related(place=function.place, message=f"`{name}` answers where a limit refuses")],
            why="the work is refused, and nobody is told",
            remedy=_stated(function, answer),
        )


def _stated(function: LimiterFunction, answer: LimiterAnswer) -> Remedy | None:
    """None for a redirect, which no client follows with another status, and for what answers other errors as well."""
    if function.role == "general_handler" or answer.status != OK or answer.value is None:
        return None
    if answer.status_place is not None:
        edit = Rewrite(expression=answer.status_place, text="429")
    elif function.role == "on_breach" and not answer.is_made:
        # Flask-Limiter passes over all but responses.
        needed = Import(module="flask", name="make_response")
        edit = Rewrite(expression=answer.value, text=f"make_response({OLD}, 429)", imports=(needed,))
    else:
        edit = Rewrite(expression=answer.value, text=f"{OLD}, 429")
    return Remedy(safety=Safety.SAFE, reason="Refused requests are answered with status 429.", edits=(edit,))
