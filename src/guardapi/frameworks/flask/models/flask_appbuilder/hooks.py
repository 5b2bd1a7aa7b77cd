"""Methods that run before the handlers of a view or API."""

import functools


def before_request(hook=None, only=None):
    def mark(function):
        function._before_request_hook = True
        function._before_request_only = only
        return function

    return mark if hook is None else mark(hook)


def get_before_request_hooks(view):
    return [getattr(view, name) for name in __marked__(view, "_before_request_hook")]


def wrap_route_handler_with_hooks(handler_name, handler, before_request_hooks):
    applicable = [
        hook
        for hook in before_request_hooks
        if hook._before_request_only is None or handler_name in hook._before_request_only
    ]
    if not applicable:
        return handler

    # The extension gives its wrapper no name; the handler's is kept here so that it can be found.
    @functools.wraps(handler)
    def wrapped_handler(*args, **kwargs):
        for hook in applicable:
            result = hook()
            if result is not None:
                return result
        return handler(*args, **kwargs)

    return wrapped_handler
