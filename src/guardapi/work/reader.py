"""Reading handlers: each function of the project once for each kind of arguments, statement by statement."""

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from guardapi.frameworks.served import RequestFacts
from guardapi.place import Place
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import MISSING, Class, Definition, Function, Module, place_of
from guardapi.sink import Input, Kind, Sink, Step, WorkClass
from guardapi.work import credentials, expressions, invoke, refusals
from guardapi.work.conditions import decided, key_of, refine
from guardapi.work.declared import NOTHING_DECLARED, Declared
from guardapi.work.expressions import assign, evaluate, iterated
from guardapi.work.flow import NONE, NOTHING, Flow, Local, bound_of, is_checked, join
from guardapi.work.invoke import entered
from guardapi.work.names import Names


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


@dataclass(slots=True, eq=False)
class Result:
    """What reading a function with some arguments has shown."""

    name: str
    """`module:qualified.name`."""
    place: Place
    returned: Flow = NOTHING
    yielded: Flow | None = None
    sinks: dict[tuple[Place, Kind], Sink] = field(default_factory=dict)
    """Those in the function itself."""
    calls: list[tuple[Step, "Result", Input | None]] = field(default_factory=list)
    """Functions it calls, with what the call is repeated by."""
    bounds: dict[str, Flow] = field(default_factory=dict)
    """What its parameters are once it has returned."""
    shows: dict[bool, dict[str, str]] = field(default_factory=dict)
    """By the truth of its answer: the parameters that have a bound then, and the kind of bound."""
    fields: dict[str, Flow] = field(default_factory=dict)
    """Attributes it has set on its first parameter."""
    never_returns: bool = False
    makes_application: bool = False
    """Whether it builds an application, which happens once, whoever asks for it first."""
    may_abort: bool = False
    """Whether some way through it ends the request."""
    reads_request: set[str] = field(default_factory=set)
    """Facts of the request and its route that it asks for: `method`, `endpoint`, `blueprint`, `path`."""
    is_cut: bool = False
    """Whether something below was too deep to read."""
    unread: set[str] = field(default_factory=set)
    opaque: set[str] = field(default_factory=set)
    """Paths of what it calls that neither the tree nor a table knows."""
    answers: list[tuple[Flow, ast.expr | None, Place]] = field(default_factory=list)
    """What it returns, each with its expression and where it stands."""
    weak_tests: list[str] = field(default_factory=list)
    """Caller data that is compared with a literal, or looked for."""
    has_strong_test: bool = False
    """Whether caller data is compared with something that is not written in the source."""
    arguments: dict[str, Flow] = field(default_factory=dict)
    """Kept, so that the identities in its key stay theirs."""


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
        self.kept: dict[str, Flow] = {}
        """What functions keep for the time of a request, by path (`flask.ctx._Globals().db`)."""
        self.memo: dict[object, Any] = {}
        """What is worked out once for an application (schemas), by what and of what."""
        self._known: dict[Function, dict[object, list[tuple[dict[str, str | None], Result]]]] = {}
        """By function and arguments: what was found, each with the facts of the request that it depends on."""

    def enter(self, function: Function, arguments: dict[str, Flow]) -> Result:
        """The same for what a request enters through: its own share of the bounds begins."""
        self.limit = min(self.expressions + self.bounds.entry_expressions, self.bounds.expressions)
        return self.read(function, arguments)

    def read(self, function: Function, arguments: dict[str, Flow]) -> Result:
        """What a function does with some arguments; read once for each kind of them."""
        known = self._known.setdefault(function, {})
        key: object = tuple((name, flow.key()) for name, flow in arguments.items())
        if key not in known and len(known) >= self.bounds.contexts:
            arguments, key = dict.fromkeys(arguments, NOTHING), ANYTHING
        for facts, found in known.get(key, ()):
            is_same = all(self.request.get(name) == value for name, value in facts.items())
            if is_same and not (found.is_cut and self.depth == 0):
                return found
        result = self._read(function, arguments)
        facts = {name: self.request.get(name) for name in result.reads_request}
        known.setdefault(key, []).append((facts, result))
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


