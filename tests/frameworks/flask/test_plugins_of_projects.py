"""Set-ups that hand the application to plugins, or to factories around a factory."""

import pytest

from guardapi.files import from_mapping
from guardapi.model import App
from guardapi.pipeline import inventory_tree

MANAGER = """
import sys

import pluggy
from flask import Flask

from shop import accounts, orders, specs


def create_app():
    app = Flask(__name__)
    manager = pluggy.PluginManager("shop")
    manager.add_hookspecs(specs)
    for module in {found for name, found in sys.modules.items() if name.startswith("shop")}:
        manager.register(module)
    for row in app.config["PLUGINS"].query():
        if not row.enabled:
            manager.unregister(name=row.name)
    manager.hook.load_blueprints(app=app, later=None)
    return app
"""
PLUGIN = """
from flask import Blueprint

from shop.specs import impl


@impl(tryfirst={first})
def load_blueprints(app):
    blueprint = Blueprint("{name}", __name__, url_prefix="/{name}")
    blueprint.add_url_rule("/", view_func=show)
    app.register_blueprint(blueprint)


def show():
    return "ok"
"""
SPECS = """
import pluggy

spec = pluggy.HookspecMarker("shop")
impl = pluggy.HookimplMarker("shop")


@spec
def load_blueprints(app, later):
    pass
"""


def apps_of(files: dict[str, str]) -> tuple[App, ...]:
    return inventory_tree(from_mapping(files)).apps


def rules(app: App) -> list[str]:
    return [route.rule for route in app.routes if route.endpoint != "static"]


def test_hooks_of_pluggy_register_blueprints() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/app.py": MANAGER,
        "shop/specs.py": SPECS,
        "shop/accounts.py": PLUGIN.format(name="accounts", first=False),
        "shop/orders.py": PLUGIN.format(name="orders", first=True),
    }
    (app,) = apps_of(files)
    assert rules(app) == ["/accounts/", "/orders/"]


def test_factory_around_factory_gives_blueprints() -> None:
    """A worker calls the inner factory as it is; the service is what the outer one makes."""
    files = {
        "shop/factory.py": """
            from flask import Flask
            from shop.health import health

            def create_app(blueprints=None):
                app = Flask(__name__)
                for blueprint in (*(blueprints or ()), health):
                    app.register_blueprint(blueprint)
                return app
        """,
        "shop/health.py": """
            from flask import Blueprint

            health = Blueprint("health", __name__)

            @health.get("/health")
            def show():
                return "ok"
        """,
        "shop/__init__.py": """
            from flask import Blueprint
            from shop import factory

            orders = Blueprint("orders", __name__)

            @orders.get("/orders")
            def listed():
                return []

            def create_app():
                app = factory.create_app(blueprints=(orders,))
                return app
        """,
        "shop/worker.py": """
            from celery import Celery
            from shop.factory import create_app

            celery = Celery(create_app().name)
        """,
    }
    found = apps_of({path: text.replace("\n            ", "\n") for path, text in files.items()})
    assert max((rules(app) for app in found), key=len) == ["/health", "/orders"]


def test_unknown_extension_with_application_is_told() -> None:
    text = """
from flask import Flask
from flask_cors import CORS
from flask_mystery import Mystery

app = Flask(__name__)
CORS(app)
Mystery().init_app(app)
"""
    (app,) = apps_of({"app.py": text})
    (item,) = app.undecided
    assert (
        item.reason
        == "`flask_mystery.Mystery().init_app` is handed the application, and may add routes to it"
    )
    assert item.place is not None
    assert item.place.line == 8


def test_classes_under_other_names_are_applications() -> None:
    files = {
        "shop/web.py": """
from flask import Flask as Base


class Site(Base):
    def __init__(self, env, pages):
        Base.__init__(self, "shop")
        self.add_url_rule("/pages", view_func=lambda: pages, endpoint="pages")


Admin = Site
""",
        "shop/server.py": """
from shop.web import Admin


class Runner:
    def __init__(self, env):
        self.app = Admin(env, ["a"])
""",
        "shop/__init__.py": "",
    }
    (app,) = apps_of(files)
    assert rules(app) == ["/pages"]


ADVERTISED = """
[project.entry-points."shop.parts"]
orders = "shop.orders:blueprint"
accounts = "shop.accounts:Part.blueprint"
"""
PARTS = {
    "shop/orders.py": """
from flask import Blueprint
blueprint = Blueprint("orders", __name__, url_prefix="/orders")
blueprint.add_url_rule("/", "all", lambda: "")
""",
    "shop/accounts.py": """
from flask import Blueprint
class Part:
    blueprint = Blueprint("accounts", __name__, url_prefix="/accounts")
Part.blueprint.add_url_rule("/", "all", lambda: "")
""",
    "shop/__init__.py": "",
}


@pytest.mark.parametrize(
    "loading",
    [
        "from importlib.metadata import entry_points\nfor point in entry_points(group='shop.parts'):",
        "from importlib import metadata\nfor point in metadata.entry_points().get('shop.parts', []):",
        "import importlib_metadata\nfor point in importlib_metadata.entry_points()['shop.parts']:",
        "from importlib.metadata import entry_points\nfor point in entry_points().select(group='shop.parts'):",
        "import pkg_resources\nfor point in pkg_resources.iter_entry_points('shop.parts'):",
        "from pkg_resources import working_set\nfor point in working_set.iter_entry_points('shop.parts'):",
    ],
)
def test_advertised_plugins_are_loaded(loading: str) -> None:
    text = f"from flask import Flask\napp = Flask(__name__)\n{loading}\n    app.register_blueprint(point.load())\n"
    (app,) = apps_of({**PARTS, "pyproject.toml": ADVERTISED, "shop/web.py": text})

    assert {route.rule for route in app.routes} >= {"/orders/", "/accounts/"}
    assert not app.undecided


def test_plugins_of_others_are_undecided() -> None:
    text = """
from importlib.metadata import entry_points
from flask import Flask
app = Flask(__name__)
for point in entry_points(group="shop.others"):
    app.register_blueprint(point.load())
"""
    (app,) = apps_of({**PARTS, "pyproject.toml": ADVERTISED, "shop/web.py": text})

    assert app.undecided
