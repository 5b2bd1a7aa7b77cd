"""How a view, a decorator or a hook turns a caller away: 401, 403, or the page where one signs in."""

import ast
import re
from typing import TYPE_CHECKING, Final

from guardapi.python.values import MISSING, Class, Instance
from guardapi.work.flow import IDENTITY, Flow

if TYPE_CHECKING:
    from guardapi.work.run import Run

REFUSED: Final = frozenset({401, 403})
NAMES: Final = re.compile(
    r"Unauthorized|Unauthenticated|Forbidden|NotAuthenticated|NotAuthorized|AccessDenied|PermissionDenied|AuthError"
)
"""What exceptions are called that mean so."""
ALLOWS: Final = re.compile(
    r"(?:user_)?(?:has|check|verify)_(?:\w{1,30}_)?(?:access|perm|permissions?|privileges?|role)"
    r"|is_(?:authori[sz]ed|permitted)(?:_\w{1,30})?"
)
"""What functions are called that say whether someone is let in."""
AWAY: Final = re.compile(r"redirect|abort|forbid|den(?:y|ied)|unauthori|not_allowed|error", re.IGNORECASE)
CODES: Final = ("code", "status_code", "status", "http_status")


def returned(run: "Run", node: ast.Return) -> None:
    """`return answer, 401`."""
    value = node.value
    if isinstance(value, ast.Name):
        kept = run.kept_refusals.get(value.id)
        if kept is not None:
            run.refuses(kept[0], name="return", status=kept[1])
    elif (status := _answered(run, value)) is not None:
        run.refuses(node, name="return", status=status)


def stored(run: "Run", target: ast.expr, node: ast.Assign) -> None:
    """`answer = "no", 401` and `answer.status_code = 401`: refusals once `answer` is returned."""
    if isinstance(target, ast.Name) and (status := _answered(run, node.value)) is not None:
        run.kept_refusals[target.id] = (node, status)
    elif (
        isinstance(target, ast.Attribute)
        and target.attr in CODES
        and isinstance(target.value, ast.Name)
        and isinstance(node.value, ast.Constant | ast.Attribute)
        and (status := status_of(run.evaluate(node.value).value)) in REFUSED
    ):
        run.kept_refusals[target.value.id] = (node, status)


def _answered(run: "Run", value: ast.expr | None) -> int | None:
    """The status of a tuple that refuses as an answer."""
    if not isinstance(value, ast.Tuple) or len(value.elts) < 2:
        return None
    status = status_of(run.evaluate(value.elts[1]).value)
    return status if status in REFUSED else None


def raised(run: "Run", node: ast.Raise, flow: Flow) -> None:
    """`raise Unauthorized()`."""
    cls = flow.value.cls if isinstance(flow.value, Instance) else flow.value
    name = cls.name if isinstance(cls, Class) else flow.path
    status = next((s for code in CODES if (s := status_of(_attribute(cls, code))) in REFUSED), None)
    if status is None and NAMES.search(name.removesuffix("()").rpartition(".")[2]):
        status = 403 if "orbidden" in name or "Denied" in name else 401
    if status is not None:
        run.refuses(node, name="raise", status=status)


def tested(run: "Run", node: ast.If) -> None:
    """`if security.has_access(...): ... else: return redirect(".")`."""
    test, refused = node.test, node.orelse
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, refused = test.operand, node.body
    name = _called(test)
    if refused and ALLOWS.fullmatch(name) and _turns_away(refused[-1]):
        run.refuses(refused[-1], name=name, status=403, asked=True)


def _turns_away(last: ast.stmt) -> bool:
    if isinstance(last, ast.Raise):
        return True
    answer = last.value if isinstance(last, ast.Return | ast.Expr) else None
    return answer is not None and AWAY.search(_called(answer)) is not None


def _called(node: ast.expr) -> str:
    """The last name of what a call calls."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _attribute(cls: object, name: str) -> object:
    found = cls.find(name) if isinstance(cls, Class) else None
    return None if found is MISSING else found


def status_of(value: object) -> int | None:
    """`401`, `"401 Unauthorized"` or `HTTPStatus.UNAUTHORIZED` as a number."""
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value[:3].isdigit():
        return int(value[:3])
    return None


def is_under_permission(run: "Run") -> bool:
    """Whether a test around the current statement calls what says whether someone is let in: `permission.can()`."""
    calls = (part for test in run.tests for part in ast.walk(test) if isinstance(part, ast.Call))
    return any((name := _called(part)) == "can" or ALLOWS.fullmatch(name) is not None for part in calls)


def is_under_identity(run: "Run") -> bool:
    """Whether a test around the current statement asks who calls."""
    return any(
        any(taint.kind == IDENTITY for taint in run.evaluate(part).taints)
        for test in run.tests
        for part in ast.walk(test)
        if isinstance(part, ast.Name | ast.Attribute)
    )
