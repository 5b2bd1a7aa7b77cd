"""The set-ups, each a function of the extension (or its model) that returns an application."""

import functools

CASES = []


def case(*extensions):
    def decorator(setup):
        CASES.extend((extension, setup) for extension in extensions)
        return setup

    return decorator


def passing(function):
    """A decorator of the project."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper
