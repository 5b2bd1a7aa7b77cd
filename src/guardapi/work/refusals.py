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
    r"Unauthorized|Unauthenticated|Forbidden|NotAuthenticated|NotAuthorized|AccessDenied|AuthError"
)
"""What exceptions are called that mean so."""
CODES: Final = ("code", "status_code", "status", "http_status")


def returned(run: "Run", node: ast.Return) -> None:
    """`return answer, 401`."""
    value = node.value
    if isinstance(value, ast.Name):
        kept = run.kept_refusals.get(value.id)
        if kept is not None:
            where, status = kept
            run.refuses(where, name="return", status=status)
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


def is_under_identity(run: "Run") -> bool:
    """Whether a test around the current statement asks who calls."""
    return any(
        any(taint.kind == IDENTITY for taint in run.evaluate(part).taints)
        for test in run.tests
        for part in ast.walk(test)
        if isinstance(part, ast.Name | ast.Attribute)
    )
