"""An evaluator that remembers the calls by which the set-up starts servers and opens databases."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from guardapi.place import Place
from guardapi.python.evaluator import Evaluator
from guardapi.python.state import Bounds, Files
from guardapi.python.values import BoundMethod, Call, External, Function, Module, Value

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
        packages: Mapping[str, str] | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        super().__init__(
            files,
            python_files,
            root_name=root_name,
            models=models,
            natives=natives,
            packages=packages,
            bounds=bounds,
        )
        self.recorded: list[Recorded] = []
        self._main: Module | None = None
        self._in_function = False

    def call(self, function: Value, call: Call) -> Value:
        """What a call gives."""
        kind = type(function)
        if kind is External and function.name in WATCHED:
            self._record(function.name, None, call)
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


def _starts_server(method: Value) -> bool:
    return (
        type(method) is Function
        and method.name in RUN_METHODS
        and method.module.is_model
        and method.module.path in RUN_MODELS
    )
