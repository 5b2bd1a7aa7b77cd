"""What views and APIs have in common: exposed methods become the rules of one blueprint."""

from flask_appbuilder.hooks import get_before_request_hooks, wrap_route_handler_with_hooks


def expose(url="/", methods=("GET",)):
    def mark(function):
        if not hasattr(function, "_urls"):
            function._urls = []
        function._urls.append((url, methods))
        return function

    return mark


class RoutedClass:
    """Methods with `_urls` are routes, unless the class leaves them out."""

    appbuilder = None
    blueprint = None
    endpoint = None
    route_base = None
    base_permissions = None
    class_permission_name = None
    previous_class_permission_name = None
    method_permission_name = None
    previous_method_permission_name = None
    exclude_route_methods = set()
    include_route_methods = None
    limits = None

    def _collect_limits(self):
        if self.limits is None:
            self.limits = []
        for name in __marked__(self, "_limit"):
            self.limits.append(getattr(self, name)._limit)

    def _is_routed(self, name):
        if self.include_route_methods is not None and name not in self.include_route_methods:
            return False
        return name not in self.exclude_route_methods

    def _register_urls(self):
        hooks = get_before_request_hooks(self)
        for name in __marked__(self, "_urls"):
            if not self._is_routed(name):
                continue
            attribute = getattr(self, name)
            for url, methods in attribute._urls:
                handler = wrap_route_handler_with_hooks(name, attribute, hooks)
                self.blueprint.add_url_rule(url, name, handler, methods=methods)

    def get_uninit_inner_views(self):
        return []

    def get_init_inner_views(self):
        return []

    def get_method_permission(self, method_name):
        return (self.method_permission_name or {}).get(method_name, method_name)
