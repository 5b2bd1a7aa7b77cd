"""GA601: a request that loads rows without a limit."""

from collections.abc import Iterator
from typing import Final

from guardapi.coverage import active_limiters
from guardapi.findings import Confidence, Cwe, Finding, Probe, Related, Severity
from guardapi.model import App, Deployment
from guardapi.reached import Reached, Use, one_for_each_route, reached
from guardapi.rule import Example, Rule
from guardapi.sink import Kind, Sink

FEW: Final = frozenset({"listed", "parent", "own"})
"""Rows of one parent, of who calls, or that a list names: rarely many."""
BASE: Final = """
    from flask import Flask, jsonify, request
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address
    from flask_sqlalchemy import SQLAlchemy

    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///shop.db"
    limiter = Limiter(get_remote_address, app=app, LIMITSstorage_uri="memory://")
    db = SQLAlchemy(app)


    class Customer(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(80))
        city = db.Column(db.String(80))


"""
OPEN: Final = BASE.replace("LIMITS", "")
LIMITED: Final = BASE.replace("LIMITS", 'default_limits=["50 per minute"], ')


class UnboundedQuery(Rule):
    """A request loads as many rows as a table has, and nothing limits the route.

    ## What it finds
    Queries without a limit below a route without a rate limit: `Model.query.all()`, `select(Model)`, an iteration of a
    query, `SELECT` without `LIMIT`, `find()`. With and without a filter, as long as it is no key.

    ## Why it is bad
    The answer grows with the table. What takes a millisecond today holds a worker for seconds and fills its memory
    once there are many rows, and a few clients that ask for it keep the service busy.

    ## How to fix it
    Answer in pages with a maximum: `db.paginate(select(Model), max_per_page=100)`, or `.limit(100)`.

    Then limit the route as well.

    ## What it leaves alone
    Queries by a primary or unique key, counts and other aggregates, rows that come in portions (`yield_per`), filters
    that could not be read, and routes that are limited. Rows of one parent or of who calls, and tables whose name
    says that they are small, rank lower.
    """

    id = "GA601"
    name = "unbounded-query"
    severity = Severity.MEDIUM
    cwe = (Cwe.UNCONTROLLED_CONSUMPTION, Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.EXCESSIVE_QUERY)
    probes = (Probe.GROWTH,)
    vulnerable = (
        Example(
            title="every row of a model",
            files={
                "shop.py": OPEN
                + """
    @app.get("/customers")
    def customers():
        return jsonify([customer.name for customer in Customer.query.order_by(Customer.name).all()])  # finds: GA601
"""
            },
        ),
        Example(
            title="a statement that is executed, and a filter that may be left out",
            files={
                "shop.py": OPEN
                + """
    @app.get("/customers")
    def customers():
        found = db.session.scalars(db.select(Customer)).all()  # finds: GA601
        return jsonify([customer.name for customer in found])


    @app.get("/search")
    def search():
        query = Customer.query
        if "city" in request.args:
            query = query.filter(Customer.city == request.args["city"])
        return jsonify([customer.name for customer in query])  # finds: GA601
"""
            },
        ),
        Example(
            title="SQL without a limit, through a function of the project",
            files={
                "shop.py": """
                    import sqlite3

                    from flask import Flask, g, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def connection():
                        if "connection" not in g:
                            g.connection = sqlite3.connect("shop.db")
                        return g.connection


                    def rows(statement, values=()):
                        cursor = connection().execute(statement, values)
                        return cursor.fetchall()  # finds: GA601


                    @app.get("/orders")
                    def orders():
                        return jsonify(rows("SELECT id, item FROM orders ORDER BY id"))
                """,
            },
        ),
        Example(
            title="a collection of MongoDB, and a session of SQLAlchemy",
            files={
                "shop.py": """
                    from contextlib import contextmanager

                    from flask import Flask, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from pymongo import MongoClient
                    from sqlalchemy import create_engine
                    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    visits = MongoClient("mongodb://localhost")["shop"]["visits"]
                    sessions = sessionmaker(create_engine("sqlite:///shop.db"))


                    class Base(DeclarativeBase):
                        pass


                    class Order(Base):
                        __tablename__ = "orders"
                        id: Mapped[int] = mapped_column(primary_key=True)
                        item: Mapped[str]


                    @contextmanager
                    def session():
                        current = sessions()
                        try:
                            yield current
                        finally:
                            current.close()


                    @app.get("/visits")
                    def all_visits():
                        return jsonify([visit["path"] for visit in visits.find({}, {"path": 1})])  # finds: GA601


                    @app.get("/orders")
                    def orders():
                        with session() as current:
                            return jsonify([order.item for order in current.query(Order).all()])  # finds: GA601
                """,
            },
        ),
    )
    secure = (
        Example(
            title="pages with a maximum",
            files={
                "shop.py": LIMITED
                + """
    @app.get("/customers")
    def customers():
        page = db.paginate(db.select(Customer).order_by(Customer.id), max_per_page=100)
        return jsonify([customer.name for customer in page.items])


    @app.get("/first")
    def first():
        return jsonify([customer.name for customer in Customer.query.limit(20).all()])
"""
            },
        ),
        Example(
            title="one row by its key, a count, and SQL with a limit",
            files={
                "shop.py": LIMITED  # noqa: S608  # an example, not executed
                + """
    @app.get("/customers/<int:number>")
    def customer(number):
        found = Customer.query.filter_by(id=number).all()
        return jsonify(names=[customer.name for customer in found], of=Customer.query.count())


    @app.get("/cities")
    def cities():
        found = db.session.execute(db.text("SELECT DISTINCT city FROM customer LIMIT 50")).fetchall()
        return jsonify([row[0] for row in found])
"""
            },
        ),
        Example(
            title="a whole table behind a limit",
            files={
                "shop.py": OPEN
                + """
    @app.get("/customers")
    @limiter.limit("5 per minute")
    def customers():
        return jsonify([customer.name for customer in Customer.query.all()])
"""
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        # Without a limiter these are rows of the finding that says so.
        if not active_limiters(app):
            return
        found = reached(app, deployment, Kind.WHOLE_TABLE, Kind.QUERY, accepts=_accepts)
        for one, related in one_for_each_route(_each_place_once(found)):
            yield self._finding(app, one, related)

    def _finding(self, app: App, one: Reached, related: list[Related]) -> Finding:
        sink = one.sink
        severity, confidence = one.severity, one.confidence
        is_small = sink.facts.get("small") is True
        if sink.facts.get("narrowed") in FEW:
            severity = min(severity, Severity.LOW)
        if is_small:
            severity, confidence = Severity(max(severity - 1, Severity.INFO)), Confidence.TENTATIVE
        elif sink.facts.get("optional") is True or sink.kind is Kind.QUERY:
            confidence = min(confidence, Confidence.FIRM)
        return self.finding(
            sink.place,
            f"`{one.title}`{one.others} {_what(sink)}: the answer grows with the table, and nothing limits the route.",
            app=app,
            identity=(sink.function, sink.name, str(sink.facts.get("of"))),
            severity=severity,
            confidence=confidence,
            route=one.reference,
            related=related,
            why=one.worst.stake.why,
            is_advisory=severity < Severity.MEDIUM,
        )


def _accepts(use: Use) -> bool:
    return use.is_open and _is_unbounded(use.sink) and not _is_page(use)


def _is_unbounded(sink: Sink) -> bool:
    facts = sink.facts
    if facts.get("limit") != "none" or "narrowed" not in facts:
        return False
    if any(facts.get(fact) for fact in ("aggregate", "streamed", "relation")):
        return False
    return sink.kind is Kind.WHOLE_TABLE or facts["narrowed"] in {"matching", *FEW}


def _is_page(use: Use) -> bool:
    """A limit that the caller may leave out is one that the caller chooses: a finding of its own."""
    if not use.sink.facts.get("optional"):
        return False
    pages = use.route.work[use.method].of(Kind.PAGE)
    return any(
        page.unbounded is not None and page.facts.get("of") == use.sink.facts.get("of") for page in pages
    )


def _each_place_once(found: Iterator[Reached]) -> list[Reached]:
    """The worse of two at one place: with a filter, and on another way without."""
    kept: dict[object, Reached] = {}
    for one in found:
        known = kept.get(one.sink.place)
        if known is None or one.sink.kind is Kind.WHOLE_TABLE:
            kept[one.sink.place] = one
    return list(kept.values())


def _what(sink: Sink) -> str:
    of = sink.facts.get("of")
    if sink.kind is Kind.WHOLE_TABLE:
        least = ", unless the caller sets a filter" if sink.facts.get("optional") else ""
        return f"loads all of `{of}`{least}" if of else f"loads a whole table{least}"
    if sink.facts.get("narrowed") == "own":
        return f"loads all that the caller has of `{of}`"
    if sink.facts.get("narrowed") == "parent":
        return f"loads all of `{of}` that belongs to one parent"
    if sink.facts.get("narrowed") == "listed":
        return f"loads all of `{of}` that a list names, however long it is"
    return f"loads whatever of `{of}` matches, without a limit"
