"""Set-up code of large applications: plugin folders, context managers, undecided branches, commands."""

from setups import app_of, by_rule, rows_of

from guardapi.files import from_mapping
from guardapi.frameworks import discover

MAIN = """
from flask import Flask

app = Flask(__name__)
"""


def test_package_called_flask_hides_nothing() -> None:
    """`shop.web.flask` is no top-level module: `import flask` in it means the distribution."""
    app = app_of(
        {
            "shop/__init__.py": "",
            "shop/web/__init__.py": "",
            "shop/web/flask/__init__.py": "",
            "shop/web/flask/app.py": MAIN + '@app.route("/cart")\ndef cart(): ...\n',
        }
    )
    assert rows_of(app) == {("GET", "/cart", "cart")}


def test_unknown_mixin_passes_super_on() -> None:
    app = app_of(
        {
            "app.py": """
from flask import Flask
from elsewhere import Mixin

class Shop(Mixin, Flask):
    def add_url_rule(self, rule, endpoint=None, view_func=None, **options):
        return super().add_url_rule("/v1" + rule, endpoint=endpoint, view_func=view_func, **options)

app = Shop(__name__, static_folder=None)

@app.route("/cart")
def cart(): ...
"""
        }
    )
    assert rows_of(app) == {("GET", "/v1/cart", "cart")}


def test_block_runs_where_generator_yields() -> None:
    app = app_of(
        {
            "app.py": MAIN
            + """
from contextlib import contextmanager

class Prefixed:
    prefix = ""

    @contextmanager
    def under(self, prefix):
        self.prefix = prefix
        yield prefix.strip("/")
        self.prefix = ""

    def add(self, rule, view):
        app.add_url_rule(self.prefix + rule, view.__name__, view)

pages = Prefixed()

def inside(): ...
def outside(): ...

with pages.under("/admin") as name:
    pages.add("/" + name, inside)
pages.add("/", outside)
"""
        }
    )
    assert rows_of(app) == {("GET", "/admin/admin", "inside"), ("GET", "/", "outside")}


def test_return_inside_managed_block_counts() -> None:
    app = app_of(
        {
            "app.py": """
from contextlib import contextmanager
from flask import Flask

@contextmanager
def logged():
    yield

def build():
    with logged():
        app = Flask(__name__)
        return app

app = build()
app.add_url_rule("/cart", "cart", lambda: "")
"""
        }
    )
    assert rows_of(app) == {("GET", "/cart", "cart")}


def test_blueprints_found_by_walking() -> None:
    app = app_of(
        {
            "shop/__init__.py": "",
            "shop/app.py": """
import os
from importlib import import_module
from flask import Blueprint, Flask
from flask.helpers import get_root_path

def found():
    top = get_root_path("shop")
    for root, _, files in os.walk(top):
        if "blueprint.py" in files:
            name = ["shop", *os.path.relpath(root, top).split(os.sep), "blueprint"]
            module = import_module(".".join(name))
            yield from (value for value in vars(module).values() if isinstance(value, Blueprint))

app = Flask(__name__)
for blueprint in found():
    app.register_blueprint(blueprint)
""",
            "shop/cart/__init__.py": "",
            "shop/cart/blueprint.py": """
from flask import Blueprint

pages = Blueprint("cart", __name__)
pages.add_url_rule("/cart", "show", lambda: "")
""",
        }
    )
    assert rows_of(app) == {("GET", "/cart", "cart.show")}


def test_undecided_branch_joins_attributes() -> None:
    """Neither value of the attribute is lost, and neither is taken for the only one."""
    app = app_of(
        {
            "app.py": MAIN
            + """
import elsewhere

class Plugin:
    blocked = False
    prefix = "/plain"

plugin = Plugin()
if elsewhere.is_blocked(plugin):
    plugin.blocked = True
    plugin.prefix = "/blocked"
if not plugin.blocked:
    app.add_url_rule(plugin.prefix, "show", lambda: "")
"""
        }
    )
    assert rows_of(app) == {("GET", "/plain", "show"), ("GET", "/blocked", "show")}
    assert all(route.condition for route in by_rule(app).values())


def test_raising_arm_writes_nothing() -> None:
    app = app_of(
        {
            "app.py": MAIN
            + """
import elsewhere

class Settings:
    prefix = "/kept"

settings = Settings()

def check():
    if elsewhere.is_broken():
        settings.prefix = "/lost"
        raise ValueError("the application does not start")

check()
app.add_url_rule(settings.prefix, "show", lambda: "")
"""
        }
    )
    assert rows_of(app) == {("GET", "/kept", "show")}


def test_undecided_recursion_ends_early() -> None:
    """Each of many undecided arms calls the function again; what follows is reached all the same."""
    arms = "\n".join(
        f"    elif isinstance(field, fields.Kind{i}):\n        convert(field.inner)" for i in range(12)
    )
    app = app_of(
        {
            "app.py": MAIN
            + f"""
from elsewhere import fields

def convert(field):
    if isinstance(field, fields.Plain):
        return field
{arms}
    return convert(field.outer)

for number in range(20):
    convert(fields.List(number))

app.add_url_rule("/after", "after", lambda: "")
"""
        }
    )
    assert rows_of(app) == {("GET", "/after", "after")}
    assert not app.undecided


