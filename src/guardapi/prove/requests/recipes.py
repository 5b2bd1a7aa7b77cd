"""What a user gives so that requests reach the views: headers, cookies, a login, values. The file `prove.toml`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from guardapi.errors import ConfigurationError
from guardapi.files.tree import read_regular, reason_of
from guardapi.prove.exchange import Request
from guardapi.suppression import nearest_name

FILE: Final = "prove.toml"
MAX_BYTES: Final = 1_000_000
KEYS: Final = (
    "start",
    "python",
    "url",
    "max-requests",
    "env",
    "headers",
    "cookies",
    "values",
    "login",
    "second",
)
LOGIN_KEYS: Final = ("method", "path", "form", "json", "headers", "token")
IDENTITY_KEYS: Final = ("headers", "cookies")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """The request that signs a client in; what its answer gives goes with every later one."""

    path: str
    method: str = "POST"
    form: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, object] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    token: str | None = None
    """Where the JSON of the answer has a token for `Authorization: Bearer`: `access_token`, `data.token`."""

    @property
    def request(self) -> Request:
        """As it is sent."""
        return Request(
            method=self.method,
            path=self.path,
            form=self.form,
            json=self.json,
            headers=self.headers,
            is_kept=True,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All that a user gives."""

    start: str | None = None
    """`module:function` that makes the application, where it needs more than its own name: settings, tables, users."""
    python: str | None = None
    """The interpreter that has the packages of the application."""
    url: str | None = None
    """A server of the loopback interface that is asked, instead of one that is started."""
    max_requests: int | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    """Of path arguments and fields, by name."""
    login: Login | None = None
    second_headers: Mapping[str, str] = field(default_factory=dict)
    """What another client sends instead."""
    second_cookies: Mapping[str, str] = field(default_factory=dict)

    def applied(self, request: Request) -> Request:
        """A planned request with what the user gives for all."""
        return replace(
            request,
            headers={**request.headers, **self.headers},
            cookies={**request.cookies, **self.cookies},
        )

    def of_another(self, request: Request) -> Request:
        """The same request as another client sends it."""
        return replace(
            request,
            headers={**request.headers, **self.second_headers},
            cookies={**request.cookies, **self.second_cookies},
        )

    def with_options(
        self,
        *,
        env: Mapping[str, str],
        headers: Mapping[str, str],
        cookies: Mapping[str, str],
        python: str | None = None,
        url: str | None = None,
        max_requests: int | None = None,
    ) -> "Recipe":
        """The same, of which the command line says some things differently."""
        return replace(
            self,
            env={**self.env, **env},
            headers={**self.headers, **headers},
            cookies={**self.cookies, **cookies},
            python=python or self.python,
            url=url or self.url,
            max_requests=max_requests or self.max_requests,
        )


def read_recipe(file: Path) -> Recipe:
    """The recipe of a file. Raises ConfigurationError, with the key and what is expected."""
    try:
        content = read_regular(os.fspath(file), MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{file.name} cannot be read: {reason_of(error)}.") from None
    if len(content) > MAX_BYTES:
        raise ConfigurationError(f"{file.name} is larger than {MAX_BYTES} bytes.")
    return parsed(content, file.name)


def parsed(content: bytes, name: str) -> Recipe:
    """The recipe that a file's content is."""
    import tomllib  # noqa: PLC0415  # only where there is a recipe

    try:
        values = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{name} cannot be read: {str(error)[:200]}.") from None
    _refuse_unknown(values, KEYS, name)
    login, second = _table(values, "login", name), _table(values, "second", name)
    _refuse_unknown(second, IDENTITY_KEYS, f"{name}: second")
    return Recipe(
        start=_started(values, name),
        python=_text(values, "python", name),
        url=_text(values, "url", name),
        max_requests=_number(values, "max-requests", name),
        env=_texts(values, "env", name),
        headers=_texts(values, "headers", name),
        cookies=_texts(values, "cookies", name),
        values=_texts(values, "values", name),
        login=_login(login, f"{name}: login") if login else None,
        second_headers=_texts(second, "headers", f"{name}: second"),
        second_cookies=_texts(second, "cookies", f"{name}: second"),
    )


def _started(values: Mapping[str, Any], where: str) -> str | None:
    found = _text(values, "start", where)
    if found is not None and ":" not in found:
        raise ConfigurationError(f"{where}: start: expected is module:function, not {_shown(found)}.")
    return found


def _login(table: Mapping[str, Any], where: str) -> Login:
    _refuse_unknown(table, LOGIN_KEYS, where)
    path = _text(table, "path", where)
    if not path or not path.startswith("/"):
        raise ConfigurationError(f"{where}.path: expected is a path that begins with '/'.")
    json = table.get("json")
    return Login(
        path=path,
        method=(_text(table, "method", where) or "POST").upper(),
        form=_texts(table, "form", where),
        json=None if json is None else _table(table, "json", where),
        headers=_texts(table, "headers", where),
        token=_text(table, "token", where),
    )


def _refuse_unknown(values: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in values:
        if key not in known:
            near = nearest_name(key, known)
            hint = f"the nearest is '{near}'" if near else f"there are {', '.join(known)}"
            raise ConfigurationError(f"{where}: there is no key '{key[:60]}'; {hint}.")


def _table(values: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    found = values.get(key, {})
    if not isinstance(found, Mapping):
        raise ConfigurationError(f"{where}: {key}: expected is a table, not {_shown(found)}.")
    return found


def _texts(values: Mapping[str, Any], key: str, where: str) -> Mapping[str, str]:
    found = _table(values, key, where)
    for name, value in found.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ConfigurationError(f"{where}: {key}.{name[:60]}: expected is a text, not {_shown(value)}.")
    return {name: str(value) for name, value in found.items()}


def _text(values: Mapping[str, Any], key: str, where: str) -> str | None:
    found = values.get(key)
    if found is not None and not isinstance(found, str):
        raise ConfigurationError(f"{where}: {key}: expected is a text, not {_shown(found)}.")
    return found


def _number(values: Mapping[str, Any], key: str, where: str) -> int | None:
    found = values.get(key)
    if found is not None and (isinstance(found, bool) or not isinstance(found, int) or found < 1):
        raise ConfigurationError(f"{where}: {key}: expected is a number above 0, not {_shown(found)}.")
    return found


def _shown(value: object) -> str:
    return repr(value)[:60]
