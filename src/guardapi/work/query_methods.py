"""What the methods of a query give, whichever library it is of."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from guardapi.sink import Kind, WorkClass
from guardapi.work.flow import NOTHING, UNRESOLVED, Flow
from guardapi.work.models import column_of
from guardapi.work.queries import (
    Condition,
    Narrowed,
    Query,
    condition,
    conditions_of,
    filter_inputs,
    flow_of,
)
from guardapi.work.query_documents import document_conditions, piped
from guardapi.work.query_pages import pages, paginated

if TYPE_CHECKING:
    from guardapi.work.specs import Invocation

SAME: Final = frozenset(
    {
        *(
            "options",
            "order_by",
            "join",
            "outerjoin",
            "having",
            "populate_existing",
            "execution_options",
            "alias",
        ),
        *(
            "add_columns",
            "add_column",
            "from_self",
            "select_from",
            "with_for_update",
            "prefetch_related",
            "only",
        ),
        *(
            "exclude",
            "no_dereference",
            "select_related",
            "sort",
            "skip",
            "offset",
            "batch_size",
            "hint",
            "switch",
        ),
        *(
            "join_from",
            "outerjoin_from",
            "union",
            "union_all",
            "scalars",
            "tuples",
            "mappings",
            "namedtuples",
            "dicts",
        ),
        *(
            "objects",
            "no_cache",
            "timeout",
            "using",
            "as_pymongo",
            "clone",
            "iterator",
            "params",
            "bindparams",
        ),
        *(
            "with_hint",
            "enable_eagerloads",
            "autoflush",
            "columns",
            "subquery",
            "cte",
            "execute",
            "fields",
            "defer",
        ),
        *(
            "max_time_ms",
            "comment",
            "collation",
            "allow_disk_use",
            "read_preference",
            "values",
            "values_list",
        ),
        *(
            "set",
            "values",
            "returning",
            "on_conflict_do_nothing",
            "on_conflict_do_update",
            "prefetch",
            "without_distinct",
        ),
        *(
            "add_entity",
            "correlate",
            "reset_joinpoint",
            "with_labels",
            "set_label_style",
            "freeze",
            "exec",
            "t",
        ),
        *(
            "with_only_columns",
            "lateral",
            "reverse",
            "distinct_on",
            "rewind",
            "search_text",
            "partition_by",
            "where_in",
        ),
        *(
            "order",
            "project",
            "to_query",
            "window",
            "for_update",
            "nowait",
            "paginated",
            "join_via",
            "asc",
            "desc",
        ),
        *(
            "left_outer_join",
            "ensure_join",
            "bind",
            "clauses",
            "scalar_subquery",
            "prefix_with",
            "suffix_with",
        ),
        *(
            "set_shard",
            "cache",
            "lazy",
            "fetch_object",
            "without_object_caching",
            "all_fields",
            "select_columns",
        ),
    }
)
"""They change neither which rows nor how many in a way that matters here."""
MANY: Final = frozenset(
    {
        "all",
        "fetchall",
        "to_list",
        "to_dict",
        "partitions",
        "fetch_all",
        "to_pandas",
        "list",
        "data",
        "values_of",
    }
)
ONE: Final = frozenset(
    {
        *(
            "first",
            "first_or_404",
            "one",
            "one_or_none",
            "one_or_404",
            "scalar_one",
            "scalar_one_or_none",
            "fetchone",
        ),
        *("get_or_404", "get", "get_or_none", "earliest", "latest", "single", "next", "peek", "get_by_id"),
        *(
            "get_or_create",
            "one_or_create",
            "random",
            "first_or_none",
            "find_one",
            "get_for_update",
            "__next__",
        ),
    }
)
COUNTS: Final = frozenset(
    {"count", "exists", "sum", "average", "avg", "item_frequencies", "max", "min", "explain"}
)
WRITES: Final = {
    "delete": "delete", "update": "update", "update_one": "update", "upsert_one": "update", "modify": "update",
    "insert": "insert", "delete_instance": "delete", "bulk_create": "insert", "insert_many": "insert",
}  # fmt: skip
PAGE_SIZE: Final = "per_page"


def called(query: Query, made: "Invocation") -> Flow | None:
    """What `query.method(...)` gives."""
    name = made.path.rpartition(".")[2]
    handler = METHODS.get(name)
    if handler is not None:
        return handler(query, made)
    if name in SAME:
        return flow_of(query)
    if name in MANY:
        query.run(made.run, made.node, name)
        return query.rows(made.run)
    if name in ONE:
        return query.filtered(_filters(query, made)).one(made.run, made.node, name)
    if name in COUNTS:
        _counted(query, made, name)
        return Flow(path="builtins.int()")
    if name in WRITES:
        return _written(query, made, name)
    if made.function.value is query and not name.startswith(("_", "sqlalchemy")):
        # A method of the project's own query class, or one that is not known: it may narrow down as far as can be.
        return flow_of(query.filtered([Condition(Narrowed.UNKNOWN)]))
    return None


def _filters(query: Query, made: "Invocation") -> list[Condition]:
    """The conditions in the arguments of a filter."""
    found = conditions_of(made.args)
    for name, flow in made.kwargs.items():
        found.append(by_name(query, name, flow))
    if made.is_open:
        found.append(Condition(Narrowed.UNKNOWN))
    return found


def by_name(query: Query, name: str, flow: Flow) -> Condition:
    """`name=value`; the lookups of MongoEngine (`name__in`) included."""
    plain, *rest = name.split("__")
    inputs = filter_inputs(flow)
    if rest and rest[-1] in {"in", "all"}:
        return Condition(Narrowed.LISTED, inputs)
    if rest and rest[-1] in LOOKUPS:
        return Condition(Narrowed.MATCHING, inputs)
    if rest and rest[-1] not in {"exact", "eq"}:
        # Of a document inside, or of one that is referred to: other documents may hold it, too.
        return condition(min(column_of(None, rest[-1]), Narrowed.PARENT), flow)
    return condition(column_of(query.model, plain), flow)


LOOKUPS: Final = frozenset(
    {
        *(
            "ne",
            "lt",
            "lte",
            "gt",
            "gte",
            "not",
            "nin",
            "mod",
            "size",
            "exists",
            "iexact",
            "contains",
            "icontains",
        ),
        *(
            "startswith",
            "istartswith",
            "endswith",
            "iendswith",
            "regex",
            "iregex",
            "wholeword",
            "match",
            "type",
        ),
        *("near", "geo_within", "geo_intersects", "max_distance", "like", "ilike", "is", "between"),
    }
)
"""What follows `__` in a keyword and is no field."""


def _where(query: Query, made: "Invocation") -> Flow:
    return flow_of(query.filtered(_filters(query, made)))


def _of_parent(query: Query, made: "Invocation") -> Flow:
    del made
    return flow_of(query.filtered([Condition(Narrowed.PARENT)]))


def _join(query: Query, made: "Invocation") -> Flow:
    """A join with a subquery (or something unknown) narrows down as far as that does, which is not followed."""
    is_narrowing = any(
        isinstance(flow.value, Query) or (flow.value is UNRESOLVED and "relationship" not in flow.path)
        for flow in made.args
    )
    return flow_of(query.filtered([Condition(Narrowed.UNKNOWN)]) if is_narrowing else query)


def _called_itself(query: Query, made: "Invocation") -> Flow:
    """`User.objects(name=...)`."""
    return _where(query, made)


def _limit(query: Query, made: "Invocation") -> Flow:
    names = (0, "limit", "value", "count", "size", "n")
    amount = made.argument(*names)
    if amount is None:
        return flow_of(query)
    return flow_of(query.up_to(made.run, made.node, [amount], "limit", made.expression(*names)))


def _between(query: Query, made: "Invocation") -> Flow:
    return flow_of(query.up_to(made.run, made.node, made.args[-1:], "slice"))


def _fetch_many(query: Query, made: "Invocation") -> Flow:
    amount = made.argument(0, "size")
    if amount is None:
        found = query
    else:
        found = query.up_to(made.run, made.node, [amount], "fetchmany", made.expression(0, "size"))
    found = found.replaced(limit="some") if found.limit == "none" else found
    found.run(made.run, made.node, "fetchmany")
    return found.rows(made.run)


def _first(query: Query, made: "Invocation") -> Flow:
    amount = made.argument(0)
    if amount is None:
        return query.one(made.run, made.node, "first")
    return query.up_to(made.run, made.node, [amount], "first", made.expression(0)).rows(made.run)


def _scalar(query: Query, made: "Invocation") -> Flow:
    if query.aggregate:
        _counted(query, made, "scalar")
        return NOTHING
    query.one(made.run, made.node, "scalar")
    return NOTHING


def _counted(query: Query, made: "Invocation", name: str) -> None:
    kind, work = Kind.QUERY, WorkClass.DATA
    if query.narrowed is Narrowed.KEY or name == "exists":
        kind, work = Kind.KEYED_READ, WorkClass.LIGHT
    facts = query.replaced(aggregate=True).facts
    made.run.sink(kind, work, f"{query.library}.{name}", made.node, inputs=query.inputs, facts=facts)


def _written(query: Query, made: "Invocation", name: str) -> Flow:
    changed = query.replaced(operation=WRITES[name])
    if query.library in DEFERRED:
        return flow_of(changed)
    changed.write(made.run, made.node, name)
    return NOTHING


DEFERRED: Final = frozenset({"peewee", "sql"})
"""Libraries whose changes wait for `execute()`."""


def _execute(query: Query, made: "Invocation") -> Flow:
    if query.operation != "select":
        query.write(made.run, made.node, "execute")
        return NOTHING
    return flow_of(query)


def _entities(query: Query, made: "Invocation") -> Flow:
    counted = is_aggregated(made.args)
    return flow_of(query.replaced(model=None, aggregate=counted))


def is_aggregated(flows: list[Flow]) -> bool:
    """Whether all of some columns are functions over many rows."""
    return bool(flows) and all(is_aggregate(flow.path) for flow in flows)


def is_aggregate(path: str) -> bool:
    """Whether a path is a function over many rows: `sqlalchemy.func.count()`."""
    parts = path.replace("()", "").lower().split(".")
    return (
        any(parts[i] in {"func", "fn"} and parts[i + 1] in AGGREGATES for i in range(len(parts) - 1))
        or parts[-1] == "exists"
    )


AGGREGATES: Final = frozenset(
    {"count", "sum", "min", "max", "avg", "coalesce", "total", "stddev", "bool_or", "any_value"}
)


def _grouped(query: Query, made: "Invocation") -> Flow:
    # One row for each group: fewer than the table has, how many is not known.
    del made
    return flow_of(query.filtered([Condition(Narrowed.UNKNOWN)]).replaced(aggregate=False))


def _distinct(query: Query, made: "Invocation") -> Flow | None:
    if query.library in {"pymongo", "mongoengine"} and made.args:
        _counted(query, made, "distinct")
        return Flow(path="builtins.list()")
    return flow_of(query)


def _with_options(query: Query, made: "Invocation") -> Flow:
    """`execution_options(yield_per=500)`."""
    streamed = made.kwargs.keys() & {"yield_per", "stream_results"}
    return flow_of(query.replaced(streamed=True) if streamed else query)


def _streamed(query: Query, made: "Invocation") -> Flow:
    del made
    return flow_of(query.replaced(streamed=True))


def _paginate(query: Query, made: "Invocation") -> Flow:
    """Pages of Flask-SQLAlchemy, Flask-MongoEngine and Peewee."""
    if query.library == "peewee":
        size = made.argument(1, "paginate_by")
        if not size:
            return flow_of(query.replaced(limit="some"))
        written = made.expression(1, "paginate_by")
        return flow_of(query.up_to(made.run, made.node, [size], "paginate", written))
    size, most = made.argument(1, PAGE_SIZE), made.argument(3, "max_per_page")
    found = paginated(query, made, size, most, made.expression(1, PAGE_SIZE))
    return pages(found, made)


def _aggregate(query: Query, made: "Invocation") -> Flow | None:
    if query.library not in {"pymongo", "mongoengine"}:
        return None
    return flow_of(piped(query, made, made.argument(0, "pipeline")))


def _find(query: Query, made: "Invocation") -> Flow:
    return flow_of(query.filtered(document_conditions(query, made.argument(0, "filter"))))


METHODS: Final[dict[str, Callable[[Query, "Invocation"], Flow | None]]] = {
    "filter": _where,
    "filter_by": _where,
    "where": _where,
    "join": _join,
    "join_from": _join,
    "with_parent": _of_parent,
    "Query()": _called_itself,
    "limit": _limit,
    "fetch": _limit,
    "slice": _between,
    "fetchmany": _fetch_many,
    "first": _first,
    "scalar": _scalar,
    "with_entities": _entities,
    "with_only_columns": _entities,
    "group_by": _grouped,
    "distinct": _distinct,
    "unique": lambda query, _made: flow_of(query),
    "execution_options": _with_options,
    "yield_per": _streamed,
    "stream_results": _streamed,
    "paginate": _paginate,
    "aggregate": _aggregate,
    "execute": _execute,
    "find": _find,
}
