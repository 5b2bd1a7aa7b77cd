"""Queries as they are built, whichever library they are of, and what running one costs."""

import pytest
from reading import sinks_of

from guardapi.sink import Kind, Role, Sink

SHOP = """
from flask import Flask, abort, g, jsonify, render_template, request, session
from flask_login import current_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import and_, create_engine, or_, select, text
from sqlalchemy.orm import sessionmaker

app = Flask(__name__)
db = SQLAlchemy(app)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String, unique=True)
    city = db.Column(db.String)
    orders = db.relationship("Order", backref="user")


class Order(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.Integer, db.ForeignKey("user.id"))
    item = db.Column(db.String)


class Role(db.Model):
    id = db.Column(db.Integer, primary_key=True)


Session = sessionmaker(create_engine("postgresql://shop"))
"""
READS = frozenset({Kind.WHOLE_TABLE, Kind.QUERY, Kind.KEYED_READ, Kind.PAGE, Kind.SCAN})


def view(body: str, *, before: str = "", shop: str = SHOP, method: str = "GET") -> tuple[Sink, ...]:
    """The sinks of a view with a body, behind the models of a shop."""
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    source = f'{shop}\n{before}\n@app.route("/x", methods=["{method}"])\ndef x():\n{lines}\n    return "x"\n'
    return sinks_of({"shop.py": source}, route=f"{method} /x")


def read(body: str, **more: str) -> Sink:
    """The one read of a view."""
    (found,) = [sink for sink in view(body, **more) if sink.kind in READS]
    return found


@pytest.mark.parametrize(
    "body",
    [
        "User.query.all()",
        "list(User.query)",
        "[u.id for u in User.query.order_by(User.id)]",
        "for u in User.query: print(u)",
        "db.session.query(User).all()",
        "db.session.query(User.id, User.city).all()",
        "db.session.execute(db.select(User)).scalars().all()",
        "db.session.scalars(select(User)).all()",
        "db.session.execute(select(User).order_by(User.city)).fetchall()",
        "with Session() as s: s.query(User).all()",
        "with Session.begin() as s: s.scalars(select(User)).all()",
        "db.session.execute(text('SELECT * FROM users')).fetchall()",
        "db.engine.execute('select id from users order by id').fetchall()",
        "sorted(User.query, key=len)",
        "render_template('x.html', users=User.query)",
        "q = User.query\nif 'c' in request.args: q = q.filter(User.city == request.args['c'])\nq.all()",
        "q = select(User)\nif 'c' in request.args: q = q.where(User.id == 1)\ndb.session.scalars(q).all()",
        "sql = 'SELECT * FROM users'\nif 'c' in request.args: sql += ' WHERE city = ?'\nlist(g.db.execute(sql))",
        "import pandas\npandas.read_sql('SELECT * FROM users', db.engine)",
    ],
)
def test_whole_table_is_seen(body: str) -> None:
    assert read(body).kind is Kind.WHOLE_TABLE


@pytest.mark.parametrize(
    ("body", "narrowed"),
    [
        ("User.query.filter_by(city=request.args['c']).all()", "matching"),
        ("User.query.filter(User.city.ilike('%a%')).all()", "matching"),
        ("User.query.filter(User.city == request.args['c'], User.id > 3).all()", "matching"),
        ("User.query.filter(or_(User.id == 3, User.city == 'x')).all()", "matching"),
        ("User.query.filter((User.id == 3) | (User.city == 'x')).all()", "matching"),
        ("User.query.filter(User.id.in_(request.args.getlist('i'))).all()", "listed"),
        ("Order.query.filter_by(user_id=request.args['u']).all()", "parent"),
        ("Order.query.filter(Order.user_id == 3).all()", "parent"),
        ("Order.query.filter_by(item=current_user.name).all()", "own"),
        ("Order.query.filter_by(user_id=session['user']).all()", "own"),
        ("User.query.filter(*conditions()).all()", "unknown"),
        ("User.query.visible().all()", "unknown"),
        ("User.query.join(Order.query.subquery()).all()", "unknown"),
        ("g.db.execute('SELECT * FROM users WHERE city = ?', (request.args['c'],)).fetchall()", "matching"),
        ("g.db.execute('SELECT * FROM orders WHERE user_id = ?', (3,)).fetchall()", "parent"),
        ("g.db.execute(f'SELECT * FROM users {where()}').fetchall()", "unknown"),
        ("g.db.execute('SELECT * FROM users WHERE {}'.format(where())).fetchall()", "unknown"),
    ],
)
def test_filter_narrows_query_down(body: str, narrowed: str) -> None:
    found = read(body)

    assert found.kind is Kind.QUERY
    assert found.facts["narrowed"] == narrowed


