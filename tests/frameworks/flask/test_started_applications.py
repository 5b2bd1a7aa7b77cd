"""Where the set-up starts: commands, modules that call a factory, and what nothing starts."""

from setups import app_of, by_rule, rows_of

from guardapi.files import from_mapping
from guardapi.frameworks import discover

FACTORY = """
from flask import Blueprint, Flask

pages = Blueprint("pages", __name__)

@pages.route("list")
def listed(): ...

def build(prefix, debug=False):
    app = Flask(__name__)
    app.register_blueprint(pages, url_prefix=prefix)
    if debug:
        app.add_url_rule("/debug", "debug", listed)
    return app
"""

COMMAND = """
import click
from shop.web import build

@click.command()
@click.option("-p", "--url-prefix", default="/shop")
@click.option("--debug/--no-debug")
@click.option("--title")
def serve(title, debug, url_prefix):
    build(url_prefix, debug).run()
"""

PAGES = """
from flask import Blueprint

flags = {"PAGES": True}
pages = Blueprint("pages", __name__)

@pages.route("/list")
def listed(): ...
"""


def test_command_has_option_defaults() -> None:
    app = app_of({"shop/web.py": FACTORY, "shop/command.py": COMMAND + "\nserve()\n"})
    assert rows_of(app) == {("GET", "/shop/list", "pages.listed")}


def test_command_of_entry_point_too() -> None:
    """Nothing in the tree calls it: the installed script does."""
    app = app_of({"shop/web.py": FACTORY, "shop/command.py": "from flask import Flask\n" + COMMAND})
    assert rows_of(app) == {("GET", "/shop/list", "pages.listed")}


def test_group_hands_on_context() -> None:
    files = {
        "shop/web.py": FACTORY,
        "cli.py": """
import click
from flask import Flask
from shop.web import build

@click.group()
@click.pass_context
def main(ctx):
    build(ctx.obj["prefix"])

if __name__ == "__main__":
    main(obj={"prefix": "/given"})
""",
    }
    assert rows_of(app_of(files)) == {("GET", "/given/list", "pages.listed")}


def test_calling_module_knows_arguments() -> None:
    """`deploy.py` has no usual name, and names neither Flask nor a main guard."""
    files = {"shop/web.py": FACTORY, "deploy.py": "from shop import web\nserved = web.build('/deployed')\n"}
    assert rows_of(app_of(files)) == {("GET", "/deployed/list", "pages.listed")}


def test_started_program_beats_guess() -> None:
    other = "from shop.web import build\n\ndef embedded():\n    return build('/embedded')\n"
    main = "from shop.web import build\nif __name__ == '__main__':\n    build('')\n"
    app = app_of({"shop/web.py": FACTORY, "shop/app.py": other, "main.py": main})
    assert rows_of(app) == {("GET", "/list", "pages.listed")}


def _with_aside(name: str) -> dict[str, str]:
    served = "from flask import Flask\nfrom views import one, two\napp = Flask(__name__)\n"
    served += "app.add_url_rule('/v1/one', view_func=one)\napp.add_url_rule('/v1/two', view_func=two)\n"
    aside = f"from flask import Flask\nfrom views import one\ndef {name}():\n    app = Flask(__name__)\n"
    aside += "    app.add_url_rule('/one', view_func=one)\n    return app\n"
    return {"views.py": "def one(): ...\ndef two(): ...\n", "wsgi.py": served, "aside.py": aside}


def test_partial_application_left_out() -> None:
    assert [app.id for app in discover(from_mapping(_with_aside("for_docs")))[0]] == ["wsgi:app"]


def test_findable_factory_is_kept() -> None:
    apps, _ = discover(from_mapping(_with_aside("create_app")))
    assert {app.id for app in apps} == {"aside:create_app", "wsgi:app"}


REBOUND = """
from flask import Flask
from views import one, two

app = Flask(__name__)
app.add_url_rule("/one", view_func=one)


def create_app():
    global app
    app = Flask(__name__)
    app.add_url_rule("/v1/one", view_func=one)
    app.add_url_rule("/v1/two", view_func=two)
    return app
"""


def test_replaced_application_left_out() -> None:
    """The factory takes the name of the module's first application, which nothing then serves."""
    views = "def one(): ...\ndef two(): ...\n"
    apps, _ = discover(from_mapping({"views.py": views, "shop.py": REBOUND}))
    assert [app.id for app in apps] == ["shop:create_app"]

    own_name = REBOUND.replace("    global app\n", "")
    apps, _ = discover(from_mapping({"views.py": views, "shop.py": own_name}))
    assert [app.id for app in apps] == ["shop:app", "shop:create_app"]


def test_configured_default_decides_registration() -> None:
    files = {
        "app.py": """
from flask import Flask
from typedconfig import Config, group_key, key, section

@section("web")
class WebConfig(Config):
    metrics = key(cast=bool, required=False, default=False)
    health = key(cast=bool, required=False, default=True)

class AppConfig(Config):
    web = group_key(WebConfig)

config = AppConfig()
app = Flask(__name__)
if config.web.metrics:
    app.add_url_rule("/metrics", "metrics", lambda: "")
if config.web.health:
    app.add_url_rule("/health", "health", lambda: "")
""",
    }
    assert list(by_rule(app_of(files))) == ["/health"]


def test_rule_without_slash_is_refused() -> None:
    """Werkzeug refuses it: what keeps the application from starting is no route, and said to be undecided."""
    app = app_of({"shop/web.py": FACTORY, "wsgi.py": "from shop.web import build\napp = build(None, True)\n"})
    assert set(by_rule(app)) == {"/debug"}
    assert any("no slash in front" in note.reason for note in app.undecided)


def test_unknown_prefix_leaves_slash() -> None:
    files = {
        "shop/web.py": FACTORY,
        "wsgi.py": "import os\nfrom shop.web import build\napp = build(os.getcwdb())\n",
    }
    assert set(by_rule(app_of(files))) == {"/list"}


def test_server_starts_with_any_assembling_module() -> None:
    """Nothing imports `secrets_api.py`; a server is told its name."""
    files = {
        "base.py": "from flask import Flask\n\napplication = Flask(__name__)\n",
        "pages.py": PAGES,
        "secrets_api.py": "from base import application as served\nfrom pages import pages, flags\n\n"
        "if flags:\n    served.register_blueprint(pages, url_prefix='/secret')\n",
        "unused.py": "from base import application\nfrom pages import pages\n\n"
        "def attach():\n    application.register_blueprint(pages, url_prefix='/unused')\n",
    }
    assert rows_of(app_of(files)) == {("GET", "/secret/list", "pages.listed")}
