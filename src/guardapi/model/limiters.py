"""Limiters, what a project hands to them, and what of their set-up has no effect."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from guardapi.place import Place
from guardapi.sink import Sink


@dataclass(frozen=True, slots=True, kw_only=True)
class Misuse:
    """A limit that is written in the source and attached to nothing that serves a request."""

    place: Place
    kind: str
    """`above-route`: the limit's decorator stands above the one that registers the view;
    `discarded`: the limited function is not the one that is registered."""
    function: str
    text: str | None


class Sharing(StrEnum):
    """What a view has from another one that the limiter takes for the same."""

    EXEMPTION = "exemption"
    """It is exempt, and was never exempted."""
    MARK = "mark"
    """It counts as limited, and has no limit that runs: the default limits are left out."""
    LIMIT = "limit"
    """It has the other one's limits besides its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameClash:
    """Views that the limiter takes for one, since their functions (or blueprints) bear one name."""

    name: str
    """`module:qualified.name`, or the blueprint's name."""
    sharing: Sharing
    place: Place
    """Where the limit or exemption is declared."""
    endpoints: tuple[str, ...]
    """Those that have it from another one."""
    of_blueprints: bool = False
    named_at: Place | None = None
    """The definition that gives the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """What a limiter does while its store cannot be reached."""

    counts_in_memory: bool | None = False
    """It goes on in the memory of each process; None where that is not known."""
    limits: tuple[str, ...] = ()
    """Texts of the limits that hold then, instead of all others; none: the usual ones hold."""
    keyless_at: Place | None = None
    """Such a limit without a key function, for which every request fails then."""
    swallows_errors: bool | None = False
    """Errors of the store are logged and the request is let through."""
    swallow_place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limiter:
    """A rate limiter object of the set-up."""

    name: str
    """`module:name` under which the project knows it, or the class name where it has none."""
    kind: str
    """Distribution or mechanism: `flask-limiter`, `project` (the project's own), `nginx`."""
    place: Place
    bound: bool
    """Whether it is initialised for the application it is listed with."""
    bound_at: Place | None = None
    """The call that does so: `init_app`, or the one that makes it."""
    enabled: bool | None = True
    """None where only the environment tells."""
    disabled_by: Place | None = None
    by_environment: bool = False
    """Whether the setting there asks the environment, which says something else elsewhere."""
    storage: str | None = None
    """The storage URI as resolved; `memory://` where none is given; None where unknown."""
    storage_place: Place | None = None
    uses: int = 0
    """Decorated views, blueprints, default and application limits."""
    key: str = ""
    """The name of its key function, as `LimiterFunction` has it; empty where that is not known."""
    race: Place | None = None
    """Of the project's own: where a counter is written back that was read and compared in steps before."""
    misuses: tuple[Misuse, ...] = ()
    clashes: tuple[NameClash, ...] = ()
    storage_options: Mapping[str, object] | None = field(default_factory=dict)
    """What the client of the store is given, constants or None (a value that is not known is `...`);
    None where not even the names are known."""
    fallback: Fallback = field(default_factory=Fallback)
    by_address: bool | None = None
    """Whether it tells callers apart by the address of their connection alone; None where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimiterAnswer:
    """One of the answers of a function that has a say in limits."""

    place: Place
    sources: tuple[str, ...] = ()
    """Caller data in it, as written: `request.headers['X-Forwarded-For']`."""
    is_constant: bool = False
    """A literal that is not empty."""
    may_be_empty: bool = False
    """None or an empty text, or missing where the caller sends nothing."""
    is_empty: bool = False
    """Always None or an empty text."""
    has_address: bool = False
    """The address of the connection is in it."""
    has_identity: bool = False
    """Who has signed in is in it."""
    status: int | None = None
    """Of a response; None where it is not known, or handed on from the refusal."""
    value: Place | None = None
    """The expression that is answered, or what a call of `make_response` makes it from; None where there is none."""
    is_made: bool = False
    """That call is there."""
    status_place: Place | None = None
    """The constant in it that is the status; None where none states it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimiterFunction:
    """A function of the project that has a say in limits."""

    role: str
    """`key`, `exempt_when`, `request_filter`, `cost`, `deduct_when`, `on_breach`; `handler` answers refused requests
    alone, `general_handler` all errors."""
    name: str
    place: Place
    declared: Place | None = None
    """Where it is handed over."""
    answers: tuple[LimiterAnswer, ...] = ()
    weak_tests: tuple[str, ...] = ()
    """Caller data that it compares with a literal, or looks for."""
    has_strong_test: bool = False
    """It compares caller data with something that is not written in the source."""
    asks_address: bool = False
    """It tests the address of the connection."""
    sinks: tuple[Sink, ...] = ()
    """What its own code causes."""


class Deadness(StrEnum):
    """Why a setting has no effect."""

    UNREAD = "unread"
    """The installed release reads no setting of this name."""
    MISSPELT = "misspelt"
    """A setting with nearly the same name is read."""
    LATE = "late"
    """It is set when what reads it has already done so."""
    SHADOWED = "shadowed"
    """An argument in the code is preferred to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadSetting:
    """A configuration value that nothing reads."""

    key: str
    place: Place
    why: Deadness
    read_instead: str | None = None
    """The name that is read."""
    limiter: str | None = None
    """The limiter that does not read it."""
    other: Place | None = None
    """Where the limiter was bound, or the argument given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedUse:
    """Something of a library that the installed release does not have."""

    name: str
    """As a phrase in code: `limiter.check()`, `auto_check=`."""
    distribution: str
    gone_since: str
    """The first release without it."""
    place: Place
    instead: str = ""
    """What does the same, a phrase."""
    in_call: bool = False
    """It fails with each request rather than at the start."""
    swallowed: bool = False
    """The code around it catches the error and goes on."""
    is_pinned: bool = False
    """The project names the release exactly."""
