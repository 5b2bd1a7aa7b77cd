"""Values that set-up code computes: signatures, enumerations, classes made by calls, attributes that are not there."""

from setups import app_of, by_rule, rows_of

CLASSFUL = """
from flask import Flask
from flask_classful import FlaskView, route

class Base(FlaskView):
    route_prefix = "/v3/"
    trailing_slash = False

class Hosts(Base):
    route_base = "hosts"
    def index(self): ...
    def get(self, host_id: int): ...
    @route("/<host_id>/ports")
    def ports(self, host_id): ...

class Inside(Base):
    route_prefix = "/v3/in/<place>/"

class InsideHosts(Inside, Hosts):
    pass

app = Flask(__name__)
Hosts.register(app)
InsideHosts.register(app)
"""


def test_classful_rules_show_arguments() -> None:
    rules = set(by_rule(app_of({"app.py": CLASSFUL})))
    assert {"/v3/hosts", "/v3/hosts/<int:host_id>", "/v3/hosts/<host_id>/ports"} <= rules


def test_registering_leaves_inheritance_alone() -> None:
    """`Hosts` must not come to own the prefix it inherits: it would hide that of `Inside`."""
    rules = set(by_rule(app_of({"app.py": CLASSFUL})))
    assert {"/v3/in/<place>/hosts", "/v3/in/<place>/hosts/<int:host_id>"} <= rules


def test_postponed_annotation_is_no_converter() -> None:
    text = "from __future__ import annotations\n" + CLASSFUL
    assert "/v3/hosts/<host_id>" in by_rule(app_of({"app.py": text}))


def test_methods_of_standard_enumeration() -> None:
    text = """
from http import HTTPMethod
from flask import Flask
app = Flask(__name__)
@app.route("/one", methods=[HTTPMethod.POST.value, HTTPMethod.DELETE])
def one(): ...
"""
    assert rows_of(app_of({"app.py": text})) == {("DELETE/POST", "/one", "one")}


def test_computed_view_class_has_place() -> None:
    text = """from flask import Flask
from flask.views import MethodView

class Many(MethodView):
    def get(self): ...

app = Flask(__name__)
app.add_url_rule("/many", view_func=type("One", (Many,), {}).as_view("many"))
"""
    place = by_rule(app_of({"app.py": text}))["/many"].view.place
    assert place is not None
    assert place.line == 4


def test_module_without_attribute() -> None:
    files = {
        "app.py": """
import plain, rich
from flask import Flask
app = Flask(__name__)
for module in (plain, rich):
    app.register_blueprint(module.blueprint)
    if hasattr(module, "legacy"):
        app.register_blueprint(module.legacy)
""",
        "plain.py": """
from flask import Blueprint
blueprint = Blueprint("plain", __name__)
blueprint.add_url_rule("/plain", "view", lambda: "")
""",
        "rich.py": """
from flask import Blueprint
blueprint = Blueprint("rich", __name__)
legacy = Blueprint("legacy", __name__)
legacy.add_url_rule("/legacy", "view", lambda: "")
""",
    }
    app = app_of(files)
    assert set(by_rule(app)) == {"/plain", "/legacy"}
    assert app.undecided == ()


def test_program_is_not_packed() -> None:
    text = """
import sys
from flask import Flask
app = Flask(__name__)
if getattr(sys, "frozen", False) or hasattr(sys, "_MEIPASS"):
    app.add_url_rule("/packed", "packed", lambda: "")
else:
    app.add_url_rule("/source", "source", lambda: "")
"""
    assert set(by_rule(app_of({"app.py": text}))) == {"/source"}


def test_unknown_rule_is_not_its_prefix() -> None:
    text = """
import helpers
from flask import Blueprint, Flask
pages = Blueprint("pages", __name__, url_prefix="/pages")
pages.add_url_rule(helpers.rule(), "view", lambda: "")
app = Flask(__name__)
app.register_blueprint(pages)
"""
    app = app_of({"app.py": text})
    assert by_rule(app) == {}
    assert any("rule is not known" in note.reason for note in app.undecided)


def test_cached_failure_is_raised_again() -> None:
    """Read first where nothing catches it, then where the default is taken."""
    text = """
from functools import cache
from flask import Flask

class NotConfigured(Exception):
    pass

@cache
def settings():
    raise NotConfigured("no file")

def setting(default):
    try:
        return settings()["prefix"]
    except NotConfigured:
        return default

title = settings()
app = Flask(__name__)
app.add_url_rule(setting("/default") + "/one", "one", lambda: "")
"""
    assert set(by_rule(app_of({"app.py": text}))) == {"/default/one"}


def test_functions_that_call_each_other_end() -> None:
    kinds = [f"def read{i}(x):\n" + "".join(
        f"    if x[{j}]:\n        return read{j}(x[{j}])\n" for j in range(4)
    ) for i in range(4)]  # fmt: skip
    text = "import os\nfrom flask import Flask\napp = Flask(__name__)\n" + "\n".join(kinds)
    text += "\nfound = read0(os.listdir('/somewhere'))\napp.add_url_rule('/after', 'after', lambda: '')\n"
    app = app_of({"app.py": text})
    assert set(by_rule(app)) == {"/after"}
    assert app.undecided == ()


def test_text_with_one_of_two_is_whole() -> None:
    """What surrounds the part that is one of two stays around each of them."""
    text = """
from elsewhere import use_new
from flask import Blueprint, Flask

def old(): ...
def new(): ...

view = new if use_new else old
pages = Blueprint("pages", __name__)
pages.add_url_rule(f"/pages/{view.__name__}.html", None, view)
pages.add_url_rule("/%s/%s" % ("percent", view.__name__), None, view)
app = Flask(__name__)
app.register_blueprint(pages)
"""
    assert rows_of(app_of({"shop.py": text})) == {
        ("GET", "/pages/new.html", "pages.new"),
        ("GET", "/pages/old.html", "pages.new"),
        ("GET", "/percent/new", "pages.new"),
        ("GET", "/percent/old", "pages.new"),
    }


def test_decorator_counts_arguments_of_its_check() -> None:
    text = """
from functools import wraps
from flask import Flask

app = Flask(__name__)

def permission(check):
    def plain(view):
        @wraps(view)
        def wrapper(**kwargs):
            return check(kwargs) and view(**kwargs)
        return wrapper

    def of(*given):
        def named(view):
            return view
        return named

    return of if check.__code__.co_argcount > 1 else plain

@permission
def admin(kwargs): ...

@permission
def owner(kwargs, model): ...

@app.get("/admin")
@admin
def dashboard(): ...

@app.get("/mine")
@owner("item")
def mine(): ...
"""
    assert rows_of(app_of({"shop.py": text})) == {("GET", "/admin", "dashboard"), ("GET", "/mine", "mine")}
