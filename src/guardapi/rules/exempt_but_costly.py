"""GA103: a costly route that is exempt from all limits."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Final

from guardapi.coverage import active_limiters, is_of_project
from guardapi.deployment.locations import covering
from guardapi.findings import Cwe, Finding, Probe, Related, RouteReference, Severity
from guardapi.limited_views import limited_views
from guardapi.model import App, Deployment, Route
from guardapi.place import Place
from guardapi.rank import Stake, stake, work_class
from guardapi.remedy import Remedy, RemoveDecorator, Safety
from guardapi.rule import Example, Rule
from guardapi.sink import WorkClass

MAX_RELATED: Final = 10


class ExemptButCostly(Rule):
    """A route is exempt from every limit, and does work that is worth one.

    ## What it finds
    `limiter.exempt` on a view or a blueprint whose route queries data, hashes, starts processes, calls other servers or
    does other costly work.

    ## Why it is bad
    An exemption is written for a health check, and lasts when the view grows, or covers a whole blueprint for the sake
    of one light view. Nothing else limits the route then.

    ## How to fix it
    Put a limit in the place of the exemption, `@limiter.limit("60 per minute")`; for a blueprint move the exemption to
    its light views.

    ## What it leaves alone
    Routes that do next to nothing; routes that a reverse proxy limits for each client; exemptions from some limits
    while others hold; routes that check who calls by a role.
    """

    id = "GA103"
    name = "exempt-but-costly"
    severity = Severity.MEDIUM
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS,)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="a view that hashes",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    @app.get("/hash")
                    @limiter.exempt  # finds: GA103
                    def hashed():
                        return generate_password_hash(request.args.get("text", "x"))
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    @app.get("/hash")
                    @limiter.limit("5 per minute")
                    def hashed():
                        return generate_password_hash(request.args.get("text", "x"))
                """,
            },
        ),
        Example(
            title="a blueprint, for the sake of its health check",
            files={
                "shop/__init__.py": """
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    from shop.internal import internal

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )
                    limiter.exempt(internal)  # finds: GA103
                    app.register_blueprint(internal, url_prefix="/internal")
                """,
                "shop/internal.py": """
                    import subprocess

                    from flask import Blueprint

                    internal = Blueprint("internal", __name__)


                    @internal.get("/health")
                    def health():
                        return "ok"


                    @internal.post("/report")
                    def report():
                        return subprocess.run(["make-report"], capture_output=True, timeout=30).stdout
                """,
            },
        ),
    )
    secure = (
        Example(
            title="only the health check is exempt",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from werkzeug.security import generate_password_hash

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )


                    @app.get("/hash")
                    @limiter.limit("3 per minute")
                    def hashed():
                        return generate_password_hash(request.args.get("text", "x"))


                    @app.get("/health")
                    @limiter.exempt
                    def health():
                        return "ok"
                """,
            },
        ),
        Example(
            title="exempt pages that only render",
            files={
                "shop.py": """
                    from flask import Blueprint, Flask, render_template_string
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["5 per minute"], storage_uri="memory://"
                    )
                    pages = Blueprint("pages", __name__)


                    @pages.get("/about")
                    def about():
                        return render_template_string("<p>about us</p>")


                    limiter.exempt(pages)
                    app.register_blueprint(pages)
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        if not active_limiters(app):
            return
        exempt = [
            (route.exempt_place, route)
            for route in app.routes
            if route.exempt_place is not None
            and is_of_project(route)
            and not covering(deployment, route.rule)
        ]
        exempt.sort(key=lambda entry: entry[0])
        for place, group in groupby(exempt, key=lambda entry: entry[0]):
            stakes = [(stake(route, (), deployment), route) for _, route in group]
            costly = [
                entry for entry in stakes if entry[0].work >= WorkClass.DATA and entry[0].kind is not None
            ]
            costly = [entry for entry in costly if entry[0].audience]
            if costly:
                yield self._finding(app, deployment, place, sorted(costly, key=_worst_first))

    def _finding(
        self, app: App, deployment: Deployment, place: Place, costly: list[tuple[Stake, Route]]
    ) -> Finding:
        worst, route = costly[0]
        others = f" (and {len(costly) - 1} more)" if len(costly) > 1 else ""
        return self.finding(
            place,
            f"`{route.rule}`{others} is exempt from all limits, but {worst.what}.",
            app=app,
            identity=(route.endpoint,),
            severity=worst.severity,
            confidence=worst.confidence,
            route=RouteReference(rule=route.rule, methods=route.methods, endpoint=route.endpoint)
            if len(costly) == 1
            else None,
            related=[
                Related(place=other.view.place, message=f"{other.rule} {found.what}")
                for found, other in costly[:MAX_RELATED]
                if other.view.place is not None
            ],
            why=worst.why,
            remedy=_limited(app, deployment, place, [route for _, route in costly]),
        )


def _worst_first(entry: tuple[Stake, Route]) -> tuple[int, str]:
    return (-entry[0].score, entry[1].rule)


def _limited(app: App, deployment: Deployment, exempt: Place, costly: list[Route]) -> Remedy | None:
    """A limit in the place of the exemption; None for a blueprint, whose light views may need theirs."""
    views = {route.view.place for route in costly}
    blueprint = any(exempt.file != view.file or exempt.line > view.line for view in views if view is not None)
    if blueprint or len(views) > 1:
        return None
    asked = (
        (route, method)
        for route in costly
        for method in route.methods
        if work_class(route, method) >= WorkClass.DATA
    )
    remedy = limited_views(app, deployment, asked)
    if remedy is None:
        return None
    return replace(remedy, safety=Safety.UNSAFE, edits=(RemoveDecorator(decorator=exempt), *remedy.edits))
