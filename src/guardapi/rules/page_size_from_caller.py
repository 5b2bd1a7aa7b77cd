"""GA602: a page as large as the caller says."""

from collections.abc import Iterator
from typing import Final

from guardapi.findings import Confidence, Cwe, Finding, Probe, Severity
from guardapi.model import App, Deployment
from guardapi.reached import Reached, clamped, most_of, reached
from guardapi.remedy import Edit, Remedy, Safety, SetArgument
from guardapi.rule import Example, Rule
from guardapi.sink import Kind, Sink

TEXTS: Final = ("builtins.str", "builtins.bytes", "builtins.generator", "builtins.range")
MOST: Final = 100
"""Rows of a page, where the code itself never asks for more."""
LISTS: Final = frozenset({"builtins.list()", "builtins.tuple()"})
BASE: Final = """
    from flask import Flask, abort, jsonify, request
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address
    from flask_sqlalchemy import SQLAlchemy

    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///shop.db"
    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://")
    db = SQLAlchemy(app)


    class Item(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(80))


"""


class PageSizeFromCaller(Rule):
    """The caller says how many rows one request reads, without a maximum.

    ## What it finds
    A number from the request that reaches `limit(n)`, `paginate(per_page=n)`, a slice of a query or list, `LIMIT` in
    SQL or the size of a search, and that nothing bounds on the way. Also `paginate()` of Flask-SQLAlchemy with neither
    `per_page` nor `max_per_page`: it reads `per_page` from the query string itself.

    ## Why it is bad
    `?per_page=1000000` makes one request as costly as a dump of the table. A rate limit counts it as one request.

    ## How to fix it
    Bound the number: `min(n, 100)`, or `max_per_page=100`.

    The documentation of Flask-SQLAlchemy promises a maximum of 100; up to 3.1.1 `paginate` passes none.

    ## What it leaves alone
    Numbers that are compared with a maximum, converted by a validator with one, or chosen out of a few. Page numbers.
    """

    id = "GA602"
    name = "page-size-from-caller"
    severity = Severity.HIGH
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.EXCESSIVE_ALLOCATION, Cwe.UNCHECKED_QUANTITY)
    probes = (Probe.GROWTH,)
    vulnerable = (
        Example(
            title="the number goes into the query as it comes",
            files={
                "shop.py": BASE
                + """
    @app.get("/items")
    def items():
        number = request.args.get("number", 20, type=int)
        return jsonify([item.name for item in Item.query.limit(number).all()])  # finds: GA602


    @app.get("/pages")
    def pages():
        size = int(request.args["size"])
        found = db.paginate(db.select(Item), per_page=size)  # finds: GA602
        return jsonify([item.name for item in found.items])
"""
            },
            fixed={
                "shop.py": BASE
                + """
    @app.get("/items")
    def items():
        number = min(request.args.get("number", 20, type=int), 100)
        return jsonify([item.name for item in Item.query.limit(number).all()])  # finds: GA602


    @app.get("/pages")
    def pages():
        size = int(request.args["size"])
        found = db.paginate(db.select(Item), per_page=size, max_per_page=100)  # finds: GA602
        return jsonify([item.name for item in found.items])
"""
            },
        ),
        Example(
            title="Flask-SQLAlchemy reads the size of a page itself",
            files={
                "shop.py": BASE
                + """
    @app.get("/items")
    def items():
        found = Item.query.order_by(Item.id).paginate()  # finds: GA602
        return jsonify([item.name for item in found.items])
"""
            },
            fixed={
                "shop.py": BASE
                + """
    @app.get("/items")
    def items():
        found = Item.query.order_by(Item.id).paginate(max_per_page=100)  # finds: GA602
        return jsonify([item.name for item in found.items])
"""
            },
        ),
        Example(
            title="two ways to read with one number are one fault",
            files={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from flask_sqlalchemy import SQLAlchemy

                    app = Flask(__name__)
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    db = SQLAlchemy(app)


                    class Item(db.Model):
                        id = db.Column(db.Integer, primary_key=True)


                    def after(last, number):
                        return Item.query.filter(Item.id > last).limit(number).all()  # finds: GA602


                    def first(number):
                        return Item.query.order_by(Item.id).limit(number).all()


                    @app.get("/items")
                    def items():
                        last, number = request.args.get("last"), request.args.get("number", 20, type=int)
                        return jsonify([item.id for item in (after(last, number) if last else first(number))])
                """,
            },
        ),
        Example(
            title="SQL, a list, and a limit that may be left out",
            files={
                "shop.py": BASE  # noqa: S608  # an example, not executed
                + """
    NAMES = [f"name {number}" for number in range(10_000)]


    @app.get("/orders")
    def orders():
        number = request.args.get("number", "20")
        found = db.session.execute(db.text(f"SELECT id FROM orders LIMIT {int(number)}"))  # finds: GA602
        return jsonify([row[0] for row in found])


    @app.get("/names")
    def names():
        return jsonify(NAMES[: int(request.args["number"])])  # finds: GA602


    @app.get("/items")
    def items():
        query = Item.query
        if "number" in request.args:
            query = query.limit(int(request.args["number"]))  # finds: GA602
        return jsonify([item.name for item in query])
"""
            },
            fixed={
                "shop.py": BASE  # noqa: S608  # an example, not executed
                + """
    NAMES = [f"name {number}" for number in range(10_000)]


    @app.get("/orders")
    def orders():
        number = request.args.get("number", "20")
        found = db.session.execute(db.text(f"SELECT id FROM orders LIMIT {min(int(number), 100)}"))  # finds: GA602
        return jsonify([row[0] for row in found])


    @app.get("/names")
    def names():
        return jsonify(NAMES[: min(int(request.args["number"]), 100)])  # finds: GA602


    @app.get("/items")
    def items():
        query = Item.query
        if "number" in request.args:
            query = query.limit(min(int(request.args["number"]), 100))  # finds: GA602
        return jsonify([item.name for item in query])
"""
            },
        ),
    )
    secure = (
        Example(
            title="at most a hundred",
            files={
                "shop.py": BASE
                + """
    @app.get("/items")
    def items():
        number = min(request.args.get("number", 20, type=int), 100)
        return jsonify([item.name for item in Item.query.limit(number).all()])
"""
            },
        ),
        Example(
            title="a maximum for the page, and a size that is constant",
            files={
                "shop.py": BASE
                + """
    @app.get("/items")
    def items():
        size = request.args.get("size", 20, type=int)
        found = db.paginate(db.select(Item), per_page=size, max_per_page=100)
        return jsonify([item.name for item in found.items])


    @app.get("/pages/<int:page>")
    def pages(page):
        found = Item.query.paginate(page=page, per_page=20)
        return jsonify([item.name for item in found.items])
"""
            },
        ),
        Example(
            title="a helper that refuses what is too much",
            files={
                "shop.py": BASE  # noqa: S608  # an example, not executed
                + """
    def size_of_page():
        size = request.args.get("size", 20, type=int)
        if size > 100:
            abort(400)
        return size


    @app.get("/items")
    def items():
        found = db.session.execute(db.text("SELECT name FROM item LIMIT :size"), {"size": size_of_page()})
        return jsonify([row[0] for row in found])
"""
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        groups: dict[tuple[str, str], list[Reached]] = {}
        for one in reached(app, deployment, Kind.PAGE, accepts=lambda use: _is_free(use.sink)):
            groups.setdefault((one.sink.function, _source(one.sink)), []).append(one)
        for group in _by_route([sorted(group, key=_worst_first) for group in groups.values()]):
            yield self._finding(app, group[0], group[1:])

    def _finding(self, app: App, one: Reached, others: list[Reached]) -> Finding:
        """One for each number and function: who bounds it there bounds it for all that is read below."""
        sink = one.sink
        window = sink.facts.get("window")
        severity = min(one.severity, Severity.LOW) if window is not None else one.severity
        return self.finding(
            sink.place,
            f"`{one.title}`{one.others} {_consequence(sink)}",
            app=app,
            identity=(sink.function, sink.name),
            severity=severity,
            confidence=min(one.confidence, _confidence(sink)),
            route=one.reference,
            related=[*one.related(), *(other.aside() for other in others)],
            why=one.worst.stake.why,
            is_advisory=severity < Severity.MEDIUM,
            remedy=_remedy([one, *others]),
        )


def _by_route(groups: list[list[Reached]]) -> Iterator[list[Reached]]:
    """What only routes of worse ones reach with the same number is one fault with these."""
    kept: list[list[Reached]] = []
    taken: dict[tuple[str, str], list[Reached]] = {}
    for group in sorted(groups, key=lambda item: _worst_first(item[0])):
        source = _source(group[0].sink)
        routes = {(use.title, source) for one in group for use in one.uses}
        if routes <= taken.keys():
            taken[group[0].title, source] += group
        else:
            kept.append(group)
            taken |= {route: group for route in routes if route not in taken}
    yield from kept


def _remedy(group: list[Reached]) -> Remedy | None:
    """A maximum for each place that the number reaches, which is one where it comes from."""
    found = [_bounded(one.sink) for one in group]
    edits = tuple(dict.fromkeys(edit for edit in found if edit is not None))
    given = group[0].sink.unbounded
    if None in found or given is None:
        return None
    is_told = given.origin is not None or bool(group[0].sink.facts.get("implicit"))
    reason = f"One page has at most {most_of(given, MOST) or MOST:,} rows; smaller ones are as they were."
    if not is_told:
        reason = f"{reason} How many it has where the caller asks for none is not seen here: look whether that is more."
    return Remedy(safety=Safety.SAFE if is_told else Safety.UNSAFE, reason=reason, edits=edits)


def _bounded(sink: Sink) -> Edit | None:
    """Flask-SQLAlchemy takes a maximum beside the size."""
    given = sink.unbounded
    if sink.name != "paginate" or sink.facts.get("library") != "flask_sqlalchemy":
        return clamped(given, MOST)
    most = most_of(given, MOST) if given is not None and given.origin is not None else MOST
    return SetArgument(call=sink.place, name="max_per_page", value=str(most)) if most is not None else None


def _source(sink: Sink) -> str:
    return sink.unbounded.source if sink.unbounded is not None else ""


def _worst_first(one: Reached) -> tuple[object, ...]:
    return (-_confidence(one.sink), -one.worst.stake.score, one.sink.place)


def _is_free(sink: Sink) -> bool:
    return sink.unbounded is not None and not str(sink.facts.get("of", "")).startswith(TEXTS)


def _confidence(sink: Sink) -> Confidence:
    """How sure it is that the slice is one of many items: of a query or a list it is."""
    if sink.name != "slice" or "library" in sink.facts:
        return Confidence.CERTAIN
    of = str(sink.facts.get("of", ""))
    return Confidence.CERTAIN if of in LISTS else Confidence.TENTATIVE


def _consequence(sink: Sink) -> str:
    source = sink.unbounded.source if sink.unbounded is not None else "the request"
    if sink.facts.get("implicit"):
        return (
            "takes the size of a page from `per_page` in the query string, without a maximum:"
            " one request can ask for every row."
        )
    window = sink.facts.get("window")
    most = f"up to {window:,} hits" if isinstance(window, int) else "everything there is"
    return f"reads as many as `{source}` says, without a maximum: one request can ask for {most}."
