"""What stands in for the world in the process of an example: nothing leaves it, and what is asked is counted."""

import hashlib
import importlib.abc
import importlib.machinery
import io
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

LIBRARIES: Final = frozenset(
    {
        *(
            "anthropic",
            "boto3",
            "botocore",
            "braintree",
            "cohere",
            "openai",
            "sendgrid",
            "stripe",
            "twilio",
            "vonage",
        ),
        *(
            "bcrypt",
            "celery",
            "joblib",
            "ldap3",
            "matplotlib",
            "numpy",
            "pandas",
            "pymongo",
            "rq",
            "torch",
            "weasyprint",
        ),
    }
)
"""Libraries that cost money, need another server, or are too heavy to install for a test."""
START: Final = 86_400.0 * 20_000
"""Where the clock stands: at the start of a day, so that no window ends by accident."""
STR_METHODS: Final = ("translate", "format", "index", "count", "title", "find", "join", "replace", "center")


@dataclass(slots=True)
class Counts:
    """How often something was asked that costs, and for how much."""

    calls: int = 0
    amount: float = 0.0
    """Characters that were handed over, seconds, rounds."""

    def add(self, amount: float = 0.0) -> None:
        """One more."""
        self.calls += 1
        self.amount += amount


COUNTS: Final = Counts()


class Clock:
    """A clock that goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        COUNTS.add(seconds)


CLOCK: Final = Clock()


class StandIn(str):
    """Something that takes every call, and is a text where one is needed."""

    def __new__(cls, *_arguments: object, **_named: object) -> "StandIn":
        return super().__new__(cls, "stand-in")

    def __init__(self, *_arguments: object, **_named: object) -> None:
        super().__init__()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _made(name)

    def __call__(self, *arguments: object, **named: object) -> "StandIn":
        COUNTS.add(len(str(arguments)) + len(str(named)))
        return StandIn()

    def __getitem__(self, _key: object) -> "StandIn":
        return StandIn()

    def __iter__(self) -> Iterator["StandIn"]:
        return iter((StandIn(),))

    def __enter__(self) -> "StandIn":
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def __int__(self) -> int:
        return 1

    def __float__(self) -> float:
        return 1.0


for _name in STR_METHODS:
    setattr(StandIn, _name, lambda self, *arguments, **named: self(*arguments, **named))


def _made(name: str) -> Any:
    if name.endswith(("Error", "Exception")):
        return type(name, (Exception,), {})
    return StandIn()


class StandInModule(ModuleType):
    """A module in which every name is something."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _made(name)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the libraries that are not installed for these tests."""

    def find_spec(
        self, fullname: str, _path: object, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in LIBRARIES:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return StandInModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is to be run."""


class Connection(sqlite3.Connection):
    """A database whose tables are all there, and empty."""

    def execute(self, sql: str, *arguments: Any) -> sqlite3.Cursor:
        COUNTS.add()
        try:
            return super().execute(sql, *arguments)
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return super().execute("select 1 where 0")

    def cursor(self, *arguments: Any) -> sqlite3.Cursor:  # type: ignore[override]
        COUNTS.add()
        opened: sqlite3.Cursor = super().cursor(*arguments)
        return opened


def stop_the_clock() -> None:
    """Before anything else is imported: libraries keep the functions of `time`."""
    time.time = CLOCK.time
    time.sleep = CLOCK.sleep  # type: ignore[assignment]


def shut_in(root: str) -> None:
    """No connection, no process, no file outside a folder: each attempt is refused, and counts."""
    refused = {
        "socket.connect": ConnectionRefusedError,
        "socket.sendto": ConnectionRefusedError,
        "socket.bind": PermissionError,
        "socket.getaddrinfo": ConnectionRefusedError,
        "subprocess.Popen": FileNotFoundError,
        "os.system": PermissionError,
        "os.posix_spawn": PermissionError,
        "os.exec": PermissionError,
        "os.fork": PermissionError,
        "os.kill": PermissionError,
    }

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in refused:
            COUNTS.add()
            raise refused[event](f"{event} is refused in an example")
        if (
            event == "open"
            and isinstance(arguments[0], str)
            and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        ):
            COUNTS.add()
            if not os.path.realpath(arguments[0]).startswith((root, "/dev/null")):
                raise PermissionError(f"no file may be written outside of the example: {arguments[0]}")

    sys.addaudithook(hook)


def make_cheap() -> None:
    """Password hashes count, and cost nothing; databases are there."""
    scrypt, pbkdf2, connect = hashlib.scrypt, hashlib.pbkdf2_hmac, sqlite3.connect

    def cheap_scrypt(password: bytes, **options: Any) -> bytes:
        COUNTS.add(options["n"])
        return scrypt(password, **{**options, "n": 2, "r": 1, "p": 1})

    def cheap_pbkdf2(name: str, password: bytes, salt: bytes, rounds: int, dklen: int | None = None) -> bytes:
        COUNTS.add(rounds)
        return pbkdf2(name, password, salt, 1, dklen)

    def cheap_connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        opened: sqlite3.Connection = connect(*arguments, **{"factory": Connection, **options})
        return opened

    hashlib.scrypt = cheap_scrypt  # type: ignore[assignment]
    hashlib.pbkdf2_hmac = cheap_pbkdf2  # type: ignore[assignment]
    sqlite3.connect = cheap_connect  # type: ignore[assignment]
    _answer_for_others()
    sys.meta_path.insert(0, Finder())


def _answer_for_others() -> None:
    """Other servers answer what they are asked by HTTP: an empty object."""
    import httpx
    import requests

    def sent(_self: object, request: requests.PreparedRequest, **_options: object) -> requests.Response:
        COUNTS.add(len(request.body) if isinstance(request.body, str | bytes) else 0)
        response = requests.Response()
        response.status_code, response.url, response.request = 200, str(request.url), request
        response.raw = io.BytesIO(b"{}")
        response.headers["Content-Type"] = "application/json"
        return response

    def handled(_self: object, request: httpx.Request) -> httpx.Response:
        COUNTS.add(len(request.read()))
        return httpx.Response(200, json={}, request=request)

    requests.adapters.HTTPAdapter.send = sent  # type: ignore[method-assign, assignment]
    httpx.HTTPTransport.handle_request = handled  # type: ignore[method-assign, assignment]
