"""Running loops, a bounded number of times."""

import ast
from typing import TYPE_CHECKING, Final

from guardapi.python.branches import joined_names, run_arms
from guardapi.python.control import BREAK, RETURN, Raised, Signal
from guardapi.python.expressions import look_up
from guardapi.python.targets import assign
from guardapi.python.values import CONSTANTS, MISSING, Frame, Instance, Value

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

MAY_END: Final = 2
"""How often a `while` loop goes on where it may have been left."""
ENDLESS: Final = 50
"""How often it goes on where no test tells when it ends."""
PLAIN_TESTS: Final = (
    *(ast.BoolOp, ast.Compare, ast.Constant, ast.UnaryOp),
    *(ast.boolop, ast.cmpop, ast.expr_context, ast.unaryop),
)


def run_for(ev: "Evaluator", node: ast.For | ast.AsyncFor, frame: Frame) -> Signal:
    outer = frame.breaks
    try:
        return _for(ev, node, frame)
    finally:
        frame.breaks = outer


def _for(ev: "Evaluator", node: ast.For | ast.AsyncFor, frame: Frame) -> Signal:
    items = ev.evaluate(node.iter, frame)
    known = ev.known_items(items)
    if known is None:
        return _run_once(ev, node, ev.element_of(items), frame)
    for item in known[: ev.bounds.iterations]:
        assign(ev, node.target, item, frame)
        signal = ev.run_block(node.body, frame)
        if signal == BREAK:
            return None
        if signal == RETURN:
            return signal
    if len(known) > ev.bounds.iterations:
        ev.note(node, frame, f"a loop stops after {ev.bounds.iterations} runs")
    return ev.run_block(node.orelse, frame)


def _run_once(ev: "Evaluator", node: ast.For | ast.AsyncFor, item: Value, frame: Frame) -> Signal:
    """A loop over something that is not known: its body once, for any item, or not at all."""
    before = dict(frame.locals)
    assign(ev, node.target, item, frame)
    ev.conditions.append((frame.module, node.iter))
    try:
        signal = ev.run_block(node.body, frame)
    except Raised:
        signal = None
    finally:
        ev.conditions.pop()
    merged = joined_names([dict(frame.locals), before])
    frame.locals.clear()
    frame.locals.update(merged)
    if signal == RETURN:
        signal = None  # the loop may not have run: what follows it is reached too
    return ev.run_block(node.orelse, frame)


def run_while(ev: "Evaluator", node: ast.While, frame: Frame) -> Signal:
    outer = frame.breaks
    try:
        return _while(ev, node, frame)
    finally:
        frame.breaks = outer


def _while(ev: "Evaluator", node: ast.While, frame: Frame) -> Signal:
    breaks = frame.breaks
    left = unclear = 0
    facts = _facts_of(node.test)
    state: list[Value] = []
    for _ in range(ev.bounds.iterations):
        decided = ev.truth(ev.evaluate(node.test, frame))
        if decided is None:
            return run_arms(ev, node, [node.body, []], frame)
        if not decided:
            return ev.run_block(node.orelse, frame)
        before, state = state, [_current(fact, frame) for fact in facts]
        stays = bool(before) and all(map(_is_same, before, state))
        arms, ways_out = frame.arms, frame.breaks + len(frame.returned)
        signal = ev.run_block(node.body, frame)
        if signal == BREAK:
            return None
        if signal == RETURN:
            return signal
        left += frame.breaks + len(frame.returned) > ways_out
        unclear += stays or frame.arms > arms or isinstance(node.test, ast.Constant)
        if left >= MAY_END or unclear >= (MAY_END if node in ev.endless else ENDLESS):
            ev.endless.add(node)
            break
    only_returns = isinstance(node.test, ast.Constant) and frame.breaks == breaks and frame.returned
    return RETURN if only_returns else None


def _facts_of(test: ast.expr) -> list[ast.Name | ast.Attribute]:
    """The names and attributes of names that a test rests on, where it rests on nothing else; else none."""
    found: list[ast.Name | ast.Attribute] = []
    for node in ast.walk(test):
        if isinstance(node, ast.Name | ast.Attribute):
            found.append(node)
        elif not isinstance(node, PLAIN_TESTS):
            return []
    owners = {id(node.value) for node in found if isinstance(node, ast.Attribute)}
    return [node for node in found if id(node) not in owners]


def _current(node: ast.Name | ast.Attribute, frame: Frame) -> Value:
    if isinstance(node, ast.Name):
        return look_up(frame, node.id)
    owner = look_up(frame, node.value.id) if isinstance(node.value, ast.Name) else MISSING
    if type(owner) is not Instance:
        return MISSING
    return owner.attributes.get(node.attr, owner.cls.find(node.attr))


def _is_same(before: Value, now: Value) -> bool:
    return isinstance(now, CONSTANTS) and type(before) is type(now) and before == now
