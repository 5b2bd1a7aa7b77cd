"""What set-up code of projects of every style does: bases that are not known, loops of workers, odd imports."""

import pytest
from setups import app_of, by_rule, rows_of

from guardapi.files import from_mapping
from guardapi.frameworks import discover

FOREIGN_RESOURCES = """
from flask import Flask
from flask_restful import Api
from house_rules import web

app = Flask(__name__)
api = Api(app)

class Orders(web.Resource):
    decorators = [web.signed]
    def get(self): ...
    def post(self): ...

class Order(web.Resource):
    def delete(self, number): ...

api.add_resource(Orders, "/orders")
api.add_resource(Order, "/orders/<int:number>")
"""


def test_resources_of_unknown_base() -> None:
    assert rows_of(app_of({"app.py": FOREIGN_RESOURCES})) == {
        ("GET/POST", "/orders", "orders"),
        ("DELETE", "/orders/<int:number>", "order"),
    }


def test_view_of_unknown_base() -> None:
    text = """
from flask import Flask
from house_rules import Page

class About(Page):
    def dispatch_request(self): ...

class Hidden(Page):
    template = "hidden.html"

app = Flask(__name__)
app.add_url_rule("/about", view_func=About.as_view("about"))
app.add_url_rule("/hidden", view_func=Hidden.as_view("hidden"))
"""
    app = app_of({"app.py": text})
    assert rows_of(app) == {("GET", "/about", "about"), ("GET", "/hidden", "hidden")}
    assert [note.reason for note in app.undecided] == [
        "the methods of a view are those of a base class that is not known"
    ]


def test_worker_loop_does_not_run_out() -> None:
    """A loop that only an exception ends must not take the steps that the routes need."""
    text = """
from flask import Flask
from house_rules import queue

class Wrapped:
    def __getattr__(self, name):
        def call(*args):
            one = 1
            two = 2
            three = 3
            return getattr(queue, name)(*args)
        return call

class Worker:
    def __init__(self):
        self.running = True
        self.jobs = Wrapped()

    def start(self):
        stopped = False
        while not stopped:
            try:
                self.jobs.first()
                self.jobs.second()
                self.jobs.third()
                self.jobs.fourth()
                self.jobs.fifth()
            except KeyboardInterrupt:
                stopped = True
        while self.running:
            self.jobs.first()
            self.jobs.second()
            self.jobs.third()
            self.jobs.fourth()
            self.jobs.fifth()
            self.jobs.sixth()
            self.jobs.seventh()

def create_app():
    for _ in range(4):
        Worker().start()
    app = Flask(__name__)
    @app.route("/")
    def home(): ...
    return app

app = create_app()
"""
    assert "/" in by_rule(app_of({"app.py": text}))


def test_loop_over_changing_test_goes_on() -> None:
    text = """
from flask import Flask
app = Flask(__name__)
number = 0
while number < 60:
    app.add_url_rule(f"/{number}", f"page{number}", lambda: "")
    number += 1
"""
    assert len(rows_of(app_of({"app.py": text}))) == 60


def test_key_that_is_one_of_two() -> None:
    text = """
from flask import Flask
from house_rules import flag

name = "one" if flag() else "two"
rules = {"two": "/kept"}
rules[name] = "/new"
app = Flask(__name__)
app.add_url_rule(rules["two"], "two", lambda: "")
"""
    assert set(by_rule(app_of({"app.py": text}))) == {"/new", "/kept"}


def test_slice_with_unknown_bounds() -> None:
    text = """
from flask import Flask
from house_rules import count
parts = ["/a", "/b"][slice(0, count())]
app = Flask(__name__)
app.add_url_rule("/", "home", lambda: "")
"""
    assert "/" in by_rule(app_of({"app.py": text}))


def test_import_function_answers_top_package() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/parts/__init__.py": "",
        "shop/parts/orders.py": """
from flask import Blueprint
bp = Blueprint("orders", __name__)
bp.add_url_rule("/orders", "list", lambda: "")
""",
        "shop/parts/users.py": """
from flask import Blueprint
bp = Blueprint("users", __name__)
bp.add_url_rule("/users", "list", lambda: "")
""",
        "shop/app.py": """
from flask import Flask
app = Flask(__name__)
app.register_blueprint(getattr(__import__("shop.parts.orders").parts, "orders").bp)
app.register_blueprint(__import__("shop.parts.users", globals(), locals(), ["bp"], 0).bp)
""",
    }
    assert set(by_rule(app_of(files))) >= {"/orders", "/users"}


