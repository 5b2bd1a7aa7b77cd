"""The vocabulary of work: what a request causes, what its caller chooses, and who may call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from guardapi.place import Place


class WorkClass(IntEnum):
    """How much one request costs; a larger one costs more."""

    NOTHING = 0
    """Constants, redirects."""
    LIGHT = 1
    """A template, a read by key, a small file."""
    DATA = 2
    """A query, a row, a file."""
    HEAVY = 3
    """A password hash, a process, an image, a call to another server."""
    MONEY = 4
    """A bill: language models, messages, payments, jobs in a cloud."""


class Kind(StrEnum):
    """What a sink does, as a phrase that follows the name of a route."""

    TEMPLATE = "renders a template"
    KEYED_READ = "reads a row"
    FILE_READ = "reads a file"
    QUERY = "queries the database"
    """Rows, as many as the query finds."""
    WHOLE_TABLE = "loads a whole table"
    """Rows without any filter or limit."""
    PAGE = "reads as many rows as asked for"
    """The argument that says how many rows (or items) are read."""
    WRITE = "writes to the database"
    FILE_WRITE = "stores a file"
    SCAN = "scans a store"
    PASSWORD_HASH = "hashes a password"  # noqa: S105  # a phrase
    PASSWORD_CHECK = "checks a password"  # noqa: S105  # a phrase
    SECRET_CHECK = "compares a secret"  # noqa: S105  # a phrase
    """A password, key or token of the caller with a stored one, without a slow hash."""
    CODE_CHECK = "checks a short code"
    SIGN_IN = "signs a user in"
    LOCKOUT = "counts attempts"
    """A test that turns away who has guessed too often."""
    PROCESS = "starts a process"
    IMAGE = "processes an image"
    DOCUMENT = "renders or reads a document"
    PLOT = "draws a plot"
    SPREADSHEET = "reads or writes a spreadsheet"
    BROWSER = "drives a browser"
    ARCHIVE = "packs an archive"
    INFERENCE = "runs a model"
    HTTP = "calls another server"
    CONNECTION = "connects to another server"
    MAIL = "sends mail"
    MESSAGE = "sends a message"
    PAYMENT = "calls a payment service"
    MODEL_API = "calls a paid model"
    PAID_API = "calls a paid service"
    CLOUD_JOB = "starts a job in a cloud"
    SLEEP = "sleeps"
    WAIT = "waits for another thread or process"
    QUEUE = "queues work"
    BODY = "reads the body"
    REQUEST_BOUND = "bounds what a request may hold"
    """For the one request, before it is read; never among the sinks of a route."""
    FORM = "parses a form"
    UPLOAD_READ = "reads an upload into memory"
    SIZE = "allocates or loops as often as asked"
    REGEX = "matches a regular expression"
    BIG_NUMBER = "computes with large numbers"
    DECOMPRESS = "unpacks compressed data"
    MARKUP = "parses markup"
    RECURSION = "recurses"
    SUPERLINEAR = "runs more than linear work"
    CACHE = "keeps an entry for each value"
    STREAM = "streams without an end"
    BUILD = "builds the whole response in memory"
    LOOP = "repeats work for each item"
    ENGINE = "opens a connection of its own"
    GRAPHQL = "executes a GraphQL query"
    SOCKET = "handles messages of a socket"
    REFUSAL = "refuses a caller"
    """Answers 401 or 403, or sends the caller to a login page."""


class Role(StrEnum):
    """What an argument means to a sink."""

    AMOUNT = "amount"
    """How many, how large, how long."""
    TEXT = "text"
    URL = "url"
    PATTERN = "pattern"
    DATA = "data"
    NAME = "name"
    RECIPIENT = "recipient"
    SECRET = "secret"  # noqa: S105  # a phrase
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a function gets caller data from, in a way that lets a bound stand there for all that follows."""

    place: Place
    """The expression: a number, a text or a list, whatever the caller sends; of a parameter, the function."""
    name: str = ""
    """The local name that holds it where the bound goes; empty: none."""
    is_assigned: bool = False
    """The statement around the expression is an assignment that gives it that name; the bound goes behind it."""
    is_parameter: bool = False
    free_name: str = ""
    """One that nothing in the function is called yet, for an expression that may well be evaluated before."""
    written: str = ""
    """Such an expression as it stands there."""
    usual: int = 0
    """Of a number: the largest one that the code itself puts in its place, where the caller sends none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """Caller data that reaches an argument of a sink."""

    role: Role
    source: str
    """Where it comes from, as written: `request.args['n']`, `view argument n`."""
    kind: str
    """`amount`, `text`, `bytes`, `file`, `items` (a collection) or `length`."""
    is_bounded: bool
    """Whether something on the way keeps its size or length below a bound."""
    origin: Origin | None = None
    """None where no plain expression of the sink's own function surely gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A call on the way from the view to a sink."""

    place: Place
    function: str
    """The function that is called, `module:qualified.name`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """A call (or an operation) that costs something, as one route reaches it."""

    kind: Kind
    work: WorkClass
    name: str
    """What is called: its qualified name (`requests.get`); for operations, the operator."""
    place: Place
    function: str
    """The project's function in which it stands, `module:qualified.name`."""
    inputs: tuple[Input, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    """What the kind needs beyond that, documented where the kind's table is (`guardapi.work.sinks`)."""
    path: tuple[Step, ...] = ()
    """From the view inwards; empty where it stands in the view itself."""
    repeated_by: Input | None = None
    """The caller's collection (or amount) for each item of which it runs again, where nothing bounds that."""
    is_certain: bool = True
    """False where the receiver could not be resolved and its shape alone speaks for it."""

    def input(self, role: Role) -> Input | None:
        """The caller data in a role, an unbounded one first."""
        found = sorted((i for i in self.inputs if i.role is role), key=lambda item: item.is_bounded)
        return found[0] if found else None

    @property
    def unbounded(self) -> Input | None:
        """The amount that the caller chooses freely, if any."""
        return next((i for i in self.inputs if i.role is Role.AMOUNT and not i.is_bounded), None)


class Audience(IntEnum):
    """Who may call a route; a larger one is more people."""

    STAFF = 0
    """A role is checked."""
    ACCOUNT = 1
    """An account is needed."""
    ANYONE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may call a route, and what says so."""

    audience: Audience
    reason: str
    """A phrase: "`login_required` guards it", "nothing asks who calls"."""
    place: Place | None = None
    is_known: bool = True
    """False where something on the way may ask and could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodWork:
    """What a request with one HTTP method to one route causes."""

    sinks: tuple[Sink, ...] = ()
    """In the order of their places; one for each place and kind."""
    access: Access = Access(audience=Audience.ANYONE, reason="nothing asks who calls", is_known=False)
    unread: tuple[str, ...] = ()
    """What could not be followed, a sentence each."""
    opaque: tuple[str, ...] = ()
    """Names of what is called and neither in the tree nor in a table: its work is not known."""
    is_served: bool = True
    """False where a view class has no function for the method: it answers 405."""

    @property
    def work(self) -> WorkClass:
        """The costliest."""
        return max((sink.work for sink in self.sinks), default=WorkClass.NOTHING)

    def of(self, *kinds: Kind) -> tuple[Sink, ...]:
        """The sinks of some kinds."""
        return tuple(sink for sink in self.sinks if sink.kind in kinds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A function that runs before (or after) the views of an application."""

    name: str
    """`module:qualified.name`."""
    place: Place
    when: str
    """`before_request`, `after_request`, `teardown_request`, `url_value_preprocessor`, `wsgi`."""
    blueprint: str | None
    """The blueprint whose routes it serves; None for all."""
    before_limiter: bool | None
    """Whether it runs before the limiter's own hook; None where no limiter is bound."""
    may_answer: bool = False
    """Whether it refuses some requests itself: aborts, raises, or returns an answer."""
    sinks: tuple[Sink, ...] = ()
