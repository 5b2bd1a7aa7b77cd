"""What reading one function with some arguments has shown."""

import ast
from dataclasses import dataclass, field

from guardapi.place import Place
from guardapi.sink import Input, Kind, Sink, Step
from guardapi.work.flow import NOTHING, Flow


@dataclass(slots=True, eq=False)
class Result:
    """What reading a function with some arguments has shown."""

    name: str
    """`module:qualified.name`."""
    place: Place
    returned: Flow = NOTHING
    yielded: Flow | None = None
    sinks: dict[tuple[Place, Kind], Sink] = field(default_factory=dict)
    """Those in the function itself."""
    calls: list[tuple[Step, "Result", Input | None]] = field(default_factory=list)
    """Functions it calls, with what the call is repeated by."""
    bounds: dict[str, Flow] = field(default_factory=dict)
    """What its parameters are once it has returned."""
    shows: dict[bool, dict[str, str]] = field(default_factory=dict)
    """By the truth of its answer: the parameters that have a bound then, and the kind of bound."""
    fields: dict[str, Flow] = field(default_factory=dict)
    """Attributes it has set on its first parameter."""
    never_returns: bool = False
    makes_application: bool = False
    """Whether it builds an application, which happens once, whoever asks for it first."""
    may_abort: bool = False
    """Whether some way through it ends the request."""
    compares_length: bool = False
    """Whether it, or what it calls, compares the length that a request announces."""
    reads_request: set[str] = field(default_factory=set)
    """Facts of the request and its route that it asks for: `method`, `endpoint`, `blueprint`, `path`."""
    is_cut: bool = False
    """Whether something below was too deep to read."""
    unread: set[str] = field(default_factory=set)
    opaque: set[str] = field(default_factory=set)
    """Paths of what it calls that neither the tree nor a table knows."""
    answers: list[tuple[Flow, ast.expr | None, Place]] = field(default_factory=list)
    """What it returns, each with its expression and where it stands."""
    weak_tests: list[str] = field(default_factory=list)
    """Caller data that is compared with a literal, or looked for."""
    has_strong_test: bool = False
    """Whether caller data is compared with something that is not written in the source."""
    arguments: dict[str, Flow] = field(default_factory=dict)
    """Kept, so that the identities in its key stay theirs."""
