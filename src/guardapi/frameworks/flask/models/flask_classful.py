"""What Flask-Classful registers: one rule for each public method of a view class."""

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


def method(method, **options):
    def decorator(function):
        if not hasattr(function, "http_methods"):
            function.http_methods = []
        function.http_methods.append(method)
        return function

    return decorator


class FlaskView:
    decorators = []
    representations = {}
    route_base = None
    route_prefix = None
    trailing_slash = True
    base_args = []
    excluded_methods = []
    method_dashified = False
    special_methods = {
        "get": ["GET"],
        "put": ["PUT"],
        "patch": ["PATCH"],
        "post": ["POST"],
        "delete": ["DELETE"],
        "index": ["GET"],
    }
    type_hints = {str: "string", int: "int", float: "float"}

    @classmethod
    def register(
        cls,
        app,
        route_base=None,
        subdomain=None,
        route_prefix=None,
        trailing_slash=None,
        method_dashified=None,
        base_class=None,
        init_argument=None,
        **rule_options,
    ):
        given = {
            "route_base": route_base or None,
            "route_prefix": route_prefix or None,
            "trailing_slash": trailing_slash,
            "method_dashified": method_dashified,
        }
        # Only what is given is set and put back: a class that inherits it must not come to own it.
        given = {option: value for option, value in given.items() if value is not None}
        saved = {option: getattr(cls, option) for option in given}
        for option, value in given.items():
            setattr(cls, option, value)
        if not subdomain:
            subdomain = getattr(app, "subdomain", None) or getattr(cls, "subdomain", None)
        for name, function in _routed_members(base_class or FlaskView, cls):
            proxy = cls.make_proxy_method(name, init_argument)
            rules = (getattr(function, "_rule_cache", None) or {}).get(name)
            if rules is not None:
                subdomain = _add_custom_rules(cls, app, name, rules, proxy, subdomain, rule_options)
            elif name in cls.special_methods:
                _add_special_rule(cls, app, name, function, proxy, subdomain, rule_options)
            else:
                _add_named_rule(cls, app, name, function, proxy, subdomain, rule_options)
        for option, value in saved.items():
            setattr(cls, option, value)

    @classmethod
    def parse_options(cls, options):
        options = dict(options)
        subdomain = options.pop("subdomain", None)
        endpoint = options.pop("endpoint", None)
        return subdomain, endpoint, options

    @classmethod
    def make_proxy_method(cls, name, init_argument):
        instance = cls() if init_argument is None else cls(init_argument)
        view = _as_function(getattr(instance, name))
        for decorator in reversed(cls.decorators or []):
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
        if rule:
            parts.append(rule)
        if method and getattr(cls, "inspect_args", True):
            parts.extend(_variables(cls, method))
        return re.sub("//+", "/", "/" + "/".join(parts))

    @classmethod
    def get_route_base(cls):
        if cls.route_base is None:
            return cls.default_route_base().strip("/")
        # The list is the base class's unless a class has its own: one view's variables hide those of all.
        for variable in re.findall("<([^>]*)>", cls.route_base):
            cls.base_args.append(variable.split(":")[-1])
        return cls.route_base.strip("/")

    @classmethod
    def default_route_base(cls):
        return _dashify_uppercase(cls.__name__.removesuffix("View"))

    @classmethod
    def build_route_name(cls, method_name):
        return f"{cls.__name__}:{method_name}"


def _as_function(bound):
    @functools.wraps(bound)
    def inner(*args, **kwargs):
        return bound(*args, **kwargs)

    return inner


def _dashify_uppercase(name):
    first = re.sub("(.)([A-Z][a-z]+)", r"\1-\2", name)
    return re.sub("([a-z0-9])([A-Z])", r"\1-\2", first).lower()


def _routed_members(base_class, cls):
    base_members = dir(base_class)
    members = []
    for name, function in inspect.getmembers(cls, inspect.isfunction):
        if name in base_members or name in cls.excluded_methods:
            continue
        if name.startswith(("_", "before_", "after_")):
            continue
        members.append((name, function))
    return members


def _add_custom_rules(cls, app, name, rules, proxy, subdomain, rule_options):
    for index, (path, declared) in enumerate(rules):
        declared.update(rule_options)
        rule = cls.build_rule(path)
        own_subdomain, endpoint, options = cls.parse_options(declared)
        # The first subdomain found stays in force for the members that follow.
        if not subdomain and own_subdomain:
            subdomain = own_subdomain
        if not endpoint:
            endpoint = cls.build_route_name(name)
            if len(rules) > 1:
                endpoint = f"{endpoint}_{index}"
        app.add_url_rule(rule, endpoint, proxy, subdomain=subdomain, **options)
    return subdomain


def _add_special_rule(cls, app, name, function, proxy, subdomain, rule_options):
    rule = cls.build_rule("/", function)
    if not cls.trailing_slash and rule != "/":
        rule = rule.rstrip("/")
    elif cls.trailing_slash is True and not rule.endswith("/"):
        rule = rule + "/"
    methods = cls.special_methods[name]
    endpoint = cls.build_route_name(name)
    app.add_url_rule(rule, endpoint, proxy, methods=methods, subdomain=subdomain, **rule_options)


def _add_named_rule(cls, app, name, function, proxy, subdomain, rule_options):
    if hasattr(function, "http_methods"):
        methods = function.http_methods
    else:
        methods = getattr(cls, "default_methods", ["GET"])
    path = name.replace("_", "-") if cls.method_dashified is True else name
    rule = cls.build_rule(f"/{path}/" if cls.trailing_slash else f"/{path}", function)
    if cls.trailing_slash is True and not rule.endswith("/"):
        rule = rule + "/"
    endpoint = cls.build_route_name(name)
    app.add_url_rule(rule, endpoint, proxy, methods=methods, subdomain=subdomain, **rule_options)


def _variables(cls, function):
    argspec = _argspec(function)
    required = argspec.args[: len(argspec.args) - len(argspec.defaults or ())]
    parts = []
    for name in required:
        if name == "self" or name in cls.base_args:
            continue
        converter = _converter(cls, argspec.annotations.get(name))
        parts.append(f"<{converter}:{name}>" if converter else f"<{name}>")
    return parts


def _converter(cls, annotation):
    if annotation is None:
        return None
    for known, converter in cls.type_hints.items():
        if annotation is known:
            return converter
    if getattr(annotation, "__name__", None) == "UUID":
        return "uuid"
    return None


def _argspec(function):
    """The signature of the method behind its decorators: the outermost that starts with `self`."""
    argspec = inspect.getfullargspec(function)
    if argspec.args and argspec.args[0] == "self":
        return argspec
    if hasattr(function, "__wrapped__"):
        return _argspec(function.__wrapped__)
    for cell in getattr(function, "__closure__", None) or ():
        if inspect.isfunction(cell.cell_contents):
            return _argspec(cell.cell_contents)
    return argspec
