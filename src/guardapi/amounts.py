"""Which limit fits which work: the amounts that a fix writes, with the reasons that stand beside them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guardapi.coverage import is_of_project
from guardapi.credentials import check_of
from guardapi.model import App, LimitSource, Route
from guardapi.rank import CHANGING_METHODS, credential_word, stake, work_class
from guardapi.remedy import Import, Safety
from guardapi.sink import Audience, Input, Kind, MethodWork, Role, Sink, WorkClass

CHECKS: Final = (Kind.PASSWORD_CHECK, Kind.SECRET_CHECK)
SENT: Final = (Kind.MESSAGE, Kind.MAIL)
SHOWN: Final = (Kind.IMAGE, Kind.PLOT)
"""What pages have in them."""
DEFAULTS: Final = ("200 per hour", "50 per minute")
"""For all routes of an application together."""
BY_WORK: Final = {
    WorkClass.MONEY: ("3 per minute; 50 per day", "each request costs money"),
    WorkClass.HEAVY: ("10 per minute", "each request is heavy work"),
    WorkClass.DATA: ("60 per minute", "each request works on data"),
}
IN_FORM: Final = re.compile(r"request\.form\['([A-Za-z_]\w{0,40})'\]")
IN_JSON: Final = re.compile(r"request\.(?:json|get_json\(\))\['([A-Za-z_]\w{0,40})'\]")
IN_HEADER: Final = re.compile(r"request\.(?:headers|authorization)\b")
ONE: Final = re.compile(r"\b1 (?=second|minute|hour|day|month|year)")
OF_FORM: Final = """\
def submitted_{0}():
    return request.form.get("{0}") or get_remote_address()
