"""What Flask-Classy registers. Flask-Classful continued it; names, decorators and variables differ."""

import functools
import inspect
import re


def route(rule, **options):
    def decorator(function):
        if getattr(function, "_rule_cache", None) is None:
            function._rule_cache = {}
        function._rule_cache.setdefault(function.__name__, []).append((rule, options))
        return function

    return decorator


class FlaskView:
    decorators = []
    route_base = None
    route_prefix = None
    trailing_slash = True

    @classmethod
    def register(cls, app, route_base=None, subdomain=None, route_prefix=None, trailing_slash=None):
        saved = (cls.route_base, cls.route_prefix, cls.trailing_slash)
        if route_base:
            cls.route_base = route_base
        if route_prefix:
            cls.route_prefix = route_prefix
        if trailing_slash is not None:
            cls.trailing_slash = trailing_slash
        if not subdomain:
            subdomain = getattr(app, "subdomain", None) or getattr(cls, "subdomain", None)
        for name, function in _routed_members(cls):
            proxy = cls.make_proxy_method(name)
            rules = (getattr(function, "_rule_cache", None) or {}).get(name)
            if rules is not None:
                subdomain = _add_custom_rules(cls, app, name, rules, proxy, subdomain)
            else:
                _add_rule(cls, app, name, function, proxy, subdomain)
        cls.route_base, cls.route_prefix, cls.trailing_slash = saved

    @classmethod
    def parse_options(cls, options):
        options = dict(options)
        subdomain = options.pop("subdomain", None)
        endpoint = options.pop("endpoint", None)
        return subdomain, endpoint, options

    @classmethod
    def make_proxy_method(cls, name):
        view = getattr(cls(), name)
        for decorator in cls.decorators or []:
            view = decorator(view)

        @functools.wraps(view)
        def proxy(**view_args):
            return view(**view_args)

        return proxy

    @classmethod
    def build_rule(cls, rule, method=None):
        parts = []
        if cls.route_prefix:
            parts.append(cls.route_prefix)
        route_base = cls.get_route_base()
        if route_base:
            parts.append(route_base)
        parts.append(rule)
        if method:
            hidden = ["self", *getattr(cls, "base_args", [])]
            parts.extend([f"<{name}>" for name in _arguments(method) if name not in hidden])
        return re.sub("//+", "/", "/" + "/".join(parts))

    @classmethod
    def get_route_base(cls):
        if cls.route_base is not None:
            variables = re.findall("<([^>]*)>", cls.route_base)
            cls.base_args = [variable.split(":")[-1] for variable in variables]
            return cls.route_base.strip("/")
        return cls.__name__.removesuffix("View").lower()

    @classmethod
    def build_route_name(cls, method_name):
        return f"{cls.__name__}:{method_name}"


_METHODS = {
    "get": ["GET"],
    "put": ["PUT"],
    "patch": ["PATCH"],
    "post": ["POST"],
    "delete": ["DELETE"],
    "index": ["GET"],
}


def _routed_members(cls):
    base_members = dir(FlaskView)
    members = []
    for name, function in inspect.getmembers(cls, inspect.isfunction):
        if name not in base_members and not name.startswith(("_", "before_", "after_")):
            members.append((name, function))
    return members


def _add_custom_rules(cls, app, name, rules, proxy, subdomain):
    for index, (path, declared) in enumerate(rules):
        own_subdomain, endpoint, options = cls.parse_options(declared)
        # The first subdomain found stays in force for the members that follow.
        if not subdomain and own_subdomain:
            subdomain = own_subdomain
        if not endpoint:
            endpoint = cls.build_route_name(name)
            if len(rules) > 1:
                endpoint = f"{endpoint}_{index}"
        app.add_url_rule(cls.build_rule(path), endpoint, proxy, subdomain=subdomain, **options)
    return subdomain


def _add_rule(cls, app, name, function, proxy, subdomain):
    endpoint = cls.build_route_name(name)
    if name in _METHODS:
        rule = cls.build_rule("/", function)
        if not cls.trailing_slash:
            rule = rule.rstrip("/")
        app.add_url_rule(rule, endpoint, proxy, methods=_METHODS[name], subdomain=subdomain)
    else:
        rule = cls.build_rule(f"/{name}/" if cls.trailing_slash else f"/{name}", function)
        app.add_url_rule(rule, endpoint, proxy, subdomain=subdomain)


def _arguments(function):
    """The arguments of the method behind its decorators: the outermost that starts with `self`."""
    arguments = inspect.getfullargspec(function).args
    if arguments and arguments[0] == "self":
        return arguments
    if hasattr(function, "__wrapped__"):
        return _arguments(function.__wrapped__)
    for cell in getattr(function, "__closure__", None) or ():
        if inspect.isfunction(cell.cell_contents):
            return _arguments(cell.cell_contents)
    return arguments
