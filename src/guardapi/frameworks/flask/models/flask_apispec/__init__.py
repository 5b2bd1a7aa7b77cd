"""What flask-apispec registers: the document and its page; views are only described, never routed."""

import functools

from flask import Blueprint
from flask.views import MethodView


def _wrap(function):
    # The first decorator wraps; those above it annotate what it returned. A class stays as it is.
    if isinstance(function, type) or getattr(function, "apispec_wrapped", False):
        return function

    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        return function(*args, **kwargs)

    wrapped.apispec_wrapped = True
    return wrapped


def doc(inherit=None, **kwargs):
    return _wrap


def use_kwargs(args, location=None, inherit=None, apply=None, **kwargs):
    return _wrap


def marshal_with(schema, code="default", description="", inherit=None, apply=None):
    return _wrap


def wrap_with(wrapper_cls):
    return _wrap


class MethodResource(MethodView):
    methods = None


class FlaskApiSpec:
    def __init__(self, app=None, document_options=True):
        self.app = app
        self.document_options = document_options
        if app:
            self.init_app(app)

    def init_app(self, app):
        self.app = app
        self.add_swagger_routes()

    def add_swagger_routes(self):
        blueprint = Blueprint(
            "flask-apispec",
            __name__,
            static_folder="./static",
            static_url_path="/flask-apispec/static",
        )
        json_url = self.app.config.get("APISPEC_SWAGGER_URL", "/swagger/")
        if json_url:
            blueprint.add_url_rule(json_url, "swagger-json", self.swagger_json)
        ui_url = self.app.config.get("APISPEC_SWAGGER_UI_URL", "/swagger-ui/")
        if ui_url:
            blueprint.add_url_rule(ui_url, "swagger-ui", self.swagger_ui)
        self.app.register_blueprint(blueprint)

    def swagger_json(self):
        return {}

    def swagger_ui(self):
        return ""

    def register(
        self,
        target,
        endpoint=None,
        blueprint=None,
        resource_class_args=None,
        resource_class_kwargs=None,
    ):
        pass

    def register_existing_resources(self):
        pass
