"""The package `decorator`: decorators made of functions that are given the decorated one first."""

import functools


def decorate(func, caller, extras=(), kwsyntax=False):
    @functools.wraps(func)
    def replacement(*args, **kwargs):
        return caller(func, *extras, *args, **kwargs)

    return replacement


def decorator(caller, _func=None, kwsyntax=False):
    if _func is not None:
        return decorate(_func, caller)

    @functools.wraps(caller)
    def decorated(func=None, *args, **options):
        if func is None:
            return functools.partial(decorate, caller=caller, extras=tuple(options.values()))
        return decorate(func, caller)

    return decorated
