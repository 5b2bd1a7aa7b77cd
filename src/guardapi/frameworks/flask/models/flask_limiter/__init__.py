"""Flask-Limiter: what a set-up tells it. What follows from that for a request is computed elsewhere."""

from functools import partial, wraps

from flask import Blueprint, Flask

from flask_limiter.constants import ExemptionScope, HeaderNames
from flask_limiter.errors import RateLimitExceeded

_limiters = []
"""Every limiter, in the order in which they were made."""

_release = __installed__((4, 1), "flask-limiter")
"""Major and minor of the one that runs."""


class Limit:
    def __init__(
        self,
        limit_provider,
        key_function=None,
        scope=None,
        cost=None,
        shared=False,
        methods=None,
        per_method=False,
        error_message=None,
        meta_limits=None,
        exempt_when=None,
        deduct_when=None,
        on_breach=None,
        override_defaults=False,
        **rest,
    ):
        self.limit_provider = limit_provider
        self.key_function = key_function
        self.scope = scope
        self.cost = cost
        self.shared = shared
        self.methods = methods
        self.per_method = per_method
        self.meta_limits = meta_limits
        self.exempt_when = exempt_when
        self.deduct_when = deduct_when
        self.on_breach = on_breach
        self.override_defaults = override_defaults
        self.condition = __condition__()


class ApplicationLimit(Limit):
    pass


class MetaLimit(Limit):
    pass


class RequestLimit:
    pass


class LimitCheck:
    """A wrapper at which the limiter looks when a request passes."""

    def __init__(self, limiter, identity, stacked, limit, function):
        self.limiter = limiter
        self.identity = identity
        self.stacked = stacked
        self.limit = limit
        self.function = function
        self.place = __place__()
        self.wrapper = None


class RouteLimit(Limit):
    def __init__(self, limit_provider, limiter=None, **options):
        Limit.__init__(self, limit_provider, **options)
        self.limiter = limiter

    def __call__(self, obj):
        if isinstance(obj, Blueprint):
            self.limiter._blueprint_limits.setdefault(obj.name, []).append(self)
            self.limiter._limited_blueprints.append(obj)
            return None
        identity = __identity__(obj)
        self.limiter._marked.add(identity)
        self.limiter._decorated.setdefault(identity, []).append(self)
        stacked = getattr(obj, "_limiter_mark", None) is self.limiter

        @wraps(obj)
        def inner(*args, **kwargs):
            return obj(*args, **kwargs)

        inner._limiter_mark = self.limiter
        check = LimitCheck(self.limiter, identity, stacked, self, obj)
        check.wrapper = inner
        inner._limiter_check = check
        self.limiter._checks.append(check)
        return inner

    def __enter__(self):
        return None

    def __exit__(self, *exc_info):
        return None


