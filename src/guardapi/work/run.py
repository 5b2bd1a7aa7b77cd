"""One reading of one function: its local names, and what is recorded on the way."""

import ast
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from guardapi.place import Place
from guardapi.python.values import MISSING, Function, Module, place_of
from guardapi.sink import Input, Kind, Sink, Step, WorkClass
from guardapi.work import expressions, invoke
from guardapi.work.conditions import refine
from guardapi.work.expressions import evaluate
from guardapi.work.flow import NONE, NOTHING, Flow, bound_of, is_checked, join, merged
from guardapi.work.result import Result
from guardapi.work.statements import STATEMENTS, Handler

if TYPE_CHECKING:
    from guardapi.work.reader import Reader


class Run:
    """One reading of one function."""

    def __init__(  # what a run starts from
        self,
        reader: "Reader",
        name: str,
        module: Module,
        function: Function | None,
        env: dict[str, Flow],
        arguments: dict[str, Flow],
        node: ast.AST | None = None,
    ) -> None:
        place = place_of(module, node) if node is not None else Place(file=module.path, line=1)
        self.reader = reader
        self.module = module
        self.function = function
        """The function of the project; in an inner function, the one around it."""
        self.env = env
        """Local names, and what tests have shown of expressions (`args['n']`)."""
        self.parameters = tuple(arguments)
        self.body: list[ast.stmt] = []
        """Of the function; empty for a lambda."""
        self.call = reader.call
        """None where a request enters."""
        self.result = Result(name, place, arguments=arguments)
        self.loops: list[Input] = []
        """Unbounded collections and amounts of the caller, for each item of which the current code runs."""
        self.items: dict[int, str] = {}
        """By the id of one of these: the name of its item, where that is not one of a few values from the start."""
        self.returns: list[Flow] = []
        self.answers: dict[bool, list[dict[str, str]]] = {True: [], False: []}
        """By the truth of what is returned: what is bounded there, for each `return`."""
        self.predicates: dict[int, dict[bool, list[tuple[ast.expr, str]]]] = {}
        """By the id of a call of the project's functions: the arguments that its answer bounds."""
        self.exits: list[dict[str, Flow]] = []
        self.ended = False
        self.globals: set[str] = set()
        """Names that the function declares to be of its module."""
        self.is_once = False
        """Whether the current statement runs once in a process, and not for each request."""
        self.has_asked = False
        """Whether the function has looked at who calls so far."""
        self.kept_refusals: dict[str, tuple[ast.AST, int]] = {}
        """By local name: where it was made an answer that turns the caller away, with its status."""
        self.around: list[ast.For | ast.AsyncFor | ast.While] = []
        """The loops of this function that the current statement stands in."""
        self.catching = 0
        """The `try` statements around the current statement behind which the function may go on."""
        self.tests: list[ast.expr] = []
        """The undecided tests that the current statement stands under."""

    # -- expressions -----------------------------------------------------------------------------

    def evaluate(self, node: ast.expr) -> Flow:
        """What an expression is."""
        return evaluate(self, node)

    def attribute(self, owner: Flow, name: str, node: ast.AST) -> Flow:
        """`owner.name`."""
        return expressions.attribute_of(self, owner, name, node)

    def element(self, flow: Flow, key: object = MISSING) -> Flow:
        """`flow[key]`, or any item of it."""
        return expressions.element(self, flow, key)

    def apply(self, function: Flow, args: list[Flow], kwargs: dict[str, Flow], node: ast.AST) -> Flow:
        """What a call of a function of the project gives."""
        return invoke.call_function(self, function, args, kwargs, node)

    # -- statements ------------------------------------------------------------------------------

    def run_body(self, body: list[ast.stmt]) -> None:
        """The whole function."""
        self.body = body
        self.run_block(body)
        if not self.ended:
            self.exits.append(self.env)
            self.returns_here(NONE, None, body[-1] if body else None)
            self.note_answer(None)
        result = self.result
        for holds, found in self.answers.items():
            result.shows[holds] = _in_all(found)
        result.never_returns = not self.exits
        for flow in self.returns:
            result.returned = flow if result.returned is NOTHING else join(result.returned, flow)
        for env in self.exits:
            self._keep_bounds(env)
        first = self.parameters[0] if self.parameters else None
        if first is not None and self.exits:
            prefix = f"{first}."
            merged = self.exits[-1]
            result.fields = {
                key.removeprefix(prefix): flow
                for key, flow in merged.items()
                if key.startswith(prefix) and "." not in key[len(prefix) :] and "[" not in key
            }

    def note_answer(self, node: ast.expr | None) -> None:
        """What is bounded where `node` is returned and is true, and where it is false."""
        free = [
            (name, flow)
            for name, flow in self.result.arguments.items()
            if flow.taints and not flow.is_bounded
        ]
        before = self.env
        for holds in (True, False) if free else ():
            if (node is None or isinstance(node, ast.Constant)) and bool(node and node.value) is not holds:
                continue
            self.env = dict(before)
            if node is not None:
                refine(self, node, holds=holds)
            self.answers[holds].append(
                {
                    name: bound_of(self.env[name])
                    for name, flow in free
                    if name in self.env and is_checked(flow, self.env[name])
                }
            )
        self.env = before

    def returns_here(self, flow: Flow, node: ast.expr | None, statement: ast.AST | None) -> None:
        """The function returns here."""
        self.returns.append(flow)
        place = self.place(statement) if statement is not None else self.result.place
        self.result.answers.append((flow, node, place))

    def _keep_bounds(self, env: dict[str, Flow]) -> None:
        for name in self.parameters:
            flow = env.get(name, NOTHING)
            known = self.result.bounds.get(name)
            self.result.bounds[name] = flow if known is None else join(known, flow)

    def run_block(self, body: list[ast.stmt]) -> None:
        """Some statements, up to where none can follow."""
        for statement in body:
            self.reader.statements += 1
            if self.ended or self.reader.statements > self.reader.bounds.statements:
                return
            handler = STATEMENTS.get(type(statement))
            if handler is not None:
                self._run_statement(handler, statement)

    def _run_statement(self, handler: "Handler", statement: ast.stmt) -> None:
        loops, tests = len(self.loops), len(self.tests)
        try:
            handler(self, statement)
        except RecursionError:
            # It costs the statement: what it had opened is closed.
            del self.loops[loops:], self.tests[tests:]
            self.result.unread.add(f"`{self.result.name}` is nested too deeply to follow")

    def fork(self, arms: Iterable[Callable[[], None]]) -> None:
        """Alternatives, of which one runs: each from the same state; what follows sees what all end with."""
        before = self.env
        ends: list[dict[str, Flow]] = []
        for arm in arms:
            self.env, self.ended = dict(before), False
            arm()
            if not self.ended:
                ends.append(self.env)
        self.ended = not ends
        self.env = merged(ends, before) if ends else before

    # -- what is recorded ------------------------------------------------------------------------

    def place(self, node: ast.AST) -> Place:
        """Where a node stands."""
        return place_of(self.module, node)

    def repeated(self) -> Input | None:
        """The caller's collection (or amount) that the current code is repeated by."""
        found = self.loops[-1] if self.loops else None
        item = self.env.get(self.items.get(id(found), ""))
        # Below a test that lets few items pass, the collection's length says nothing.
        is_picked = item is not None and bool(item.taints) and all(t.bound == "value" for t in item.taints)
        return None if is_picked else found

    def record(self, sink: Sink) -> None:
        """A sink of this function."""
        key = (sink.place, sink.kind)
        if self.loops and sink.repeated_by is None:
            sink = replace(sink, repeated_by=self.repeated())
        known = self.result.sinks.get(key)
        if known is None or (known.unbounded is None and sink.unbounded is not None):
            self.result.sinks[key] = sink

    def sink(  # facts, by their names
        self,
        kind: Kind,
        work: WorkClass,
        name: str,
        node: ast.AST,
        *,
        inputs: Iterable[Input] = (),
        facts: dict[str, object] | None = None,
        is_certain: bool = True,
    ) -> None:
        """A sink at a node."""
        if self.module.is_model or self.is_once:
            return
        self.record(
            Sink(
                kind=kind,
                work=work,
                name=name,
                place=self.place(node),
                function=self.result.name,
                inputs=tuple(inputs),
                facts=facts or {},
                is_certain=is_certain,
            )
        )

    def refuses(self, node: ast.AST, *, name: str, status: object, asked: bool = False) -> None:
        """The caller is turned away here: with a status, or to a page where one signs in."""
        facts = {"status": status, "asked": asked or self.has_asked}
        self.sink(Kind.REFUSAL, WorkClass.NOTHING, name, node, facts=facts)

    def withdraw(self, node: ast.AST, kind: Kind) -> None:
        """What was recorded of a node is no sink after all."""
        self.result.sinks.pop((self.place(node), kind), None)

    def follow(self, result: Result, node: ast.AST) -> None:
        """A call of another function of the project."""
        if self.is_once:
            return
        step = Step(place=self.place(node), function=result.name)
        self.result.calls.append((step, result, self.repeated()))
        self.result.reads_request |= result.reads_request
        self.result.may_abort = self.result.may_abort or result.may_abort
        self.result.compares_length = self.result.compares_length or (
            result.compares_length and result.may_abort
        )
        self.result.is_cut = self.result.is_cut or result.is_cut


def _in_all(found: list[dict[str, str]]) -> dict[str, str]:
    """The bounds that every one of some ends has."""
    if not found:
        return {}
    return {name: bound for name, bound in found[0].items() if all(name in other for other in found)}
