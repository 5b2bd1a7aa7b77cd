"""The application that wraps Flask, of Connexion 2 and, told by its arguments, of Connexion 3."""

import os

from flask import Flask

from connexion.apis.flask_api import FlaskApi
from connexion.release import RELEASE
from connexion.resolver import Resolver

_ONLY_IN_VERSION_3 = (
    "jsonifier",
    "lifespan",
    "middlewares",
    "security_map",
    "swagger_ui_options",
    "uri_parser_class",
)


_ONLY_IN_VERSION_2 = (
    "debug",
    "extra_files",
    "host",
    "options",
    "pass_context_arg_name",
    "port",
    "server",
    "skip_error_handlers",
)


def _is_version_3(options, otherwise):
    """Arguments that one version does not take tell that it is the other."""
    if any(name in options for name in _ONLY_IN_VERSION_3):
        return True
    return otherwise and not any(name in options for name in _ONLY_IN_VERSION_2)


def _without_none(options):
    return {name: value for name, value in (options or {}).items() if value is not None}


class FlaskApp:
    def __init__(
        self,
        import_name,
        specification_dir="",
        server_args=None,
        arguments=None,
        auth_all_paths=False,
        resolver=None,
        resolver_error=None,
        **others,
    ):
        self.import_name = import_name
        self.port = others.get("port")
        self.host = others.get("host")
        self.debug = others.get("debug")
        self.server_args = server_args or {}
        self.arguments = arguments or {}
        self.auth_all_paths = auth_all_paths
        self.resolver = resolver
        self.resolver_error = resolver_error
        self.options = _without_none(others.get("options"))
        self.is_version_3 = _is_version_3(others, RELEASE >= (3, 0))
        self.app = self.create_app()
        self.root_path = self.app.root_path
        self.specification_dir = os.path.join(str(self.root_path), str(specification_dir))

    def create_app(self):
        return Flask(self.import_name, **self.server_args)

    def add_api(
        self,
        specification,
        base_path=None,
        arguments=None,
        auth_all_paths=None,
        validate_responses=False,
        strict_validation=False,
        resolver=None,
        resolver_error=None,
        pythonic_params=False,
        validator_map=None,
        name=None,
        **others,
    ):
        is_version_3 = _is_version_3(others, self.is_version_3)
        resolver = resolver or self.resolver
        if callable(resolver):
            resolver = Resolver(resolver)
        if not isinstance(specification, dict):
            specification = os.path.join(self.specification_dir, str(specification))
        api = FlaskApi(
            specification,
            base_path=base_path,
            arguments={**self.arguments, **(arguments or {})},
            resolver=resolver,
            auth_all_paths=self.auth_all_paths if auth_all_paths is None else auth_all_paths,
            resolver_error_handler=resolver_error or self.resolver_error,
            options={**self.options, **_without_none(others.get("options"))},
            serves_pages=not is_version_3,
            name=name,
        )
        if api.base_path or is_version_3:
            self.app.register_blueprint(api.blueprint)
        else:
            for rule, endpoint, view, methods in api.rules:
                self.app.add_url_rule(rule, endpoint, view, methods=methods)
        return api

    def add_url_rule(self, rule, endpoint=None, view_func=None, **options):
        self.app.add_url_rule(rule, endpoint, view_func, **options)

    def route(self, rule, **options):
        return self.app.route(rule, **options)

    def add_error_handler(self, code_or_exception, function):
        pass

    def add_middleware(self, middleware_class, *args, **options):
        pass

    def add_wsgi_middleware(self, middleware, **options):
        pass

    def run(self, *args, **options):
        pass

    def test_client(self, **options):
        pass
