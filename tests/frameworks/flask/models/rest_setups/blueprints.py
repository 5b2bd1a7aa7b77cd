"""Set-ups with flask-smorest."""

from flask import Flask
from flask.views import MethodView
from rest_setups.cases import case, passing


@case("flask_smorest")
def smorest_blueprint(ext):
    app = Flask(__name__)
    app.config.update(API_TITLE="t", API_VERSION="1", OPENAPI_VERSION="3.0.2")
    api = ext.Api(app)
    blueprint = ext.Blueprint("pets", "pets", url_prefix="/pets", description="Pets")

    @blueprint.route("/")
    class Pets(MethodView):
        @blueprint.arguments({})
        @blueprint.response(200)
        def get(self, args):
            return {}

        @blueprint.alt_response(404)
        @blueprint.doc(summary="x")
        def post(self):
            return {}

    @blueprint.route("/<int:pk>", methods=["PUT", "DELETE"], endpoint="by_id", tags=["a"])
    @blueprint.response(204)
    def pet(pk):
        return {}

    @blueprint.route("/again")
    @passing
    def again():
        return {}

    blueprint.add_url_rule("/twice", view_func=Pets, parameters=[])
    blueprint.add_url_rule("/plain", endpoint="plain", view_func=again)
    api.register_blueprint(blueprint, url_prefix="/given", parameters=[])
    return app


@case("flask_smorest")
def smorest_documentation(ext):
    app = Flask(__name__)
    app.config.update(
        API_TITLE="t",
        API_VERSION="1",
        OPENAPI_VERSION="3.0.2",
        OPENAPI_URL_PREFIX="doc",
        OPENAPI_JSON_PATH="spec.json",
        OPENAPI_REDOC_PATH="/redoc",
        OPENAPI_REDOC_URL="https://example.org/r.js",
        OPENAPI_SWAGGER_UI_PATH="/swagger",
        OPENAPI_SWAGGER_UI_URL="https://example.org/",
        OPENAPI_RAPIDOC_PATH="/rapidoc",
    )
    api = ext.Api()
    api.init_app(app)
    return app


@case("flask_smorest")
def smorest_prefixed_nested(ext):
    app = Flask(__name__)
    app.config.update(
        V2_API_TITLE="t", V2_API_VERSION="2", V2_OPENAPI_VERSION="3.0.2", V2_OPENAPI_URL_PREFIX="/v2"
    )
    api = ext.Api(app, config_prefix="v2")
    outer = ext.Blueprint("outer", __name__, url_prefix="/outer")
    inner = ext.Blueprint("inner", __name__, url_prefix="/inner")

    @inner.route("/x")
    @inner.paginate()
    def x(pagination_parameters):
        return []

    outer.register_blueprint(inner)
    api.register_blueprint(outer)
    return app


@case("flask_smorest", "flask_rest_api")
def smorest_plain(ext):
    app = Flask(__name__)
    app.config.update(
        API_TITLE="t",
        API_VERSION="1",
        OPENAPI_VERSION="3.0.2",
        OPENAPI_URL_PREFIX="/doc",
        OPENAPI_REDOC_PATH="/redoc",
        OPENAPI_SWAGGER_UI_PATH="/swagger",
        OPENAPI_SWAGGER_UI_VERSION="3.0",
    )
    api = ext.Api(app)
    blueprint = ext.Blueprint("pets", "pets", url_prefix="/pets")

    @blueprint.route("/")
    class Pets(MethodView):
        decorators = (passing,)

        @passing
        def get(self):
            return {}

    @blueprint.route("/same", endpoint="Pets", methods=["POST"])
    def same():
        return {}

    api.register_blueprint(blueprint)
    return app
