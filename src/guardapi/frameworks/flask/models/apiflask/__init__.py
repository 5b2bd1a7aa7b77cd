"""What APIFlask adds to Flask: routes for view classes, method shortcuts, the document and its page."""

import functools

from flask import Blueprint, Flask
from flask.views import MethodView


def _wrap(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


class APIScaffold:
    """The decorators that the application and its blueprints share."""

    def _method_route(self, method, rule, options):
        def decorator(function):
            return self.route(rule, methods=[method], **options)(function)

        return decorator

    def get(self, rule, **options):
        return self._method_route("GET", rule, options)

    def post(self, rule, **options):
        return self._method_route("POST", rule, options)

    def put(self, rule, **options):
        return self._method_route("PUT", rule, options)

    def patch(self, rule, **options):
        return self._method_route("PATCH", rule, options)

    def delete(self, rule, **options):
        return self._method_route("DELETE", rule, options)

    def auth_required(self, auth, roles=None, optional=None, **options):
        return _wrap

    def input(self, schema, location="json", **options):
        return _wrap

    def output(self, schema, status_code=200, **options):
        return _wrap

    def doc(self, summary=None, **options):
        return _wrap


def _view_function(endpoint, view_func):
    """The endpoint and the function for a route whose view may be a class."""
    if not isinstance(view_func, type):
        return endpoint, view_func
    if endpoint is None:
        endpoint = view_func.__name__
    return endpoint, view_func.as_view(endpoint)


class APIBlueprint(APIScaffold, Blueprint):
    def __init__(self, name, import_name, tag=None, enable_openapi=True, **options):
        super().__init__(name, import_name, **options)
        self.tag = tag
        self.enable_openapi = enable_openapi

    def add_url_rule(self, rule, endpoint=None, view_func=None, provide_automatic_options=None, **options):
        endpoint, view_func = _view_function(endpoint, view_func)
        super().add_url_rule(
            rule, endpoint, view_func, provide_automatic_options=provide_automatic_options, **options
        )


class APIFlask(APIScaffold, Flask):
    def __init__(
        self,
        import_name,
        title="APIFlask",
        version="0.1.0",
        spec_path="/openapi.json",
        docs_path="/docs",
        docs_oauth2_redirect_path="/docs/oauth2-redirect",
        docs_oauth2_redirect_path_external=False,
        docs_ui="swagger-ui",
        openapi_blueprint_url_prefix=None,
        json_errors=True,
        enable_openapi=True,
        spec_plugins=None,
        redoc_path=None,
        **options,
    ):
        super().__init__(import_name, **options)
        self.title = title
        self.version = version
        self.spec_path = spec_path
        self.docs_path = docs_path
        self.docs_oauth2_redirect_path = docs_oauth2_redirect_path
        self.docs_ui = docs_ui
        self.openapi_blueprint_url_prefix = openapi_blueprint_url_prefix
        self.enable_openapi = enable_openapi
        self._register_openapi_blueprint()

    def add_url_rule(self, rule, endpoint=None, view_func=None, provide_automatic_options=None, **options):
        endpoint, view_func = _view_function(endpoint, view_func)
        super().add_url_rule(
            rule, endpoint, view_func, provide_automatic_options=provide_automatic_options, **options
        )

    def _register_openapi_blueprint(self):
        if not self.enable_openapi or not (self.spec_path or self.docs_path):
            return
        blueprint = Blueprint("openapi", __name__, url_prefix=self.openapi_blueprint_url_prefix)
        if self.spec_path:
            blueprint.add_url_rule(self.spec_path, "spec", self._openapi_view("SPEC_DECORATORS"))
        if self.docs_path:
            blueprint.add_url_rule(self.docs_path, "docs", self._openapi_view("DOCS_DECORATORS"))
        if self.docs_path and self.docs_ui == "swagger-ui" and self.docs_oauth2_redirect_path:
            blueprint.add_url_rule(
                self.docs_oauth2_redirect_path,
                "swagger_ui_oauth_redirect",
                self._openapi_view("SWAGGER_UI_OAUTH_REDIRECT_DECORATORS"),
            )
        self.register_blueprint(blueprint)

    def _openapi_view(self, setting):
        def page():
            return ""

        # The decorators of the setting are read when a request comes.
        @functools.wraps(page)
        def wrapper(*args, **kwargs):
            view = page
            for decorator in self.config.get(setting) or []:
                view = decorator(view)
            return view(*args, **kwargs)

        return wrapper

    def error_processor(self, function):
        return function

    def spec_processor(self, function):
        return function


class _Auth:
    """Authentication as far as views are concerned: its decorator stands before them."""

    def __init__(self, *args, **kwargs):
        pass

    def login_required(self, function=None, role=None, optional=None):
        if function is not None:
            return _wrap(function)
        return _wrap

    def verify_token(self, function):
        return function

    def verify_password(self, function):
        return function

    def get_password(self, function):
        return function

    def get_user_roles(self, function):
        return function

    def error_handler(self, function):
        return function

    def error_processor(self, function):
        return function


class HTTPBasicAuth(_Auth):
    pass


class HTTPTokenAuth(_Auth):
    pass


class HTTPAPIKeyAuth(_Auth):
    pass


class APIKeyHeaderAuth(_Auth):
    pass


class APIKeyCookieAuth(_Auth):
    pass


class APIKeyQueryAuth(_Auth):
    pass


class MultiAuth(_Auth):
    pass


__all__ = ["APIBlueprint", "APIFlask", "HTTPBasicAuth", "HTTPTokenAuth", "MethodView"]
