"""Queries as they are built: of what, how narrowed down, how many rows; and what running one costs.

Facts of the sinks: `of` (model, table or collection), `library`, `narrowed` (a name of `Narrowed`: the weakest filter
that holds on every path), `limit` (`none`, `some`, `caller`), `optional` (whether a filter or limit holds on some paths
only), `aggregate` (one number comes back), `streamed` (rows come in portions), `small` (the name says that there are
few rows), `relation` (a relationship of an object leads there); of PAGE also `implicit` (the library reads the size
from the request itself); of WRITE: `operation` (`insert`, `update`, `delete`, `commit`, `save`).
"""

import ast
import re
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Final

from guardapi.python.values import Class, Instance
from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.flow import IDENTITY, Abstract, Flow, Taint, all_taints
from guardapi.work.origins import with_origin

if TYPE_CHECKING:
    from guardapi.work.run import Run
    from guardapi.work.specs import Invocation


class Narrowed(IntEnum):
    """How far a filter narrows a query down; a larger one is fewer rows."""

    NOT = 0
    MATCHING = 1
    """Rows with some property, however many have it."""
    LISTED = 2
    """Rows that a list names."""
    PARENT = 3
    """Rows that belong to one other row."""
    OWN = 4
    """Rows of who calls."""
    UNKNOWN = 5
    """Something that could not be read narrows it down: nothing is claimed."""
    KEY = 6
    """One row: its primary or a unique key is given."""


SMALL: Final = re.compile(
    r"(?:^|[._])(?:\w*_)?(?:roles?|countr(?:y|ies)|settings?|categor(?:y|ies)|languages?|locales?|currenc(?:y|ies)|states?|"
    r"permissions?|config(?:uration)?s?|options?|types?|status(?:es)?|units?|plans?|timezones?|genders?|colou?rs?|"
    r"priorit(?:y|ies)|levels?|departments?|alembic_version|sqlite_master|features?|plugins?|themes?)$",
    re.IGNORECASE,
)
WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
MAX_INPUTS: Final = 6


@dataclass(frozen=True, slots=True)
class Condition(Abstract):
    """What a filter asks for."""

    narrowed: Narrowed
    inputs: tuple[Input, ...] = ()
    who: frozenset[Taint] = frozenset()
    """Who calls, where the filter asks for that."""

    def joined(self, other: Abstract) -> Abstract | None:
        """Either: the weaker."""
        if not isinstance(other, Condition):
            return None
        return Condition(min(self.narrowed, other.narrowed), _merged(self.inputs, other.inputs))

    def combined(self, operator: ast.operator | ast.cmpop | ast.unaryop, other: Flow) -> Flow | None:
        """`self & other`, `self | other`, `~self`."""
        if isinstance(operator, ast.Invert):
            return Flow(Condition(Narrowed.MATCHING, self.inputs))
        second = other.value if isinstance(other.value, Condition) else Condition(Narrowed.UNKNOWN)
        inputs = _merged(self.inputs, second.inputs)
        if isinstance(operator, ast.BitAnd):
            return Flow(Condition(max(self.narrowed, second.narrowed), inputs, self.who | second.who))
        if isinstance(operator, ast.BitOr):
            return Flow(Condition(min(self.narrowed, second.narrowed), inputs))
        return None


@dataclass(frozen=True, slots=True)
class Column(Abstract):
    """A column of a model."""

    model: Class
    name: str
    equal: Narrowed
    """How far equality with one value narrows down."""

    def combined(self, operator: ast.operator | ast.cmpop | ast.unaryop, other: Flow) -> Flow | None:
        """`column == value`."""
        if isinstance(operator, ast.Eq):
            return Flow(condition(self.equal, other))
        if isinstance(operator, ast.cmpop | ast.LShift | ast.Mod | ast.Pow):
            # `<<` is IN, `%` and `**` are LIKE in Peewee.
            listed = isinstance(operator, ast.LShift | ast.In)
            return Flow(Condition(Narrowed.LISTED if listed else Narrowed.MATCHING, filter_inputs(other)))
        return None

    def called(self, made: "Invocation") -> Flow | None:
        """`column.in_(...)`, `column.ilike(...)`."""
        name = made.path.rpartition(".")[2]
        inputs = tuple(i for flow in (*made.args, *made.kwargs.values()) for i in filter_inputs(flow))
        if name in {"in_", "any_", "is_in"}:
            return Flow(Condition(Narrowed.LISTED, inputs))
        if name in {"is_", "__eq__"} and made.args:
            return Flow(condition(self.equal, made.args[0]))
        if name in {"any", "has", "contains"}:
            return Flow(Condition(Narrowed.UNKNOWN if name != "contains" else Narrowed.MATCHING, inputs))
        if name in MATCHES:
            return Flow(Condition(Narrowed.MATCHING, inputs))
        return made.receiver  # `asc()`, `label(...)`, `cast(...)`


