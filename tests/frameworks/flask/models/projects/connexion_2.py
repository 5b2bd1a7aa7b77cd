"""Set-ups for Connexion 2, run with the real framework or with its model."""

import pathlib
import sys

import connexion
from connexion.resolver import MethodViewResolver, RelativeResolver, RestyResolver

HERE = pathlib.Path(__file__).parent / "connexion_site"
sys.path.insert(0, str(HERE))


def case_document():
    site = connexion.FlaskApp("shop", specification_dir=str(HERE), arguments={"title": "Shop"})
    site.add_api("openapi.yaml")
    return site.app


def case_base_path_and_options():
    options = {"swagger_ui": False, "openapi_spec_path": "/spec.json"}
    site = connexion.App("shop", specification_dir=HERE, options=options)
    site.add_api("openapi.yaml", base_path="/api/v1", arguments={"title": "x"})
    site.add_api("swagger.json", options={"swagger_ui": True, "swagger_url": "/help", "serve_spec": False})
    return site.app


def case_without_base_path():
    site = connexion.App("shop", specification_dir=HERE)
    site.add_api("resty.yaml", resolver=RestyResolver("handlers"))

    @site.route("/plain")
    def plain():
        return ""

    site.add_url_rule("/ruled", "ruled", plain, methods=["POST"])
    return site.app


def case_method_views():
    site = connexion.App("shop", specification_dir=HERE)
    site.add_api("resty.yaml", base_path="/m", resolver=MethodViewResolver("handlers.pets"), resolver_error=501)
    return site.app


def case_relative_and_all_paths():
    document = {
        "openapi": "3.0.0",
        "info": {"title": "x", "version": "1"},
        "paths": {"/a": {"get": {"operationId": "search", "responses": {"200": {"description": "ok"}}}}},
    }
    site = connexion.FlaskApp("shop", auth_all_paths=True)
    site.add_api(document, base_path="/in", resolver=RelativeResolver("handlers.pets"))
    return site.app


def case_api_alone():
    import flask
    from connexion import FlaskApi

    app = flask.Flask("shop")
    options = {"swagger_ui": False}
    api = FlaskApi(specification=HERE / "openapi.yaml", base_path="/api/v2", options=options)
    app.register_blueprint(api.blueprint)
    return app
