"""Rules on databases, GraphQL and sockets, beyond the examples they bring."""

import textwrap

import pytest

from guardapi.files import from_mapping
from guardapi.findings import Confidence, Finding, Severity
from guardapi.pipeline import scan_tree

SHOP = """
from flask import Flask, jsonify, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import current_user, login_required
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 100_000
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
db = SQLAlchemy(app)


class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer, db.ForeignKey("user.id"))
    item = db.Column(db.String)


class Country(db.Model):
    id = db.Column(db.Integer, primary_key=True)
"""


def found(rule: str, source: str, *, shop: str = SHOP) -> list[Finding]:
    """What one rule finds in a project."""
    report = scan_tree(from_mapping({"shop.py": shop + textwrap.dedent(source)}))
    assert report.problems == ()
    return [finding for finding in (*report.findings, *report.hidden) if finding.rule == rule]


def test_whole_table_is_medium() -> None:
    (one,) = found("GA601", '@app.get("/x")\ndef x(): return jsonify([o.item for o in Order.query.all()])')

    assert (one.severity, one.confidence) == (Severity.MEDIUM, Confidence.CERTAIN)
    assert "loads all of `Order`" in one.message
    assert one.route is not None
    assert not one.is_advisory


def test_small_table_is_tentative() -> None:
    (one,) = found("GA601", '@app.get("/x")\ndef x(): return jsonify([o.id for o in Country.query.all()])')

    assert one.confidence is Confidence.TENTATIVE
    assert one.severity < Severity.MEDIUM


@pytest.mark.parametrize("condition", ["user_id=session['user']", "user_id=current_user.id", "user_id=3"])
def test_rows_of_one_user_are_low(condition: str) -> None:
    (one,) = found(
        "GA601",
        f'@app.get("/x")\ndef x(): return jsonify([o.item for o in Order.query.filter_by({condition}).all()])',
    )

    assert one.severity <= Severity.LOW
    assert one.is_advisory


def test_account_lowers_whole_table() -> None:
    source = '@app.get("/x")\nDECORATORdef x(): return jsonify([o.item for o in Order.query.all()])'
    (anyone,) = found("GA601", source.replace("DECORATOR", ""))
    (account,) = found("GA601", source.replace("DECORATOR", "@login_required\n"))

    assert account.severity < anyone.severity


def test_helper_is_one_finding() -> None:
    (one,) = found(
        "GA601",
        """
        def everything():
            return Order.query.all()

        @app.get("/a")
        def a(): return jsonify([o.item for o in everything()])

        @app.get("/b")
        def b(): return jsonify([o.id for o in everything()])
        """,
    )

    assert "and 1 more route" in one.message
    assert one.route is None
    assert len(one.related) >= 2


def test_costliest_query_of_route_stands() -> None:
    (one,) = found(
        "GA601",
        """
        @app.get("/x")
        def x():
            orders = Order.query.filter_by(item=request.args["i"]).all()
            return jsonify([o.id for o in orders], [o.id for o in Order.query.all()])
        """,
    )

    assert any("too" in related.message for related in one.related)


@pytest.mark.parametrize(
    "body",
    [
        "Order.query.count()",
        "Order.query.filter_by(id=3).all()",
        "Order.query.limit(5).all()",
        "Order.query.filter(*wanted()).all()",
        "[o for o in Order.query.yield_per(100)]",
        "Order.query",
        "db.session.query(db.func.max(Order.id)).scalar()",
        "len([o for o in Order.query.get(3).lines])",
    ],
)
def test_bounded_queries_are_silent(body: str) -> None:
    assert found("GA601", f'@app.get("/x")\ndef x():\n    found = {body}\n    return "x"') == []


def test_queries_without_limiter_are_rows() -> None:
    """One fix closes them all: they are no findings of their own."""
    source = '@app.get("/x")\ndef x(): return jsonify([o.item for o in Order.query.all()])'

    assert found("GA601", source, shop=SHOP.replace("app=app, ", "")) == []
    assert found("GA601", source) != []


def test_optional_limit_is_page_of_caller() -> None:
    source = """
    @app.get("/x")
    def x():
        query = Order.query
        if "n" in request.args:
            query = query.limit(int(request.args["n"]))
        return jsonify([o.item for o in query])
    """

    assert found("GA601", source) == []
    assert [one.severity for one in found("GA602", source)] == [Severity.HIGH]


def test_page_size_holds_behind_limit() -> None:
    (one,) = found(
        "GA602",
        """
        @app.get("/x")
        @limiter.limit("5 per minute")
        def x(): return jsonify([o.item for o in Order.query.limit(int(request.args["n"])).all()])
        """,
    )

    assert "request.args['n']" in one.message
    assert one.severity >= Severity.MEDIUM


