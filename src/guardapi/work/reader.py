"""Reading handlers: each function of the project once for each kind of arguments."""

import ast
from dataclasses import dataclass
from typing import Any, Final

from guardapi.frameworks.served import RequestFacts
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import Definition, Function
from guardapi.work.declared import NOTHING_DECLARED, Declared
from guardapi.work.expressions import evaluate
from guardapi.work.flow import NOTHING, Flow, Local
from guardapi.work.names import Names
from guardapi.work.origins import Calling
from guardapi.work.result import Result
from guardapi.work.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far handlers are read."""

    depth: int = 8
    """Calls below the view."""
    statements: int = 400_000
    """In one application."""
    expressions: int = 4_000_000
    """In one application."""
    entry_expressions: int = 400_000
    """Below one callable that a request enters through."""
    contexts: int = 8
    """Kinds of arguments for which one function is read; beyond, without arguments."""


ANYTHING: Final = "anything"
"""The arguments for which a function is read that was read for many kinds of them."""


class Reader:
    """Reads the functions of one application."""

    def __init__(
        self,
        ev: Evaluator,
        facts: RequestFacts,
        bounds: Bounds | None = None,
        *,
        declared: Declared = NOTHING_DECLARED,
    ) -> None:
        self.ev = ev
        self.facts = facts
        self.declared = declared
        self.names = Names(ev)
        self.bounds = bounds or Bounds()
        self.statements = 0
        self.expressions = 0
        self.limit = self.bounds.entry_expressions
        self.request: dict[str, str] = {"method": "GET"}
        """What is known of the request that is followed: its method, and facts of its route."""
        self.depth = 0
        self.running: list[Function | Local] = []
        self.call: Calling | None = None
        """The call that is followed now."""
        self.kept: dict[str, Flow] = {}
        """What functions keep for the time of a request, by path (`flask.ctx._Globals().db`)."""
        self.memo: dict[object, Any] = {}
        """What is worked out once for an application (schemas), by what and of what."""
        self._known: dict[Function, dict[object, list[tuple[dict[str, str | None], int, Result]]]] = {}
        """By function and arguments: what was found, each with the facts of the request that it depends on, and with
        how many calls below the view it was read."""

    def enter(self, function: Function, arguments: dict[str, Flow]) -> Result:
        """The same for what a request enters through: its own share of the bounds begins."""
        self.limit = min(self.expressions + self.bounds.entry_expressions, self.bounds.expressions)
        self.call = None
        return self.read(function, arguments)

    def read(self, function: Function, arguments: dict[str, Flow]) -> Result:
        """What a function does with some arguments; read once for each kind of them."""
        known = self._known.setdefault(function, {})
        key: object = tuple((name, flow.key()) for name, flow in arguments.items())
        if key not in known and len(known) >= self.bounds.contexts:
            arguments, key = dict.fromkeys(arguments, NOTHING), ANYTHING
        for facts, depth, found in known.get(key, ()):
            is_same = all(self.request.get(name) == value for name, value in facts.items())
            # What was cut below a view is read again where it is a view itself: from there it reaches further.
            if is_same and not (found.is_cut and depth and not self.depth):
                return found
        result = self._read(function, arguments)
        facts = {name: self.request.get(name) for name in result.reads_request}
        known.setdefault(key, []).append((facts, self.depth, result))
        return result

    def read_local(self, local: Local, arguments: dict[str, Flow]) -> Result:
        """What an inner function does."""
        name = f"{local.module.name}:{local.qualname}"
        env = {**local.env, **arguments}
        run = Run(self, name, local.module, local.function, env, arguments, local.node)
        return self._run(run, local, local.node)

    def _read(self, function: Function, arguments: dict[str, Flow]) -> Result:
        name = f"{function.module.name}:{function.qualname}"
        run = Run(self, name, function.module, function, dict(arguments), arguments, function.node)
        return self._run(run, function, function.node)

    def _run(self, run: "Run", function: Function | Local, node: Definition) -> Result:
        if self.depth >= self.bounds.depth or self.statements > self.bounds.statements:
            run.result.is_cut = True
            run.result.unread.add(f"`{run.result.name}` is called too deeply to follow")
            return run.result
        self.depth += 1
        self.running.append(function)
        try:
            if isinstance(node, ast.Lambda):
                run.returns_here(evaluate(run, node.body), node.body, node.body)
                run.result.returned = run.returns[0]
            else:
                run.run_body(self._body(function, node))
        finally:
            self.running.pop()
            self.depth -= 1
        return run.result

    def _body(self, function: Function | Local, node: Definition) -> list[ast.stmt]:
        if isinstance(function, Function):
            return self.ev.body_of(function)[0]
        assert not isinstance(node, ast.Lambda)  # noqa: S101  # for the type checker
        return node.body
