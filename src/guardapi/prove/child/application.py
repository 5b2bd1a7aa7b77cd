"""Finds the application by its name, and makes it answer strangers: `module:name`, `module:factory("argument")`."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import traceback
from collections.abc import Callable
from typing import Any

WRAPPERS = 5


class NotFoundError(Exception):
    """There is no application under this name."""


class Application:
    """A WSGI callable, and the Flask application in it, if it is one."""

    def __init__(self, name: str) -> None:
        self.called: Callable[..., Any] = _found(name)
        self.flask = _flask_in(self.called)
        self.errors: list[str] = []
        self.facts: list[str] = []
        if self.flask is not None:
            # Flask would hand them to whoever tests.
            self.flask.config["PROPAGATE_EXCEPTIONS"] = False
            self._note_errors()
            self._let_forms_in()
            self._make_tables()

    def _note_errors(self) -> None:
        try:
            import flask  # noqa: PLC0415

            flask.got_request_exception.connect(self._note, self.flask)
        except (ImportError, RuntimeError):
            # An old Flask without signals: its errors are in what it logs.
            return

    def _note(self, _sender: object, exception: BaseException, **_: object) -> None:
        text = traceback.format_exception(type(exception), exception, exception.__traceback__, limit=-3)
        self.errors.append("".join(text))

    def _let_forms_in(self) -> None:
        """A token against forged requests is no obstacle to whoever asks for the form first."""
        if "flask_wtf" in sys.modules:
            self.flask.config["WTF_CSRF_ENABLED"] = False
            self.facts.append("forms are taken without a CSRF token")

    def _make_tables(self) -> None:
        """Where the database is a file of the copy, or in memory."""
        database = self.flask.extensions.get("sqlalchemy")
        if not hasattr(database, "create_all"):
            return
        try:
            with self.flask.app_context():
                if database.engine.dialect.name != "sqlite":
                    return
                database.create_all()
                if database.engine.url.database not in (None, "", ":memory:"):
                    # A connection must not be used in two processes.
                    database.engine.dispose()
        except Exception as error:  # noqa: BLE001  # whatever its models do; the requests will show it
            self.facts.append(f"the tables of its database were not made: {type(error).__name__}: {error}")


def _found(name: str) -> Any:
    module, _, attribute = name.partition(":")
    if not attribute:
        raise NotFoundError(f"{name!r} does not name an application, like `shop.app:create_app`")
    found: Any = importlib.import_module(module)
    try:
        expression = ast.parse(attribute, mode="eval").body
    except SyntaxError:
        raise NotFoundError(f"{attribute!r} is no name and no call") from None
    arguments: list[Any] = []
    named: dict[str, Any] = {}
    is_call = isinstance(expression, ast.Call)
    if isinstance(expression, ast.Call):
        try:
            arguments = [ast.literal_eval(argument) for argument in expression.args]
            named = {word.arg or "": ast.literal_eval(word.value) for word in expression.keywords}
        except ValueError:
            raise NotFoundError(f"the arguments of {attribute!r} are no plain values") from None
        expression = expression.func
    for part in _parts(expression, attribute):
        if not hasattr(found, part):
            raise NotFoundError(f"{module!r} has no {part!r}: it was looked for as {name!r}")
        found = getattr(found, part)
    if is_call or _is_factory(found):
        found = found(*arguments, **named)
    elif inspect.isfunction(found) and not _is_wsgi(found):
        asked = ", ".join(inspect.signature(found).parameters)
        raise NotFoundError(
            f"{name!r} makes an application from what it is given ({asked}): name it with its arguments, like"
            f' `{module}:{attribute}("argument")`, or a function of your own that calls it, as `start` of prove.toml'
        )
    found = _application_of(found)
    if not callable(found):
        raise NotFoundError(f"{name!r} is no application, but of type {type(found).__name__!r}")
    return found


def _parts(expression: ast.expr, text: str) -> list[str]:
    if isinstance(expression, ast.Name):
        return [expression.id]
    if isinstance(expression, ast.Attribute):
        return [*_parts(expression.value, text), expression.attr]
    raise NotFoundError(f"{text!r} is no name and no call")


def _application_of(made: Any) -> Any:
    """Some factories return the application beside other things."""
    if isinstance(made, (tuple, list)):
        return next((part for part in made if hasattr(part, "wsgi_app")), made)
    return made


def _is_factory(found: Any) -> bool:
    """Whether something makes an application: it can be called with nothing, which WSGI never does."""
    if hasattr(found, "wsgi_app") and not inspect.isclass(found):
        return False
    try:
        inspect.signature(found).bind()
    except (TypeError, ValueError):
        return False
    return True


def _is_wsgi(function: Any) -> bool:
    """`def application(environ, start_response)`: a factory may take two arguments as well, of other names."""
    given = inspect.signature(function).parameters.values()
    if any(one.kind is one.VAR_POSITIONAL for one in given):
        return True
    names = [one.name for one in given if one.kind is not one.KEYWORD_ONLY]
    return len(names) > 1 and "start" in names[1]


def _flask_in(called: Any) -> Any:
    """The Flask application, within what is wrapped around it."""
    for _ in range(WRAPPERS):
        if hasattr(called, "session_interface") and hasattr(called, "extensions"):
            return called
        inner = getattr(called, "app", None) or getattr(called, "wsgi_app", None)
        called = getattr(inner, "__self__", inner)
    return None
