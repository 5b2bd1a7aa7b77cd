"""By what an introduced limiter tells callers apart: the account where the application knows one, else the address."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from guardapi.fix.project import Project
from guardapi.model import App
from guardapi.remedy import Import

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
            return Key(
                name="account_or_address",
                text=extension.text.format(returns=" -> str" if is_typed else ""),
                imports=extension.imports,
                reason="It tells callers apart by their account once they have signed in, and by the address of their"
                " connection before.",
            )
    return Key()


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