def test_schema_answers_what_it_is_given() -> None:
    text = """
from flask import Flask
from voluptuous import Required, Schema

PAGE = Schema({Required("url"): str})
app = Flask(__name__)
for page in Schema([PAGE])([{"url": "/one"}, {"url": "/two"}]):
    app.add_url_rule(page["url"], page["url"][1:], lambda: "")
"""
    assert set(by_rule(app_of({"app.py": text}))) >= {"/one", "/two"}


GUARDED = """
from flask import Flask, abort
{imports}

{guard}

app = Flask(__name__)

@app.route("/report")
{use}
def report(): ...
"""
WRAPT = """
class Needs:
    def require(self, *names):
        @wrapt.decorator
        def guard(wrapped, instance, args, kwargs):
            if not names[0].startswith("x"):
                abort(403)
            return wrapped(*args, **kwargs)
        return guard
"""
DECORATOR = """
@decorator
def guard(func, *args, **kwargs):
    if not args:
        abort(403)
    return func(*args, **kwargs)
"""


@pytest.mark.parametrize(
    ("imports", "guard", "use"),
    [
        ("import wrapt", WRAPT, "@Needs().require('read')"),
        ("from decorator import decorator", DECORATOR, "@guard"),
        ("from decorator import decorator", DECORATOR, "@guard()"),
    ],
)
def test_wrapper_is_given_its_view(imports: str, guard: str, use: str) -> None:
    app = app_of({"app.py": GUARDED.format(imports=imports, guard=guard, use=use)})
    assert rows_of(app) == {("GET", "/report", "report")}
    assert by_rule(app)["/report"].view.name == "app:report"


def test_methods_are_called_on_one_object() -> None:
    """A class whose methods each make an application is set up once, not once a method."""
    text = """
from flask import Flask

class Service:
    made = []

    def __init__(self, settings):
        self.made.append(self)
        self.app = Flask(f"service{len(self.made)}")

    def pages(self):
        pages = Flask("pages")
        pages.add_url_rule("/", "home", lambda: str(len(self.made)))
        return pages

    def feeds(self):
        feeds = Flask("feeds")
        feeds.add_url_rule(f"/feed/{len(self.made)}", "feed", lambda: "")
        return feeds
"""
    apps, _ = discover(from_mapping({"service.py": text}))
    rules = {route.rule for app in apps for route in app.routes if route.endpoint != "static"}
    assert rules == {"/", "/feed/1"}


def test_described_resources_have_their_page() -> None:
    text = """
from flask import Flask
from flask_restful_swagger_2 import Api, Resource, swagger

app = Flask(__name__)
api = Api(app, prefix="/v2", api_spec_url="/description", title="Shop", schemes=["https"])

class Orders(Resource):
    @swagger.doc({"responses": {}})
    def get(self): ...

api.add_resource(Orders, "/orders")
"""
    assert rows_of(app_of({"app.py": text})) == {
        ("GET", "/v2/description.html", "swagger"),
        ("GET", "/v2/description.json", "swagger"),
        ("GET", "/v2/orders", "orders"),
    }


def test_servers_and_filters_add_no_routes() -> None:
    text = """
import waitress
from flask import Flask
from flask_sslify import SSLify
from house_rules import Toolbar

app = Flask(__name__)
SSLify(app)
Toolbar(app)
waitress.create_server(app)
app.add_url_rule("/", "home", lambda: "")
"""
    notes = [note.reason for note in app_of({"app.py": text}).undecided]
    assert notes == ["`house_rules.Toolbar` is handed the application, and may add routes to it"]


def test_prose_names_no_application_class() -> None:
    """What a comment calls an application must not make what calls something of that name a factory."""
    text = """
# The part that has Flask as create, and is written in it.
from flask import (
    Flask as Service,
)
from house_rules import attach

def view():
    attach(app)
    return create("order")

def create(name):
    return name

app = Service(__name__)
app.add_url_rule("/", "home", view)
"""
    app = app_of({"service.py": text})
    assert set(by_rule(app)) == {"/"}
    assert not app.undecided, "the view has been run, as if it were set-up code"


def test_expensive_recursion_keeps_its_routes() -> None:
    """Blueprints that register those inside them, five levels deep and many: each level counts."""
    text = """
from flask import Blueprint, Flask

class Module(Blueprint):
    def __init__(self, name, inner=()):
        super().__init__(name, __name__)
        self.inner = inner
        for number in range(40):
            self.add_url_rule(f"/{name}/{number}", f"page{number}", lambda: "")

    def register(self, app, options):
        super().register(app, options)
        for module in self.inner:
            app.register_blueprint(module)

names = "abcdefghij"
app = Flask(__name__)
inner = []
for level in range(5):
    inner = [Module(f"{level}{name}", inner if name == "a" else []) for name in names]
app.register_blueprint(Module("top", inner))
"""
    assert len(by_rule(app_of({"app.py": text}))) == 51 * 40
