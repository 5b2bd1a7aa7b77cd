"""Running statements. A block answers how it ended: None, or one of the signals below."""

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from guardapi.python.arm_writes import ArmWrites
from guardapi.python.values import (
    CONSTANTS,
    Class,
    DictValue,
    Frame,
    Instance,
    Managed,
    Property,
    Unknown,
    Value,
    join,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

RETURN: Final = "return"
BREAK: Final = "break"
CONTINUE: Final = "continue"
Signal = str | None
MAY_END: Final = 2
"""How often a `while` loop goes on where it may have been left."""
ENDLESS: Final = 50
"""How often it goes on where no test tells when it ends."""


class Raised(Exception):  # noqa: N818  # it is Python's own `raise` of the scanned code, not an error of ours
    """An exception of the scanned code, on its way to a handler."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


def run_block(ev: "Evaluator", body: list[ast.stmt], frame: Frame) -> Signal:
    """Run statements in order until one leaves the block."""
    for statement in body:
        ev.step(statement, frame)
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
    load = _as_load(node.target)
    old = ev.evaluate(load, frame)
    new = ev.evaluate(node.value, frame)
    if type(old) is list and isinstance(node.op, ast.Add):
        # In place, as Python does it: other names of the list see it too.
        ev.extend(old, ev.iterate(new))
        return None
    if isinstance(old, DictValue) and isinstance(new, DictValue) and isinstance(node.op, ast.BitOr):
        old.update(new)
        return None
    assign(ev, node.target, ev.binary(node.op, old, new), frame)
    return None


def _as_load(target: ast.expr) -> ast.expr:
    if isinstance(target, ast.Name):
        return ast.copy_location(ast.Name(target.id, ast.Load()), target)
    if isinstance(target, ast.Attribute):
        return ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
    if isinstance(target, ast.Subscript):
        return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
    return target


def assign(ev: "Evaluator", target: ast.expr, value: Value, frame: Frame) -> None:
    """Bind a target: a name, attribute, item, or a pattern of these."""
    if type(target) is ast.Name:
        store(frame, target.id, value)
    elif isinstance(target, ast.Attribute):
        ev.set_attribute(ev.evaluate(target.value, frame), target.attr, value)
    elif isinstance(target, ast.Subscript):
        ev.set_item(ev.evaluate(target.value, frame), ev.evaluate(target.slice, frame), value)
    elif isinstance(target, ast.Tuple | ast.List):
        _unpack(ev, target.elts, value, frame)
    elif isinstance(target, ast.Starred):
        assign(ev, target.value, value, frame)


def store(frame: Frame, name: str, value: Value) -> None:
    """Bind a name where the frame says it lives."""
    if frame.globals_declared and name in frame.globals_declared:
        frame.module.namespace[name] = value
        return
    if frame.nonlocals and name in frame.nonlocals:
        outer = frame.parent
        while outer is not None and name not in outer.locals:
            outer = outer.parent
        (outer or frame).locals[name] = value
        return
    frame.locals[name] = value


def _unpack(ev: "Evaluator", targets: list[ast.expr], value: Value, frame: Frame) -> None:
    items = ev.known_items(value)
    starred = next((i for i, target in enumerate(targets) if isinstance(target, ast.Starred)), None)
    if items is None or (len(items) != len(targets) and starred is None):
        for target in targets:
            assign(ev, target, Unknown("unpacked from a value that is not known"), frame)
        return
    if starred is not None:
        after = len(targets) - starred - 1
        items = [*items[:starred], items[starred : len(items) - after], *items[len(items) - after :]]
    for target, item in zip(targets, items, strict=False):
        assign(ev, target, item, frame)


def _delete(ev: "Evaluator", node: ast.Delete, frame: Frame) -> Signal:
    for target in node.targets:
        if isinstance(target, ast.Name):
            frame.locals.pop(target.id, None)
        elif isinstance(target, ast.Subscript):
            container = ev.evaluate(target.value, frame)
            ev.delete_item(container, ev.evaluate(target.slice, frame))
        elif isinstance(target, ast.Attribute):
            ev.delete_attribute(ev.evaluate(target.value, frame), target.attr)
    return None


def _if(ev: "Evaluator", node: ast.If, frame: Frame) -> Signal:
    if frame.function is None and not frame.is_class and is_main_guard(node.test):
        frame.module.main_blocks.append(node)
        return run_block(ev, node.orelse, frame)
    decided = ev.truth(ev.evaluate(node.test, frame))
    if decided is None:
        return run_arms(ev, node, [node.body, node.orelse], frame)
    taken, other = (node.body, node.orelse) if decided else (node.orelse, node.body)
    try:
        return run_block(ev, taken, frame)
    except Raised as exception:
        if ev.is_guarded(exception.value):
            raise
        # Nothing catches it, yet the application starts: the test rests on something that is other
        # where it runs (the environment, a file). So the other arm is what happens.
        return run_block(ev, other, frame)


def is_main_guard(test: ast.expr) -> bool:
    """Whether a condition is `__name__ == "__main__"`."""
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value == "__main__"
    )


def run_arms(ev: "Evaluator", node: ast.stmt, arms: list[list[ast.stmt]], frame: Frame) -> Signal:
    """Run every arm of a branch that could not be decided, each from the same names, and join what they
    bind. What an arm registers is marked conditional."""
    before = dict(frame.locals)
    frame.arms += 1
    ends: list[dict[str, Value]] = []
    signals: list[Signal] = []
    raised: Raised | None = None
    test = getattr(node, "test", None) or getattr(node, "subject", None) or node
    written = ArmWrites(ev)
    for arm in arms:
        frame.locals.clear()
        frame.locals.update(before)
        ev.conditions.append((frame.module, test))
        try:
            with written.arm():
                signal = run_block(ev, arm, frame)
        except Raised as exception:
            raised = exception
            continue
        finally:
            ev.conditions.pop()
        signals.append(signal)
        if signal is None:
            ends.append(dict(frame.locals))
    written.join()
    frame.locals.clear()
    if not signals and raised is not None:
        frame.locals.update(before)
        raise raised
    frame.locals.update(_joined(ends) if ends else before)
    frame.breaks += BREAK in signals
    return None if ends else signals[0]


def _joined(ends: list[dict[str, Value]]) -> dict[str, Value]:
    merged = dict(ends[0])
    for end in ends[1:]:
        for name, value in end.items():
            if name not in merged:
                merged[name] = value
            elif merged[name] is not value:
                merged[name] = join(merged[name], value)
    return merged


def _for(ev: "Evaluator", node: ast.For | ast.AsyncFor, frame: Frame) -> Signal:
    outer = frame.breaks
    try:
        return _run_for(ev, node, frame)
    finally:
        frame.breaks = outer


def _run_for(ev: "Evaluator", node: ast.For | ast.AsyncFor, frame: Frame) -> Signal:
    items = ev.evaluate(node.iter, frame)
    known = ev.known_items(items)
    if known is None:
        return _run_once(ev, node, ev.element_of(items), frame)
    for item in known[: ev.bounds.iterations]:
        assign(ev, node.target, item, frame)
        signal = run_block(ev, node.body, frame)
        if signal == BREAK:
            return None
        if signal == RETURN:
            return signal
    if len(known) > ev.bounds.iterations:
        ev.note(node, frame, f"a loop over {len(known)} items stops after {ev.bounds.iterations}")
    return run_block(ev, node.orelse, frame)


def _run_once(ev: "Evaluator", node: ast.For | ast.AsyncFor, item: Value, frame: Frame) -> Signal:
    """A loop over something that is not known: its body once, for any item, or not at all."""
    before = dict(frame.locals)
    assign(ev, node.target, item, frame)
    ev.conditions.append((frame.module, node.iter))
    try:
        signal = run_block(ev, node.body, frame)
    except Raised:
        signal = None
    finally:
        ev.conditions.pop()
    merged = _joined([dict(frame.locals), before])
    frame.locals.clear()
    frame.locals.update(merged)
    if signal == RETURN:
        signal = None  # the loop may not have run: what follows it is reached too
    return run_block(ev, node.orelse, frame)


def _while(ev: "Evaluator", node: ast.While, frame: Frame) -> Signal:
    outer = frame.breaks
    try:
        return _run_while(ev, node, frame)
    finally:
        frame.breaks = outer


def _run_while(ev: "Evaluator", node: ast.While, frame: Frame) -> Signal:
    breaks = frame.breaks
    left = unclear = 0
    for _ in range(ev.bounds.iterations):
        decided = ev.truth(ev.evaluate(node.test, frame))
        if decided is None:
            return run_arms(ev, node, [node.body, []], frame)
        if not decided:
            return run_block(ev, node.orelse, frame)
        arms, ways_out = frame.arms, frame.breaks + len(frame.returned)
        signal = run_block(ev, node.body, frame)
        if signal == BREAK:
            return None
        if signal == RETURN:
            return signal
        left += frame.breaks + len(frame.returned) > ways_out
        unclear += frame.arms > arms or isinstance(node.test, ast.Constant)
        if left >= MAY_END or unclear >= (MAY_END if node in ev.endless else ENDLESS):
            ev.endless.add(node)
            break
    only_returns = isinstance(node.test, ast.Constant) and frame.breaks == breaks and frame.returned
    return RETURN if only_returns else None


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


def _match(ev: "Evaluator", node: ast.Match, frame: Frame) -> Signal:
    """Literal cases are decided; any other pattern makes the rest undecided."""
    subject = ev.evaluate(node.subject, frame)
    if isinstance(subject, CONSTANTS):
        for case in node.cases:
            matched = _matches(ev, case, subject, frame)
            if matched:
                return run_block(ev, case.body, frame)
            if matched is None:
                break
        else:
            return None
    return run_arms(ev, node, [case.body for case in node.cases], frame)


def _matches(ev: "Evaluator", case: ast.match_case, subject: Value, frame: Frame) -> bool | None:
    patterns = case.pattern.patterns if isinstance(case.pattern, ast.MatchOr) else [case.pattern]
    if case.guard is not None:
        return None
    for pattern in patterns:
        if isinstance(pattern, ast.MatchValue | ast.MatchSingleton):
            wanted = (
                ev.evaluate(pattern.value, frame) if isinstance(pattern, ast.MatchValue) else pattern.value
            )
            if not isinstance(wanted, CONSTANTS):
                return None
            if wanted == subject:
                return True
        elif isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
            if pattern.name:
                store(frame, pattern.name, subject)
            return True
        else:
            return None
    return False


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
    ast.Delete: _delete,
    ast.If: _if,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.While: _while,
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
    ast.Match: _match,
    ast.Pass: _nothing,
    ast.Break: _break,
    ast.Continue: _continue,
}
if type_alias := getattr(ast, "TypeAlias", None):  # Python 3.12 and later
    STATEMENTS[type_alias] = _nothing
