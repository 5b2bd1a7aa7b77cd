"""Who may call a route: decorators and hooks that refuse, recognised by what they do, or by what they are of."""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from guardapi.frameworks.served import Handler
from guardapi.place import Place
from guardapi.python.values import BoundMethod, Function, Instance, Partial, Wrapped, place_of
from guardapi.sink import Access, Audience, Kind, Sink
from guardapi.work.names import Names
from guardapi.work.reader import Reader
from guardapi.work.result import Result
from guardapi.work.run import Run

ASKING: Final = re.compile(
    r"log_?(?:ged_)?in|sign_?in|auth|jwt|token|api_?key|session|credential|permission|role|admin|staff|superuser|member"
    r"|require|protected|secure|access|user",
    re.IGNORECASE,
)
"""Words in the name of a decorator that could not be read."""
ROLES: Final = re.compile(r"admin|staff|superuser|(?<!p)role|sysadmin|moderator", re.IGNORECASE)
REQUIRES: Final = re.compile(r"(?:require|protect|guard)", re.IGNORECASE)
"""How a method begins that makes a guard of its object: `permissions.ADMIN.require(403)`."""
OF_ROLE: Final = "of role"
"""Beside the arguments of a decorator: its text, where its object is a role."""
CREDENTIALS: Final = frozenset(
    {Kind.PASSWORD_CHECK, Kind.SECRET_CHECK, Kind.CODE_CHECK, Kind.SIGN_IN, Kind.PASSWORD_HASH}
)
ANYONE: Final = Access(audience=Audience.ANYONE, reason="nothing asks who calls")


def access_of(
    reader: Reader,
    handler: Handler,
    results: Iterable[Result],
    hooks: Iterable[Result],
    sinks: tuple[Sink, ...],
) -> Access:
    """Who may call a route with a method.

    `results`: what the functions of its chain do, the outermost first; `sinks`: all that they reach; `hooks`: what runs
    before.
    """
    found = [
        *_by_decorators(reader, handler),
        *_by_own_method(reader, handler),
        *_by_refusals(results, sinks),
        *_by_hooks(reader, hooks),
    ]
    return min(found, key=lambda access: (access.audience, not access.is_known), default=ANYONE)


def guards_of(reader: Reader, handler: Handler) -> frozenset[str]:
    """The paths of a route's decorators."""
    return frozenset(_path(reader.names, value) for value, *_ in _decorators(reader, handler))


# -- decorators ----------------------------------------------------------------------------------


def _by_decorators(reader: Reader, handler: Handler) -> Iterator[Access]:
    decorators = [(_path(reader.names, value), value, *rest) for value, *rest in _decorators(reader, handler)]
    optional = {
        path.removesuffix("()") for path, _, keywords, _ in decorators if keywords.get("optional") is True
    }
    for path, value, keywords, place in decorators:
        if isinstance(named := keywords.get(OF_ROLE), str):
            yield Access(
                audience=Audience.STAFF,
                reason=f"`{named}` guards it, by its name",
                place=place,
                is_known=False,
            )
        if not path or path.removesuffix("()") in optional:
            continue
        is_declared = reader.declared.is_guard(path)
        audience = Audience.ACCOUNT if is_declared else reader.facts.guard(path)
        short = path.removesuffix("()").rpartition(".")[2]
        if audience is not None:
            is_role = bool(ROLES.search(short)) or any(
                isinstance(k, str) and ROLES.search(k) for k in keywords
            )
            least = Audience.STAFF if is_role else Audience(audience)
            yield Access(audience=least, reason=f"`{short}` guards it", place=place)
        elif not isinstance(value, Function) and ASKING.search(short) and _is_outside(path):
            least = Audience.STAFF if ROLES.search(short) else Audience.ACCOUNT
            yield Access(
                audience=least, reason=f"`{short}` guards it, by its name", place=place, is_known=False
            )


def _is_outside(path: str) -> bool:
    return not path.startswith(("flask_limiter", "builtins.", "flask.app.", "flask.blueprints."))


def _path(names: Names, value: Any) -> str:
    if isinstance(value, Wrapped):
        return value.by
    if isinstance(value, _External):
        return value.path
    if isinstance(value, Function):
        return f"{value.module.name}.{value.qualname.partition('.<locals>')[0]}"
    return names.flow(value).path


Decorator = tuple[Any, dict[Any, object], Place | None]


def _decorators(reader: Reader, handler: Handler) -> Iterator[Decorator]:
    """Each decorator of a route, with its constant arguments, and where it stands."""
    asked = ("dispatch_request", reader.request["method"].lower())
    entered = [link for name in asked for link in handler.methods.get(name, ())]
    for link in (*handler.chain, *entered):
        if isinstance(link, Wrapped) or (isinstance(link, Function) and link.module.is_model):
            yield link, {}, None
        yield from _above(reader, link)
    cls = handler.view_class
    if cls is None:
        return
    for name in ("decorators", "method_decorators"):
        listed = cls.find(name)
        for value in listed if isinstance(listed, list | tuple) else ():
            yield value, {}, cls.place


