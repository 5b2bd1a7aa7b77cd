"""Set-ups with APIFlask and Flask-OpenAPI3, which extend the application."""

from flask.views import MethodView
from rest_setups.cases import case, passing


@case("apiflask")
def apiflask_shortcuts(ext):
    app = ext.APIFlask(__name__, title="x")
    auth = ext.HTTPTokenAuth()

    @app.get("/a")
    @app.output({}, status_code=201)
    def a():
        return {}

    @app.post("/a", endpoint="create")
    @app.input({}, location="query")
    @app.auth_required(auth)
    @app.doc(tags=["x"])
    def b(query_data):
        return {}

    @app.route("/c", methods=["PUT", "PATCH"])
    @passing
    def c():
        return {}

    return app


@case("apiflask")
def apiflask_blueprints(ext):
    app = ext.APIFlask(__name__, docs_path="/d", spec_path="/s.json", docs_ui="redoc")
    blueprint = ext.APIBlueprint("pets", __name__, url_prefix="/pets", tag="p", enable_openapi=False)
    nested = ext.APIBlueprint("toys", __name__, url_prefix="/toys")

    @blueprint.delete("/<int:pk>")
    def remove(pk):
        return {}

    @blueprint.route("/class", endpoint="named")
    class Pets(MethodView):
        def get(self):
            return {}

    @nested.patch("/x")
    def x():
        return {}

    blueprint.register_blueprint(nested)
    app.register_blueprint(blueprint)
    return app


@case("apiflask")
def apiflask_classes(ext):
    app = ext.APIFlask(__name__, enable_openapi=False)

    @app.route("/pets")
    class Pets(MethodView):
        decorators = (app.doc(tags=["x"]),)

        @app.output({})
        def get(self):
            return {}

        def post(self):
            return {}

    app.add_url_rule("/more", view_func=Pets.as_view("more"), methods=["GET"])
    return app


@case("apiflask")
def apiflask_documentation_prefix(ext):
    return ext.APIFlask(
        __name__, openapi_blueprint_url_prefix="/api", docs_oauth2_redirect_path=None, static_folder=None
    )


@case("apiflask")
def apiflask_no_document(ext):
    return ext.APIFlask(__name__, spec_path=None, docs_path=None)


@case("flask_openapi3")
def openapi3_shortcuts(ext):
    app = ext.OpenAPI(__name__)

    @app.get("/a", summary="x", tags=[], responses={})
    @passing
    def a():
        return {}

    @app.get("/both")
    @app.post("/both", doc_ui=False)
    def both():
        return {}

    @app.put("/named", endpoint="other", strict_slashes=False)
    def named():
        return {}

    @app.route("/plain", methods=["DELETE"])
    def plain():
        return {}

    return app


@case("flask_openapi3")
def openapi3_blueprints(ext):
    app = ext.OpenAPI(__name__, doc_prefix="/d", doc_url="/spec.json")
    outer = ext.APIBlueprint("outer", __name__, url_prefix="/outer", abp_tags=[])
    inner = ext.APIBlueprint("inner", __name__, url_prefix="/inner", doc_ui=False)

    @inner.delete("/x")
    def x():
        return {}

    @outer.patch("/y")
    def y():
        return {}

    outer.register_api(inner)
    app.register_api(outer, url_prefix="/moved")
    return app


@case("flask_openapi3")
def openapi3_view(ext):
    app = ext.OpenAPI(__name__, doc_ui=False)
    for name, prefix in (("A", "/api/v1"), ("B", None)):
        api_view = ext.APIView(url_prefix=prefix)

        @api_view.route(f"/book{name}")
        class Books:
            @api_view.doc(summary="x")
            def get(self):
                return {}

            @api_view.doc(summary="x")
            @passing
            def post(self):
                return {}

        Books.__name__ = "Books" + name
        app.register_api_view(api_view)
    return app


@case("flask_openapi3")
def openapi3_view_prefix(ext):
    app = ext.OpenAPI(__name__, doc_ui=False)
    for name, own, given in (("A", "/own", "/given"), ("B", None, "/given"), ("C", "/own", "/own")):
        api_view = ext.APIView(url_prefix=own)

        @api_view.route(f"/book{name}/<id>")
        class Book:
            @api_view.doc()
            def get(self):
                return {}

            @api_view.doc()
            def delete(self):
                return {}

        Book.__name__ = "Book" + name
        app.register_api_view(api_view, url_prefix=given)
    return app
