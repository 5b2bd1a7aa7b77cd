"""Views that a framework collects from classes and documents: marks, settings, releases, loops without an end."""

import pytest
from setups import app_of, by_rule, rows_of

from guardapi.files import from_mapping
from guardapi.frameworks import discover
from guardapi.model import Distribution

MARKED = """\
from flask import Flask
from somewhere import lazy_text

app = Flask(__name__)


def expose(url):
    def mark(function):
        function._urls = [url]
        return function

    return mark


class Page:
    title = lazy_text("a page")

    @expose("/list")
    def list(self):
        return ""

    def register(self):
        for name in dir(self):
            member = getattr(self, name, None)
            if hasattr(member, "_urls"):
                for url in member._urls:
                    app.add_url_rule(url, name, member)


Page().register()
"""
GUARDED = """\
import logging

from flask import Flask


def create_app():
    app = Flask(__name__)
    try:
        app.config["KEY"] = "changeme"
        if app.config["KEY"] == "changeme":
            raise RuntimeError("no key")
        app.add_url_rule("/ready", "ready", lambda: "")
    except Exception:
        logging.exception("not started")
        raise
    return app
"""


def test_unmarked_members_are_no_views() -> None:
    assert rows_of(app_of({"shop.py": MARKED})) == {("GET", "/list", "list")}


def test_marks_survive_unknown_decorators() -> None:
    text = MARKED.replace(
        "from somewhere import lazy_text",
        "from somewhere import lazy_text, logged\nfrom functools import wraps",
    )
    text = text.replace(
        "class Page:",
        "def checked(function):\n    @wraps(function)\n    def inner(*args):\n        return function(*args)\n\n"
        "    return inner\n\n\nclass Page:",
    ).replace('    @expose("/list")', '    @checked\n    @logged\n    @expose("/list")')
    assert rows_of(app_of({"shop.py": text})) == {("GET", "/list", "list")}


def test_reraising_handler_hides_no_routes() -> None:
    assert rows_of(app_of({"shop.py": GUARDED})) == {("GET", "/ready", "ready")}


def test_loop_that_may_end_costs_little() -> None:
    text = """\
from flask import Flask
from somewhere import settle

app = Flask(__name__)


def settled(value):
    while True:
        found = settle(value)
        if found == value:
            return found
        value = found


for number in range(40):
    settled(number)
app.add_url_rule("/after", "after", lambda: "")
"""
    app = app_of({"shop.py": text})
    assert rows_of(app) == {("GET", "/after", "after")}
    assert not [note for note in app.undecided if "steps" in note.reason]


def test_cached_property_runs_once() -> None:
    text = """\
from functools import cached_property, lru_cache

from flask import Flask


@lru_cache
def application():
    return Flask(__name__)


class Setup:
    @cached_property
    def pages(self):
        return []


setup = Setup()
setup.pages.append("/cached")
for page in setup.pages:
    application().add_url_rule(page, "cached", lambda: "")
application().add_url_rule("/second", "second", lambda: "")
"""
    assert rows_of(app_of({"shop.py": text})) == {("GET", "/cached", "cached"), ("GET", "/second", "second")}


SETTINGS = """\
import configparser

from flask import Flask

settings = configparser.ConfigParser()
settings.read(["/etc/shop.ini", "shop.ini"])
app = Flask(__name__)
if settings.getboolean("pages", "extra", fallback=False):
    app.add_url_rule("/extra", "extra", lambda: "")
app.add_url_rule(settings.get("pages", "prefix", fallback="") + "/home", "home", lambda: "")
"""


def test_settings_file_of_tree_counts() -> None:
    ini = "[pages]\nname = v2\nprefix = /%(name)s\nextra = yes\n"
    rows = rows_of(app_of({"shop.py": SETTINGS, "shop.ini": ini}))
    assert rows == {("GET", "/extra", "extra"), ("GET", "/v2/home", "home")}


def test_absent_settings_count_with_fallbacks() -> None:
    assert rows_of(app_of({"shop.py": SETTINGS})) == {("GET", "/home", "home")}


OPEN_API = """\
swagger: "2.0"
basePath: "/{{prefix}}"
paths:
  /users/{id}:
    get:
      operationId: shop.users.one
      description: {{TEXTS['users']['one']}}
      parameters:
        - {name: id, in: path, required: true, type: integer}
"""
CONNEXION = """\
import connexion

app = connexion.App(__name__{options})
app.add_api("api.yml", arguments={{"prefix": "api/1", "TEXTS": {{"users": {{"one": "one user"}}}}}})
"""


def _connexion(options: str) -> dict[str, str]:
    return {
        "shop/__init__.py": CONNEXION.format(options=options),
        "shop/api.yml": OPEN_API,
        "shop/users.py": "def one(id):\n    return {}\n",
    }


def test_document_is_rendered_with_arguments() -> None:
    routes = by_rule(app_of(_connexion("")))
    assert set(routes) == {"/api/1/users/<int:id>"}
    assert routes["/api/1/users/<int:id>"].view.name == "shop.users:one"


def test_arguments_tell_the_version() -> None:
    assert "/api/1/ui/" in by_rule(app_of(_connexion(', options={"swagger_ui": True}')))


@pytest.mark.parametrize(
    ("specifier", "served"), [("", False), (">=3.1", False), ("<3", True), ("~=2.14", True)]
)
def test_requirements_choose_the_release(specifier: str, *, served: bool) -> None:
    apps, _ = discover(
        from_mapping(_connexion("")), distribution=Distribution(packages={"connexion": specifier})
    )
    assert ("/api/1/ui/" in by_rule(apps[0])) is served


def test_module_named_like_distribution_imports_it() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/tools/__init__.py": "",
        "shop/tools/yaml.py": "def read(text):\n    from yaml import safe_load\n\n    return safe_load(text)\n",
        "shop/app.py": "from flask import Flask\nfrom shop.tools import yaml\n\napp = Flask(__name__)\n"
        'for rule in yaml.read("[/a, /b]"):\n    app.add_url_rule(rule, rule, lambda: "")\n',
    }
    assert set(by_rule(app_of(files))) == {"/a", "/b"}


def test_dash_adds_rules_below_its_prefix() -> None:
    text = """\
import dash
from flask import Flask

server = Flask(__name__)
charts = dash.Dash(__name__, server=server, routes_pathname_prefix="/charts/")


@charts.callback()
def draw():
    return ""
"""
    routes = by_rule(app_of({"shop.py": text}))
    assert {"/charts/", "/charts/_dash-layout", "/charts/<path:path>"} <= set(routes)
    assert routes["/charts/_dash-update-component"].methods == ("POST",)


BUILDER = """\
from flask import Flask
from flask_appbuilder import AppBuilder, ModelView
{extra}


class Goods(ModelView):
    pass


app = Flask(__name__)
builder = AppBuilder(app)
builder.add_view_no_menu(Goods)
"""


@pytest.mark.parametrize(
    ("extra", "specifier", "served"),
    [
        ("", "", False),
        ("", "<5", True),
        ("from flask_appbuilder.const import (\n    AUTH_DB,\n    AUTH_OID,\n)", "", True),
        ("from flask_appbuilder.const import AUTH_DB  # not AUTH_OID", "", False),
    ],
)
def test_builder_release_decides_old_api(extra: str, specifier: str, *, served: bool) -> None:
    packages = {"flask-appbuilder": specifier}
    apps, _ = discover(
        from_mapping({"shop.py": BUILDER.format(extra=extra)}), distribution=Distribution(packages=packages)
    )
    assert ("/goods/api/read" in by_rule(apps[0])) is served