"""
OF_JSON: Final = """\
def submitted_json_{0}():
    sent = request.get_json(silent=True)
    value = sent.get("{0}") if isinstance(sent, dict) else None
    return value or get_remote_address()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFunction:
    """A function that tells callers apart, as a project would write it."""

    name: str
    field: str
    """What it looks at, as the caller calls it."""
    text: str
    imports: tuple[Import, ...] = (
        Import(module="flask", name="request"),
        Import(module="flask_limiter.util", name="get_remote_address"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """The text of a limit, and why it is this one."""

    text: str
    reason: str
    """A phrase: `each request costs money`."""
    safety: Safety = Safety.UNSAFE
    """Safe where usual callers never meet it."""
    key: KeyFunction | None = None
    """None: that of the limiter."""


READ: Final = Amount(text="30 per minute", reason="each request is heavy work, and people read no faster")
IN_PAGES: Final = Amount(
    text="60 per minute", reason="each request is heavy work, and a page may show several"
)


def limit_for(route: Route, method: str) -> tuple[Amount, ...]:
    """The limits (a decorator each) for one HTTP method of a route, by what a request causes; none for light work."""
    done = route.work.get(method, MethodWork())
    check = check_of(route, method, done)
    check = check if check is not None and is_typed(check) else None
    if check is not None and check.kind is Kind.CODE_CHECK:
        many = Amount(text="5 per 15 minutes", reason="a short code can be guessed", safety=Safety.SAFE)
        return (many, *_of_account("10 per hour", done, check))
    if check is not None or _is_assumed_check(route, method, done):
        many = Amount(text="5 per minute", reason="nobody types passwords faster", safety=Safety.SAFE)
        return (many, *_of_account("20 per hour", done, check))
    if sent := done.of(*SENT):
        return _of_message(done, sent)
    work = _own_work(route, method, done)
    if done.of(Kind.PASSWORD_HASH) and work is WorkClass.HEAVY:
        return (Amount(text="5 per minute", reason="each request hashes a password", safety=_for_one(done)),)
    if method == "GET" and work is WorkClass.HEAVY:
        return (IN_PAGES if stake(route, (method,)).kind in SHOWN else READ,)
    return (Amount(text=BY_WORK[work][0], reason=BY_WORK[work][1]),) if work in BY_WORK else ()


def copied(app: App, route: Route, method: str) -> Amount | None:
    """The decorated limit that the view has for other methods, or that its siblings have for the same kind of work.

    None where there is none, or where they differ.
    """
    for known in route.methods:
        text = _own_text(route, known)
        if text and work_class(route, known) == work_class(route, method):
            return Amount(text=text, reason=f"{known} has it, too", safety=Safety.SAFE)
    siblings = [other for other in app.routes if is_of_project(other) and other.blueprint == route.blueprint]
    # Most routes have none, and to compare what two of them cost takes longer.
    texts = {
        text: other
        for other in siblings
        if method in other.limits and (text := _own_text(other, method)) and _is_alike(other, route, method)
    }
    if len(texts) != 1:
        return None
    text, other = next(iter(texts.items()))
    return Amount(text=text, reason=f"`{other.rule}` has it for the same work", safety=Safety.SAFE)


def written(text: str) -> str:
    """A limit as people write it: `10 per minute` for `10 per 1 minute`."""
    return ONE.sub("", text)


def is_typed(check: Sink) -> bool:
    """Whether a person types what is checked. What programs send with each request is checked as often as they ask."""
    if check.facts.get("is_guard") or any(IN_HEADER.match(given.source) for given in check.inputs):
        return False
    return bool(check.inputs) or check.kind is Kind.SIGN_IN


def _is_assumed_check(route: Route, method: str, done: MethodWork) -> bool:
    """Whether names alone say that a stranger signs in, and the view could not be read."""
    if (
        method not in CHANGING_METHODS
        or done.access.audience is not Audience.ANYONE
        or not credential_word(route)
    ):
        return False
    found = stake(route, (method,))
    return found.kind is None and found.work == WorkClass.HEAVY


def _own_work(route: Route, method: str, done: MethodWork) -> WorkClass:
    """The class of the work, without that of guards that check a password with each request."""
    checks = done.of(*CHECKS)
    if not checks:
        return WorkClass(work_class(route, method))
    return max((sink.work for sink in done.sinks if sink not in checks), default=WorkClass.NOTHING)


def _of_account(text: str, done: MethodWork, check: Sink | None) -> Iterator[Amount]:
    """A second limit for the account that is tried, where the view looks it up by one value of the request."""
    if check is None:
        return
    secret = {given.source for given in check.inputs}
    looked_up = {
        given.source
        for sink in done.of(Kind.KEYED_READ, Kind.QUERY)
        for given in sink.inputs
        if given.kind == "text" and given.source not in secret
    }
    key = key_for(next(iter(looked_up))) if len(looked_up) == 1 else None
    if key is not None:
        yield Amount(text=text, reason="from many addresses, too", safety=Safety.SAFE, key=key)


def _of_message(done: MethodWork, sent: tuple[Sink, ...]) -> tuple[Amount, ...]:
    safety = _for_one(done)
    if safety is Safety.UNSAFE and not any(sink.facts.get("recipient") == "caller" for sink in sent):
        # Those who work with the application tell each other what they do.
        return (Amount(text=BY_WORK[WorkClass.HEAVY][0], reason="each request sends a message"),)
    text = "10 per hour" if safety is Safety.SAFE else "30 per hour"
    many = Amount(text=text, reason="each request sends a message", safety=safety)
    recipients = {given.source for sink in sent for given in _recipients(sink)}
    key = key_for(next(iter(recipients))) if len(recipients) == 1 else None
    if key is None:
        return (many,)
    return (Amount(text="3 per hour", reason="nobody needs more messages", safety=safety, key=key), many)


def _recipients(sink: Sink) -> Iterator[Input]:
    return (given for given in sink.inputs if given.role is Role.RECIPIENT)


def key_for(source: str) -> KeyFunction | None:
    """A function that tells callers apart by what they send (`request.form['name']`), or else by their address."""
    if found := IN_FORM.fullmatch(source):
        return KeyFunction(name=f"submitted_{found[1]}", field=found[1], text=OF_FORM.format(found[1]))
    if found := IN_JSON.fullmatch(source):
        return KeyFunction(name=f"submitted_json_{found[1]}", field=found[1], text=OF_JSON.format(found[1]))
    return None


def _for_one(done: MethodWork) -> Safety:
    """A stranger acts for one person; whoever has an account may do so for many."""
    return Safety.SAFE if done.access.audience is Audience.ANYONE else Safety.UNSAFE


def _is_alike(other: Route, route: Route, method: str) -> bool:
    if other is route or method not in other.work or method not in other.limits:
        return False
    one, two = stake(other, (method,)), stake(route, (method,))
    return one.kind is not None and (one.kind, one.audience) == (two.kind, two.audience)


def _own_text(route: Route, method: str) -> str:
    """All its decorated limits in one text; empty where there is none, or one that says more than its text."""
    own = [limit for limit in route.limits[method].limits if limit.source is LimitSource.DECORATOR]
    if any(limit.text is None or limit.own_key or limit.is_conditional or limit.shared for limit in own):
        return ""
    return "; ".join(written(limit.text) for limit in own if limit.text is not None)