@pytest.mark.parametrize(
    "body",
    [
        "db.session.get(User, 3)",
        "User.query.get(3)",
        "User.query.get_or_404(3)",
        "User.query.filter_by(id=3).all()",
        "User.query.filter_by(email=request.args['e']).first()",
        "User.query.filter(and_(User.id == 3, User.city == 'x')).all()",
        "User.query.first()",
        "db.session.scalar(select(User).where(User.city == 'x'))",
        "db.session.execute(select(User)).scalar_one_or_none()",
        "g.db.execute('SELECT * FROM users').fetchone()",
        "g.db.execute('SELECT * FROM users WHERE id = ?', (request.args['i'],)).fetchall()",
    ],
)
def test_one_row_is_light(body: str) -> None:
    assert read(body).kind is Kind.KEYED_READ


@pytest.mark.parametrize(
    "body",
    [
        "User.query.limit(20).all()",
        "User.query[:20]",
        "User.query.paginate(per_page=20).items",
        "db.paginate(select(User), max_per_page=100).items",
        "db.session.scalars(select(User).limit(20)).all()",
        "g.db.execute('SELECT * FROM users LIMIT 20').fetchall()",
        "g.db.execute('SELECT TOP 20 * FROM users').fetchall()",
        "g.db.execute('SELECT * FROM users FETCH FIRST 20 ROWS ONLY').fetchall()",
        "g.db.execute('SELECT * FROM users').fetchmany(20)",
    ],
)
def test_limit_is_kept(body: str) -> None:
    found = [sink for sink in view(body) if sink.kind in READS]

    assert found == [] or [(sink.kind, sink.facts["limit"]) for sink in found] == [(Kind.QUERY, "some")]


@pytest.mark.parametrize(
    "body",
    [
        "User.query.count()",
        "db.session.query(db.func.count(User.id)).scalar()",
        "g.db.execute('SELECT COUNT(*) FROM users').fetchone()",
        "db.session.scalar(select(db.func.count()).select_from(User))",
    ],
)
def test_aggregate_is_no_table(body: str) -> None:
    assert read(body).kind in {Kind.QUERY, Kind.KEYED_READ}


@pytest.mark.parametrize(
    "body",
    [
        "User.query.limit(int(request.args['n'])).all()",
        "User.query.limit(request.args.get('n', 20, type=int)).all()",
        "User.query[:int(request.args['n'])]",
        "User.query.paginate(per_page=int(request.args['n']))",
        "User.query.paginate()",
        "db.paginate(select(User))",
        "db.paginate(select(User), per_page=request.args.get('n', type=int))",
        "g.db.execute(f\"SELECT * FROM users LIMIT {int(request.args['n'])}\").fetchall()",
        "g.db.execute('SELECT * FROM users LIMIT ' + request.args['n']).fetchall()",
        "g.db.execute('SELECT * FROM users LIMIT %s' % request.args['n']).fetchall()",
        "g.db.execute('SELECT * FROM users WHERE city = ? LIMIT ?', ('x', int(request.args['n']))).fetchall()",
        "db.session.execute(text('SELECT * FROM users LIMIT :n'), {'n': int(request.args['n'])}).fetchall()",
        "g.db.execute('SELECT * FROM users').fetchmany(int(request.args['n']))",
    ],
)
def test_page_size_of_caller_is_seen(body: str) -> None:
    pages = [sink for sink in view(body) if sink.kind is Kind.PAGE]

    assert [sink.unbounded is not None for sink in pages] == [True]
    assert pages[0].input(Role.AMOUNT) is not None


@pytest.mark.parametrize(
    "body",
    [
        "User.query.limit(min(int(request.args['n']), 100)).all()",
        "n = int(request.args['n'])\nif n > 100: abort(400)\nUser.query.limit(n).all()",
        "User.query.paginate(page=int(request.args['p']), per_page=20)",
        "User.query.paginate(per_page=int(request.args['n']), max_per_page=50)",
        "g.db.execute('SELECT * FROM users LIMIT 20 OFFSET ?', (int(request.args['n']),)).fetchall()",
        "g.db.execute('SELECT * FROM users WHERE id > ? LIMIT 20', (int(request.args['n']),)).fetchall()",
    ],
)
def test_bounded_page_size_is_none(body: str) -> None:
    assert [sink.unbounded for sink in view(body) if sink.kind is Kind.PAGE] in ([], [None])


@pytest.mark.parametrize("attribute", ["_join_entities", "column_descriptions"])
def test_parts_of_query_are_no_rows(attribute: str) -> None:
    found = view(f"print([part for part in User.query.{attribute}])")

    assert not [sink for sink in found if sink.kind in READS]


