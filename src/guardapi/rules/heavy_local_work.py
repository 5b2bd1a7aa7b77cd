"""GA605: a request keeps a processor of the server busy, without limit."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from guardapi.findings import Cwe, Finding, Probe, Related, Severity
from guardapi.limited_views import limited_uses
from guardapi.model import App, Deployment
from guardapi.rank import Stake, body_bound
from guardapi.reached import (
    LOCAL,
    Accepts,
    Reached,
    Use,
    called,
    one_for_each_route,
    open_or_free,
    reached,
)
from guardapi.remedy import Remedy
from guardapi.rule import Example, Rule
from guardapi.sink import Kind

SENT: Final = frozenset({"file", "bytes"})
"""Kinds of caller data whose size is that of the body."""


class HeavyLocalWork(Rule):
    """Each request keeps a processor of the server busy, and nothing limits the requests.

    ## What it finds
    Views, on a route without any limit, that start a process, change an image, render or read a document, draw a
    plot, read or write a spreadsheet, pack an archive, drive a browser or run a model. With a limit, too, where
    the caller chooses the size.

    ## Why it is bad
    The work takes tenths of seconds to minutes of a processor, and asking for it takes none: a handful of callers
    occupies every worker.

    ## How to fix it
    Give the route a limit of its own, such as `@limiter.limit("10 per minute")`, and a process a `timeout`; longer
    work belongs into a queue.

    ## What it leaves alone
    Commands that are the same each time and answer at once (`git rev-parse HEAD`), images that are only opened or
    verified, work in jobs, on the command line and at start-up.
    """

    id = "GA605"
    name = "heavy-local-work"
    severity = Severity.HIGH
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.UNCONTROLLED_CONSUMPTION)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="a process for each request",
            files={
                "shop.py": """
                    import subprocess

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/render")
                    def render():
                        done = subprocess.run(["pandoc"], input=request.get_data(), capture_output=True)  # finds: GA605
                        return done.stdout
                """,
            },
            fixed={
                "shop.py": """
                    import subprocess

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/render")
                    @limiter.limit("10 per minute")
                    def render():
                        done = subprocess.run(["pandoc"], input=request.get_data(), capture_output=True)  # finds: GA605
                        return done.stdout
                """,
            },
        ),
        Example(
            title="an image is made smaller, in a function of its own",
            files={
                "shop.py": """
                    import io

                    from flask import Flask, request, send_file
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from PIL import Image

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def smaller(upload):
                        image = Image.open(upload)
                        image.thumbnail((200, 200))  # finds: GA605
                        return image


                    @app.post("/thumbnail")
                    def thumbnail():
                        out = io.BytesIO()
                        smaller(request.files["photo"]).save(out, "PNG")
                        out.seek(0)
                        return send_file(out, mimetype="image/png")
                """,
            },
            fixed={
                "shop.py": """
                    import io

                    from flask import Flask, request, send_file
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from PIL import Image

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def smaller(upload):
                        image = Image.open(upload)
                        image.thumbnail((200, 200))  # finds: GA605
                        return image


                    @app.post("/thumbnail")
                    @limiter.limit("10 per minute")
                    def thumbnail():
                        out = io.BytesIO()
                        smaller(request.files["photo"]).save(out, "PNG")
                        out.seek(0)
                        return send_file(out, mimetype="image/png")
                """,
            },
        ),
        Example(
            title="a document and a plot",
            files={
                "shop.py": """
                    import io

                    from flask import Flask, send_file
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from matplotlib import pyplot
                    from weasyprint import HTML

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.get("/invoice/<int:number>.pdf")
                    def invoice(number):
                        return HTML(string=f"<h1>Invoice {number}</h1>").write_pdf()  # finds: GA605


                    @app.get("/sales.png")
                    def sales():
                        out = io.BytesIO()
                        pyplot.plot([1, 2, 3])
                        pyplot.savefig(out)  # finds: GA605
                        out.seek(0)
                        return send_file(out, mimetype="image/png")
                """,
            },
            fixed={
                "shop.py": """
                    import io

                    from flask import Flask, send_file
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from matplotlib import pyplot
                    from weasyprint import HTML

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.get("/invoice/<int:number>.pdf")
                    @limiter.limit("30 per minute")
                    def invoice(number):
                        return HTML(string=f"<h1>Invoice {number}</h1>").write_pdf()  # finds: GA605


                    @app.get("/sales.png")
                    @limiter.limit("60 per minute")
                    def sales():
                        out = io.BytesIO()
                        pyplot.plot([1, 2, 3])
                        pyplot.savefig(out)  # finds: GA605
                        out.seek(0)
                        return send_file(out, mimetype="image/png")
                """,
            },
        ),
        Example(
            title="a model answers",
            files={
                "shop.py": """
                    import joblib
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    model = joblib.load("model.bin")


                    @app.post("/price")
                    def price():
                        size = float(request.get_json()["size"])
                        return {"price": float(model.predict([[size]])[0])}  # finds: GA605
                """,
            },
            fixed={
                "shop.py": """
                    import joblib
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    model = joblib.load("model.bin")


                    @app.post("/price")
                    @limiter.limit("10 per minute")
                    def price():
                        size = float(request.get_json()["size"])
                        return {"price": float(model.predict([[size]])[0])}  # finds: GA605
                """,
            },
        ),
    )
    secure = (
        Example(
            title="a limit of its own, and a timeout",
            files={
                "shop.py": """
                    import subprocess

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/render")
                    @limiter.limit("2 per minute")
                    def render():
                        done = subprocess.run(["pandoc", "-o", "-"], input=request.get_data(), timeout=10)
                        return done.stdout or b""
                """,
            },
        ),
        Example(
            title="default limits cover the image",
            files={
                "shop.py": """
                    import io

                    from flask import Flask, request, send_file
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from PIL import Image

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/thumbnail")
                    def thumbnail():
                        image = Image.open(request.files["photo"])
                        image.thumbnail((200, 200))
                        out = io.BytesIO()
                        image.save(out, "PNG")
                        out.seek(0)
                        return send_file(out, mimetype="image/png")
                """,
            },
        ),
        Example(
            title="the version of the code, and a document that is made by a command",
            files={
                "shop.py": """
                    import subprocess

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from weasyprint import HTML

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.get("/version")
                    def version():
                        return subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, timeout=2).stdout


                    @app.cli.command("catalogue")
                    def catalogue():
                        HTML("catalogue.html").write_pdf("catalogue.pdf")
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        found = reached(app, deployment, *LOCAL, accepts=_accepts(open_or_free(app, once_for_each=False)))
        for one, related in one_for_each_route(found):
            yield self._finding(app, one, related, limited_uses(app, deployment, one))

    def _finding(self, app: App, one: Reached, related: list[Related], remedy: Remedy | None) -> Finding:
        stake = _stake(app, one.worst)
        severity = stake.severity
        if _waits_for_ever(one.worst) and severity >= Severity.MEDIUM:
            severity = Severity(min(severity + 1, Severity.CRITICAL))
        return self.finding(
            one.sink.place,
            f"`{one.title}`{one.others} {_consequence(one.worst)}",
            app=app,
            identity=(one.sink.function, one.sink.name),
            severity=severity,
            confidence=one.confidence,
            route=one.reference,
            related=related,
            why=stake.why,
            remedy=remedy,
            is_advisory=severity < Severity.MEDIUM,
        )


def _accepts(usual: Accepts) -> Accepts:
    """A loop over what was sent, on a route with a limit, is another rule's."""
    return lambda use: usual(use) and (use.is_open or use.sink.unbounded is not None)


def _stake(app: App, use: Use) -> Stake:
    sent = any(found.kind in SENT and not found.is_bounded for found in use.sink.inputs)
    if sent and body_bound(app, use.sink) == math.inf:
        return replace(use.stake, choice=2)
    return use.stake


def _waits_for_ever(use: Use) -> bool:
    return use.sink.kind is Kind.PROCESS and use.sink.facts.get("timeout") == "none"


def _consequence(use: Use) -> str:
    sink = use.sink
    does = f"{sink.kind.value} (`{called(sink)}`)"
    if not use.is_open and sink.unbounded is not None:
        return f"{does}, as large as `{sink.unbounded.source}` says: a rate limit does not cure it."
    without = "without limit and without a timeout" if _waits_for_ever(use) else "without limit"
    return f"{does} for each request, {without}: a few callers keep every worker busy."
