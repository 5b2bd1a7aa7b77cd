"""Applications that are made by classes of other distributions, or by classes that nothing calls."""

import pytest
from setups import app_of, rows_of

PAGES = """
from flask import Blueprint

pages = Blueprint("pages", __name__)

@pages.get("/pages")
def listed(): ...
"""


@pytest.mark.parametrize(
    "made",
    [
        "from company.flask import Application\n\napp = Application(__name__, debug=True)\n",
        "from company import CustomFlask as Base\n\napp: object = Base(import_name=__name__)\n",
        "from company_flask import (\n    make_app,\n    other,\n)\n\napp = make_app('shop')\n",
        "from company.flask import Application\n\nclass Shop(Application):\n    pass\n\n"
        "app = Application('shop')\napp.app_context\napp = Shop(__name__)\n",
    ],
)
def test_class_of_unknown_distribution_makes_application(made: str) -> None:
    text = f"{made}\nfrom pages import pages\n\napp.register_blueprint(pages, url_prefix='/shop')\n"
    app = app_of({"pages.py": PAGES, "shop.py": text})
    assert rows_of(app) == {("GET", "/shop/pages", "pages.listed")}
    assert any("may have more routes" in note.reason for note in app.undecided)


def test_blueprints_handed_to_unknown_factory() -> None:
    text = """
from company_flask import get_app
from pages import pages

def create_app():
    app = get_app("shop", bp_list=[pages])
    app.wsgi_app = print(app.wsgi_app)
    return app
"""
    assert rows_of(app_of({"pages.py": PAGES, "shop.py": text})) == {("GET", "/pages", "pages.listed")}


def test_unknown_extension_is_no_application() -> None:
    text = """
from flask import Flask
from flask_mystery import Mystery
from quartz import Quartz

app = Flask(__name__)
app.add_url_rule("/shop", "shop", print)
mystery = Mystery()
mystery.init_app(app)
other = Quartz()
other.register_blueprint(mystery)

@mystery.route("/socket")
def socket(): ...
"""
    assert rows_of(app_of({"shop.py": text})) == {("GET", "/shop", "shop")}


def test_class_that_nothing_calls_is_made() -> None:
    """The projects that use this library make it."""
    text = """
from flask import Flask

class Base(Flask):
    def __init__(self, name):
        super().__init__(name)
        self.add_url_rule("/health", "health", self.health)

    def health(self): ...

class Bot(Base):
    def __init__(self, token, path="/hook"):
        super().__init__("bot")
        self.add_url_rule(path, "hook", self.receive, methods=["POST"])

    def receive(self): ...
"""
    app = app_of({"bots/__init__.py": "", "bots/bot.py": text})
    assert app.id == "bots.bot:Bot"
    assert app.place.line == 11
    assert rows_of(app) == {("GET", "/health", "health"), ("POST", "/hook", "hook")}
