"""The current application, as set-up code uses it."""

_applications = []
"""Every application, in the order in which they were made."""
_pushed = []


def _current():
    if _pushed:
        return _pushed[-1]
    if _applications:
        return _applications[-1]
    return None


class AppContext:
    def __init__(self, app):
        self.app = app

    def push(self):
        _pushed.append(self.app)

    def pop(self, exc=None):
        if _pushed:
            _pushed.pop()

    def __enter__(self):
        self.push()
        return self

    def __exit__(self, *exc_info):
        self.pop()


class _CurrentApp:
    def __getattr__(self, name):
        if name == "_get_current_object":
            return _current
        return getattr(_current(), name)


current_app = _CurrentApp()


def copy_current_request_context(function):
    return function


class _Globals:
    pass


g = _Globals()
