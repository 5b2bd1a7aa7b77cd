"""What the user declares about names that no table has: calls that cost something, and who asks callers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from guardapi.config import DeclaredSink
from guardapi.python.values import BoundMethod, Function, Partial, Wrapped
from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.flow import IDENTITY, all_taints
from guardapi.work.specs import Facts, Invocation, Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The declarations of one run, by dotted names (`shop.security.signed_in`)."""

    guards: frozenset[str] = frozenset()
    sinks: dict[str, tuple[Spec, ...]] = field(default_factory=dict)

    def is_guard(self, name: str) -> bool:
        """Whether a function or decorator, `module:name` or dotted, lets only known callers pass."""
        return name.removesuffix("()").replace(":", ".") in self.guards

    def specs_of(self, made: Invocation) -> tuple[Spec, ...]:
        """What a call is declared to do."""
        return self.sinks.get(called(made), ()) if self.sinks else ()


NOTHING_DECLARED: Final = Declared()


def declared(guards: Iterable[str], sinks: Iterable[DeclaredSink]) -> Declared:
    """The declarations of the options, as the reader of functions looks them up."""
    by_name: dict[str, tuple[Spec, ...]] = {}
    for sink in sinks:
        name = _dotted(sink.name)
        spec = Spec(
            kind=Kind[sink.kind.upper().replace("-", "_")],
            work=WorkClass[sink.work.upper()],
            names=(name,),
            inspect=_inputs,
        )
        by_name[name] = (*by_name.get(name, ()), spec)
    return Declared(guards=frozenset(map(_dotted, guards)), sinks=by_name)


def called(made: Invocation) -> str:
    """The dotted name of what is called, a function of the project or a path of a library."""
    function = _function(made.function.value)
    return f"{function.module.name}.{function.qualname}" if function is not None else made.path


def _function(value: Any) -> Function | None:
    while isinstance(value, Wrapped | BoundMethod | Partial):
        value = value.inner if isinstance(value, Wrapped) else value.function
    return value if isinstance(value, Function) else None


def _dotted(name: str) -> str:
    return name.replace(":", ".")


def _inputs(made: Invocation) -> Facts:
    """All caller data that is handed over."""
    return {"inputs": list(_handed(made)), "is_declared": True}


def _handed(made: Invocation) -> Iterator[Input]:
    flows = [*made.args, *made.kwargs.values()]
    for taint in sorted({taint for flow in flows for taint in all_taints(flow)}):
        if taint.kind != IDENTITY:
            yield Input(role=Role.DATA, source=taint.source, kind=taint.kind, is_bounded=taint.is_bounded)
