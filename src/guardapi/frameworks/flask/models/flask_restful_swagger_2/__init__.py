"""Flask-RESTful-Swagger-2: resources of Flask-RESTful, and a page with the description of all of them."""

import flask_restful
from flask import Blueprint

RESTFUL_OPTIONS = (
    "default_mediatype",
    "decorators",
    "catch_all_404s",
    "serve_challenge_on_401",
    "url_part_order",
    "errors",
    "prefix",
)


def auth_required(function):
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


class Resource(flask_restful.Resource):
    decorators = [auth_required]


class SwaggerEndpoint(flask_restful.Resource):
    def get(self):
        return {}


class Api(flask_restful.Api):
    def __init__(
        self,
        app=None,
        prefix="",
        *args,
        api_spec_base=None,
        api_spec_url="/api/swagger",
        add_api_spec_resource=True,
        **kwargs,
    ):
        self._swagger_object = {"info": {}, "paths": {}, "definitions": {}, "securityDefinitions": {}}
        # What it does not know describes the API.
        options = {key: value for key, value in kwargs.items() if key in RESTFUL_OPTIONS}
        super().__init__(app, prefix, *args, **options)
        if add_api_spec_resource:
            self.add_resource(
                SwaggerEndpoint, f"{api_spec_url}.json", f"{api_spec_url}.html", endpoint="swagger"
            )

    def get_swagger_doc(self):
        return self._swagger_object


class Schema(dict):
    properties = None


def get_swagger_blueprint(docs, api_spec_url="/api/swagger", **kwargs):
    blueprint = Blueprint("swagger", __name__)
    api = flask_restful.Api(blueprint)
    api.add_resource(SwaggerEndpoint, f"{api_spec_url}.json", f"{api_spec_url}.html", endpoint="swagger")
    return blueprint


def swagger_type(type_):
    def inner(function):
        return function

    return inner
