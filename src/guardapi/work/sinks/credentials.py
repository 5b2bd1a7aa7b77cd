"""Checks of what a caller claims to be: passwords, one-time codes, and the sign-in that follows.

A check of a secret counts as heavy whatever it computes: each guess is worth something. Facts: `slow` (whether a hash
that costs time on purpose is computed), `by_name` (whether a name alone says so), `fixed` (of a sign-in: whether it is
always the same account).
"""

import re
from typing import Final

from guardapi.sink import Kind, Role, WorkClass
from guardapi.work.credentials import PASSWORDS, judge
from guardapi.work.flow import UNRESOLVED
from guardapi.work.specs import Facts, Invocation, Spec

SQL_PASSWORD: Final = re.compile(r"\b\w*(?:passw(?:or)?d|pwd)\w*\s*=", re.IGNORECASE)


def _slow(call: Invocation) -> Facts | None:
    del call
    return {"slow": True, "by_name": False}


def _by_name(call: Invocation) -> Facts | None:
    """A method that is called like a check of a password, of an object that could not be resolved."""
    return {"slow": True, "by_name": True} if call.args or call.kwargs else None


def _password_in_filter(call: Invocation) -> Facts | None:
    """`filter_by(name=..., password=...)`: compared by the database."""
    sent = [flow for name, flow in call.kwargs.items() if PASSWORDS.search(name) and flow.taints]
    return {"slow": False, "by_name": True} if sent else None


def _password_in_sql(call: Invocation) -> Facts | None:
    text = call.constant(0)
    if not isinstance(text, str) or not SQL_PASSWORD.search(text) or text.lstrip()[:6].lower() != "select":
        return None
    parameters = call.argument(1)
    sent = parameters is not None and (parameters.taints or any(f.taints for f in parameters.items or ()))
    return {"slow": False, "by_name": True} if sent else None


def _compared(call: Invocation) -> Facts | None:
    judge(call.run, call.node, call.node.args[:2], call.args[:2])
    return None


def _code(call: Invocation) -> Facts | None:
    return {"slow": False, "by_name": False, "digits": 6} if call.args or call.kwargs else None


def _signed_in(call: Invocation) -> Facts | None:
    """Who is always the same one has shown nothing: a first administrator, a guest."""
    return {"fixed": call.constant(0, "identity") is not UNRESOLVED}


SINKS = (
    Spec(
        kind=Kind.PASSWORD_CHECK,
        work=WorkClass.HEAVY,
        names=(
            "werkzeug.security.check_password_hash",
            "{flask_bcrypt,flaskext.bcrypt}.Bcrypt().check_password_hash",
            "flask_bcrypt.check_password_hash",
            "bcrypt.checkpw",
            "argon2.PasswordHasher().verify",
            "flask_argon2.Argon2().check_password_hash",
            "passlib.hash.*.verify",
            "passlib.{apps.*,context.CryptContext()}.verify",
            "passlib.context.CryptContext().verify_and_update",
            "flask_security.{utils.,}{verify_password,verify_and_update_password}",
            "django.contrib.auth.hashers.check_password",
            "nacl.pwhash.verify",
            "pwdlib.PasswordHash().verify",
        ),
        roles={Role.SECRET: (0, 1, "password", "secret", "hash")},
        inspect=_slow,
    ),
    Spec(
        kind=Kind.PASSWORD_CHECK,
        work=WorkClass.HEAVY,
        names=(
            "ldap3.{core.connection.,}Connection().{bind,rebind}",
            "ldap.initialize().{simple_bind_s,simple_bind,bind_s,bind}",
            "flask_ldap3_login.LDAP3LoginManager().authenticate",
            "flask_simpleldap.LDAP().bind_user",
            "pam.{authenticate,pam().authenticate}",
        ),
        roles={Role.SECRET: (0, 1, "password", "cred")},
        inspect=_slow,
    ),
    Spec(
        kind=Kind.PASSWORD_CHECK,
        work=WorkClass.HEAVY,
        names=("**.{check_password,verify_password,validate_password,check_passwd,is_correct_password}",),
        roles={Role.SECRET: (0, 1, "password")},
        inspect=_by_name,
    ),
    Spec(
        kind=Kind.SECRET_CHECK,
        work=WorkClass.HEAVY,
        names=("**.{filter_by,find_one,get_or_none}",),
        roles={Role.SECRET: ("password", "passwd", "pwd")},
        inspect=_password_in_filter,
    ),
    Spec(
        kind=Kind.SECRET_CHECK,
        work=WorkClass.HEAVY,
        names=("**.execute",),
        roles={Role.SECRET: (1,)},
        inspect=_password_in_sql,
    ),
    Spec(
        kind=Kind.SECRET_CHECK,
        work=WorkClass.HEAVY,
        names=("{hmac,secrets}.compare_digest", "werkzeug.security.safe_str_cmp"),
        inspect=_compared,
    ),
    Spec(
        kind=Kind.CODE_CHECK,
        work=WorkClass.HEAVY,
        names=(
            "pyotp.{totp.,hotp.,}{TOTP,HOTP}().verify",
            "onetimepass.{valid_totp,valid_hotp}",
            "{flask_security,flask_security.twofactor}.**.verify_totp",
            "**.{verify_totp,verify_otp,check_otp,verify_token_code}",
        ),
        roles={Role.CODE: (0, "otp", "code", "token")},
        inspect=_code,
    ),
    Spec(
        kind=Kind.SIGN_IN,
        work=WorkClass.LIGHT,
        inspect=_signed_in,
        names=(
            "flask_login.{utils.,}login_user",
            "flask_jwt_extended.{utils.,}{create_access_token,create_refresh_token}",
            "flask_security.{utils.,}login_user",
            "flask_praetorian.Praetorian().encode_jwt_token",
        ),
    ),
)
