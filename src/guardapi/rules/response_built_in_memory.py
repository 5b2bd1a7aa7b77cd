"""GA809: a file of any size that is built in memory before it is sent."""

from collections.abc import Iterator
from typing import Final

from guardapi.findings import Confidence, Cwe, Finding, Probe, Related, Severity
from guardapi.model import App, Deployment
from guardapi.reached import Reached, Use, reached
from guardapi.rule import Example, Rule
from guardapi.sink import Kind, Sink

BASE: Final = """
    import csv
    import io

    from flask import Flask, Response, send_file
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address
    from flask_sqlalchemy import SQLAlchemy

    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///shop.db"
    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://")
    db = SQLAlchemy(app)


    class Order(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        item = db.Column(db.String(80))


"""


class ResponseBuiltInMemory(Rule):
    """A response whose size follows a table is held in memory as a whole.

    ## What it finds
    `send_file(BytesIO(...))`, `Response(out.getvalue())` and `to_csv()` in a view that loads rows without a limit.

    ## Why it is bad
    Each request holds the whole file, often several copies of it, until the last byte is sent. A few at once fill the
    memory of the worker, however few a minute the limiter admits.

    ## How to fix it
    Return a generator, and fetch the rows in portions: `Response(lines(query.yield_per(500)))`.

    Large exports belong into a job.

    ## What it leaves alone
    Files made of a bounded number of rows, and generators.
    """

    id = "GA809"
    name = "response-built-in-memory"
    severity = Severity.LOW
    is_advisory = True
    cwe = (Cwe.EXCESSIVE_ALLOCATION, Cwe.UNCONTROLLED_CONSUMPTION)
    probes = (Probe.MEMORY,)
    vulnerable = (
        Example(
            title="a table written into a text in memory",
            files={
                "shop.py": BASE
                + """
    @app.get("/orders.csv")
    def orders():
        out = io.StringIO()
        writer = csv.writer(out)
        for order in Order.query.order_by(Order.id):
            writer.writerow([order.id, order.item])
        return Response(out.getvalue(), mimetype="text/csv")  # finds: GA809
"""
            },
        ),
        Example(
            title="a data frame, and a file in memory",
            files={
                "shop.py": BASE  # noqa: S608  # an example, not executed
                + """
    import pandas


    @app.get("/orders.csv")
    def orders():
        frame = pandas.read_sql("SELECT id, item FROM orders", db.engine)
        return Response(frame.to_csv(), mimetype="text/csv")  # finds: GA809


    @app.get("/orders.txt")
    def text():
        lines = "\\n".join(order.item for order in Order.query.all())
        return send_file(io.BytesIO(lines.encode()), mimetype="text/plain")  # finds: GA809
"""
            },
        ),
    )
    secure = (
        Example(
            title="a generator over portions",
            files={
                "shop.py": BASE
                + """
    def lines():
        for order in db.session.scalars(db.select(Order).execution_options(yield_per=500)):
            yield f"{order.id},{order.item}\\n"


    @app.get("/orders.csv")
    def orders():
        return Response(lines(), mimetype="text/csv")
"""
            },
        ),
        Example(
            title="a hundred rows",
            files={
                "shop.py": BASE
                + """
    @app.get("/orders.csv")
    def orders():
        out = io.StringIO()
        writer = csv.writer(out)
        for order in Order.query.order_by(Order.id).limit(100):
            writer.writerow([order.id, order.item])
        return Response(out.getvalue(), mimetype="text/csv")
"""
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for one in reached(app, deployment, Kind.BUILD, accepts=lambda use: _rows(use) is not None):
            rows = _rows(one.worst)
            if rows is not None:
                yield self._finding(app, one, rows)

    def _finding(self, app: App, one: Reached, rows: Sink) -> Finding:
        of = rows.facts.get("of")
        return self.finding(
            one.sink.place,
            f"`{one.title}`{one.others} builds the whole answer in memory before it sends the first byte; it grows with"
            f" `{of}`.",
            app=app,
            identity=(one.sink.function, one.sink.name),
            severity=Severity.MEDIUM if rows.kind is Kind.WHOLE_TABLE else Severity.LOW,
            confidence=Confidence.FIRM,
            route=one.reference,
            related=[
                *one.related(),
                Related(place=rows.place, message=f"the rows of `{of}` are loaded here"),
            ],
            why=one.worst.stake.why,
        )


def _rows(use: Use) -> Sink | None:
    """The rows without a limit that the view loads, the whole table first."""
    done = use.route.work[use.method]
    return next((sink for sink in done.of(Kind.WHOLE_TABLE)), None) or next(
        (sink for sink in done.of(Kind.QUERY) if _is_unbounded(sink)), None
    )


def _is_unbounded(sink: Sink) -> bool:
    facts = sink.facts
    if any(facts.get(fact) for fact in ("aggregate", "streamed", "relation")):
        return False
    return facts.get("limit") in {"none", "caller"} and facts.get("narrowed") in {"matching", "not"}