class Run:
    """One reading of one function."""

    def __init__(  # what a run starts from
        self,
        reader: Reader,
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
        self.around: list[ast.For | ast.AsyncFor | ast.While] = []
        """The loops of this function that the current statement stands in."""
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
        self.env = _merged(ends, before) if ends else before

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
        self.result.is_cut = self.result.is_cut or result.is_cut


Handler = Callable[[Run, Any], None]


def _in_all(found: list[dict[str, str]]) -> dict[str, str]:
    """The bounds that every one of some ends has."""
    if not found:
        return {}
    return {name: bound for name, bound in found[0].items() if all(name in other for other in found)}


def _merged(ends: list[dict[str, Flow]], before: dict[str, Flow]) -> dict[str, Flow]:
    if len(ends) == 1:
        return ends[0]
    merged: dict[str, Flow] = {}
    for key in dict.fromkeys(key for env in ends for key in env):
        flows = [env[key] for env in ends if key in env]
        # What a test has shown of an expression holds behind the test only where every arm shows it.
        if len(flows) < len(ends) and not key.isidentifier() and key not in before:
            continue
        flow = flows[0]
        for other in flows[1:]:
            if other is not flow:
                flow = join(flow, other)
        merged[key] = flow
    return merged


# -- one function for each kind of statement -----------------------------------------------------


def _expression(run: Run, node: ast.Expr) -> None:
    evaluate(run, node.value)


def _assign(run: Run, node: ast.Assign) -> None:
    flow = evaluate(run, node.value)
    for target in node.targets:
        assign(run, target, flow)


def _annotated(run: Run, node: ast.AnnAssign) -> None:
    if node.value is not None:
        assign(run, node.target, evaluate(run, node.value))


def _augmented(run: Run, node: ast.AugAssign) -> None:
    load = _as_load(node.target)
    combined = ast.copy_location(ast.BinOp(load, node.op, node.value), node)
    assign(run, node.target, evaluate(run, combined))


def _as_load(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    if isinstance(target, ast.Attribute):
        return ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
    assert isinstance(target, ast.Subscript)  # noqa: S101  # the grammar allows no other
    return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)


def _return(run: Run, node: ast.Return) -> None:
    run.returns_here(evaluate(run, node.value) if node.value is not None else NONE, node.value, node)
    run.note_answer(node.value)
    refusals.returned(run, node)
    run.exits.append(run.env)
    run.ended = True


def _raise(run: Run, node: ast.Raise) -> None:
    if node.exc is not None:
        refusals.raised(run, node, evaluate(run, node.exc))
    run.result.may_abort = True
    run.ended = True


def _leave_loop(run: Run, node: ast.stmt) -> None:
    del node
    run.ended = True


def _if(run: Run, node: ast.If) -> None:
    answer = decided(run, node.test)
    if answer is not None:
        run.run_block(node.body if answer else node.orelse)
        return
    evaluate(run, node.test)
    credentials.asked(run, node.test)
    run.tests.append(node.test)

    def arm(body: list[ast.stmt], *, holds: bool) -> None:
        refine(run, node.test, holds=holds)
        loops, once = run.loops, run.is_once
        if body and isinstance(body[-1], ast.Return):
            run.loops = []  # it leaves every loop: what stands here runs at most once
        run.is_once = once or (holds and _makes_singleton(run, node))
        run.run_block(body)
        run.loops, run.is_once = loops, once

    run.fork((lambda: arm(node.body, holds=True), lambda: arm(node.orelse, holds=False)))
    run.tests.pop()


def _makes_singleton(run: Run, node: ast.If) -> bool:
    """`if _client is None: _client = ...` on a name of the module or a class: runs once in a process."""
    test = node.test
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        kept = test.operand
    elif isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is):
        kept = test.left
    else:
        return False
    if isinstance(kept, ast.Name):
        lives_on = kept.id in run.globals
    else:
        lives_on = isinstance(kept, ast.Attribute) and isinstance(
            evaluate(run, kept.value).value, Class | Module
        )
    key = key_of(kept)
    # Within, too: under a lock it is often asked once more.
    inner = [part for statement in node.body for part in ast.walk(statement)]
    targets = [target for part in inner if isinstance(part, ast.Assign) for target in part.targets]
    return lives_on and key is not None and any(key_of(target) == key for target in targets)


def _global(run: Run, node: ast.Global) -> None:
    run.globals.update(node.names)


def _loop(run: Run, body: list[ast.stmt], start: Callable[[], None]) -> None:
    """A body that runs any number of times: twice, so that what one round leaves reaches the next."""
    before = dict(run.env)

    def once() -> None:
        start()
        run.run_block(body)
        run.ended = False  # `continue`, `break`, or a return on the way: the loop may also end otherwise

    once()
    if any(run.env[key].taints - before[key].taints for key in before.keys() & run.env.keys()):
        once()
    run.env = _merged([before, run.env], before)


