"""GA807: time that grows like the square of what the caller sends, or faster."""

from collections.abc import Iterator
from typing import Final

from guardapi.findings import Cwe, Finding, Probe, Severity
from guardapi.model import App, Deployment
from guardapi.reached import (
    IN_ADDRESS,
    Reached,
    Use,
    by_audience,
    called,
    chooses_freely,
    reached,
    refused,
    source_of,
)
from guardapi.remedy import Remedy, Safety
from guardapi.rule import Example, Rule
from guardapi.sink import Kind, Sink

MOST: Final = 2000
EXPONENTIAL: Final = "itertools.permutations"
"""No length bounds its time that is of use."""


class SuperlinearLibraryCall(Rule):
    """What the caller sends is compared with itself, item by item: twice as much takes four times as long.

    ## What it finds
    `difflib` and edit distances on two texts of the caller, `itertools.permutations` of a collection of theirs, nested
    loops over one such collection, and `in`, `remove`, `insert(0, ...)` or `pop(0)` on a list in a loop over it.
    Markdown and HTML parsers on texts of free length, and any text out of the address, whose length the server
    bounds, are advice: `--profile pedantic` shows them.

    ## Why it is bad
    A body of a megabyte, which no one would notice otherwise, keeps a worker busy for minutes or hours.

    ## How to fix it
    Refuse long texts and collections before the work starts (2000 characters or items are plenty), or use a `set` or
    a `dict` where a list is searched.

    ## What it leaves alone
    Texts and collections of bounded length, comparisons with something of the project's own, sorting, sets and
    dictionaries.
    """

    id = "GA807"
    name = "superlinear-library-call"
    severity = Severity.MEDIUM
    cwe = (Cwe.UNCONTROLLED_CONSUMPTION, Cwe.INEFFICIENT_COMPLEXITY)
    probes = (Probe.GROWTH,)
    vulnerable = (
        Example(
            title="two texts of the caller are compared",
            files={
                "shop.py": """
                    import difflib

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.post("/diff")
                    def diff():
                        a, b = request.form["a"], request.form["b"]
                        return str(difflib.SequenceMatcher(None, a, b, autojunk=False).ratio())  # finds: GA807
                """,
            },
            fixed={
                "shop.py": """
                    import difflib

                    from flask import Flask, abort, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.post("/diff")
                    def diff():
                        a, b = request.form["a"], request.form["b"]
                        if len(a) > 2000:
                            abort(413)
                        return str(difflib.SequenceMatcher(None, a, b, autojunk=False).ratio())  # finds: GA807
                """,
            },
        ),
        Example(
            title="every pair of a list",
            files={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.post("/closest")
                    def closest():
                        points = request.get_json()
                        return jsonify(min(distances(points)))


                    def distances(points):
                        for index, one in enumerate(points):
                            for other in points[index + 1 :]:  # finds: GA807
                                yield abs(one - other)
                """,
            },
        ),
        Example(
            title="a list is searched for each item",
            files={
                "shop.py": """
                    import itertools

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.post("/unique")
                    def unique():
                        found = []
                        for tag in request.get_json():
                            if tag not in found:  # finds: GA807
                                found.append(tag)
                        return jsonify(found)


                    @app.post("/orders")
                    def orders():
                        return jsonify(list(itertools.permutations(request.get_json())))  # finds: GA807
                """,
            },
        ),
    )
    secure = (
        Example(
            title="long texts are refused",
            files={
                "shop.py": """
                    import difflib

                    from flask import Flask, abort, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.post("/diff")
                    def diff():
                        a, b = request.form["a"], request.form["b"]
                        if max(len(a), len(b)) > 500:
                            abort(413)
                        return str(difflib.SequenceMatcher(None, a, b, autojunk=False).ratio())
                """,
            },
        ),
        Example(
            title="sets, and cells of rows",
            files={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.post("/unique")
                    def unique():
                        seen = set()
                        for tag in request.get_json():
                            if tag not in seen:
                                seen.add(tag)
                        return jsonify(sorted(seen))


                    @app.post("/cells")
                    def cells():
                        return jsonify([cell for row in request.get_json() for cell in row])
                """,
            },
        ),
        Example(
            title="a short list, and names of the project's own",
            files={
                "shop.py": """
                    import difflib

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    NAMES = ["anna", "bert"]


                    @app.get("/meant")
                    def meant():
                        return jsonify(difflib.get_close_matches(request.args["name"][:50], NAMES))


                    @app.post("/closest")
                    def closest():
                        points = request.get_json()[:100]
                        return jsonify([abs(one - other) for one in points for other in points])
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for found in reached(app, deployment, Kind.SUPERLINEAR, accepts=chooses_freely):
            yield self._finding(app, found)

    def _finding(self, app: App, found: Reached) -> Finding:
        sink = found.sink
        is_rare = bool(sink.facts.get("advisory"))
        is_advisory = is_rare or _is_in_address(sink)
        grows = (
            "can take much longer than its length suggests"
            if is_rare
            else "takes four times as long for twice as much"
        )
        return self.finding(
            sink.place,
            f"`{found.title}`{found.others}: {_named(called(sink))} on `{source_of(sink)}` {grows}.",
            app=app,
            identity=(sink.function, sink.name),
            severity=Severity.LOW if is_advisory else _severity(app, found.worst),
            confidence=found.confidence,
            route=found.reference,
            related=found.related(),
            why=found.worst.stake.why,
            is_advisory=is_advisory,
            remedy=_remedy(sink),
        )


def _remedy(sink: Sink) -> Remedy | None:
    """One side that is short is enough."""
    origin = next((given.origin for given in sink.inputs if given.origin is not None), None)
    edits = refused(origin, f"len({{}}) > {MOST}", 413)
    if origin is None or not edits or sink.name == EXPONENTIAL or sink.facts.get("advisory"):
        return None
    sent = origin.name or origin.free_name
    reason = f"More than {MOST:,} characters (or items) in `{sent}` are refused with status 413."
    return Remedy(safety=Safety.UNSAFE, reason=reason, edits=edits)


def _is_in_address(sink: Sink) -> bool:
    free = [given.source for given in sink.inputs if not given.is_bounded]
    return bool(free) and all(IN_ADDRESS.match(source) for source in free)


def _named(name: str) -> str:
    return name if " " in name else f"`{name}`"


def _severity(app: App, use: Use) -> Severity:
    bound = app.request_bounds.get("max_content_length")
    is_open = bound is not None and bound.known and bound.value is None
    return by_audience(use, anyone=Severity.HIGH if is_open else Severity.MEDIUM, account=Severity.MEDIUM)
