"""What Flask-Rebar registers: the handlers of each registry, its document and its page, when initialised."""

import functools

from flask import Blueprint
from werkzeug.utils import find_modules, import_string


def _stripped(prefix):
    return prefix.removeprefix("/").removesuffix("/") if prefix else prefix


def _wrap_handler(function):
    @functools.wraps(function)
    def wrapped(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapped


class _Handler:
    def __init__(self, func, path, method, endpoint):
        self.func = func
        self.path = path
        self.method = method
        self.endpoint = endpoint


class HandlerRegistry:
    def __init__(
        self,
        prefix=None,
        default_authenticators=None,
        default_headers_schema=None,
        default_mimetype=None,
        swagger_generator=None,
        spec_path="/swagger",
        spec_ui_path="/swagger/ui",
        handlers=None,
        **deprecated,
    ):
        self.prefix = _stripped(prefix)
        self.spec_path = deprecated.get("swagger_path", spec_path)
        self.spec_ui_path = deprecated.get("swagger_ui_path", spec_ui_path)
        self.default_authenticators = default_authenticators
        if handlers is None:
            handlers = []
        self.handlers = handlers if isinstance(handlers, list) else [handlers]
        self._paths = {}

    def _prefixed(self, path):
        if not self.prefix:
            return path
        return f"/{self.prefix}/{path.removeprefix('/')}"

    def _named(self, endpoint):
        return f"{self.prefix}.{endpoint}" if self.prefix else endpoint

    def set_default_authenticator(self, authenticator):
        self.default_authenticators = authenticator

    def set_default_authenticators(self, authenticators):
        self.default_authenticators = authenticators

    def add_handler(self, func, rule, method="GET", endpoint=None, **schemas):
        self._paths[(rule, method)] = _Handler(func, rule, method, endpoint)

    def handles(self, rule, method="GET", endpoint=None, **schemas):
        def decorator(function):
            self.add_handler(function, rule, method, endpoint, **schemas)
            return function

        return decorator

    def register(self, app):
        self._register_routes(app)
        self._register_swagger(app)
        self._register_swagger_ui(app)

    def _register_routes(self, app):
        for package in self.handlers:
            for name in find_modules(package, recursive=True):
                import_string(name)
        for handler in self._paths.values():
            app.add_url_rule(
                self._prefixed(handler.path),
                endpoint=self._named(handler.endpoint or handler.func.__name__),
                view_func=_wrap_handler(handler.func),
                methods=[handler.method],
            )

    def _register_swagger(self, app):
        if self.spec_path:
            app.add_url_rule(
                self._prefixed(self.spec_path),
                endpoint=self._named("get_swagger"),
                view_func=self._swagger,
                methods=["GET"],
            )

    def _register_swagger_ui(self, app):
        if not self.spec_ui_path:
            return
        name = self.prefix.replace(".", "_") + "swagger_ui" if self.prefix else "swagger_ui"
        url = self._prefixed(self.spec_ui_path)
        blueprint = Blueprint(name, __name__, static_folder="static", url_prefix=url)
        blueprint.add_url_rule("", "show", self._swagger_ui)
        blueprint.add_url_rule("/", "show", self._swagger_ui)
        app.register_blueprint(blueprint, url_prefix=url)

    def _swagger(self):
        return {}

    def _swagger_ui(self):
        return ""


class Rebar:
    def __init__(self):
        self.handler_registries = []

    def create_handler_registry(self, prefix=None, swagger_ui_path="/swagger/ui", **options):
        registry = HandlerRegistry(prefix=prefix, spec_ui_path=swagger_ui_path, **options)
        self.add_handler_registry(registry)
        return registry

    def add_handler_registry(self, registry):
        if registry not in self.handler_registries:
            self.handler_registries.append(registry)

    def add_uncaught_exception_handler(self, func):
        pass

    def init_app(self, app):
        for registry in self.handler_registries:
            registry.register(app)
