"""What statements do while a handler is read: one function for each kind."""

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from guardapi.python.values import Class, Module
from guardapi.work import credentials, refusals
from guardapi.work.conditions import decided, key_of, refine
from guardapi.work.expressions import assign, evaluate, iterated
from guardapi.work.flow import NONE, NOTHING, Flow, Local, merged
from guardapi.work.invoke import entered

if TYPE_CHECKING:
    from guardapi.work.run import Run

Handler = Callable[["Run", Any], None]


def _expression(run: "Run", node: ast.Expr) -> None:
    evaluate(run, node.value)


def _assign(run: "Run", node: ast.Assign) -> None:
    flow = evaluate(run, node.value)
    for target in node.targets:
        assign(run, target, flow)
        refusals.stored(run, target, node)


def _annotated(run: "Run", node: ast.AnnAssign) -> None:
    if node.value is not None:
        assign(run, node.target, evaluate(run, node.value))


def _augmented(run: "Run", node: ast.AugAssign) -> None:
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


def _return(run: "Run", node: ast.Return) -> None:
    run.returns_here(evaluate(run, node.value) if node.value is not None else NONE, node.value, node)
    run.note_answer(node.value)
    refusals.returned(run, node)
    run.exits.append(run.env)
    run.ended = True


def _raise(run: "Run", node: ast.Raise) -> None:
    if node.exc is not None:
        refusals.raised(run, node, evaluate(run, node.exc))
    run.result.may_abort = True
    run.ended = True


def _leave_loop(run: "Run", node: ast.stmt) -> None:
    del node
    run.ended = True


def _if(run: "Run", node: ast.If) -> None:
    answer = decided(run, node.test)
    if answer is not None:
        run.run_block(node.body if answer else node.orelse)
        return
    evaluate(run, node.test)
    credentials.asked(run, node.test)
    refusals.tested(run, node)
    run.tests.append(node.test)

    def arm(body: list[ast.stmt], *, holds: bool) -> None:
        refine(run, node.test, holds=holds)
        loops, once = run.loops, run.is_once
        if _leaves_loops(run, body):
            run.loops = []
        run.is_once = once or (holds and _makes_singleton(run, node))
        run.run_block(body)
        run.loops, run.is_once = loops, once

    run.fork((lambda: arm(node.body, holds=True), lambda: arm(node.orelse, holds=False)))
    run.tests.pop()


def _leaves_loops(run: "Run", body: list[ast.stmt]) -> bool:
    """Whether some statements leave every loop at their end: what stands there runs at most once."""
    last = body[-1] if body else None
    return isinstance(last, ast.Return) or (isinstance(last, ast.Raise) and not run.catching)


def _makes_singleton(run: "Run", node: ast.If) -> bool:
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
    if not lives_on or key is None:
        return False
    # Within, too: under a lock it is often asked once more.
    inner = [part for statement in node.body for part in ast.walk(statement)]
    targets = [target for part in inner if isinstance(part, ast.Assign) for target in part.targets]
    return any(key_of(target) == key for target in targets)


def _global(run: "Run", node: ast.Global) -> None:
    run.globals.update(node.names)


def _loop(run: "Run", body: list[ast.stmt], start: Callable[[], None]) -> None:
    """A body that runs any number of times: twice, so that what one round leaves reaches the next."""
    before = dict(run.env)

    def once() -> None:
        start()
        run.run_block(body)
        run.ended = False  # `continue`, `break`, or a return on the way: the loop may also end otherwise

    once()
    if any(run.env[key].taints - before[key].taints for key in before.keys() & run.env.keys()):
        once()
    run.env = merged([before, run.env], before)


def _for(run: "Run", node: ast.For | ast.AsyncFor) -> None:
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


def _while(run: "Run", node: ast.While) -> None:
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


WHILE_OBSERVERS: Final[list[Callable[["Run", ast.While], None]]] = []
FOR_OBSERVERS: Final[list[Callable[["Run", ast.For | ast.AsyncFor, Flow], None]]] = []
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


def _with(run: "Run", node: ast.With | ast.AsyncWith) -> None:
    for item in node.items:
        flow = entered(run, evaluate(run, item.context_expr), item.context_expr)
        if item.optional_vars is not None:
            assign(run, item.optional_vars, flow)
    run.run_block(node.body)


def _try(run: "Run", node: ast.Try) -> None:
    before = dict(run.env)

    goes_on = any(not isinstance(caught.body[-1], ast.Raise | ast.Return) for caught in node.handlers)

    def body() -> None:
        run.catching += goes_on
        run.run_block(node.body)
        run.catching -= goes_on
        if not run.ended:
            run.run_block(node.orelse)

    def handler(caught: ast.ExceptHandler) -> None:
        # It may run from any point of the body: what held before it is what surely holds.
        if caught.name:
            run.env[caught.name] = NOTHING
        loops = run.loops
        if _leaves_loops(run, caught.body):
            run.loops = []
        run.run_block(caught.body)
        run.loops = loops

    run.env = before
    run.fork((body, *(lambda caught=caught: handler(caught) for caught in node.handlers)))
    ended, run.ended = run.ended, False
    run.run_block(node.finalbody)
    run.ended = run.ended or ended


def _match(run: "Run", node: ast.Match) -> None:
    evaluate(run, node.subject)

    def arm(case: ast.match_case) -> None:
        for part in ast.walk(case.pattern):
            name = getattr(part, "name", None)
            if isinstance(name, str):
                run.env[name] = NOTHING
        run.run_block(case.body)

    arms = [lambda case=case: arm(case) for case in node.cases]
    run.fork((*arms, lambda: None))


def _define(run: "Run", node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    qualname = f"{run.result.name.partition(':')[2]}.<locals>.{node.name}"
    for decorator in node.decorator_list:
        evaluate(run, decorator)
    run.env[node.name] = Flow(Local(node, run.env, run.module, run.function, qualname))


def _define_class(run: "Run", node: ast.ClassDef) -> None:
    run.env[node.name] = Flow(path=f"{run.result.name}.{node.name}")


def _import(run: "Run", node: ast.Import) -> None:
    for alias in node.names:
        name = alias.name if alias.asname else alias.name.partition(".")[0]
        run.env[alias.asname or name] = run.reader.names.load(name, run.module)


def _import_from(run: "Run", node: ast.ImportFrom) -> None:
    for alias in node.names:
        if alias.name != "*":
            run.env[alias.asname or alias.name] = run.reader.names.load_from(node, alias.name, run.module)


def _delete(run: "Run", node: ast.Delete) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            run.env.pop(target.id, None)


def _evaluated(run: "Run", node: ast.Assert) -> None:
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
