"""One API: a blueprint named after its base path, with a rule for every operation."""

import functools

from flask import Blueprint

from connexion.resolver import Resolver, ResolverError
from connexion.spec import Specification, flaskify_endpoint, flaskify_path


def _validated(function):
    @functools.wraps(function)
    def validated(*args, **kwargs):
        return function(*args, **kwargs)

    return validated


def handle(*args, **kwargs):
    pass


class FlaskApi:
    def __init__(
        self,
        specification,
        base_path=None,
        arguments=None,
        validate_responses=False,
        strict_validation=False,
        resolver=None,
        auth_all_paths=False,
        debug=False,
        resolver_error_handler=None,
        validator_map=None,
        pythonic_params=False,
        pass_context_arg_name=None,
        options=None,
        serves_pages=True,
        name=None,
    ):
        self.specification = Specification(specification, arguments)
        self.base_path = self.specification.base_path if base_path is None else base_path
        self.resolver = resolver or Resolver()
        self.resolver_error_handler = resolver_error_handler
        self.options = options or {}
        self.rules = []
        self.name = flaskify_endpoint(self.base_path)
        if serves_pages:
            self._add_pages()
        for operation in self.specification.operations():
            self._add_operation(operation)
        if auth_all_paths and serves_pages:
            self._add("/<path:invalid_path>", self.name + "_not_found", handle, None)
        # A blueprint needs a name; without a base path the rules go to the application itself.
        self.blueprint = Blueprint(name or self.name or "/", __name__, url_prefix=self.base_path)
        for rule, endpoint, view, methods in self.rules:
            self.blueprint.add_url_rule(rule, endpoint, view, methods=methods)

    def _add(self, rule, endpoint, view, methods):
        self.rules.append((rule, endpoint, view, methods))

    def _add_operation(self, operation):
        methods = [operation.method.upper()]
        try:
            resolution = self.resolver.resolve(operation)
        except ResolverError:
            if self.resolver_error_handler is None:
                raise
            endpoint = "noop|" + str(len(self.rules))
            self._add(flaskify_path(operation.path, {}), endpoint, handle, methods)
            return
        rule = flaskify_path(operation.path, operation.path_types)
        endpoint = flaskify_endpoint(resolution.operation_id)
        self._add(rule, endpoint, _validated(resolution.function), methods)

    def _add_pages(self):
        options = self.options
        name = self.name
        default = "/swagger.json" if self.specification.is_version_2 else "/openapi.json"
        if options.get("serve_spec", options.get("swagger_json", True)):
            path = options.get("openapi_spec_path", default)
            self._add(path, name + "_openapi_json", self.get_json_spec, None)
            if path.endswith("json"):
                self._add(path[: -len("json")] + "yaml", name + "_openapi_yaml", self.get_yaml_spec, None)
        if options.get("swagger_ui", True):
            url = "/" + options.get("swagger_url", "/ui").strip("/")
            if options.get("swagger_ui_config") is not None:
                config_url = url + "/swagger-ui-config.json"
                self._add(config_url, name + "_swagger_ui_config", lambda: None, None)
            static_url = url + "/<path:filename>"
            self._add(static_url, name + "_swagger_ui_static", self.console_ui_static_files, None)
            self._add(url + "/", name + "_swagger_ui_index", self.console_ui_home, None)

    def get_json_spec(self):
        pass

    def get_yaml_spec(self):
        pass

    def console_ui_home(self):
        pass

    def console_ui_static_files(self, filename):
        pass
