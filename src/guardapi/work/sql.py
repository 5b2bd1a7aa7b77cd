"""Statements in SQL (and Cypher), read for what they cost: which rows, how many, who says so."""

import ast
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from guardapi.sink import Input, Kind, WorkClass
from guardapi.work.conditions import key_of
from guardapi.work.flow import NOTHING, Flow, Taint
from guardapi.work.models import KEY_NAMES, KEY_NAMES_OF_ANY, PARENT
from guardapi.work.origins import with_origin
from guardapi.work.queries import Condition, Narrowed, Query, amount_inputs, filter_inputs, identities
from guardapi.work.texts import Part, Text

if TYPE_CHECKING:
    from guardapi.work.specs import Invocation

HOLE: Final = "\x00"
COMMENT: Final = re.compile(r"--[^\n]{0,400}|/\*.{0,2000}?\*/", re.DOTALL)
QUOTED: Final = re.compile(r"'(?:[^'\x00]|''){0,400}'")
OPERATION: Final = re.compile(r"[\s(]*(\w+)")
LIMIT: Final = re.compile(
    r"\b(?:limit|fetch\s+(?:first|next)|top)\s*\(?\s*(?P<amount>[\w:%?@$.{}()\x00]+)(?:\s*,\s*(?P<second>[\w:%?@$.()\x00]+))?",
    re.IGNORECASE,
)
TABLE: Final = re.compile(r"\b(?:from|into|update|table|match\s*\(\w*:)\s*[\"`\[]?([\w.]+)", re.IGNORECASE)
WHERE: Final = re.compile(r"\bwhere\b", re.IGNORECASE)
AFTER_WHERE: Final = re.compile(
    r"\b(?:group\s+by|order\s+by|limit|having|union|returning|offset|window|return)\b", re.IGNORECASE
)
EQUALITY: Final = re.compile(
    r"(?:^|[\s(.\"`])(?P<name>\w+)[\"`\]]?\s*=\s*(?P<value>[?:%@$\x00'\"\d]|\w+\.\w+|\w+)", re.IGNORECASE
)
AGGREGATE: Final = re.compile(
    r"\s*(?:distinct\s+)?(?:coalesce\s*\(\s*)?(?:count|sum|min|max|avg|exists|total)\s*\(", re.IGNORECASE
)
GROUPED: Final = re.compile(r"\bgroup\s+by\b", re.IGNORECASE)
FREE: Final = re.compile(
    r"\b(?:information_schema|sqlite_master|pg_catalog|pg_\w+|sys\.\w+|dual)\b", re.IGNORECASE
)
PLACEHOLDER: Final = re.compile(r"%s|\?|%\((\w+)\)s|(?<![:\w]):(\w+)|@(\w+)|\$(\w+)|\x00")
WRITES: Final = {
    "insert": "insert", "replace": "save", "update": "update", "delete": "delete", "merge": "save",
    "upsert": "save", "truncate": "delete", "create": "insert",
}  # fmt: skip
READS: Final = frozenset({"select", "with", "match", "from"})


@dataclass(frozen=True, slots=True)
class Statement:
    """What a statement does, written one way."""

    operation: str
    of: str
    narrowed: Narrowed
    limit: str
    """The expression behind LIMIT; empty: none."""
    position: int
    """How many places for parameters stand before it."""
    aggregate: bool
    holes: tuple[frozenset[Taint], ...]
    """The caller data in its parts that are not known."""


