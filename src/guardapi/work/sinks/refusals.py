"""Calls that turn a caller away. Facts: `status` (401, 403 or `login page`), `asked` (whether the function has
looked at who calls before; for the login page: whether a test of that stands around it), `asked_before` (login page:
whether it has looked at all)."""

import ast
import re
from typing import Final

from guardapi.sink import Kind, WorkClass
from guardapi.work.refusals import REFUSED, is_under_identity, is_under_permission, status_of
from guardapi.work.specs import Facts, Inspect, Invocation, Spec

LOGIN: Final = re.compile(r"log_?in|sign_?in|auth", re.IGNORECASE)
LOGIN_NAMES: Final = re.compile(r"log_?in|sign_?in", re.IGNORECASE)


def _with_status(*names: int | str) -> Inspect:
    def inspect(call: Invocation) -> Facts | None:
        found = call.argument(*names)
        status = status_of(found.value) if found is not None else None
        if status not in REFUSED:
            return None
        return {"status": status, "asked": call.run.has_asked or is_under_permission(call.run)}

    return inspect


def _to_login(call: Invocation) -> Facts | None:
    target = call.node.args[0] if call.node.args else None
    if target is None:
        return None
    texts = [n.value for n in ast.walk(target) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    names = [n.attr if isinstance(n, ast.Attribute) else getattr(n, "id", "") for n in ast.walk(target)]
    if not any(LOGIN.search(text) for text in texts) and not any(LOGIN_NAMES.search(name) for name in names):
        return None
    # Whoever has registered or signed out is sent there, too: only a test of who calls makes it a refusal.
    return {
        "status": "login page",
        "asked": is_under_identity(call.run),
        "asked_before": call.run.has_asked,
    }


def _always(call: Invocation) -> Facts | None:
    return {"status": 401, "asked": call.run.has_asked}


SINKS = (
    Spec(
        kind=Kind.REFUSAL,
        work=WorkClass.NOTHING,
        names=(
            "flask.abort",
            "flask.helpers.abort",
            "werkzeug.exceptions.abort",
            "{flask_restful,flask_restx,flask_restplus,flask_smorest,apiflask}.abort",
            "{flask_restx,flask_restplus}.Namespace().abort",
            "{flask_restx,flask_restplus}.Api().abort",
        ),
        inspect=_with_status(0, "code", "http_status_code", "status_code"),
    ),
    Spec(
        kind=Kind.REFUSAL,
        work=WorkClass.NOTHING,
        names=("flask.make_response", "flask.{wrappers.,}Response", "werkzeug.{wrappers.,}Response"),
        inspect=_with_status(1, "status"),
    ),
    Spec(
        kind=Kind.REFUSAL,
        work=WorkClass.NOTHING,
        names=("flask.redirect", "werkzeug.utils.redirect"),
        inspect=_to_login,
    ),
    Spec(
        kind=Kind.REFUSAL,
        work=WorkClass.NOTHING,
        names=("flask_login.LoginManager().unauthorized", "**.login_manager.unauthorized"),
        inspect=_always,
    ),
)
