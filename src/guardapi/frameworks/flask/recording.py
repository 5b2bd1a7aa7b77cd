"""An evaluator that remembers the calls by which the set-up starts servers and opens databases."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from guardapi.frameworks.flask.foreign_applications import speaks_of_flask
from guardapi.model import Distribution
from guardapi.place import Place
from guardapi.python.evaluator import Evaluator
from guardapi.python.state import Bounds, Files
from guardapi.python.values import BoundMethod, Call, Class, External, Function, Instance, Module, Value

ENGINE_CALLS: Final = frozenset(
    {
        *("flask_sqlalchemy.SQLAlchemy", "sqlalchemy.create_engine", "sqlalchemy.engine.create_engine"),
        *("sqlalchemy.ext.asyncio.create_async_engine", "sqlmodel.create_engine"),
    }
)
RUN_SIMPLE: Final = frozenset({"werkzeug.run_simple", "werkzeug.serving.run_simple"})
WATCHED: Final = ENGINE_CALLS | RUN_SIMPLE
RUN_METHODS: Final = frozenset({"run", "run_server"})
RUN_MODELS: Final = frozenset({"dash/dash.py", "flask/app.py", "flask_socketio.py"})
"""The models whose method of such a name starts the development server."""
MAX_CALLS: Final = 500
WITHOUT_ROUTES: Final = frozenset(
    {
        *(
            "a2wsgi",
            "apscheduler",
            "asgiref",
            "authlib",
            "blinker",
            "celery",
            "ddtrace",
            "elasticapm",
            "flask",
        ),
        *("flask_alembic", "flask_allows", "flask_argon2", "flask_assets", "flask_babel", "flask_babelex"),
        *(
            "flask_babelplus",
            "flask_bcrypt",
            "flask_caching",
            "flask_celery",
            "flask_celeryext",
            "flask_compress",
        ),
        *("flask_cors", "flask_dramatiq", "flask_executor", "flask_htmlmin", "flask_httpauth"),
        *("flask_jwt_extended", "flask_login", "flask_mail", "flask_mailman", "flask_marshmallow"),
        *("flask_migrate", "flask_minify", "flask_moment", "flask_mongoengine", "flask_msearch"),
        *(
            "flask_oauthlib",
            "flask_paginate",
            "flask_principal",
            "flask_pymongo",
            "flask_redis",
            "flask_replicated",
        ),
        *("flask_rq2", "flask_seasurf", "flask_sqlalchemy", "flask_talisman", "flask_whooshee", "flask_wtf"),
        *("loguru", "logging", "marshmallow", "newrelic", "opentelemetry", "peewee", "raven", "sentry_sdk"),
        *("sqlalchemy", "structlog", "werkzeug", "whitenoise"),
        *(
            "flask_basicauth",
            "flask_request_id",
            "flask_script",
            "flask_sslify",
            "sqlalchemy_helpers",
            "svcs",
        ),
        *(
            "atexit",
            "bjoern",
            "cheroot",
            "cherrypy",
            "eventlet",
            "gevent",
            "gunicorn",
            "hypercorn",
            "meinheld",
        ),
        *("tornado", "twisted", "uvicorn", "waitress"),
    }
)
"""Packages that are handed applications, and add no route to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A call that the set-up makes, of a function of a library or of a method of one of its objects."""

    name: str
    """Qualified, `sqlalchemy.create_engine`; of a method the model and its name, `flask/app.py:run`."""
    receiver: Value
    call: Call
    place: Place | None
    main: Module | None
    """The module whose main block was running."""
    in_function: bool
    """A function that nothing in the tree calls was running, so that no import leads here."""
    is_local: bool
    """A function of the project makes it, rather than the body of a module."""


class RecordingEvaluator(Evaluator):
    """An evaluator with a memory for such calls."""

    def __init__(
        self,
        files: Files,
        python_files: list[str],
        *,
        root_name: str = "",
        models: Mapping[str, bytes] | None = None,
        natives: Mapping[str, Value] | None = None,
        distribution: Distribution | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        super().__init__(
            files,
            python_files,
            root_name=root_name,
            models=models,
            natives=natives,
            distribution=distribution,
            bounds=bounds,
        )
        self.presumed["as_view"] = ("flask.views", "presumed_view")
        self.presumed_applications: set[str] = set()
        """Names of classes and factories of distributions that are not known."""
        self.recorded: list[Recorded] = []
        self._main: Module | None = None
        self._in_function = False

    def external(self, owner: str, name: str, *, known_module: bool = False) -> Value:
        """`owner.name`, where the source of `owner` is not in the tree."""
        found = super().external(owner, name, known_module=known_module)
        if (
            name in self.presumed_applications
            and type(found) is External
            and speaks_of_flask(found.name)
            and owner.partition(".")[0] not in self.model_names
        ):
            return super().external("flask.presumed", "PresumedApplication")
        return found

    def call(self, function: Value, call: Call) -> Value:
        """What a call gives."""
        kind = type(function)
        if kind is External:
            if function.name in WATCHED:
                self._record(function.name, None, call)
            elif function.name.partition(".")[0] not in WITHOUT_ROUTES and _has_application(call):
                self.note_here(f"`{function.name}` is handed the application, and may add routes to it")
        elif kind is BoundMethod and (method := function.function) and _starts_server(method):
            self._record(f"{method.module.path}:{method.name}", function.receiver, call)
        return super().call(function, call)

    def run_main(self, module: Module) -> None:
        """Evaluate what a module does when it is started."""
        self._main = module
        try:
            super().run_main(module)
        finally:
            self._main = None

    def run_root(self, function: Value, call: Call) -> Value:
        """Call something that nothing calls."""
        self._in_function = True
        try:
            return super().run_root(function, call)
        finally:
            self._in_function = False

    def _record(self, name: str, receiver: Value, call: Call) -> None:
        if len(self.recorded) < MAX_CALLS:
            made = Recorded(
                name=name,
                receiver=receiver,
                call=call,
                place=self.here(),
                main=self._main,
                in_function=self._in_function,
                is_local=self.project_function() is not None,
            )
            self.recorded.append(made)


def is_application(value: Value) -> bool:
    """Whether it is an application, as far as what it holds tells."""
    return type(value) is Instance and "url_map" in value.attributes and "blueprints" in value.attributes


def is_application_class(value: Value) -> bool:
    """Whether it is the model of `Flask`."""
    return (
        type(value) is Class
        and value.name == "Flask"
        and value.module is not None
        and value.module.is_model
        and value.module.path == "flask/app.py"
    )


def _has_application(call: Call) -> bool:
    return any(map(is_application, (*call.args, *call.kwargs.values())))


def _starts_server(method: Value) -> bool:
    return (
        type(method) is Function
        and method.name in RUN_METHODS
        and method.module.is_model
        and method.module.path in RUN_MODELS
    )
