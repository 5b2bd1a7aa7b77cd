"""What Flask and its extensions hand to a view of what the caller sent, and how a view refuses."""

import re
from functools import lru_cache
from typing import Final

from guardapi.sink import Audience

SOURCES: Final = {
    "args": "items", "form": "items", "values": "items", "headers": "items", "cookies": "items",
    "files": "items", "files[]": "file", "view_args": "items", "json": "items", "get_json()": "items", "data": "bytes",
    "get_data()": "bytes", "stream": "file", "input_stream": "file", "url": "text", "base_url": "text",
    "path": "text", "full_path": "text", "query_string": "bytes", "user_agent": "text", "referrer": "text",
    "authorization": "items", "content_length": "amount", "environ": "items", "access_route": "items",
    "origin": "text", "host": "text", "mimetype": "text", "range": "items",
}  # fmt: skip
"""By attribute of `request`: the kind of data."""
REQUEST: Final = re.compile(r"(?:flask|quart)\.(?:globals\.)?request\.(\w+(?:\(\)|\[\])?)")
SHARED: Final = re.compile(
    r"wtforms\.(?:fields\.)?(?:\w+\.)?\w*Field\(\)\.(data|raw_data)|flask_wtf\.file\.\w+\(\)\.(data)"
    r"|flask_restful\.reqparse\.RequestParser\(\)\.(parse_args\(\))"
    r"|flask_restx\.reqparse\.RequestParser\(\)\.(parse_args\(\))"
    r"|webargs\.flaskparser\.parser\.(parse\(\))|simple_websocket\.(?:ws\.)?Server\(\)\.(receive\(\))"
)
"""Objects of extensions that hold what was sent."""
IDENTITY: Final = "identity"
IDENTITIES: Final = re.compile(
    r"(?:flask\.(?:globals\.)?session|flask_login\.(?:utils\.)?current_user|flask_security\.current_user"
    r"|flask_jwt_extended\.(?:\w+\.)?(?:get_jwt_identity\(\)|get_jwt\(\)|current_user|get_current_user\(\))"
    r"|flask_jwt\.current_identity|flask_httpauth\.\w+\(\)\.(?:current_user|username)\(\)"
    r"|flask\.ctx\._Globals\(\)\.\w*(?:user|identity|account|login|auth|token)\w*)(?!\w)"
)
"""Who calls, as far as something has asked before: no caller data."""
TOKENS: Final = re.compile(
    r"(?:proxy-|x-)?authorization|(?:x-)?(?:\w+-){0,3}(?:api-?key|(?:auth|access|api|admin|bearer)-?token)|x-token",
    re.IGNORECASE,
)
"""Headers in which a caller shows who it is."""
ABORTS: Final = frozenset(
    {
        *("flask.abort", "flask.helpers.abort", "werkzeug.exceptions.abort", "flask_restful.abort"),
        *("flask_restx.abort", "flask_smorest.abort", "apiflask.abort", "sys.exit", "flask_restplus.abort"),
        *("builtins.exit", "builtins.quit", "os._exit"),
    }
)
KNOWN: Final = {
    "flask.request.method": "method",
    "flask.request.endpoint": "endpoint",
    "flask.request.blueprint": "blueprint",
    "flask.request.path": "path",
    "flask.request.url_rule.endpoint": "endpoint",
}
GUARDS: Final = re.compile(
    r"(?:flask_login\.(?:utils\.)?(?:login_required|fresh_login_required)"
    r"|flask_(?:jwt_extended|jwt)\.(?:\w+\.)*(?:jwt_required|fresh_jwt_required|jwt_refresh_token_required|verify_jwt\w*)"
    r"|flask_httpauth\.\w+\(\)\.login_required|apiflask\.\w+\(\)\.login_required|apiflask\.\w+\.\w+\.auth_required"
    r"|flask_security\.(?:\w+\.)*(?:login_required|auth_required|auth_token_required|http_auth_required"
    r"|roles_required|roles_accepted|permissions_required|permissions_accepted)"
    r"|flask_user\.(?:\w+\.)*(?:login_required|roles_required|roles_accepted|allow_unconfirmed_email)"
    r"|flask_principal\.(?:Permission\(\)\.(?:require|test)|IdentityContext\(\)\.require)"
    r"|flask_appbuilder\.(?:\w+\.)*(?:protect|has_access|has_access_api)"
    r"|flask_praetorian\.(?:\w+\.)*(?:auth_required|roles_required|roles_accepted)"
    r"|flask_simplelogin\.login_required|flask_oidc\.OpenIDConnect\(\)\.(?:require_login|accept_token|require_keycloak_role)"
    r"|authlib\.(?:\w+\.)*ResourceProtector\(\)(?:\.\w+)?|flask_basicauth\.BasicAuth\(\)\.required"
    r"|flask_cognito\.cognito_auth_required|flask_pyoidc\.OIDCAuthentication\(\)\.oidc_auth"
    r"|flask_discord\.requires_authorization|flask_jwt_router\.\w+|google\.auth\.\w+)(?:\(\))?"
)
"""Decorators and functions that refuse whoever is not signed in."""
STAFF: Final = re.compile(r"role|admin|staff")
SUBMISSION: Final = frozenset({"validate_on_submit", "is_submitted"})


class FlaskRequests:
    """Answers for paths of libraries."""

    def source(self, path: str) -> str | None:
        """The kind of caller data that a path is (`flask.request.args`: `items`), or None."""
        return _source(path)

    def is_application(self, path: str) -> bool:
        """Whether a class is that of applications."""
        return path in {"flask.app.Flask", "flask.Flask"}

    def is_abort(self, path: str) -> bool:
        """Whether a call of the path never returns."""
        return path in ABORTS or path.endswith(
            (".abort_json", "Namespace().abort", "Blueprint().abort", "Api().abort")
        )

    def known(self, path: str) -> str | None:
        """The fact of a route that a path answers with: `method`, `endpoint`, `blueprint`, `path`; or None."""
        return KNOWN.get(path.replace("flask.globals.", "flask."))

    def guard(self, path: str) -> Audience | None:
        """Whom a decorator or function lets pass; None for what asks nobody."""
        return _guard(path)

    def lasts_for_request(self, path: str) -> bool:
        """Whether a path is an object on which a project keeps what it needs for one request."""
        return path in {"flask.ctx._Globals()", "flask.g", "flask.globals.g", "quart.g"}

    def tells_caller(self, path: str, key: str) -> bool:
        """Whether an item of a path is what a caller shows to be let in: the header `Authorization`."""
        return path.endswith("request.headers") and TOKENS.fullmatch(key) is not None

    def is_submission_test(self, path: str) -> bool:
        """Whether a call of the path is true at most for requests with a body."""
        return path.rpartition(".")[2] in SUBMISSION


@lru_cache(maxsize=8192)
def _source(path: str) -> str | None:
    found = REQUEST.fullmatch(path)
    if found is not None:
        return SOURCES.get(found[1])
    if SHARED.fullmatch(path):
        return "text"
    return IDENTITY if IDENTITIES.match(path) else None


@lru_cache(maxsize=8192)
def _guard(path: str) -> Audience | None:
    found = GUARDS.fullmatch(path)
    if found is None:
        return None
    return Audience.STAFF if STAFF.search(found[0].rpartition(".")[2]) else Audience.ACCOUNT