@pytest.mark.parametrize(
    ("call", "count"),
    [
        ("Order.query.paginate()", 1),
        ("Order.query.paginate(page=2)", 1),
        ("Order.query.paginate(per_page=20)", 0),
        ("Order.query.paginate(max_per_page=100)", 0),
        ("Order.query.paginate(1, 20, False)", 0),
        ("Order.query.paginate(**options())", 0),
        ("db.paginate(db.select(Order))", 1),
        ("db.paginate(db.select(Order), per_page=20)", 0),
        ("client.get_paginator('list').paginate()", 0),
    ],
)
def test_pagination_reads_query_string(call: str, count: int) -> None:
    source = f'@app.get("/x")\ndef x():\n    found = {call}\n    return "x"'

    assert len(found("GA602", source)) == count


def test_text_slice_is_not_a_page() -> None:
    source = '@app.get("/x")\ndef x():\n    return str(app.name)[: int(request.args["n"])]'

    assert found("GA602", source) == []


def test_unclear_graphql_limits_are_silent() -> None:
    source = """
    import graphene
    import strawberry
    from strawberry.flask.views import GraphQLView
    from settings import EXTENSIONS

    @strawberry.type
    class Query:
        now: float

    schema = strawberry.Schema(Query, extensions=LIMITS)
    app.add_url_rule("/graphql", view_func=GraphQLView.as_view("graphql", schema=schema))
    """

    assert found("GA941", source.replace("LIMITS", "EXTENSIONS")) == []
    assert found("GA941", source.replace("LIMITS", "[]")) != []


def test_own_validation_rule_limits_graphql() -> None:
    source = """
    import graphene
    from graphql import ValidationRule
    from flask_graphql import GraphQLView

    class Few(ValidationRule):
        pass

    class Query(graphene.ObjectType):
        now = graphene.Float()

    view = GraphQLView.as_view("graphql", schema=graphene.Schema(query=Query)RULES)
    app.add_url_rule("/graphql", view_func=view)
    """

    assert found("GA941", source.replace("RULES", ", validation_rules=[Few]")) == []
    (one,) = found("GA941", source.replace("RULES", ""))
    assert one.severity is Severity.HIGH


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ("", 0),
        (", max_http_buffer_size=1_000_000", 0),
        (", max_http_buffer_size=10**9", 1),
    ],
)
def test_large_buffer_of_socketio_is_found(options: str, count: int) -> None:
    source = f"""
    from flask_socketio import SocketIO, emit
    socketio = SocketIO(app{options})

    @socketio.on("say")
    def say(data):
        emit("said", data)
    """

    assert len(found("GA961", source)) == count


def test_socket_event_without_route_is_firm() -> None:
    (one,) = found(
        "GA961",
        """
        from flask_socketio import Namespace, SocketIO

        class Chat(Namespace):
            def on_say(self, data):
                db.session.add(Order(item=data))
                db.session.commit()

        socketio = SocketIO()
        socketio.on_namespace(Chat("/chat"))
        socketio.init_app(app)
        """,
    )

    assert one.confidence is Confidence.FIRM
    assert "`say`" in one.message


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ('engine = create_engine("postgresql://x")\n    engine.connect()', 1),
        ('engine = create_engine("sqlite:///x")\n    engine.connect()', 0),
        ("engine = kept()\n    engine.connect()", 0),
    ],
)
def test_engine_for_each_request(body: str, count: int) -> None:
    source = f"""
from sqlalchemy import create_engine

_engine = None

def kept():
    global _engine
    if _engine is None:
        _engine = create_engine("postgresql://x")
    return _engine

@app.get("/x")
def x():
    {body}
    return "x"
"""

    assert len(found("GA902", source)) == count


def test_export_of_few_rows_is_silent() -> None:
    source = """
    import io
    from flask import Response

    @app.get("/x")
    def x():
        out = io.StringIO()
        for order in Order.queryLIMIT:
            out.write(order.item)
        return Response(out.getvalue())
    """

    assert found("GA809", source.replace("LIMIT", ".limit(10)")) == []
    (one,) = found("GA809", source.replace("LIMIT", ""))
    assert one.is_advisory
    assert one.severity is Severity.MEDIUM


def test_number_of_two_pages_is_told_once() -> None:
    source = """
    @app.get("/x")
    def x():
        size = request.args.get("size", 20, type=int)
        orders = Order.query.limit(size).all()
        return jsonify([o.item for o in orders], [c.name for c in Country.query.limit(size).all()])
    """
    (finding,) = found("GA602", source)

    assert "reads as many rows as asked for, too" in finding.related[-1].message
