"""Tests that a function makes before a call: whether it asks first for something that its names tell."""

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from guardapi.work.run import Run
    from guardapi.work.specs import Invocation

LEAVES: Final = (ast.Return, ast.Raise, ast.Continue, ast.Break)
ABORTS: Final = re.compile(r"\babort\(")
COOL_DOWN: Final = re.compile(
    r"cool_?down|last_?\w*(?:sent|mail|sms|request)|sent_?at|recently|retry_after|throttle|too_(?:soon|many)"
)
CREDIT: Final = re.compile(
    r"credit|balance|quota|usage|budget|allowance|tokens?_(?:left|remaining)|subscri|daily_limit|remaining"
)
RUNNING: Final = re.compile(
    r"is_alive|running|in_progress|qsize|queue_?len|already|pending|locked|_lock\b|is_busy"
    r"|(?:thread|worker|task|job)\w* is none|\w\.\w*(?:thread|worker|task|job) is not none|not \w*thread"
    r"|\.acquire\(|\bexists\("
)
MAX_TEXT: Final = 400


def asked_before(made: "Invocation", words: re.Pattern[str]) -> bool:
    """Whether the call stands under such a test, or behind one whose branch leaves the function."""
    function = made.run.function
    line = made.node.lineno
    for node in ast.walk(function.node) if function is not None else ():
        if not isinstance(node, ast.If) or node.lineno > line:
            continue
        holds_it = line <= (node.end_lineno or 0)
        if (holds_it or _leaves(node.body[-1])) and words.search(ast.unparse(node.test)[:MAX_TEXT].lower()):
            return True
    return False


def checked_before(made: "Invocation", words: re.Pattern[str]) -> bool:
    """The same, or a function with such a name is called by any of the functions from the view inwards."""
    return asked_before(made, words) or any(
        CHECKS.search(name) and words.search(name)
        for function in made.run.reader.running
        for node in ast.walk(function.node)
        if isinstance(node, ast.Call) and (name := _called(node.func))
    )


def is_only_one(made: "Invocation") -> bool:
    """Whether a call on the way makes, or starts, what one name alone holds, and the one before is ended or kept.

    `if self.worker is not None: return`, or `if current is not None: current.stop()`, before a new one takes the name.
    """
    run: Run = made.run
    node: ast.AST = made.node
    while run.function is not None:
        slot = _slot(run.function.node, node)
        if slot and any(_ends(test, slot) for test in _tests_above(run.function.node, node)):
            return True
        call = run.call
        if call is None:
            break
        run, node = call.run, call.node
    return False


def _slot(function: ast.AST, node: ast.AST) -> str:
    """The attribute, or the global name, that a new object goes into, or that holds what a method is called of."""
    for part in ast.walk(function):
        if isinstance(part, ast.Assign) and _starts(part.value) == _starts(node):
            return _lasting(function, part.targets[0])
    owner = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
    return _lasting(function, owner) if owner is not None else ""


def _starts(node: ast.AST) -> tuple[int, int]:
    """Bodies are parsed anew: nodes are the same where they stand at the same place."""
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _lasting(function: ast.AST, node: ast.expr) -> str:
    names = {name for part in ast.walk(function) if isinstance(part, ast.Global) for name in part.names}
    is_global = isinstance(node, ast.Name) and node.id in names
    return ast.unparse(node) if is_global or isinstance(node, ast.Attribute) else ""


def _tests_above(function: ast.AST, node: ast.AST) -> Iterator[ast.If]:
    line = getattr(node, "lineno", 0)
    return (part for part in ast.walk(function) if isinstance(part, ast.If) and part.lineno < line)


def _ends(node: ast.If, slot: str) -> bool:
    if ast.unparse(node.test)[:MAX_TEXT] not in {slot, f"{slot} is not None"}:
        return False
    ends = (f"{slot}.{name}(" for name in ENDS)
    text = "\n".join(map(ast.unparse, node.body))
    return _leaves(node.body[-1]) or any(end in text for end in ends)


ENDS: Final = ("cancel", "close", "disconnect", "join", "kill", "shutdown", "stop", "terminate", "unload")
CHECKS: Final = re.compile(r"check|require|ensure|enforce|consume|deduct|charge|spend|has_|verify|limit")


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr.lower()
    return function.id.lower() if isinstance(function, ast.Name) else ""


def _leaves(last: ast.stmt) -> bool:
    return isinstance(last, LEAVES) or (
        isinstance(last, ast.Expr) and ABORTS.search(ast.unparse(last)[:MAX_TEXT]) is not None
    )
