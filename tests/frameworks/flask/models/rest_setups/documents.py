"""Set-ups with extensions that document or validate."""

from flask import Blueprint, Flask
from rest_setups.cases import case, passing


@case("spectree")
def spectree_on_app(ext):
    app = Flask(__name__)
    tree = ext.SpecTree("flask", title="x")

    @app.route("/a")
    @tree.validate()
    def a():
        return {}

    tree.register(app)
    return app


@case("spectree")
def spectree_on_blueprint(ext):
    app = Flask(__name__)
    blueprint = Blueprint("bp", __name__, url_prefix="/bp")
    ext.SpecTree("flask", app=blueprint, path="docs", filename="spec.json")
    app.register_blueprint(blueprint)
    return app


@case("flask_pydantic")
def pydantic_view(ext):
    app = Flask(__name__)

    @app.post("/a")
    @ext.validate(on_success_status=201)
    def a():
        return {}

    @app.get("/b")
    @ext.validate()
    def b():
        return {}

    return app


@case("flasgger")
def flasgger_defaults(ext):
    app = Flask(__name__)
    app.config["SWAGGER"] = {"title": "x", "specs_route": "/docs/"}
    ext.Swagger(app, decorators=[passing])

    @app.route("/a")
    @ext.swag_from({"tags": []})
    def a():
        return {}

    class B(ext.SwaggerView):
        def get(self):
            return {}

    app.add_url_rule("/b", view_func=B.as_view("b"))
    return app


@case("flasgger")
def flasgger_own_config(ext):
    app = Flask(__name__)
    config = {
        "headers": [],
        "specs": [{"endpoint": "one", "route": "/one.json"}, {"endpoint": "two", "route": "/two.json"}],
        "uiversion": 2,
        "url_prefix": "/ui",
        "endpoint": "sw",
    }
    swagger = ext.Swagger(config=config)
    swagger.init_app(app)
    return app


@case("flasgger")
def flasgger_merged_config(ext):
    app = Flask(__name__)
    ext.Flasgger(app, config={"swagger_ui": False}, merge=True)
    return app


@case("flask_apispec")
def apispec_documentation(ext):
    app = Flask(__name__)
    docs = ext.FlaskApiSpec(app)

    @app.route("/a")
    @ext.doc(description="x")
    @ext.marshal_with(None)
    def a():
        return {}

    class Pets(ext.MethodResource):
        decorators = (passing,)

        @ext.doc(description="x")
        def get(self):
            return {}

        def post(self):
            return {}

    app.add_url_rule("/pets", view_func=Pets.as_view("pets"))
    docs.register(a)
    docs.register(Pets, endpoint="pets")
    return app


@case("flask_apispec")
def apispec_settings(ext):
    app = Flask(__name__)
    app.config.update(APISPEC_SWAGGER_URL="/spec.json", APISPEC_SWAGGER_UI_URL=None)
    docs = ext.FlaskApiSpec()
    docs.init_app(app)
    return app


@case("flask_rebar")
def rebar_registries(ext):
    app = Flask(__name__)
    rebar = ext.Rebar()
    first = rebar.create_handler_registry(prefix="/v1/")
    second = rebar.create_handler_registry(prefix="v2", spec_path=None, swagger_ui_path=None)

    @first.handles(rule="/todos", method="POST")
    @passing
    def create():
        return {}

    @first.handles(rule="/todos")
    def read():
        return {}

    @second.handles("/todos/<int:pk>", "PATCH", endpoint="change")
    def patch(pk):
        return {}

    second.add_handler(read, "/same", method="DELETE")
    rebar.init_app(app)
    return app


@case("flask_rebar")
def rebar_without_prefix(ext):
    app = Flask(__name__)
    rebar = ext.Rebar()
    registry = rebar.create_handler_registry()

    @registry.handles("/a")
    def a():
        return {}

    rebar.init_app(app)
    return app


@case("flask_jsonrpc")
def jsonrpc_site(ext):
    app = Flask("shop")
    site = ext.JSONRPC(app, "/rpc", enable_web_browsable_api=True)
    blueprint = ext.JSONRPCBlueprint("sub", __name__)

    @site.method("add")
    def add(a: int, b: int) -> int:
        return a + b

    site.register_blueprint(app, blueprint, url_prefix="/sub")
    return app


@case("flask_jsonrpc")
def jsonrpc_late_init(ext):
    app = Flask("shop")
    site = ext.JSONRPC()
    site.init_app(app)
    return app
