"""What flask-smorest registers: routes for functions and method views, and its documentation."""

import functools

import flask


def _wrap(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def _with_slash(path):
    return path if path.startswith("/") else "/" + path


class Blueprint(flask.Blueprint):
    HTTP_METHODS = ["OPTIONS", "HEAD", "GET", "POST", "PUT", "PATCH", "DELETE"]

    def __init__(self, *args, **kwargs):
        self.description = kwargs.pop("description", "")
        super().__init__(*args, **kwargs)
        self._endpoints = []

    def add_url_rule(
        self,
        rule,
        endpoint=None,
        view_func=None,
        provide_automatic_options=None,
        *,
        parameters=None,
        tags=None,
        **options,
    ):
        if endpoint is None:
            endpoint = view_func.__name__
        if endpoint in self._endpoints:
            endpoint = f"{endpoint}_{len(self._endpoints)}"
        self._endpoints.append(endpoint)
        if isinstance(view_func, type):
            view_func = view_func.as_view(endpoint)
        super().add_url_rule(rule, endpoint, view_func, **options)

    def route(self, rule, *, parameters=None, tags=None, **options):
        def decorator(func):
            endpoint = options.pop("endpoint", None)
            self.add_url_rule(rule, endpoint, func, parameters=parameters, tags=tags, **options)
            return func

        return decorator

    def _decorate_view_func_or_method_view(self, decorator, obj):
        if not isinstance(obj, type):
            return decorator(obj)
        for method in self.HTTP_METHODS:
            if method in obj.methods:
                name = method.lower()
                setattr(obj, name, decorator(getattr(obj, name)))
        return obj

    def arguments(self, schema, **kwargs):
        return _wrap

    def response(self, status_code=200, schema=None, **kwargs):
        return _wrap

    def alt_response(self, status_code, schema=None, **kwargs):
        return _wrap

    def paginate(self, pager=None, **kwargs):
        return _wrap

    def etag(self, obj):
        return self._decorate_view_func_or_method_view(_wrap, obj)

    @staticmethod
    def doc(**kwargs):
        return _wrap


class Api:
    def __init__(self, app=None, *, spec_kwargs=None, config_prefix=""):
        prefix = config_prefix.strip().upper()
        self.config_prefix = prefix + "_" if prefix and not prefix.endswith("_") else prefix
        self._app = app
        if app is not None:
            self.init_app(app)

    def init_app(self, app, *, spec_kwargs=None):
        self._app = app
        self._register_doc_blueprint()

    def register_blueprint(self, blp, *, parameters=None, **options):
        self._app.register_blueprint(blp, **options)

    def _setting(self, key, default=None):
        return self._app.config.get(self.config_prefix + key, default)

    def _make_doc_blueprint_name(self):
        return f"{self.config_prefix}api-docs".replace("_", "-").lower()

    def _register_doc_blueprint(self):
        url_prefix = self._setting("OPENAPI_URL_PREFIX")
        if url_prefix is None:
            return
        blueprint = flask.Blueprint(
            self._make_doc_blueprint_name(), __name__, url_prefix=_with_slash(url_prefix)
        )
        json_path = self._setting("OPENAPI_JSON_PATH", "openapi.json")
        blueprint.add_url_rule(_with_slash(json_path), endpoint="openapi_json", view_func=self._openapi_json)
        self._register_redoc_rule(blueprint)
        self._register_swagger_ui_rule(blueprint)
        self._register_rapidoc_rule(blueprint)
        self._app.register_blueprint(blueprint)

    def _register_redoc_rule(self, blueprint):
        path = self._setting("OPENAPI_REDOC_PATH")
        if path is not None and self._setting("OPENAPI_REDOC_URL") is not None:
            blueprint.add_url_rule(_with_slash(path), endpoint="openapi_redoc", view_func=self._openapi_redoc)

    def _register_swagger_ui_rule(self, blueprint):
        path = self._setting("OPENAPI_SWAGGER_UI_PATH")
        if path is not None and self._setting("OPENAPI_SWAGGER_UI_URL") is not None:
            blueprint.add_url_rule(
                _with_slash(path), endpoint="openapi_swagger_ui", view_func=self._openapi_swagger_ui
            )

    def _register_rapidoc_rule(self, blueprint):
        path = self._setting("OPENAPI_RAPIDOC_PATH")
        if path is not None and self._setting("OPENAPI_RAPIDOC_URL") is not None:
            blueprint.add_url_rule(
                _with_slash(path), endpoint="openapi_rapidoc", view_func=self._openapi_rapidoc
            )

    def _openapi_json(self):
        return {}

    def _openapi_redoc(self):
        return ""

    def _openapi_swagger_ui(self):
        return ""

    def _openapi_rapidoc(self):
        return ""
