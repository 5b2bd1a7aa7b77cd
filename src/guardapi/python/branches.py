"""Running branches: one arm, or every arm where it is not decided which."""

import ast
from typing import TYPE_CHECKING

from guardapi.python.arm_writes import ArmWrites
from guardapi.python.control import BREAK, Raised, Signal
from guardapi.python.targets import store
from guardapi.python.values import CONSTANTS, Frame, Value, join

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator


def run_if(ev: "Evaluator", node: ast.If, frame: Frame) -> Signal:
    if frame.function is None and not frame.is_class and is_main_guard(node.test):
        frame.module.main_blocks.append(node)
        return ev.run_block(node.orelse, frame)
    decided = ev.truth(ev.evaluate(node.test, frame))
    if decided is None:
        return run_arms(ev, node, [node.body, node.orelse], frame)
    taken, other = (node.body, node.orelse) if decided else (node.orelse, node.body)
    try:
        return ev.run_block(taken, frame)
    except Raised as exception:
        if ev.is_guarded(exception.value):
            raise
        # Nothing catches it, yet the application starts: the test rests on something that is other
        # where it runs (the environment, a file). So the other arm is what happens.
        return ev.run_block(other, frame)


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
        written.start()
        ended = False
        try:
            signal = ev.run_block(arm, frame)
            ended = True
        except Raised as exception:
            raised = exception
            continue
        finally:
            written.take_back(keep=ended)
            ev.conditions.pop()
        signals.append(signal)
        if signal is None:
            ends.append(dict(frame.locals))
    written.join()
    frame.locals.clear()
    if not signals and raised is not None:
        frame.locals.update(before)
        raise raised
    frame.locals.update(joined_names(ends) if ends else before)
    frame.breaks += BREAK in signals
    return None if ends else signals[0]


def joined_names(ends: list[dict[str, Value]]) -> dict[str, Value]:
    merged = dict(ends[0])
    for end in ends[1:]:
        for name, value in end.items():
            if name not in merged:
                merged[name] = value
            elif merged[name] is not value:
                merged[name] = join(merged[name], value)
    return merged


def run_match(ev: "Evaluator", node: ast.Match, frame: Frame) -> Signal:
    """Literal cases are decided; any other pattern makes the rest undecided."""
    subject = ev.evaluate(node.subject, frame)
    if isinstance(subject, CONSTANTS):
        for case in node.cases:
            matched = _matches(ev, case, subject, frame)
            if matched:
                return ev.run_block(case.body, frame)
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
