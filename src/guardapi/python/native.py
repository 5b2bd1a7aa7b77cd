"""Functions that the evaluator knows, registered by name."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from guardapi.python.values import Call, NativeFunction, Unknown, Value

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator


def native(*names: str, into: dict[str, Value]) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """Register a function under its names: `function(ev, *args, **kwargs)`."""

    def register(function: Callable[..., Value]) -> Callable[..., Value]:
        def run(ev: "Evaluator", call: Call) -> Value:
            try:
                return function(ev, *call.args, **call.kwargs)
            except TypeError:
                return Unknown(f"a call of {names[0]}() with arguments that do not fit")

        for name in names:
            into[name] = NativeFunction(name.rpartition(".")[2], run)
        return function

    return register