def parsed(option: tuple[Part, ...]) -> Statement | None:
    """A statement, as far as it can be read."""
    text = "".join(part if isinstance(part, str) else HOLE for part in option)
    text = QUOTED.sub("''", COMMENT.sub(" ", text))
    found = OPERATION.match(text)
    word = found[1].lower() if found else ""
    if word not in READS and word not in WRITES:
        return None
    table = TABLE.search(text)
    limit = None
    for limit in LIMIT.finditer(text):  # noqa: B007  # the last one is the outer one
        pass
    amount = (limit["second"] or limit["amount"]) if limit is not None else ""
    start = (limit.start("second") if limit["second"] else limit.start("amount")) if limit is not None else 0
    before = text[:start] if limit is not None else ""
    columns = re.split(r"\bfrom\b", text[found.end() if found else 0 :], maxsplit=1, flags=re.IGNORECASE)
    return Statement(
        operation=WRITES.get(word, "select"),
        of=table[1] if table else ("a table" if re.search(r"\bfrom\b", text, re.IGNORECASE) else ""),
        narrowed=_narrowed(text, has_hole=HOLE in text),
        limit=amount,
        position=len(PLACEHOLDER.findall(before)),
        aggregate=bool(AGGREGATE.match(columns[0])) and not GROUPED.search(text),
        holes=tuple(part for part in option if not isinstance(part, str)),
    )


def _narrowed(text: str, *, has_hole: bool) -> Narrowed:
    if FREE.search(text) or GROUPED.search(text):
        return Narrowed.UNKNOWN
    where = WHERE.search(text)
    if where is None:
        # A part that is not known may hold the filter, or the rest of the statement.
        tail = re.split(r"\bfrom\b", text, maxsplit=1, flags=re.IGNORECASE)[-1]
        tail = re.sub(r"^\s*[\"`\[]?\x00[\"`\]]?", "", tail) if has_hole else tail
        return Narrowed.UNKNOWN if HOLE in AFTER_WHERE.split(tail, maxsplit=1)[0] else Narrowed.NOT
    clause = AFTER_WHERE.split(text[where.end() :], maxsplit=1)[0]
    if re.search(r"\bor\b", clause, re.IGNORECASE):
        return Narrowed.MATCHING if HOLE not in clause else Narrowed.UNKNOWN
    found = Narrowed.MATCHING
    for equal in EQUALITY.finditer(clause):
        found = max(found, _of_equality(equal["name"].lower(), equal["value"]))
    if re.fullmatch(r"\s*\(?\s*\x00.*", clause, re.DOTALL):
        return max(found, Narrowed.UNKNOWN)
    if re.search(r"\bin\s*\(", clause, re.IGNORECASE):
        found = max(found, Narrowed.LISTED)
    return found


def _of_equality(name: str, value: str) -> Narrowed:
    if "." in value or (value[:1].isalpha() and value.lower() not in {"lower", "upper"}):
        return Narrowed.NOT  # a join
    if name in KEY_NAMES or KEY_NAMES_OF_ANY.search(name) or name in {"rowid", "name", "token"}:
        return Narrowed.KEY
    return Narrowed.PARENT if PARENT.search(name) else Narrowed.MATCHING


def executed(made: "Invocation", text: Text) -> Flow | None:
    """`cursor.execute(text, parameters)`: what it costs, and what is fetched from it next."""
    found = [statement for option in text.options if (statement := parsed(option)) is not None]
    if not found:
        return None
    parameters = made.argument(1, "params", "parameters", "vars", "args", "values", "bindvars") or NOTHING
    if len(made.args) > 2 and parameters.items is None:  # `session.run(text, a, b)`
        parameters = Flow(items=tuple(made.args[1:]))
    given = (
        parameters if parameters.fields or parameters.items or parameters.taints else Flow(fields=made.kwargs)
    )
    queries = [_query(made, statement, given) for statement in found]
    query: Query = queries[0]
    for other in queries[1:]:
        joined = query.joined(other)
        query = joined if isinstance(joined, Query) else query
    if query.operation != "select":
        query.write(made.run, made.node, made.path.rpartition(".")[2])
        return Flow(path=f"{made.path}()")
    if not query.of:
        return Flow(path=f"{made.path}()")
    name = made.path.rpartition(".")[2]
    if name in {"fetch_all", "fetchall"}:
        query.run(made.run, made.node, name)
        return query.rows(made.run)
    if name in {"scalar", "fetch_one", "fetch_val"}:
        _one(query, made, name)
        return NOTHING
    _keep_in_cursor(made, query)
    return Flow(query, f"{made.path}()")


