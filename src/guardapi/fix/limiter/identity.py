"""By what an introduced limiter tells callers apart: the account where the application knows one, else the address."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guardapi.fix.project import Project
from guardapi.model import App
from guardapi.place import Place
from guardapi.remedy import Import
from guardapi.sink import Kind

IDENTITIES: Final = (ast.Attribute, ast.Call, ast.Name, ast.Subscript)
"""What may say who someone is: no constant does."""
CONDITIONS: Final = (ast.If, ast.IfExp, ast.For, ast.While, ast.Try, ast.ExceptHandler, ast.Match, ast.Lambda)
ADDRESS: Final = Import(module="flask_limiter.util", name="get_remote_address")
BY_LOGIN: Final = """\
def account_or_address(){returns}:
    if current_user.is_authenticated:
        return f"account:{{current_user.get_id()}}"
    return get_remote_address()
"""
BY_JWT: Final = """\
def account_or_address(){returns}:
    try:
        verify_jwt_in_request(optional=True)
    except (JWTExtendedException, PyJWTError):
        return get_remote_address()
    identity = get_jwt_identity()
    return get_remote_address() if identity is None else f"account:{{identity}}"
"""
BY_SESSION: Final = """\
def account_or_address(){returns}:
    account = session.get("{name}")
    return get_remote_address() if account is None else f"account:{{account}}"
"""
ACCOUNT: Final = re.compile(r"(?:.*_)?(?:user|account|member|customer)(?:_?(?:id|name))?|uid|email|login")
"""Keys of the session under which the account stands that has signed in."""
WRITTEN_OTHERWISE: Final = re.compile(
    rb"\bsession(?:\.(?:update|setdefault|__setitem__)\b|\[(?!['\"])|\s*\|=)"
)
"""Ways to write to a session in which the key is not seen."""
SHOWN: Final = (Kind.PASSWORD_CHECK, Kind.SECRET_CHECK, Kind.CODE_CHECK, Kind.PASSWORD_HASH)
"""What a view does before it writes down who someone is: checks a credential, or makes an account with one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key function."""

    name: str = "get_remote_address"
    text: str = ""
    """Its definition; empty where it is imported."""
    imports: tuple[Import, ...] = (ADDRESS,)
    reason: str = "It tells callers apart by the address of their connection."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Extension:
    """What says who has signed in."""

    manager: str
    """The class that is bound to the application."""
    spoils: re.Pattern[bytes]
    """With this, asking who it is may answer the request, or fail."""
    text: str
    imports: tuple[Import, ...]


EXTENSIONS: Final = (
    _Extension(
        manager="LoginManager",
        spoils=re.compile(rb"\brequest_loader\b"),
        text=BY_LOGIN,
        imports=(ADDRESS, Import(module="flask_login", name="current_user")),
    ),
    _Extension(
        manager="JWTManager",
        spoils=re.compile(rb"\b(?:user_lookup_loader|user_loader_callback_loader|user_loader)\b"),
        text=BY_JWT,
        imports=(
            ADDRESS,
            Import(module="flask_jwt_extended", name="get_jwt_identity"),
            Import(module="flask_jwt_extended", name="verify_jwt_in_request"),
            Import(module="flask_jwt_extended.exceptions", name="JWTExtendedException"),
            Import(module="jwt.exceptions", name="PyJWTError"),
        ),
    ),
)


def key_for(app: App, project: Project, *, is_typed: bool) -> Key:
    """The key function that fits an application."""
    paths = _files(app, project)
    contents = {path: project.read(path) for path in paths}
    for extension in EXTENSIONS:
        named = [path for path, content in contents.items() if extension.manager.encode() in content]
        if not named or any(extension.spoils.search(content) for content in contents.values()):
            continue
        if _is_always_bound(extension.manager, named, paths, project):
            return _by_account(extension.text, extension.imports, is_typed=is_typed)
        if named:
            return Key()
    name = _session_key(app, paths, project)
    if name is None:
        return Key()
    imports = (ADDRESS, Import(module="flask", name="session"))
    return _by_account(BY_SESSION, imports, is_typed=is_typed, name=name)


def _by_account(text: str, imports: tuple[Import, ...], *, is_typed: bool, name: str = "") -> Key:
    return Key(
        name="account_or_address",
        text=text.format(returns=" -> str" if is_typed else "", name=name),
        imports=imports,
        reason="It tells callers apart by their account once they have signed in, and by the address of their"
        " connection before.",
    )


def _session_key(app: App, paths: list[str], project: Project) -> str | None:
    """The key of the session under which views write who has signed in; None where others write it as well.

    What a caller gets without showing a credential would be a new budget for each request.
    """
    contents = {path: project.read(path) for path in paths}
    if any(WRITTEN_OTHERWISE.search(content) for content in contents.values()):
        return None
    shown = _shown(app)
    is_safe: dict[str, bool] = {}
    for path, content in contents.items():
        for name, node in _written_to_session(path, project) if b"session" in content else ():
            around = {function.lineno for function in project.imports.functions_around(path, node.lineno)}
            has_shown = any(
                place.file == path and view in around and view < place.line <= node.lineno
                for view, place in shown
            )
            is_safe[name] = is_safe.get(name, True) and has_shown and isinstance(node.value, IDENTITIES)
    known = [name for name, is_known in is_safe.items() if is_known and ACCOUNT.fullmatch(name)]
    return known[0] if len(known) == 1 else None


def _shown(app: App) -> list[tuple[int, Place]]:
    """Where a view (by its first line), or what it calls, looks at a credential."""
    return [
        (route.view.place.line, place)
        for route in app.routes
        if route.view.place is not None
        for done in route.work.values()
        for sink in done.of(*SHOWN)
        for place in (sink.place, *(step.place for step in sink.path))
    ]


def _written_to_session(path: str, project: Project) -> Iterator[tuple[str, ast.Assign]]:
    for node in ast.walk(project.imports.tree(path)):
        if not isinstance(node, ast.Assign):
            continue
        for target in (inner for outer in node.targets for inner in ast.walk(outer)):
            if (
                isinstance(target, ast.Subscript)
                and _last_name(target.value) == "session"
                and isinstance(target.slice, ast.Constant)
                and isinstance(target.slice.value, str)
            ):
                yield target.slice.value, node


def _is_always_bound(manager: str, named: list[str], paths: list[str], project: Project) -> bool:
    """Whether the extension is made and bound without a condition, as far as the text shows it."""
    names: set[str] = set()
    for path in named:
        for call in _unconditional_calls(project.imports.tree(path)):
            if _last_name(call.func) != manager:
                continue
            if call.args or call.keywords:
                return True
            names |= {
                _last_name(target)
                for statement in ast.walk(project.imports.tree(path))
                if isinstance(statement, ast.Assign) and statement.value is call
                for target in statement.targets
            }
    return any(
        _last_name(call.func) == "init_app"
        and isinstance(call.func, ast.Attribute)
        and _last_name(call.func.value) in names
        for path in (paths if names else ())
        if b"init_app" in project.read(path)
        for call in _unconditional_calls(project.imports.tree(path))
    )


def _unconditional_calls(node: ast.AST) -> Iterator[ast.Call]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, CONDITIONS):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _unconditional_calls(child)


def _last_name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _files(app: App, project: Project) -> list[str]:
    """Those that belong to the application: all, or those that its own file imports where there are several."""
    if len(project.inventory.apps) == 1:
        return [file.path for file in project.tree.python if not file.is_test]
    return list(
        dict.fromkeys((app.place.file, *(found.file for found in project.imports.of(app.place.file))))
    )
