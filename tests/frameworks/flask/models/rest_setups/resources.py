"""Set-ups with Flask-RESTful and Flask-RESTX."""

from flask import Blueprint, Flask
from rest_setups.cases import case, passing


def resources(ext):
    class First(ext.Resource):
        def get(self, **values):
            return {}

        def post(self, **values):
            return {}

    class SecondThing(ext.Resource):
        method_decorators = (passing,)
        decorators = (passing,)

        def put(self, **values):
            return {}

    return First, SecondThing


@case("flask_restful")
def restful_on_app(ext):
    first, second = resources(ext)
    app = Flask(__name__)
    api = ext.Api(app, prefix="/api", decorators=[passing])
    api.add_resource(first, "/first", "/first/<int:pk>")
    api.add_resource(second, "/second", endpoint="renamed", methods=["PUT"], strict_slashes=False)
    api.add_resource(first, "/other", endpoint="other", resource_class_kwargs={})
    return app


@case("flask_restful")
def restful_late_init(ext):
    first, second = resources(ext)
    app = Flask(__name__)
    api = ext.Api(prefix="/v1")
    api.add_resource(first, "/first")
    api.init_app(app)
    api.add_resource(second, "/lost")
    return app


@case("flask_restful")
def restful_resource_decorator(ext):
    app = Flask(__name__)
    api = ext.Api(app)

    @api.resource("/thing", "/thing/<pk>", endpoint="things")
    class Thing(ext.Resource):
        @ext.marshal_with({})
        def get(self, pk=None):
            return {}

    return app


@case("flask_restful")
def restful_on_blueprint(ext):
    first, second = resources(ext)
    app = Flask(__name__)
    blueprint = Blueprint("bp", __name__, url_prefix="/bp")
    api = ext.Api(blueprint, prefix="/v1")
    api.add_resource(first, "/first", "/first/<pk>")
    api.add_resource(second, "/second", endpoint="named", defaults={"a": 1})
    app.register_blueprint(blueprint)
    return app


@case("flask_restful")
def restful_blueprint_registration_prefix(ext):
    first, _ = resources(ext)
    app = Flask(__name__, subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    blueprint = Blueprint("bp", __name__, url_prefix="/bp", subdomain="api")
    api = ext.Api(blueprint)
    api.add_resource(first, "/first")
    app.register_blueprint(blueprint, url_prefix="/elsewhere", name="renamed")
    return app


@case("flask_restful")
def restful_blueprint_late_init(ext):
    first, _ = resources(ext)
    app = Flask(__name__)
    blueprint = Blueprint("bp", __name__, url_prefix="/bp")
    api = ext.Api(prefix="/dropped")
    api.add_resource(first, "/first")
    api.init_app(blueprint)
    app.register_blueprint(blueprint)
    return app


@case("flask_restful")
def restful_nested_blueprint(ext):
    first, _ = resources(ext)
    app = Flask(__name__)
    outer = Blueprint("outer", __name__, url_prefix="/outer")
    inner = Blueprint("inner", __name__, url_prefix="/inner")
    api = ext.Api(inner, prefix="/api", url_part_order="abe")
    api.add_resource(first, "/first")
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    return app


@case("flask_restful")
def restful_after_blueprint_registration(ext):
    first, second = resources(ext)
    app = Flask(__name__)
    blueprint = Blueprint("bp", __name__, url_prefix="/bp")
    api = ext.Api(blueprint, prefix="/v1")
    api.add_resource(first, "/first")
    app.register_blueprint(blueprint)
    api.add_resource(second, "/second")
    return app


@case("flask_restx", "flask_restplus")
def restx_on_app(ext):
    first, second = resources(ext)
    app = Flask(__name__)
    api = ext.Api(app, prefix="/api", doc="/docs", decorators=[passing])
    api.add_resource(first, "/first", "/first/<int:pk>")
    api.route("/second", doc={"params": {}})(second)
    return app


@case("flask_restx")
def restx_namespaces(ext):
    first, second = resources(ext)
    app = Flask(__name__)
    api = ext.Api(app, doc=False, default_swagger_filename="spec.json")
    plain = ext.Namespace("plain", decorators=[passing])
    placed = ext.Namespace("placed", path="/own/")
    plain.route("/")(first)
    placed.route("/a", "/b", endpoint="chosen", doc=False)(second)
    api.add_namespace(plain)
    api.add_namespace(placed, path="/given")
    placed.add_resource(first, "/later")
    return app


@case("flask_restx", "flask_restplus")
def restx_colliding_endpoints(ext):
    app = Flask(__name__)
    api = ext.Api(app)
    namespace = api.namespace("books", description="Books")
    for number in range(3):

        @namespace.route(f"/{number}")
        class BookListAPI(ext.Resource):
            @namespace.doc("list")
            @namespace.marshal_with({})
            @namespace.expect()
            def get(self):
                return {}

    return app


@case("flask_restx", "flask_restplus")
def restx_late_init(ext):
    first, second = resources(ext)
    app = Flask(__name__)
    api = ext.Api(prefix="/v1")
    namespace = ext.Namespace("ns")
    namespace.add_resource(first, "/first")
    api.add_namespace(namespace)
    api.init_app(app)
    api.add_resource(second, "/second")
    return app


@case("flask_restx")
def restx_without_specs(ext):
    first, _ = resources(ext)
    app = Flask(__name__)
    api = ext.Api()
    api.add_resource(first, "/first")
    api.init_app(app, add_specs=False)
    return app


@case("flask_restx", "flask_restplus")
def restx_on_blueprints(ext):
    first, second = resources(ext)
    app = Flask(__name__)
    for version in ("v1", "v2"):
        blueprint = Blueprint(version, __name__, url_prefix=f"/{version}")
        api = ext.Api(blueprint, doc="/doc/", prefix="/p")
        namespace = ext.Namespace("things")
        namespace.route("/")(first)
        api.add_namespace(namespace)
        api.add_resource(second, "/second")
        app.register_blueprint(blueprint)
    return app


@case("flask_restx", "flask_restplus")
def restx_blueprint_late_init(ext):
    first, second = resources(ext)
    app = Flask(__name__)
    blueprint = Blueprint("bp", __name__, url_prefix="/bp")
    api = ext.Api(doc="/doc", prefix="/dropped")
    api.add_resource(first, "/first")
    api.init_app(blueprint)
    app.register_blueprint(blueprint)
    api.add_resource(second, "/second")
    return app


@case("flask_restx")
def restx_nested_blueprint(ext):
    first, _ = resources(ext)
    app = Flask(__name__)
    outer = Blueprint("outer", __name__, url_prefix="/outer")
    inner = Blueprint("inner", __name__, url_prefix="/inner")
    api = ext.Api(inner)
    api.add_resource(first, "/first")
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    return app
