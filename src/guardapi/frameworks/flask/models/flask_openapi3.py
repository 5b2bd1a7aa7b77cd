"""What Flask-OpenAPI3 adds to Flask: method shortcuts that wrap views, class views and the documentation."""

import functools
import re

from flask import Blueprint, Flask

_METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT"]
_DOCUMENTATION = [
    "tags",
    "summary",
    "description",
    "external_docs",
    "operation_id",
    "extra_form",
    "extra_body",
    "responses",
    "extra_responses",
    "deprecated",
    "security",
    "servers",
    "openapi_extensions",
    "validate_response",
    "doc_ui",
]


def _join(prefix, rule):
    return prefix.rstrip("/") + "/" + rule.lstrip("/")


def validate_request():
    def decorator(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapper

    return decorator


class APIScaffold:
    """The method shortcuts that the application and its blueprints share."""

    @staticmethod
    def create_view_func(function, *parts, **options):
        @functools.wraps(function)
        def view_func(**kwargs):
            return function(**kwargs)

        # One view for all registrations of a function, so that they can share an endpoint.
        if not hasattr(function, "view"):
            function.view = view_func
        return function.view

    def _method_route(self, method, rule, options):
        route_options = {name: value for name, value in options.items() if name not in _DOCUMENTATION}
        route_options["methods"] = [method]

        def decorator(function):
            self._add_url_rule(rule, view_func=self.create_view_func(function), **route_options)
            return function

        return decorator

    def _add_url_rule(self, rule, endpoint=None, view_func=None, provide_automatic_options=None, **options):
        self.add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)

    def get(self, rule, **options):
        return self._method_route("GET", rule, options)

    def post(self, rule, **options):
        return self._method_route("POST", rule, options)

    def put(self, rule, **options):
        return self._method_route("PUT", rule, options)

    def delete(self, rule, **options):
        return self._method_route("DELETE", rule, options)

    def patch(self, rule, **options):
        return self._method_route("PATCH", rule, options)


class APIBlueprint(APIScaffold, Blueprint):
    def __init__(
        self,
        name,
        import_name,
        *,
        abp_tags=None,
        abp_security=None,
        abp_responses=None,
        doc_ui=True,
        operation_id_callback=None,
        validate_response=None,
        **options,
    ):
        super().__init__(name, import_name, **options)
        self.doc_ui = doc_ui

    def register_api(self, api):
        self.register_blueprint(api)


class APIView:
    def __init__(self, url_prefix=None, view_tags=None, view_security=None, **options):
        self.url_prefix = url_prefix
        self.views = {}

    def route(self, rule):
        def decorator(cls):
            if rule:
                full = _join(self.url_prefix, rule) if self.url_prefix else rule
            else:
                full = self.url_prefix or ""
            methods = [method for method in _METHODS if getattr(cls, method.lower(), None)]
            # Converters are lost: `<int:pk>` is registered as `<pk>`.
            self.views[re.sub("<([^<:]+:)?", "<", full)] = (cls, methods)
            return cls

        return decorator

    def doc(self, **options):
        def decorator(function):
            return function

        return decorator

    def register(self, app, url_prefix=None, view_kwargs=None):
        for path, (cls, methods) in self.views.items():
            rule = path
            for method in methods:
                name = method.lower()
                view = app.create_view_func(getattr(cls, name))
                if url_prefix and self.url_prefix and url_prefix != self.url_prefix:
                    rule = url_prefix + rule.removeprefix(self.url_prefix)
                elif url_prefix and not self.url_prefix:
                    rule = _join(url_prefix, rule)
                app.add_url_rule(rule, f"{cls.__name__}.{name}", view, methods=[method])


class OpenAPI(APIScaffold, Flask):
    def __init__(
        self,
        import_name,
        *,
        info=None,
        security_schemes=None,
        responses=None,
        servers=None,
        external_docs=None,
        operation_id_callback=None,
        openapi_extensions=None,
        validation_error_status=422,
        validation_error_model=None,
        validation_error_callback=None,
        doc_ui=True,
        doc_prefix="/openapi",
        doc_url="/openapi.json",
        validate_response=None,
        validate_response_callback=None,
        **options,
    ):
        super().__init__(import_name, **options)
        self.info = info
        self.doc_prefix = doc_prefix
        self.doc_url = doc_url
        if doc_ui:
            self._init_doc()

    def _init_doc(self):
        blueprint = Blueprint(
            "openapi", __name__, url_prefix=self.doc_prefix, static_folder="templates/static"
        )
        blueprint.add_url_rule(self.doc_url, "doc_url", self._document)
        blueprint.add_url_rule("/", "openapi", self._page)
        self.register_blueprint(blueprint)

    def _document(self):
        return {}

    def _page(self):
        return ""

    def register_api(self, api, **options):
        url_prefix = options.get("url_prefix")
        if url_prefix:
            api.url_prefix = url_prefix
        self.register_blueprint(api, **options)

    def register_api_view(self, api_view, url_prefix=None, view_kwargs=None):
        # From here on the prefix counts as the view's own, so register() leaves the rules as they were.
        if url_prefix:
            api_view.url_prefix = url_prefix
        api_view.register(self, url_prefix=url_prefix, view_kwargs=view_kwargs)
