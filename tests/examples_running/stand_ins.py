"""What examples are lent, beside what every application that is proved is: libraries, tables, a Redis, cheap hashes.

The child imports this module before it forks for an example; there, what is asked counts as it does elsewhere.
"""

import hashlib
import importlib.abc
import importlib.machinery
import sqlite3
import sys
from collections.abc import Iterator
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
COUNTS: Final[Any] = getattr(sys.modules.get("_guardapi_child.stand_ins"), "COUNTS", None)
"""What the child counts by; None where it is not the child."""
STR_METHODS: Final = ("translate", "format", "index", "count", "title", "find", "join", "replace", "center")


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
    sys.meta_path.insert(0, Finder())


def lend_a_store() -> None:
    """A Redis in memory: the client is the real one, and its server is in this process; in an outage it is not."""
    import fakeredis
    import redis

    client: Any = fakeredis.FakeRedis
    for name, lent in (("Redis", client), ("StrictRedis", client), ("from_url", client.from_url)):
        setattr(redis, name, lent)
    state = sys.modules["_guardapi_child.store"].STORE
    fakeredis.FakeServer.connected = property(
        lambda _self: state.kind == "working", lambda _self, _value: None
    )


if COUNTS is not None:
    make_cheap()
    lend_a_store()
