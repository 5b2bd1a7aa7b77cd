"""Running statements. A block answers how it ended: None, or a signal of `control`."""

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from guardapi.python.branches import run_if, run_match
from guardapi.python.control import BREAK, CONTINUE, RETURN, OutOfSteps, Raised, Signal
from guardapi.python.loops import run_for, run_while
from guardapi.python.operators import in_place
from guardapi.python.targets import as_load, assign, delete, store
from guardapi.python.values import Class, DictValue, Frame, Instance, Managed, Property, Value

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator


def run_block(ev: "Evaluator", body: list[ast.stmt], frame: Frame) -> Signal:
    """Run statements in order until one leaves the block."""
    for statement in body:
        frame.node = statement
        ev.steps += frame.module.step
        if ev.steps > ev.limit:
            raise OutOfSteps
        try:
            signal = STATEMENTS[type(statement)](ev, statement, frame)
        except RecursionError:
            ev.note(statement, frame, "nested too deeply to evaluate")
            signal = None
        if signal is not None:
            return signal
    return None


def _expression(ev: "Evaluator", node: ast.Expr, frame: Frame) -> Signal:
    ev.evaluate(node.value, frame)
    return None


def _assign(ev: "Evaluator", node: ast.Assign, frame: Frame) -> Signal:
    value = ev.evaluate(node.value, frame)
    for target in node.targets:
        if type(target) is ast.Name:
            store(frame, target.id, value)
        else:
            assign(ev, target, value, frame)
    return None


def _annotated(ev: "Evaluator", node: ast.AnnAssign, frame: Frame) -> Signal:
    if frame.is_class and isinstance(node.target, ast.Name):
        annotations = frame.locals.setdefault("__annotations__", DictValue())
        annotations[node.target.id] = node.annotation
    if node.value is not None:
        assign(ev, node.target, ev.evaluate(node.value, frame), frame)
    return None


def _augmented(ev: "Evaluator", node: ast.AugAssign, frame: Frame) -> Signal:
    load = as_load(node.target)
    old = ev.evaluate(load, frame)
    new = ev.evaluate(node.value, frame)
    if type(old) is list and isinstance(node.op, ast.Add):
        # In place, as Python does it: other names of the list see it too.
        ev.extend(old, ev.iterate(new))
        return None
    if isinstance(old, DictValue) and isinstance(new, DictValue) and isinstance(node.op, ast.BitOr):
        old.update(new)
        return None
    assign(ev, node.target, in_place(ev, node.op, old, new), frame)
    return None


def _return(ev: "Evaluator", node: ast.Return, frame: Frame) -> Signal:
    frame.returned.append(None if node.value is None else ev.evaluate(node.value, frame))
    return RETURN


def _raise(ev: "Evaluator", node: ast.Raise, frame: Frame) -> Signal:
    if isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name | ast.Attribute):
        cls = ev.evaluate(node.exc.func, frame)
        if type(cls) is Class and not ev.is_guarded(raised := Instance(cls)):
            raise Raised(raised)  # nothing looks at it, so nothing is gained by running its `__init__`
    value = ev.evaluate(node.exc, frame) if node.exc is not None else frame.locals.get("__caught__")
    raise Raised(value)


def _try(ev: "Evaluator", node: ast.Try, frame: Frame) -> Signal:
    """The body; a handler only where the body surely raises what it catches."""
    guards = [ev.evaluate(h.type, frame) if h.type else ev.builtin("BaseException") for h in node.handlers]
    signal: Signal = None
    try:
        frame.guards.append([g for h, g in zip(node.handlers, guards, strict=True) if not _passes_on(h)])
        try:
            signal = run_block(ev, node.body, frame)
        finally:
            frame.guards.pop()
        if signal is None:
            signal = run_block(ev, node.orelse, frame)
    except Raised as exception:
        handler = next(
            (h for h, g in zip(node.handlers, guards, strict=True) if ev.catches(g, exception.value)), None
        )
        if handler is None:
            run_block(ev, node.finalbody, frame)
            raise
        if handler.name:
            frame.locals[handler.name] = exception.value
        frame.locals["__caught__"] = exception.value
        signal = run_block(ev, handler.body, frame)
    last = run_block(ev, node.finalbody, frame)
    return last or signal


