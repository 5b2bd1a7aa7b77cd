"""Decorators of wrapt: the wrapper is given what it stands around."""

import functools


def decorator(wrapper=None, enabled=None, adapter=None, proxy=None):
    if wrapper is None:
        return decorator

    def decorate(wrapped):
        @functools.wraps(wrapped)
        def replacement(*args, **kwargs):
            return wrapper(wrapped, None, args, kwargs)

        return replacement

    return functools.wraps(wrapper)(decorate)