def test_command_takes_the_known_application() -> None:
    """Commands call the factory with other arguments, and only use what it returns."""
    files = {
        "shop/__init__.py": "",
        "shop/web.py": """
from flask import Flask

def create_app(name=None):
    app = Flask(__name__)
    app.add_url_rule("/cart", "cart", lambda: "")
    if name:
        app.add_url_rule("/" + name, "named", lambda: "")
    return app
""",
        "run.py": "from shop.web import create_app\napp = create_app()\n",
        "setup_users.py": """
from shop.web import create_app

def add_user(name):
    with create_app("cli").app_context():
        save(name)

def save(name): ...

if __name__ == "__main__":
    add_user("somebody")
""",
    }
    assert rows_of(app_of(files)) == {("GET", "/cart", "cart")}


FIXTURES = """
import pytest
from shop import create_app

@pytest.fixture
def app():
    return create_app(True)
"""


def test_fixtures_make_no_application() -> None:
    apps, _ = discover(
        from_mapping(
            {
                "shop.py": """
from flask import Flask

def create_app(testing=False):
    app = Flask(__name__)
    app.add_url_rule("/probe" if testing else "/cart", "cart", lambda: "")
    return app
""",
                "support/fixtures.py": FIXTURES,
            }
        )
    )
    assert {route.rule for app in apps for route in app.routes if route.endpoint != "static"} == {"/cart"}


PLUGINS = """
import ast, importlib.machinery, importlib.util, inspect, os, sys
from flask import Blueprint, Flask

class BlueprintPlugin:
    def blueprint(self, name):
        made = Blueprint(name, __name__)
        for _, member in inspect.getmembers(self.__class__, inspect.isfunction):
            for rule in getattr(member, "_rules", ()):
                made.add_url_rule(rule, view_func=getattr(self, member.__name__))
        return made

def route(rule):
    def mark(function):
        function._rules = [rule]
        return function
    return mark

def manifest(path):
    with open(path, "rb") as file:
        tree = ast.parse(file.read(), filename=path)
    for node in filter(lambda x: isinstance(x, ast.Assign) and x.targets, tree.body):
        if "PLUGIN" in [t.id for t in filter(lambda x: isinstance(x, ast.Name), node.targets)]:
            return node.value.value

def load(folder):
    for entry in os.scandir(folder):
        for suffix in importlib.machinery.SOURCE_SUFFIXES:
            path = os.path.join(entry.path, "__init__" + suffix)
            if os.path.isfile(path) and manifest(path):
                spec = importlib.util.spec_from_file_location("plugin_" + entry.name, path)
                module = importlib.util.module_from_spec(spec)
                if spec.name not in sys.modules:
                    sys.modules[spec.name] = module
                spec.loader.exec_module(sys.modules[spec.name])
                yield entry.name, sys.modules[spec.name]

app = Flask(__name__)
for name, module in load(os.path.join(os.path.dirname(os.path.realpath(__file__)), "plugins")):
    plugin = module.__dict__["implementation"]
    if BlueprintPlugin in inspect.getmro(plugin.__class__):
        app.register_blueprint(plugin.blueprint(name), url_prefix=f"/plugin/{name}")
"""


def test_plugins_of_a_folder_are_loaded() -> None:
    plugin = """
from host import BlueprintPlugin, route

PLUGIN = {name!r}

class Own(BlueprintPlugin):
    @route("/state")
    def state(self): ...

implementation = Own()
"""
    app = app_of(
        {
            "host.py": PLUGINS,
            "plugins/backup/__init__.py": plugin.format(name="Backup"),
            "plugins/unnamed/__init__.py": plugin.format(name=""),
        }
    )
    assert rows_of(app) == {("GET", "/plugin/backup/state", "backup.state")}


def test_pickled_settings_are_copied() -> None:
    app = app_of(
        {
            "app.py": MAIN
            + """
import pickle

settings = {"paths": ["/cart"]}
copy = pickle.loads(pickle.dumps(settings, -1))
settings["paths"].append("/later")
for path in copy["paths"]:
    app.add_url_rule(path, path.strip("/"), lambda: "")
"""
        }
    )
    assert rows_of(app) == {("GET", "/cart", "cart")}


def test_route_tells_functions_from_classes() -> None:
    """`types.FunctionType` is what a function's type is, behind decorators that are not known too."""
    app = app_of(
        {
            "app.py": """
import types
from elsewhere import guarded
from flask import Blueprint, Flask
from flask.views import MethodView

class Pages(Blueprint):
    def route(self, rule, **options):
        def register(view):
            endpoint = options.pop("endpoint", view.__name__.lower())
            if isinstance(view, types.FunctionType):
                self.add_url_rule(rule, endpoint, view, **options)
            else:
                self.add_url_rule(rule, view_func=view.as_view(endpoint), **options)
            return view
        return register

pages = Pages("pages", __name__)

@pages.route("/plain")
def plain(): ...

@pages.route("/guarded")
@guarded
def behind(): ...

@pages.route("/class")
class Listed(MethodView):
    def get(self): ...

app = Flask(__name__)
app.register_blueprint(pages)
"""
        }
    )
    assert rows_of(app) == {
        ("GET", "/plain", "pages.plain"),
        ("GET", "/guarded", "pages.behind"),
        ("GET", "/class", "pages.listed"),
    }