def _one(query: Query, made: "Invocation", name: str) -> None:
    if query.aggregate and query.narrowed is not Narrowed.KEY:
        made.run.sink(
            Kind.QUERY, WorkClass.DATA, f"sql.{name}", made.node, inputs=query.inputs, facts=query.facts
        )
    else:
        query.one(made.run, made.node, name)


def _keep_in_cursor(made: "Invocation", query: Query) -> None:
    """The cursor holds the result until the next statement."""
    func: ast.expr = made.node.func
    key = key_of(func.value) if hasattr(func, "value") else None
    if key is not None:
        made.run.env[key] = Flow(query, made.receiver.path, fields=made.receiver.fields)


def _query(made: "Invocation", statement: Statement, given: Flow) -> Query:
    inputs = filter_inputs(Flow(taints=frozenset(t for hole in statement.holes for t in hole)))
    conditions = [Condition(statement.narrowed, (*inputs, *filter_inputs(given)))]
    who = identities(given)
    if who and statement.narrowed is not Narrowed.NOT:
        conditions.append(Condition(Narrowed.OWN, who=who))
    query = Query(
        library="sql", of=statement.of, operation=statement.operation, aggregate=statement.aggregate
    )
    query = query.filtered(conditions)
    if statement.operation != "select" or not statement.limit:
        return query
    free = _amounts(statement, given)
    if not free:
        return query.replaced(limit="some")
    free = with_origin(made.run, free, _limit_written(made, statement), is_count=True)
    made.run.sink(Kind.PAGE, WorkClass.DATA, "LIMIT", made.node, inputs=free, facts=query.facts)
    return query.replaced(limit="caller" if any(not i.is_bounded for i in free) else "some")


def _amounts(statement: Statement, given: Flow) -> list[Input]:
    """The caller's part in what stands behind LIMIT."""
    if HOLE in statement.limit:
        index = min(_hole_index(statement), len(statement.holes) - 1)
        return amount_inputs(Flow(taints=statement.holes[index])) if statement.holes else []
    found = PLACEHOLDER.match(statement.limit)
    if found is None:
        return []
    name = next((part for part in found.groups() if part), None)
    if name is not None and given.fields is not None:
        return amount_inputs(given.fields.get(name, NOTHING))
    if name is None and given.items is not None and statement.position < len(given.items):
        return amount_inputs(given.items[statement.position])
    return []


def _limit_written(made: "Invocation", statement: Statement) -> ast.expr | None:
    """The expression behind LIMIT: in the text itself, or under its name or at its position among the parameters."""
    passed = [*made.node.args, *(keyword.value for keyword in made.node.keywords)]
    nodes = [node for one in passed for node in ast.walk(one)]
    if HOLE in statement.limit:
        pairs = [pair for node in nodes if isinstance(node, ast.JoinedStr) for pair in pairwise(node.values)]
        holes = [hole for text, hole in pairs if _is_limit(text) and isinstance(hole, ast.FormattedValue)]
        return holes[0].value if holes else None
    found = PLACEHOLDER.match(statement.limit)
    name = next((part for part in found.groups() if part), None) if found is not None else None
    for node in nodes:
        if isinstance(node, ast.Dict) and name is not None:
            entries = zip(node.keys, node.values, strict=True)
            return next(
                (v for key, v in entries if isinstance(key, ast.Constant) and key.value == name), None
            )
        if isinstance(node, ast.Tuple | ast.List) and name is None and statement.position < len(node.elts):
            return node.elts[statement.position]
    return None


def _is_limit(text: ast.expr) -> bool:
    return isinstance(text, ast.Constant) and str(text.value).rstrip().lower().endswith("limit")


def _hole_index(statement: Statement) -> int:
    return len(statement.holes) - 1