def _above(reader: Reader, link: Any) -> tuple[Decorator, ...]:
    """Decorators as they stand above a function; worked out once for each."""
    while isinstance(link, Wrapped | BoundMethod | Partial):
        link = link.inner if isinstance(link, Wrapped) else link.function
    if not isinstance(link, Function) or isinstance(link.node, ast.Lambda) or link.module.is_model:
        return ()
    known: tuple[Decorator, ...] | None = reader.memo.get((_above, link))
    if known is None:
        known = reader.memo[_above, link] = tuple(_written(reader, link, link.node.decorator_list))
    return known


def _written(reader: Reader, link: Function, decorators: list[ast.expr]) -> Iterator[Decorator]:
    for node in decorators:
        call = node if isinstance(node, ast.Call) else None
        run = Run(reader, "", link.module, None, {}, {})
        flow = run.evaluate(call.func if call is not None else node)
        keywords: dict[Any, object] = {}
        if call is not None:
            keywords = {k.arg: k.value.value for k in call.keywords if isinstance(k.value, ast.Constant)}
            keywords |= {a.value: a.value for a in call.args if isinstance(a, ast.Constant)}
        target = call.func if call is not None else node
        if isinstance(target, ast.Attribute) and REQUIRES.match(target.attr):
            named = ast.unparse(target)
            keywords |= {OF_ROLE: named} if ROLES.search(ast.unparse(target.value)) else {}
        value = flow.value if isinstance(flow.value, Function) else _External(flow.path)
        if isinstance(value, Function) and value.module.is_model:
            # A model makes one function stand for several: the name that is written says which.
            name = target.attr if isinstance(target, ast.Attribute) else ast.unparse(target)
            value = _External(f"{value.module.name}.{name}")
        yield value, keywords, place_of(link.module, node)


def _by_own_method(reader: Reader, handler: Handler) -> Iterator[Access]:
    """`is_accessible` of a view of Flask-Admin, which is asked before each of its pages."""
    if not any(
        isinstance(link, Function) and link.module.name == "flask_admin.base" for link in handler.chain
    ):
        return
    for link in handler.chain:
        view = link.receiver if isinstance(link, BoundMethod) else None
        asks = view.cls.find("is_accessible") if isinstance(view, Instance) else None
        if not isinstance(asks, Function) or asks.module.is_model:
            continue
        body = reader.ev.body_of(asks)[0]
        if any(
            isinstance(part, ast.Attribute | ast.Call) for statement in body for part in ast.walk(statement)
        ):
            is_role = any(ROLES.search(ast.unparse(statement)) for statement in body)
            yield Access(
                audience=Audience.STAFF if is_role else Audience.ACCOUNT,
                reason="`is_accessible` of the view asks",
                place=asks.place,
            )


class _External:
    """A decorator that is only known by its path."""

    def __init__(self, path: str) -> None:
        self.path = path


# -- what refuses --------------------------------------------------------------------------------


def _by_refusals(results: Iterable[Result], sinks: tuple[Sink, ...]) -> Iterator[Access]:
    results = tuple(results)
    if not results:
        return
    view = results[-1].name
    checks_credentials = any(sink.kind in CREDENTIALS for sink in sinks)
    for sink in sinks:
        if sink.kind is not Kind.REFUSAL:
            continue
        in_view = sink.function == view or any(step.function == view for step in sink.path)
        is_decorator = len(results) > 1 and not in_view
        # A view that checks a password refuses who does not know it: that is no guard in front of the check. Nor is
        # a decorator of such a view that does not ask who has signed in before.
        if is_decorator and checks_credentials:
            is_guard = bool(sink.facts.get("asked") or sink.facts.get("asked_before"))
        else:
            is_guard = is_decorator or (bool(sink.facts.get("asked")) and not checks_credentials)
        if is_guard:
            yield _refused(sink)


def _by_hooks(reader: Reader, hooks: Iterable[Result]) -> Iterator[Access]:
    for result in hooks:
        if reader.declared.is_guard(result.name):
            yield _declared(result)
        for sink in _refusals_below(result):
            if sink.facts.get("asked") or sink.facts.get("status") != 403:
                yield _refused(sink)


def _refusals_below(result: Result) -> Iterator[Sink]:
    waiting, seen = [result], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield from (sink for sink in one.sinks.values() if sink.kind is Kind.REFUSAL)
            waiting += [inner for _, inner, _ in one.calls]


def _declared(result: Result) -> Access:
    short = result.name.rpartition(":")[2]
    audience = Audience.STAFF if ROLES.search(short) else Audience.ACCOUNT
    return Access(audience=audience, reason=f"`{short}` is declared to guard it", place=result.place)


def _refused(sink: Sink) -> Access:
    name = sink.function.rpartition(":")[2]
    audience = Audience.STAFF if ROLES.search(name) or sink.facts.get("roles") else Audience.ACCOUNT
    status = sink.facts.get("status")
    does = "sends to the login page" if status == "login page" else f"answers {status}"
    return Access(audience=audience, reason=f"`{name}` {does}", place=sink.place)
