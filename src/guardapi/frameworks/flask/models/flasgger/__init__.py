"""What Flasgger registers: a blueprint with the specifications and the page that shows them."""

import functools

from flask import Blueprint
from flask.views import MethodView


def _wrap(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def swag_from(specs=None, **options):
    return _wrap


class SwaggerView(MethodView):
    parameters = []
    responses = {}
    definitions = {}
    tags = []
    validation = False


class APIDocsView(MethodView):
    def __init__(self, *args, **kwargs):
        self.config = kwargs.pop("view_args", {}).get("config")

    def get(self):
        return ""


class OAuthRedirect(MethodView):
    def get(self):
        return ""


class APISpecsView(MethodView):
    def __init__(self, *args, **kwargs):
        self.loader = kwargs.pop("loader")

    def get(self):
        return {}


def _index_redirect():
    return ""


class Swagger:
    DEFAULT_ENDPOINT = "apispec_1"
    DEFAULT_CONFIG = {
        "headers": [],
        "specs": [{"endpoint": "apispec_1", "route": "/apispec_1.json"}],
        "static_url_path": "/flasgger_static",
        "swagger_ui": True,
        "specs_route": "/apidocs/",
    }

    def __init__(
        self,
        app=None,
        config=None,
        sanitizer=None,
        template=None,
        template_file=None,
        decorators=None,
        validation_function=None,
        validation_error_handler=None,
        parse=False,
        format_checker=None,
        merge=False,
    ):
        if not config:
            self.config = dict(self.DEFAULT_CONFIG)
        elif merge:
            self.config = dict(self.DEFAULT_CONFIG)
            self.config.update(config)
        else:
            self.config = config
        self.template = template
        self.decorators = decorators
        self.endpoints = []
        if app:
            self.init_app(app)

    def init_app(self, app, decorators=None):
        self.decorators = decorators or self.decorators
        self.app = app
        self.load_config(app)
        self.register_views(app)
        app.swag = self

    def load_config(self, app):
        self.config.update(app.config.get("SWAGGER", {}))

    def _decorated(self, view):
        for decorator in self.decorators or []:
            view = decorator(view)
        return view

    def register_views(self, app):
        blueprint = self._ui_blueprint() if self.config.get("swagger_ui", True) else self._bare_blueprint()
        for spec in self.config["specs"]:
            endpoint = spec["endpoint"]
            self.endpoints.append(endpoint)
            view = APISpecsView.as_view(endpoint, loader=self.get_apispecs)
            blueprint.add_url_rule(spec["route"], endpoint, view_func=self._decorated(view))
        app.register_blueprint(blueprint)

    def _bare_blueprint(self):
        return Blueprint(self.config.get("endpoint", "flasgger"), __name__)

    def _ui_blueprint(self):
        config = self.config
        version = config.get("uiversion", 3)
        blueprint = Blueprint(
            config.get("endpoint", "flasgger"),
            __name__,
            url_prefix=config.get("url_prefix", None),
            subdomain=config.get("subdomain", None),
            static_folder=config.get("static_folder", f"ui{version}/static"),
            static_url_path=config.get("static_url_path", None),
        )
        specs_route = config.get("specs_route", "/apidocs/")
        docs = APIDocsView.as_view("apidocs", view_args={"config": config})
        blueprint.add_url_rule(specs_route, "apidocs", view_func=self._decorated(docs))
        redirect_route = specs_route + "/o2c.html" if version < 3 else "/oauth2-redirect.html"
        redirect = OAuthRedirect.as_view("oauth_redirect")
        blueprint.add_url_rule(
            config.get("oauth_redirect", redirect_route),
            "oauth_redirect",
            view_func=self._decorated(redirect),
        )
        blueprint.add_url_rule("/apidocs/index.html", "<lambda>", view_func=_index_redirect)
        return blueprint

    def get_apispecs(self, endpoint=None):
        return {}

    def definition(self, name, tags=None):
        def decorator(documented):
            return documented

        return decorator

    def validate(self, schema_id, validation_function=None, validation_error_handler=None):
        return _wrap


Flasgger = Swagger
