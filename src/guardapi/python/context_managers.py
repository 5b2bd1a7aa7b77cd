"""`with` blocks: what a context manager does before and after."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from guardapi.python.calls import call_function
from guardapi.python.values import MISSING, Call, Function, Instance, Managed, Unknown, Value

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator


def enter(ev: "Evaluator", manager: Value) -> Value:
    """`with manager as value`."""
    if type(manager) is Instance and manager.cls.find("__enter__") is not MISSING:
        return ev.call(ev.attribute(manager, "__enter__"), Call([], {}))
    if type(manager) is Managed:
        yielded = ev.call(manager.function, manager.arguments)
        return yielded[0] if type(yielded) is list and yielded else None
    return manager


def manage(ev: "Evaluator", manager: Managed, block: Callable[[Value], None]) -> Value:
    """Run a generator function, and the block where it yields. The answer counts where it yields nothing."""
    if type(manager.function) is not Function:
        return Unknown("a context manager that is not known")
    return call_function(ev, manager.function, manager.arguments, block)


def leave(ev: "Evaluator", manager: Value) -> None:
    """The end of a `with` block."""
    if type(manager) is Instance and manager.cls.find("__exit__") is not MISSING:
        ev.call(ev.attribute(manager, "__exit__"), Call([None, None, None], {}))
