"""Access decorators of views and APIs; they wrap the handler and leave its routes alone."""

import functools

from flask_appbuilder.utils.limit import Limit


def no_cache(view):
    @functools.wraps(view)
    def wrapped_view(*args, **kwargs):
        return view(*args, **kwargs)

    return wrapped_view


def _checked(function):
    function._permission_name = getattr(function, "_permission_name", function.__name__)

    @functools.wraps(function)
    def checked(self, *args, **kwargs):
        return function(self, *args, **kwargs)

    return checked


def protect(allow_browser_login=False):
    return _checked


def has_access(function):
    return _checked(function)


def has_access_api(function):
    return _checked(function)


def permission_name(name):
    def mark(function):
        function._permission_name = name
        return function

    return mark


def limit(
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
):
    def mark(function):
        function._limit = Limit(
            limit_value,
            key_func=key_func,
            per_method=per_method,
            methods=methods,
            error_message=error_message,
            exempt_when=exempt_when,
            override_defaults=override_defaults,
            deduct_when=deduct_when,
            on_breach=on_breach,
            cost=cost,
        )
        return function

    return mark