def _passes_on(handler: ast.ExceptHandler) -> bool:
    """Whether a handler ends by raising again what it has caught: a log entry, not an answer."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and (
        last.exc is None or (isinstance(last.exc, ast.Name) and last.exc.id == handler.name)
    )


def _with(ev: "Evaluator", node: ast.With | ast.AsyncWith, frame: Frame) -> Signal:
    return _with_items(ev, node, node.items, frame)


def _with_items(
    ev: "Evaluator", node: ast.With | ast.AsyncWith, items: list[ast.withitem], frame: Frame
) -> Signal:
    if not items:
        return run_block(ev, node.body, frame)
    target = items[0].optional_vars
    manager = ev.evaluate(items[0].context_expr, frame)

    def inside(value: Value) -> Signal:
        if target is not None:
            assign(ev, target, value, frame)
        return _with_items(ev, node, items[1:], frame)

    if type(manager) is Managed:
        return _with_generator(ev, manager, inside, frame)
    value = ev.enter(manager)
    try:
        return inside(value)
    finally:
        ev.leave(manager)


def _with_generator(
    ev: "Evaluator", manager: Managed, inside: Callable[[Value], Signal], frame: Frame
) -> Signal:
    """A block under `@contextmanager`: it runs where the generator yields, between what stands before and after."""
    signals: list[Signal] = []

    def block(value: Value) -> None:
        if signals:
            return  # in another arm of the generator: the block stands in the source once
        signals.append(None)
        ev.stack.append(frame)
        try:
            signals[0] = inside(value)
        finally:
            ev.stack.pop()

    answer = ev.manage(manager, block)
    return signals[0] if signals else inside(answer)


def _function(ev: "Evaluator", node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Signal:
    function = ev.make_function(node, frame)
    value: Value = function
    for decorator in reversed(node.decorator_list):
        value = _decorate(ev, decorator, value, frame)
    store(frame, node.name, value)
    return None


def _decorate(ev: "Evaluator", decorator: ast.expr, value: Value, frame: Frame) -> Value:
    setter = isinstance(decorator, ast.Attribute) and decorator.attr in {"setter", "deleter", "getter"}
    if setter and isinstance(decorator, ast.Attribute):
        existing = ev.evaluate(decorator.value, frame)
        if isinstance(existing, Property):
            return Property(existing.getter, value) if decorator.attr == "setter" else existing
    return ev.decorate(ev.evaluate(decorator, frame), value, decorator, frame)


def _class(ev: "Evaluator", node: ast.ClassDef, frame: Frame) -> Signal:
    bases: list[Value] = []
    for base in node.bases:
        if isinstance(base, ast.Starred):
            bases.extend(ev.iterate(ev.evaluate(base.value, frame)))
        else:
            bases.append(ev.evaluate(base, frame))
    keywords = {k.arg: ev.evaluate(k.value, frame) for k in node.keywords if k.arg}
    value: Value = ev.make_class(node, bases, keywords, frame)
    for decorator in reversed(node.decorator_list):
        value = _decorate(ev, decorator, value, frame)
    store(frame, node.name, value)
    return None


def _import(ev: "Evaluator", node: ast.Import, frame: Frame) -> Signal:
    for alias in node.names:
        module = ev.import_module(alias.name, frame)
        if alias.asname:
            store(frame, alias.asname, module)
        else:
            top = alias.name.partition(".")[0]
            store(frame, top, ev.import_module(top, frame))
    return None


def _import_from(ev: "Evaluator", node: ast.ImportFrom, frame: Frame) -> Signal:
    for alias in node.names:
        if alias.name == "*":
            ev.import_star(node.module or "", node.level, frame)
            continue
        value = ev.import_from(node.module or "", alias.name, node.level, frame)
        store(frame, alias.asname or alias.name, value)
    return None


def _global(_ev: "Evaluator", node: ast.Global, frame: Frame) -> Signal:
    frame.globals_declared = (frame.globals_declared or set()) | set(node.names)
    return None


def _nonlocal(_ev: "Evaluator", node: ast.Nonlocal, frame: Frame) -> Signal:
    frame.nonlocals = (frame.nonlocals or set()) | set(node.names)
    return None


def _assert(ev: "Evaluator", node: ast.Assert, frame: Frame) -> Signal:
    ev.evaluate(node.test, frame)
    return None


def _nothing(_ev: "Evaluator", _node: ast.stmt, _frame: Frame) -> Signal:
    return None


def _break(_ev: "Evaluator", _node: ast.stmt, _frame: Frame) -> Signal:
    return BREAK


def _continue(_ev: "Evaluator", _node: ast.stmt, _frame: Frame) -> Signal:
    return CONTINUE


STATEMENTS: Final[dict[type, Callable[..., Signal]]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Delete: delete,
    ast.If: run_if,
    ast.For: run_for,
    ast.AsyncFor: run_for,
    ast.While: run_while,
    ast.Return: _return,
    ast.Raise: _raise,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.Import: _import,
    ast.ImportFrom: _import_from,
    ast.Global: _global,
    ast.Nonlocal: _nonlocal,
    ast.Assert: _assert,
    ast.Match: run_match,
    ast.Pass: _nothing,
    ast.Break: _break,
    ast.Continue: _continue,
}
if type_alias := getattr(ast, "TypeAlias", None):  # Python 3.12 and later
    STATEMENTS[type_alias] = _nothing
