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
    r"|(?:thread|worker|task|job)\w* is None|not \w*thread|\.acquire\(|\bexists\("
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


def _leaves(last: ast.stmt) -> bool:
    return isinstance(last, LEAVES) or (
        isinstance(last, ast.Expr) and ABORTS.search(ast.unparse(last)[:MAX_TEXT]) is not None
    )