def _for(run: Run, node: ast.For | ast.AsyncFor) -> None:
    iterable = evaluate(run, node.iter)
    for observer in FOR_OBSERVERS:
        observer(run, node, iterable)
    element, repeated = iterated(run, node.iter, iterable)
    if repeated is not None:
        run.loops.append(repeated)
        if isinstance(node.target, ast.Name) and any(t.bound != "value" for t in element.taints):
            run.items[id(repeated)] = node.target.id
    run.around.append(node)
    _loop(run, node.body, lambda: assign(run, node.target, element))
    run.around.pop()
    if repeated is not None:
        run.loops.pop()
    run.run_block(node.orelse)


def _while(run: Run, node: ast.While) -> None:
    answer = decided(run, node.test)
    if answer is False:
        run.run_block(node.orelse)
        return
    for observer in WHILE_OBSERVERS:
        observer(run, node)

    def start() -> None:
        evaluate(run, node.test)
        refine(run, node.test, holds=True)

    run.around.append(node)
    _loop(run, node.body, start)
    run.around.pop()
    refine(run, node.test, holds=False)
    endless = isinstance(node.test, ast.Constant) and bool(node.test.value) and not _breaks(node.body)
    run.ended = endless
    run.run_block(node.orelse)


WHILE_OBSERVERS: Final[list[Callable[[Run, ast.While], None]]] = []
FOR_OBSERVERS: Final[list[Callable[[Run, ast.For | ast.AsyncFor, Flow], None]]] = []
"""Asked about each loop, with what it goes over."""


def _breaks(body: list[ast.stmt]) -> bool:
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Break | ast.Return):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(node))
    return False


def _with(run: Run, node: ast.With | ast.AsyncWith) -> None:
    for item in node.items:
        flow = entered(run, evaluate(run, item.context_expr), item.context_expr)
        if item.optional_vars is not None:
            assign(run, item.optional_vars, flow)
    run.run_block(node.body)


def _try(run: Run, node: ast.Try) -> None:
    before = dict(run.env)

    def body() -> None:
        run.run_block(node.body)
        if not run.ended:
            run.run_block(node.orelse)

    def handler(caught: ast.ExceptHandler) -> None:
        # It may run from any point of the body: what held before it is what surely holds.
        if caught.name:
            run.env[caught.name] = NOTHING
        run.run_block(caught.body)

    run.env = before
    run.fork((body, *(lambda caught=caught: handler(caught) for caught in node.handlers)))
    ended, run.ended = run.ended, False
    run.run_block(node.finalbody)
    run.ended = run.ended or ended


def _match(run: Run, node: ast.Match) -> None:
    evaluate(run, node.subject)

    def arm(case: ast.match_case) -> None:
        for part in ast.walk(case.pattern):
            name = getattr(part, "name", None)
            if isinstance(name, str):
                run.env[name] = NOTHING
        run.run_block(case.body)

    arms = [lambda case=case: arm(case) for case in node.cases]
    run.fork((*arms, lambda: None))


def _define(run: Run, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    qualname = f"{run.result.name.partition(':')[2]}.<locals>.{node.name}"
    for decorator in node.decorator_list:
        evaluate(run, decorator)
    run.env[node.name] = Flow(Local(node, run.env, run.module, run.function, qualname))


def _define_class(run: Run, node: ast.ClassDef) -> None:
    run.env[node.name] = Flow(path=f"{run.result.name}.{node.name}")


def _import(run: Run, node: ast.Import) -> None:
    for alias in node.names:
        name = alias.name if alias.asname else alias.name.partition(".")[0]
        run.env[alias.asname or name] = run.reader.names.load(name, run.module)


def _import_from(run: Run, node: ast.ImportFrom) -> None:
    for alias in node.names:
        if alias.name != "*":
            run.env[alias.asname or alias.name] = run.reader.names.load_from(node, alias.name, run.module)


def _delete(run: Run, node: ast.Delete) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            run.env.pop(target.id, None)


def _evaluated(run: Run, node: ast.Assert) -> None:
    evaluate(run, node.test)
    refine(run, node.test, holds=True)


STATEMENTS: Final[dict[type[ast.stmt], Callable[..., None]]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Break: _leave_loop,
    ast.Continue: _leave_loop,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Match: _match,
    ast.FunctionDef: _define,
    ast.AsyncFunctionDef: _define,
    ast.ClassDef: _define_class,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Delete: _delete,
    ast.Global: _global,
    ast.Assert: _evaluated,
}
