"""GA703: a whole upload is read into memory."""

import math
import re
from collections.abc import Iterator
from typing import Final

from guardapi.findings import Cwe, Finding, Probe, Related, Severity
from guardapi.model import App, Deployment
from guardapi.rank import CHANGING_METHODS, LARGEST_BODY, body_bound
from guardapi.reached import Reached, Use, one_for_each_route, reached
from guardapi.remedy import Import, Insert, Remedy, Safety, Where
from guardapi.rule import Example, Rule
from guardapi.sink import Kind

SMALL: Final = 16 * 1024 * 1024
MEGA: Final = 1024 * 1024
TOO_OLD: Final = re.compile(r"(?:==|~=|<=?)\s*(?:[0-2]\b|3\.0\b)|<\s*3\.1\b")
"""Versions of Flask in which a view cannot bound its own body."""


class UploadReadIntoMemory(Rule):
    """A whole upload is read into memory at once.

    ## What it finds
    `.read()` without a size on an uploaded file or on the stream of the body, and libraries that read a file at once
    (`pandas.read_csv`, `numpy.load`), where the body may be larger than 16 MB.

    ## Why it is bad
    An upload that Flask keeps on the disk comes into the memory of the worker, often more than once: a few of them at
    the same time end the process.

    ## How to fix it
    Set `request.max_content_length = 16 * 1024 * 1024` as the first line of the view (Flask 3.1 or newer), or read the
    file in pieces: `while chunk := upload.read(65_536)`.

    ## What it leaves alone
    `.save(...)`, reads with a size, and views whose body is bounded to 16 MB (those, and views that check the length
    before, are advice). An application without any bound: `no-body-limit` has its reads.
    """

    id = "GA703"
    name = "upload-read-into-memory"
    severity = Severity.MEDIUM
    cwe = (Cwe.EXCESSIVE_ALLOCATION, Cwe.ALLOCATION_WITHOUT_LIMITS)
    probes = (Probe.MEMORY,)
    vulnerable = (
        Example(
            title="a large bound, and all of it in memory",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100 * 1024 * 1024
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/avatar")
                    def avatar():
                        raw = request.files["avatar"].read()  # finds: GA703
                        return {"bytes": len(raw)}
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100 * 1024 * 1024
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/avatar")
                    def avatar():
                        request.max_content_length = 16 * 1024 * 1024
                        raw = request.files["avatar"].read()  # finds: GA703
                        return {"bytes": len(raw)}
                """,
            },
        ),
        Example(
            title="the view lifts the bound for itself",
            files={
                "shop.py": """
                    import io

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    def content(upload):
                        return io.BytesIO(upload.stream.read())  # finds: GA703


                    @app.post("/import")
                    @limiter.limit("2 per minute")
                    def take():
                        request.max_content_length = None
                        return {"bytes": len(content(request.files["table"]).getvalue())}
                """,
            },
        ),
        Example(
            title="the stream of the body",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100 * 1024 * 1024
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.put("/backup")
                    def backup():
                        raw = request.stream.read()  # finds: GA703
                        return {"bytes": len(raw)}
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100 * 1024 * 1024
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.put("/backup")
                    def backup():
                        request.max_content_length = 16 * 1024 * 1024
                        raw = request.stream.read()  # finds: GA703
                        return {"bytes": len(raw)}
                """,
            },
        ),
    )
    secure = (
        Example(
            title="in pieces",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100 * 1024 * 1024
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/avatar")
                    def avatar():
                        size = 0
                        while chunk := request.files["avatar"].read(65_536):
                            size += len(chunk)
                        return {"bytes": size}
                """,
            },
        ),
        Example(
            title="a bound of its own",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100 * 1024 * 1024
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/avatar")
                    def avatar():
                        request.max_content_length = 1_000_000
                        return {"bytes": len(request.files["avatar"].read())}
                """,
            },
        ),
        Example(
            title="a small bound for the whole application",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 1_000_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/avatar")
                    def avatar():
                        return {"bytes": len(request.files["avatar"].stream.read())}
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        accepted = reached(app, deployment, Kind.UPLOAD_READ, accepts=lambda use: _accepts(app, use))
        for one, related in one_for_each_route(accepted):
            yield self._finding(app, one, related, deployment)

    def _finding(self, app: App, one: Reached, related: list[Related], deployment: Deployment) -> Finding:
        bound = body_bound(app, one.sink) or 0.0
        severity, why = _ranked(one.worst, bound)
        return self.finding(
            one.sink.place,
            f"`{one.title}`{one.others} reads a whole upload into memory at once: {_size(bound)} for each request.",
            app=app,
            identity=(one.sink.function, one.sink.name),
            severity=severity,
            confidence=one.confidence,
            route=one.reference,
            related=related,
            why=why,
            is_advisory=severity < Severity.MEDIUM,
            remedy=_remedy(one, deployment) if severity >= Severity.MEDIUM else None,
        )


def _remedy(one: Reached, deployment: Deployment) -> Remedy | None:
    """A smaller bound for the views that read it themselves, as Flask has it from 3.1 on."""
    views = {use.route.view.place for use in one.uses if use.route.view.name == one.sink.function}
    if len(views) != 1 or TOO_OLD.search(deployment.packages.get("flask", "")):
        return None
    view = views.pop()
    if view is None or any(use.route.view.place != view for use in one.uses):
        return None
    bound = Insert(
        anchor=view,
        where=Where.INSIDE,
        text="request.max_content_length = 16 * 1024 * 1024",
        imports=(Import(module="flask", name="request"),),
    )
    reason = "Requests of more than 16 MB are refused with status 413 there, which takes Flask 3.1 or newer."
    return Remedy(safety=Safety.UNSAFE, reason=reason, edits=(bound,))


def _accepts(app: App, use: Use) -> bool:
    """Not where the bound is unknown, and not where its lack is one finding for the whole application."""
    bound = body_bound(app, use.sink)
    if bound is None or use.method not in CHANGING_METHODS:
        return False
    return "max_content_length" in use.sink.facts or bound <= LARGEST_BODY


def _ranked(use: Use, bound: float) -> tuple[Severity, str]:
    if use.sink.facts.get("checked") is True:
        return Severity.LOW, "the announced length is checked before, which bodies in chunks do not have"
    if bound <= SMALL:
        return Severity.LOW, f"the body is bounded to {_size(bound)}"
    if bound <= LARGEST_BODY:
        return Severity.MEDIUM, f"the body may hold {_size(bound)}"
    return Severity.HIGH, "the view lifts the bound of the application"


def _size(bound: float) -> str:
    if bound == math.inf:
        return "any number of bytes"
    return f"up to {bound / MEGA:.0f} MB" if bound >= MEGA else f"up to {bound / 1024:.0f} kB"