def test_rows_are_objects_of_their_model() -> None:
    """Methods of the model are read where a query gives its objects."""
    before = "import subprocess\ndef run(self): subprocess.run(['x'])\nUser.run = run"
    shop = SHOP.replace("    orders = db", "    def run(self): return Order.query.all()\n    orders = db")
    found = view("[user.run() for user in User.query.limit(3)]", shop=shop)

    assert before
    assert [sink.facts["of"] for sink in found if sink.kind is Kind.WHOLE_TABLE] == ["Order"]


def test_relationship_belongs_to_parent() -> None:
    found = [sink for sink in view("for o in User.query.get(3).orders: print(o)") if sink.kind is Kind.QUERY]

    assert [(sink.facts["of"], sink.facts["narrowed"], sink.facts["relation"]) for sink in found] == [
        ("User.orders", "parent", True)
    ]


def test_optional_filter_is_told() -> None:
    found = read("q = User.query\nif 'c' in request.args: q = q.filter_by(city='x')\nq.all()")

    assert found.facts["optional"] is True


def test_small_tables_are_told() -> None:
    assert read("Role.query.all()").facts["small"] is True
    assert read("User.query.all()").facts["small"] is False


@pytest.mark.parametrize(
    ("before", "body"),
    [
        (
            "from contextlib import contextmanager\n@contextmanager\ndef scope():\n    s = Session()\n    yield s",
            "with scope() as s: s.query(User).all()",
        ),
        (
            "class Store:\n    def __init__(self): self.session = Session()\n"
            "    def all(self): return self.session.query(User).all()",
            "Store().all()",
        ),
        ("def session_of(): return Session()", "session_of().query(User).all()"),
        (
            "import sqlite3\ndef base():\n    if 'db' not in g: g.db = sqlite3.connect('x')\n    return g.db",
            "base().cursor().execute('SELECT * FROM users').fetchall()",
        ),
        (
            "def query_db(sql):\n    cur = g.db.cursor()\n    cur.execute(sql)\n    return cur.fetchall()",
            "query_db('SELECT * FROM users')",
        ),
        (
            "class Users:\n    model = User\n    @classmethod\n    def all(cls): return cls.model.query.all()",
            "Users.all()",
        ),
    ],
)
def test_sessions_of_project_are_followed(before: str, body: str) -> None:
    assert [sink.kind for sink in view(body, before=before) if sink.kind in READS] == [Kind.WHOLE_TABLE]


OTHERS = """
from flask import Flask, abort, g, jsonify, request
import peewee
import redis
from elasticsearch import Elasticsearch
from flask_pymongo import PyMongo
from mongoengine import Document, StringField, ReferenceField
from pony.orm import Database, Required, select as pony_select
from pymongo import MongoClient

app = Flask(__name__)
mongo = PyMongo(app)
visits = MongoClient("mongodb://x")["shop"]["visits"]
search = Elasticsearch("http://x")
store = redis.Redis()
base = Database()


class User(peewee.Model):
    name = peewee.CharField(unique=True)
    city = peewee.CharField()


class Page(Document):
    title = StringField()
    owner = ReferenceField("User")


class Pet(base.Entity):
    name = Required(str)
"""


@pytest.mark.parametrize(
    ("body", "kind", "narrowed"),
    [
        ("list(User.select())", Kind.WHOLE_TABLE, "not"),
        ("for u in User.select().order_by(User.name): pass", Kind.WHOLE_TABLE, "not"),
        ("list(User.select().where(User.city == request.args['c']))", Kind.QUERY, "matching"),
        ("User.get_by_id(3)", Kind.KEYED_READ, "key"),
        ("User.get_or_none(User.name == 'x')", Kind.KEYED_READ, "key"),
        ("User.select().count()", Kind.QUERY, "not"),
        ("list(Page.objects)", Kind.WHOLE_TABLE, "not"),
        ("list(Page.objects(title=request.args['t']))", Kind.QUERY, "matching"),
        ("list(Page.objects.filter(owner=request.args['o']))", Kind.QUERY, "parent"),
        ("Page.objects.get(id=3)", Kind.KEYED_READ, "key"),
        ("Page.objects.first()", Kind.KEYED_READ, "not"),
        ("list(Page.objects[:10])", Kind.QUERY, "not"),
        ("list(visits.find())", Kind.WHOLE_TABLE, "not"),
        ("[v for v in mongo.db.visits.find({})]", Kind.WHOLE_TABLE, "not"),
        ("list(mongo.db.visits.find({'city': request.args['c']}))", Kind.QUERY, "matching"),
        ("list(mongo.db.visits.find({'city': {'$in': request.json}}))", Kind.QUERY, "listed"),
        ("list(mongo.db.visits.find().limit(10))", Kind.QUERY, "not"),
        ("mongo.db.visits.find_one({'_id': 3})", Kind.KEYED_READ, "key"),
        ("list(pony_select(p for p in Pet))", Kind.WHOLE_TABLE, "not"),
        ("list(Pet.select())", Kind.WHOLE_TABLE, "not"),
        ("store.keys('*')", Kind.SCAN, None),
        ("list(store.scan_iter())", Kind.SCAN, None),
        ("store.lrange('x', 0, -1)", Kind.QUERY, "parent"),
        ("store.get('x')", Kind.KEYED_READ, None),
        ("search.search(index='pages', query={})", Kind.QUERY, None),
    ],
)
def test_other_stores_are_read(body: str, kind: Kind, narrowed: str | None) -> None:
    found = read(body, shop=OTHERS)

    assert found.kind is kind
    assert found.facts.get("narrowed") == narrowed