MATCHES: Final = frozenset(
    {
        *(
            "like",
            "ilike",
            "notlike",
            "not_like",
            "not_ilike",
            "notilike",
            "startswith",
            "endswith",
            "istartswith",
        ),
        *(
            "iendswith",
            "icontains",
            "between",
            "is_not",
            "isnot",
            "is_null",
            "not_in",
            "notin_",
            "match",
            "regexp",
        ),
        *(
            "regexp_match",
            "iregexp",
            "op",
            "bool_op",
            "is_distinct_from",
            "overlap",
            "contained_by",
            "has_key",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Query(Abstract):
    """A query that is being built, or the result of one that is still to be fetched."""

    library: str
    of: str
    """What it reads, for people: `User`, `orders`."""
    model: Class | None = None
    """The class of what comes back."""
    narrowed: Narrowed = Narrowed.NOT
    limit: str = "none"
    optional: bool = False
    aggregate: bool = False
    streamed: bool = False
    inputs: tuple[Input, ...] = ()
    operation: str = "select"
    who: frozenset[Taint] = frozenset()
    is_relation: bool = False
    """It is what a relationship of an object leads to."""

    def joined(self, other: Abstract) -> Abstract | None:
        """Either: of each property the one that means more rows."""
        if not isinstance(other, Query):
            return None
        differ = self.narrowed != other.narrowed or self.limit != other.limit
        return replace(
            self,
            model=self.model if self.model is other.model else None,
            narrowed=min(self.narrowed, other.narrowed),
            limit=min(self.limit, other.limit, key=LIMITS.index),
            optional=self.optional or other.optional or differ,
            aggregate=self.aggregate and other.aggregate,
            streamed=self.streamed and other.streamed,
            inputs=_merged(self.inputs, other.inputs),
        )

    def called(self, made: "Invocation") -> Flow | None:
        """What a method of it gives."""
        from guardapi.work.query_methods import called  # noqa: PLC0415  # they build on this module

        return called(self, made)

    def attribute(self, name: str) -> Flow | None:
        """A method that is called next, or what leads to one."""
        if name in {"query", "statement", "objects", "c", "columns", "selectable"}:
            return flow_of(self)
        return None if name in NUMBERS or name.startswith("_") else Flow(self, f"{PATH}.{name}")

    def passed(self, made: "Invocation") -> None:
        """Serialisers and templates go through all rows."""
        head, _, name = made.path.rpartition(".")
        if name in (BUILTIN_CONSUMERS if head.startswith("builtins") else CONSUMERS):
            self.run(made.run, made.node, name)

    def iterated(self, run: "Run", node: ast.expr) -> Flow | None:
        """Each row."""
        self.run(run, node, "__iter__")
        return self.item(run)

    def element(self, run: "Run", node: ast.expr) -> Flow | None:
        """`query[0]`: one row."""
        return self.replaced(limit="some", narrowed=Narrowed.KEY).iterated(run, node)

    def sliced(
        self, run: "Run", node: ast.Subscript, end: Flow | None, written: ast.expr | None
    ) -> Flow | None:
        """`query[:n]`."""
        if end is None:
            return flow_of(self)
        return flow_of(self.up_to(run, node, [end], "slice", written))

    # -- steps of building one ---------------------------------------------------------------------

    def replaced(self, **changes: object) -> "Query":
        """The same with some properties changed."""
        return replace(self, **changes)  # type: ignore[arg-type]  # by their names

    def filtered(self, conditions: list[Condition]) -> "Query":
        """With conditions that all have to hold."""
        narrowed = max((one.narrowed for one in conditions), default=self.narrowed)
        inputs, who = self.inputs, self.who
        for one in conditions:
            inputs, who = _merged(inputs, one.inputs), who | one.who
        return replace(self, narrowed=max(self.narrowed, narrowed), inputs=inputs, who=who)

    def up_to(
        self, run: "Run", node: ast.AST, amounts: list[Flow], name: str, written: ast.expr | None = None
    ) -> "Query":
        """With a limit, `written` so; one that the caller chooses is a sink of its own."""
        free = [i for flow in amounts for i in amount_inputs(flow)]
        if not free:
            limit = "none" if all(flow.value is None for flow in amounts) else "some"
            return replace(self, limit=self.limit if limit == "none" else limit)
        free = with_origin(run, free, written, is_count=True)
        run.sink(Kind.PAGE, WorkClass.DATA, name, node, inputs=free, facts=self.facts)
        unbounded = any(not i.is_bounded for i in free)
        return replace(self, limit="caller" if unbounded else "some")

    # -- running it --------------------------------------------------------------------------------

    @property
    def facts(self) -> dict[str, object]:
        """What its sinks say of it."""
        return {
            "of": self.of,
            "library": self.library,
            "narrowed": self.narrowed.name.lower(),
            "limit": self.limit,
            "optional": self.optional,
            "aggregate": self.aggregate,
            "streamed": self.streamed,
            "small": is_small(self.of),
            "relation": self.is_relation,
        }

    def run(self, run: "Run", node: ast.AST, name: str) -> None:
        """All rows are read."""
        if self.operation != "select":
            self.write(run, node, name)
            return
        kind, work = Kind.QUERY, WorkClass.DATA
        if self.narrowed is Narrowed.KEY:
            kind, work = Kind.KEYED_READ, WorkClass.LIGHT
        elif self.narrowed is Narrowed.NOT and self.limit == "none" and not self.aggregate:
            kind = Kind.WHOLE_TABLE
        run.sink(kind, work, f"{self.library}.{name}", node, inputs=self.inputs, facts=self.facts)

    def write(self, run: "Run", node: ast.AST, name: str) -> None:
        """Rows are changed."""
        run.sink(
            Kind.WRITE,
            WorkClass.DATA,
            f"{self.library}.{name}",
            node,
            inputs=self.inputs,
            facts={"of": self.of, "operation": self.operation, "library": self.library},
        )

    def one(self, run: "Run", node: ast.AST, name: str) -> Flow:
        """One row is read."""
        run.sink(
            Kind.KEYED_READ,
            WorkClass.LIGHT,
            f"{self.library}.{name}",
            node,
            inputs=self.inputs,
            facts=self.facts,
        )
        return self.item(run)

    def item(self, run: "Run") -> Flow:
        """A row, as an object of its class; what is looked up by who calls says who calls."""
        made = run.reader.names.instance(self.model) if self.model is not None else Flow(path=f"{PATH}()")
        return made.tainted(self.who)

    def rows(self, run: "Run") -> Flow:
        """The rows in a list."""
        return Flow(path="builtins.list()", items=(self.item(run),))


LIMITS: Final = ("none", "caller", "some")
"""From many rows to few."""
PATH: Final = "sqlalchemy.orm.Query()"
NUMBERS: Final = frozenset(
    {
        *("rowcount", "lastrowid", "inserted_primary_key", "description", "total", "pages", "name"),
        *("acknowledged", "column_descriptions", "whereclause", "columns_clause_froms"),
    }
)
"""Attributes that are no part of a query: what it did, and of what it is made."""
CONSUMERS: Final = frozenset(
    {
        *("dump", "dumps", "jsonify", "render_template", "render_template_string", "marshal", "DataFrame"),
        *("dump_json", "from_records", "from_queryset"),
    }
)
BUILTIN_CONSUMERS: Final = frozenset({"dict", "extend", "join", "max", "min", "sum"})
"""What goes through all it is given."""


def flow_of(query: Query) -> Flow:
    """A query as a value."""
    return Flow(query, PATH)


def query_of(flow: Flow | None) -> Query | None:
    """The query that a value is."""
    return flow.value if flow is not None and isinstance(flow.value, Query) else None


def is_small(name: str) -> bool:
    """Whether a name says that there are few rows: roles, countries, settings."""
    return bool(SMALL.search(WORDS.sub("_", name)[:200]))


def equality(narrowed: Narrowed, other: Flow) -> Narrowed:
    """How far `column == other` narrows down."""
    if isinstance(other.value, Column):
        return Narrowed.NOT  # a join
    if narrowed is Narrowed.KEY:
        return narrowed
    if other.value is None or isinstance(other.value, bool):
        return Narrowed.MATCHING
    if identities(other):
        return Narrowed.OWN
    return Narrowed.PARENT if isinstance(other.value, Instance) else narrowed


def condition(equal: Narrowed, other: Flow) -> Condition:
    """`column == other`."""
    return Condition(equality(equal, other), filter_inputs(other), identities(other))


def identities(flow: Flow) -> frozenset[Taint]:
    """Who calls, in a value."""
    return frozenset(taint for taint in all_taints(flow) if taint.kind == IDENTITY)


def filter_inputs(flow: Flow) -> tuple[Input, ...]:
    """The caller's part in a filter."""
    taints = sorted(taint for taint in all_taints(flow) if taint.kind != IDENTITY)
    role = {"items": Role.DATA}
    return tuple(
        Input(role=role.get(t.kind, Role.TEXT), source=t.source, kind=t.kind, is_bounded=t.is_bounded)
        for t in taints[:MAX_INPUTS]
    )


def amount_inputs(flow: Flow) -> list[Input]:
    """The caller's part in how many rows."""
    return [
        Input(role=Role.AMOUNT, source=t.source, kind=t.kind, is_bounded=t.bound == "value")
        for t in sorted(flow.taints)
        if t.kind != IDENTITY
    ]


def conditions_of(flows: list[Flow]) -> list[Condition]:
    """What the arguments of a filter ask for."""
    found: list[Condition] = []
    for flow in flows:
        if isinstance(flow.value, Condition):
            found.append(flow.value)
        elif flow.items is not None:
            found += conditions_of(list(flow.items))
        elif isinstance(flow.value, Column):
            found.append(Condition(Narrowed.MATCHING))
        else:
            found.append(Condition(Narrowed.UNKNOWN, filter_inputs(flow)))
    return found


def _merged(one: tuple[Input, ...], two: tuple[Input, ...]) -> tuple[Input, ...]:
    if not two:
        return one
    return tuple(dict.fromkeys((*one, *two)))[:MAX_INPUTS]
