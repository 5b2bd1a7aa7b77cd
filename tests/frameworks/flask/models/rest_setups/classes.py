"""Set-ups with Flask-Classful and Flask-Classy."""

from flask import Blueprint, Flask
from rest_setups.cases import case, passing


def quotes(ext, **attributes):  # noqa: C901  one class with a method of each kind
    class QuotesView(ext.FlaskView):
        def index(self):
            return ""

        def get(self, pk):
            return ""

        def post(self):
            return ""

        def put(self, pk: int):
            return ""

        def patch(self, pk, other=1):
            return ""

        def delete(self, pk):
            return ""

        def random_one(self):
            return ""

        def with_words(self, first: str, second: float, flag=None):
            return ""

        @ext.route("/one")
        @ext.route("/two", methods=["POST"])
        def stacked(self):
            return ""

        @ext.route("named/<x>", endpoint="chosen")
        @passing
        def named(self, x):
            return ""

        @passing
        def wrapped(self, arg):
            return ""

        @staticmethod
        def fixed():
            return ""

        @classmethod
        def made(cls):
            return ""

        def before_request(self, name):
            return None

        def after_get(self, response):
            return response

        def _private(self):
            return ""

    for name, value in attributes.items():
        setattr(QuotesView, name, value)
    return QuotesView


@case("flask_classful")
def classful_defaults(ext):
    app = Flask(__name__)
    view = quotes(ext)
    del view.fixed
    view.register(app)
    return app


@case("flask_classful")
def classful_attributes(ext):
    app = Flask(__name__)
    view = quotes(
        ext,
        route_base="/q/<int:pk>/",
        route_prefix="/v1",
        trailing_slash=False,
        method_dashified=True,
        excluded_methods=["random_one", "fixed"],
        decorators=[passing],
        base_args=[],
    )
    view.register(app)
    return app


@case("flask_classful")
def classful_registration(ext):
    app = Flask(__name__, subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    view = quotes(ext, fixed=None)
    view.register(
        app, route_base="/", subdomain="api", route_prefix="/p", trailing_slash=False, init_argument=None
    )
    return app


@case("flask_classful")
def classful_blueprint_inheritance(ext):
    app = Flask(__name__)
    blueprint = Blueprint("bp", __name__, url_prefix="/bp")

    class Base(ext.FlaskView):
        default_methods = ("GET", "POST")
        special_methods = {"get": ["GET"], "list": ["GET"]}  # noqa: RUF012  as applications write it

        def shared(self):
            return ""

    class HTTPThingView(Base):
        def get(self, pk):
            return ""

        def list(self):
            return ""

        @ext.method("PUT")
        @ext.method("DELETE")
        def changing(self):
            return ""

        def post(self):
            return ""

    class OtherView(Base):
        route_base = "/"

        def index(self):
            return ""

    HTTPThingView.register(blueprint, strict_slashes=False)
    OtherView.register(blueprint, base_class=Base)
    app.register_blueprint(blueprint)
    return app


@case("flask_classful")
def classful_unwrapped_decorator(ext):
    app = Flask(__name__)

    def hiding(function):
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapper

    class ThingView(ext.FlaskView):
        @hiding
        def get(self, pk, sub):
            return ""

    ThingView.register(app)
    return app


@case("flask_classy")
def classy_defaults(ext):
    app = Flask(__name__)
    view = quotes(ext)
    del view.fixed
    view.register(app)
    return app


@case("flask_classy")
def classy_attributes(ext):
    app = Flask(__name__)
    view = quotes(ext, route_base="/q/<int:pk>/", route_prefix="/v1", trailing_slash=False, fixed=None)
    view.decorators = [passing]
    view.register(app)
    return app


@case("flask_classy")
def classy_registration(ext):
    app = Flask(__name__, subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    view = quotes(ext, fixed=None)
    view.register(app, route_base="/other", subdomain="api", route_prefix="/p")
    return app


@case("flask_classy")
def classy_blueprint(ext):
    app = Flask(__name__)
    blueprint = Blueprint("bp", __name__, url_prefix="/bp")

    class HTTPThingView(ext.FlaskView):
        def get(self, pk):
            return ""

        def some_thing(self, first, second=2):
            return ""

    HTTPThingView.register(blueprint)
    app.register_blueprint(blueprint)
    return app