class Limiter:
    def __init__(
        self,
        *args,
        key_func=None,
        app=None,
        default_limits=None,
        global_limits=None,
        application_limits=None,
        storage_uri=None,
        storage_options=None,
        enabled=True,
        auto_check=None,
        swallow_errors=None,
        request_identifier=None,
        in_memory_fallback=None,
        in_memory_fallback_enabled=None,
        strategy=None,
        **options,
    ):
        _limiters.append(self)
        self._positional = args
        self._names = [*options]
        if key_func is not None:
            self._names.append("key_func")
        if app is not None:
            self._names.append("app")
        if global_limits is not None:
            self._names.append("global_limits")
        if auto_check is not None:
            self._names.append("auto_check")
        for argument in args:
            # Up to 2.x the application came first, since 3.0 the key function does.
            if isinstance(argument, Flask):
                app = argument
            elif argument is not None and key_func is None:
                key_func = argument
        self._key_func = key_func
        self._default_limits = default_limits or global_limits or []
        self._application_limits = application_limits or []
        self._storage_uri = storage_uri
        self._storage_setting = None
        self._storage_options = storage_options or {}
        self._strategy = strategy
        self._auto_check = True if auto_check is None else auto_check
        self._swallow_errors = swallow_errors
        self._swallow_setting = None
        self._request_identifier = request_identifier
        self._in_memory_fallback = in_memory_fallback
        self._in_memory_fallback_enabled = in_memory_fallback_enabled
        self._given = {
            "RATELIMIT_DEFAULT": default_limits,
            "RATELIMIT_APPLICATION": application_limits,
            "RATELIMIT_STORAGE_URI": storage_uri,
            "RATELIMIT_STRATEGY": strategy,
            "RATELIMIT_SWALLOW_ERRORS": swallow_errors,
            "RATELIMIT_IN_MEMORY_FALLBACK": in_memory_fallback,
        }
        self._options = options
        self._decorated = {}
        self._blueprint_limits = {}
        self._route_exemptions = {}
        self._blueprint_exemptions = {}
        self._exempt_places = {}
        self._exempted = []
        self._limited_blueprints = []
        self._exempted_blueprints = []
        self._bindings = []
        self._marked = set()
        self._checks = []
        self._request_filters = []
        self._apps = []
        self.enabled = enabled
        self.initialized = False
        self.app = app
        if app is not None:
            self.init_app(app)

    def init_app(self, app):
        config = app.config
        self.enabled = config.setdefault("RATELIMIT_ENABLED", self.enabled)
        if not __known__(app):
            __undecided__("a limiter is initialised for an application that is not known")
        self._apps.append(app)
        self._bindings.append((app, dict(config), __place__()))
        if self.enabled is False:
            return
        if not self._default_limits:
            self._default_limits = config.get("RATELIMIT_DEFAULT") or []
        if not self._default_limits and _release < (2, 1):
            self._default_limits = config.get("RATELIMIT_GLOBAL") or []
        if not self._application_limits:
            self._application_limits = config.get("RATELIMIT_APPLICATION") or []
        if not self._storage_uri:
            self._storage_uri = config.get("RATELIMIT_STORAGE_URI")
            self._storage_setting = "RATELIMIT_STORAGE_URI"
        if not self._storage_uri and _release < (3, 0):
            self._storage_uri = config.get("RATELIMIT_STORAGE_URL")
            self._storage_setting = "RATELIMIT_STORAGE_URL"
        if self._swallow_errors is None:
            self._swallow_errors = config.get("RATELIMIT_SWALLOW_ERRORS")
            self._swallow_setting = "RATELIMIT_SWALLOW_ERRORS"
        if not self._in_memory_fallback:
            self._in_memory_fallback = config.get("RATELIMIT_IN_MEMORY_FALLBACK")
        if not self._in_memory_fallback_enabled:
            self._in_memory_fallback_enabled = config.get("RATELIMIT_IN_MEMORY_FALLBACK_ENABLED")
        self._strategy = self._strategy or config.get("RATELIMIT_STRATEGY")
        # The configuration's options come last, and win.
        self._storage_options = dict(self._storage_options)
        self._storage_options.update(config.get("RATELIMIT_STORAGE_OPTIONS") or {})
        self._request_identifier = self._request_identifier or config.get("RATELIMIT_REQUEST_IDENTIFIER")
        app.before_request_funcs.setdefault(None, []).append(self._check_request_limit)
        app.extensions.setdefault("limiter", set()).add(self)
        self.initialized = True

    def _check_request_limit(self, callable_name=None, in_middleware=True):
        return None

    def check(self):
        return None

    def reset(self):
        return None

    def limit(
        self,
        limit_value,
        key_func=None,
        per_method=False,
        methods=None,
        error_message=None,
        exempt_when=None,
        override_defaults=True,
        deduct_when=None,
        on_breach=None,
        cost=1,
        scope=None,
        meta_limits=None,
    ):
        return RouteLimit(
            limit_value,
            limiter=self,
            key_function=key_func,
            per_method=per_method,
            methods=methods,
            exempt_when=exempt_when,
            override_defaults=override_defaults,
            deduct_when=deduct_when,
            on_breach=on_breach,
            cost=cost,
            scope=scope,
            meta_limits=meta_limits,
        )

    def shared_limit(self, limit_value, scope, key_func=None, **options):
        options.setdefault("override_defaults", True)
        options.setdefault("cost", 1)
        return RouteLimit(
            limit_value, limiter=self, key_function=key_func, scope=scope, shared=True, **options
        )

    def exempt(self, obj=None, flags=None):
        if obj is None:
            return partial(self.exempt, flags=flags)
        if isinstance(obj, Blueprint):
            self._blueprint_exemptions[obj.name] = flags
            self._exempted_blueprints.append(obj)
            self._exempt_places[obj.name] = __place__()
            return obj
        identity = __identity__(obj)
        self._route_exemptions[identity] = flags
        self._exempt_places[identity] = __place__()
        self._exempted.append(obj)
        return obj

    def request_filter(self, fn):
        self._request_filters.append(fn)
        return fn