@pytest.mark.parametrize(
    "body",
    [
        "list(User.select().limit(int(request.args['n'])))",
        "list(User.select().paginate(1, int(request.args['n'])))",
        "list(Page.objects[:int(request.args['n'])])",
        "list(visits.find().limit(int(request.args['n'])))",
        "list(visits.find({}, limit=int(request.args['n'])))",
        "list(visits.aggregate([{'$limit': int(request.args['n'])}]))",
        "search.search(index='x', size=int(request.args['n']))",
        "search.search(index='x', body={'size': int(request.args['n'])})",
        "store.lrange('x', 0, int(request.args['n']))",
    ],
)
def test_other_stores_take_page_size(body: str) -> None:
    assert [sink.unbounded is not None for sink in view(body, shop=OTHERS) if sink.kind is Kind.PAGE] == [
        True
    ]


@pytest.mark.parametrize(
    ("shop", "body", "operation"),
    [
        (SHOP, "db.session.add(User(city='x'))", "insert"),
        (SHOP, "db.session.commit()", "commit"),
        (SHOP, "User.query.filter_by(id=3).delete()", "delete"),
        (SHOP, "db.session.execute(db.update(User).values(city='x'))", "update"),
        (SHOP, "g.db.execute('INSERT INTO users VALUES (?)', (1,))", "insert"),
        (SHOP, "g.db.executemany('INSERT INTO users VALUES (?)', rows())", "insert"),
        (OTHERS, "User.create(name='x')", "insert"),
        (OTHERS, "User.delete().where(User.name == 'x').execute()", "delete"),
        (OTHERS, "Page(title='x').save()", "save"),
        (OTHERS, "visits.insert_one({'a': 1})", "insert"),
        (OTHERS, "store.set('a', 1)", "insert"),
    ],
)
def test_changes_are_writes(shop: str, body: str, operation: str) -> None:
    found = [sink for sink in view(body, shop=shop, method="POST") if sink.kind is Kind.WRITE]

    assert [sink.facts["operation"] for sink in found] == [operation]


@pytest.mark.parametrize(
    ("body", "dropped"),
    [
        ("engine = create_engine('postgresql://x')\nengine.connect()", True),
        ("create_engine('postgresql://x').connect()", True),
        ("engine = create_engine('postgresql://x')\nengine.dispose()", False),
        ("g.engine = create_engine('postgresql://x')", False),
        ("global kept\nkept = create_engine('postgresql://x')", False),
    ],
)
def test_engine_of_each_request_is_told(body: str, dropped: bool) -> None:
    (found,) = [sink for sink in view(body) if sink.kind is Kind.ENGINE]

    assert found.facts["dropped"] is dropped


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("start = int(request.args['s'])\nUser.query[start:start + 20]", 0),
        ("start = int(request.args['s'])\nend = start + 20\nUser.query[start:end]", 0),
        ("start = int(request.args['s'])\nUser.query[start:start + int(request.args['n'])]", 1),
        ("n = int(request.args['n'])\nstart = int(request.args['p']) * n\nUser.query[start:start + n]", 1),
        ("page = int(request.args['p'])\nUser.query[20 * page : 20 * (page + 1)]", 0),
        ("page = int(request.args['p'])\nUser.query[(page - 1) * 20 : page * 20]", 0),
        (
            "page, n = int(request.args['p']), int(request.args['n'])\nUser.query[n * page : n * (page + 1)]",
            1,
        ),
    ],
)
def test_slice_is_as_long_as_its_ends_differ(body: str, count: int) -> None:
    assert [sink.unbounded is not None for sink in view(body) if sink.kind is Kind.PAGE] == [True] * count
