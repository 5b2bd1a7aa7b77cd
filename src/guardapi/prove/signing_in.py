"""Signs a client in: the login of a recipe is sent once, and what it gives goes with every request that follows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http.cookies import CookieError, SimpleCookie
from typing import Final

from guardapi.errors import TargetError
from guardapi.prove.exchange import Answer, Exchange, Request, Sent
from guardapi.prove.plans import Answers, Judgement, Plan
from guardapi.prove.requests.aims import CLIENT
from guardapi.prove.requests.recipes import Login
from guardapi.prove.run import Carry
from guardapi.verdict import Ruling

WAY: Final = "login"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What shows who a client is."""

    cookies: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def signed_in(login: Login, carry: Carry) -> Credentials:
    """What the answer to a login gives: cookies, or a token. Raises TargetError where it gives none."""
    plan = Plan(
        claim=f"{login.method} {login.path} signs a client in",
        way=WAY,
        app="",
        route=login.path,
        methods=(login.method,),
        fingerprint="",
        rule=None,
        exchanges=(Exchange(sent=(Sent(request=login.request, client=CLIENT),)),),
        judge=_not_judged,
    )
    answer = next(iter(next(iter(carry(plan)))))
    if login.token is not None:
        token = _token(answer.text, login.token)
        if token is None:
            raise TargetError(
                f"The login {login.method} {login.path} gives no text `{login.token}`; the answer is {_said(answer)}."
            )
        return Credentials(headers={"Authorization": f"Bearer {token}"})
    found = SimpleCookie()
    try:
        for line in answer.headers.get("set-cookie", "").splitlines():
            found.load(line)
    except CookieError as error:
        raise TargetError(
            f"The login {login.method} {login.path} sets no cookie that can be read: {error}."
        ) from None
    if not found:
        raise TargetError(
            f"The login {login.method} {login.path} sets no cookie; the answer is {_said(answer)}."
        )
    return Credentials(cookies={name: morsel.value for name, morsel in found.items()})


def _token(text: str, where: str) -> str | None:
    """`data.token` of a JSON text."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    for name in where.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None


def _said(answer: Answer) -> str:
    """Without the words of an answer that succeeds: a secret may be among them."""
    if not answer.status:
        return answer.error[:200]
    return f"{answer.status} {answer.text[:100]}".strip() if answer.status >= 400 else str(answer.status)


def as_signed_in(plan: Plan, credentials: Credentials) -> Plan:
    """The plan of a client that has signed in; what its requests say of cookies and headers stays."""
    known: dict[int, Request] = {}

    def signed(sent: Sent) -> Sent:
        request = sent.request
        if id(request) not in known:
            known[id(request)] = replace(
                request,
                cookies={**credentials.cookies, **request.cookies},
                headers={**credentials.headers, **request.headers},
            )
        return replace(sent, request=known[id(request)])

    exchanges = tuple(replace(one, sent=tuple(map(signed, one.sent))) for one in plan.exchanges)
    return replace(plan, exchanges=exchanges)


def _not_judged(_answers: Answers) -> Judgement:
    return Judgement(ruling=Ruling.INCONCLUSIVE, detail="")
