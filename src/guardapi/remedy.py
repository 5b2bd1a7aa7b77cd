"""A remedy: the change that closes a finding, as data. A rule states it; `guardapi.fix` writes it.

Edits name places of the source as the scan has read it. Texts in them are Python as the project would write it;
the names that such a text needs are stated as imports, and are bound where the file does not bind them yet.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from guardapi.place import Place

OLD: Final = "{}"
"""In the text of an edit: what stands there now."""


class Safety(StrEnum):
    """What a change does to usual requests."""

    SAFE = "safe"
    """They see no difference: it restores what the code means, or adds a bound that only the unusual meet."""
    UNSAFE = "unsafe"
    """It changes a dependency, the deployment, the shape of an answer, or a number that someone has chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """A name that a text needs: `from module import name`, or `import module` where `name` is empty."""

    module: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetArgument:
    """Give a call a keyword argument, or another value to the one it has."""

    call: Place
    name: str
    value: str
    imports: tuple[Import, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveArgument:
    """Take a keyword argument from a call, or several."""

    call: Place
    name: str
    others: tuple[str, ...] = ()
    """Further ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameArgument:
    """Pass an argument by its name: one that is passed by its position, or by a name that it no longer has."""

    call: Place
    name: str
    position: int | None = None
    """From 0; None where it has the name `former`."""
    former: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameImport:
    """Import another name from the same module, and use it wherever the file uses the old one."""

    statement: Place
    name: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """Put a text in the place of an expression: `min({}, 100)`, where `{}` is the expression as it stands."""

    expression: Place
    text: str
    imports: tuple[Import, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RewriteText:
    """Put another text in the place of a part of what a string literal says."""

    literal: Place
    """Of the literal, or of something around it in which no other one says `old`."""
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppendItem:
    """Put one more item at the end of a list or tuple that is written out."""

    collection: Place
    text: str
    imports: tuple[Import, ...] = ()


class Where(StrEnum):
    """Where a statement goes."""

    BEFORE = "before"
    AFTER = "after"
    INSIDE = "inside"
    """At the beginning of the body, behind its docstring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert:
    """Put statements beside the statement at (or around) a place, at its depth; or into the function there."""

    anchor: Place
    text: str
    """Lines without indentation beyond their own nesting, which is four blanks a level."""
    where: Where = Where.AFTER
    imports: tuple[Import, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Take away the statement at (or around) a place; `pass` is left where a block would have none."""

    statement: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveStatement:
    """Move a statement up, before another one of the same block that reads what it sets."""

    statement: Place
    before: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameSetting:
    """Give a configuration value another key, in the statement that sets it."""

    statement: Place
    key: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decorate:
    """Put a decorator on a function (or class)."""

    function: Place
    decorator: str
    """Without the `@`."""
    below: Place | None = None
    """The decorator that it stands below; None: it becomes the innermost."""
    is_outermost: bool = False
    """Above all others; without effect where `below` is given."""
    imports: tuple[Import, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveDecorator:
    """Move a decorator of a function below another one of it."""

    decorator: Place
    below: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveDecorator:
    """Take a decorator away."""

    decorator: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepName:
    """Let a function that a decorator makes bear the name of the one that it wraps (`functools.wraps`)."""

    function: Place
    """The inner one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewriteLine:
    """Put a text in the place of a part of one line of a file that is no Python."""

    line: Place
    old: str
    """Once in that line, exactly as it is written; the whole line where it is empty."""
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOption:
    """Give an option of a server another value, in a line of its command or of its settings file."""

    line: Place
    name: str
    """With `_` between its words, where the line may have `-`."""
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSetting:
    """Give an application a configuration value, or another one to a key that it has."""

    app: str
    """The application's id."""
    key: str
    value: str
    """Python."""
    entry: str = ""
    """The key within the mapping that the setting has, where only that is meant."""
    imports: tuple[Import, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsetSetting:
    """Take configuration values that are set by one statement away, so that their defaults hold."""

    app: str
    """The application's id."""
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitView:
    """Limit a view with the limiter that the application has."""

    app: str
    function: Place
    """The view function, or the class."""
    limits: tuple[str, ...]
    """A decorator each: `10 per minute`."""
    keys: tuple[str, ...] = ()
    """By limit: the Python of its own key function; empty: the limiter's. Shorter than `limits`: the rest have none."""
    methods: tuple[str, ...] = ()
    """The HTTP methods that are limited; empty: all that the view serves."""
    helpers: tuple[str, ...] = ()
    """Functions that the keys name: each is written above the first view of the file, unless it stands there."""
    imports: tuple[Import, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BindLimiter:
    """Initialise a limiter that is made, and bound to no application, for one."""

    app: str
    limiter: str
    """`module:name`."""
    made: Place
    """The call that makes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntroduceLimiter:
    """Give an application a limiter: the whole secure set-up, in the shape of the project."""

    app: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustProxies:
    """Make an application take the caller's address from so many reverse proxies in front of it."""

    app: str
    hops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Require:
    """Add a distribution to what the project requires: `Flask-Limiter[redis]`."""

    distribution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Make a file that does not exist."""

    file: str
    """Path below the scanned root, with forward slashes."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain:
    """Say what no line of the change says, to whoever reads it: why a number is this one, what is left to do."""

    text: str
    """A sentence."""
    file: str = ""
    """The file that it speaks of; empty: the change as a whole."""


Edit = (
    SetArgument
    | RemoveArgument
    | NameArgument
    | RenameImport
    | Rewrite
    | RewriteText
    | AppendItem
    | Insert
    | Delete
    | MoveStatement
    | RenameSetting
    | Decorate
    | MoveDecorator
    | RemoveDecorator
    | KeepName
    | RewriteLine
    | SetOption
    | SetSetting
    | UnsetSetting
    | LimitView
    | BindLimiter
    | IntroduceLimiter
    | TrustProxies
    | Require
    | Create
    | Explain
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """The change that closes a finding."""

    safety: Safety
    reason: str
    """A sentence: what it does, with the number that it picks, and why."""
    edits: tuple[Edit, ...]
    """All of them, or none, are written."""
