"""Tests that a function makes before a call: whether it asks first for something that its names tell."""

import ast
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
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


CHECKS: Final = re.compile(r"check|require|ensure|enforce|consume|deduct|charge|spend|has_|verify|limit")


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr.lower()
    return function.id.lower() if isinstance(function, ast.Name) else ""


def _leaves(last: ast.stmt) -> bool:
    return isinstance(last, LEAVES) or (
        isinstance(last, ast.Expr) and ABORTS.search(ast.unparse(last)[:MAX_TEXT]) is not None
    )
