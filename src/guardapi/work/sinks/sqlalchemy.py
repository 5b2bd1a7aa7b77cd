"""Object mappers over SQL: SQLAlchemy, Flask-SQLAlchemy, SQLModel, Peewee, Pony.

A query is followed as it is built (`guardapi.work.queries`, which documents the facts) and recorded where it is run.
"""

import ast
from typing import TYPE_CHECKING, Final

from guardapi.python.values import MISSING, Class, Instance
from guardapi.sink import Kind, Role, WorkClass
from guardapi.work.flow import NOTHING, Flow
from guardapi.work.models import column_of, is_column, is_relation, library_of
from guardapi.work.queries import Column, Condition, Narrowed, Query, conditions_of, flow_of, query_of
from guardapi.work.query_methods import by_name, is_aggregate, is_aggregated
from guardapi.work.query_pages import pages, paginated
from guardapi.work.specs import Answer, AttributeAnswer, Facts, Invocation, Spec
from guardapi.work.sql import executed
from guardapi.work.texts import text_of

if TYPE_CHECKING:
    from guardapi.work.run import Run

# -- what models lead to -------------------------------------------------------------------------


def _attribute(_run: "Run", owner: Flow, name: str, found: Flow) -> Flow | None:
    value = owner.value
    cls = value if isinstance(value, Class) else value.cls if isinstance(value, Instance) else None
    if cls is None or name.startswith("__"):
        return None
    library = library_of(cls)
    if library is None:
        return None
    if isinstance(value, Class):
        return _of_model(cls, library, name, found)
    if is_relation(cls, name):
        of = f"{cls.name}.{name}"
        query = Query(library=library, of=of, model=_related(cls, name), narrowed=Narrowed.PARENT)
        return flow_of(query.replaced(is_relation=True, who=owner.taints))
    if is_column(cls, name) and not owner.fields:
        return Flow(path="builtins.object()", taints=owner.taints)
    return None


def _of_model(cls: Class, library: str, name: str, found: Flow) -> Flow | None:
    if name == "query" and library != "peewee" and "query" not in cls.namespace:
        return flow_of(Query(library=library, of=cls.name, model=cls))
    if name == "objects" and library == "mongoengine" and cls.find("objects") is MISSING:
        return flow_of(Query(library=library, of=cls.name, model=cls))
    if not isinstance(found.value, Class) and is_column(cls, name):
        return Flow(Column(cls, name, column_of(cls, name)), found.path)
    return None


def _related(cls: Class, name: str) -> Class | None:
    """The class that a relationship leads to, by its name."""
    for base in cls.mro:
        if isinstance(base, Class) and base.node is not None and (target := _target(base.node, name)):
            return _class_called(base, target)
    return None


def _target(node: ast.ClassDef, name: str) -> str | None:
    for statement in node.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Call):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                return next(
                    (
                        a.value
                        for a in statement.value.args
                        if isinstance(a, ast.Constant) and isinstance(a.value, str)
                    ),
                    None,
                )
    return None


def _class_called(near: Class, name: str) -> Class | None:
    found = near.module.namespace.get(name) if near.module is not None else None
    if isinstance(found, Class):
        return found
    for base in near.mro:
        for sibling in base.subclasses if isinstance(base, Class) else ():
            if sibling.name == name:
                return sibling
    return None


ATTRIBUTES: Final[tuple[AttributeAnswer, ...]] = (_attribute,)


# -- where queries begin -------------------------------------------------------------------------


def _entity(flow: Flow) -> tuple[Class | None, str, bool]:
    """Of what `select(x)` is: the class of its rows, its name, and whether it is a model at all."""
    if isinstance(flow.value, Class) and library_of(flow.value) is not None:
        return flow.value, flow.value.name, True
    if isinstance(flow.value, Column):
        return None, flow.value.model.name, True
    if (inner := query_of(flow)) is not None:
        return inner.model, inner.of, True
    if flow.path.startswith(("sqlalchemy.", "flask_sqlalchemy.")) and not is_aggregate(flow.path):
        return None, "a table", True
    return None, "", False


def _select(made: Invocation) -> Flow | None:
    """`select(User)`, `session.query(User.id, func.count())`."""
    columns = made.args[0].items if len(made.args) == 1 and made.args[0].items is not None else made.args
    entities = [_entity(flow) for flow in columns]
    known = [found for found in entities if found[2]]
    aggregated = is_aggregated(list(columns))
    if not known and not aggregated:
        return None
    of = known[0][1] if known else "a table"
    source = made.function if query_of(made.function) is not None else made.receiver
    model = known[0][0] if len(columns) == 1 and known else None
    cls = next((flow.value for flow in columns if isinstance(flow.value, Class)), None)
    column = next((flow.value.model for flow in columns if isinstance(flow.value, Column)), None)
    library = library_of(cls or column) or "sqlalchemy"
    if source.path.startswith("flask_sqlalchemy"):
        library = "flask_sqlalchemy"
    query = Query(library=library, of=of, model=model, aggregate=aggregated)
    inner = next((found for flow in columns if (found := query_of(flow)) is not None), None)
    found = inner if inner is not None else query
    # A session takes no keywords: another object that is asked alike may filter by them. A row's own `select` leads to
    # what belongs to it.
    is_known = made.path.startswith(("sqlalchemy.", "flask_sqlalchemy.", "sqlmodel."))
    is_of_row = made.path.endswith(".select") and not is_known and not isinstance(made.receiver.value, Class)
    is_unclear = bool(made.kwargs) or made.is_open or is_of_row
    return flow_of(found.filtered([Condition(Narrowed.UNKNOWN)]) if is_unclear else found)


def _from_statement(made: Invocation) -> Flow | None:
    """`session.execute(statement)`, `session.scalars(...)`, `cursor.execute("SELECT ...")`."""
    name = made.path.rpartition(".")[2]
    statement = made.argument(0, "statement", "query", "sql", "stmt", "clause", "operation", "clauseelement")
    query = query_of(statement)
    if query is None:
        text = text_of(statement) if statement is not None else None
        return executed(made, text) if text is not None else None
    if query.operation != "select":
        query.write(made.run, made.node, name)
        return NOTHING
    if name == "scalar":
        return query.called(_as(made, "scalar"))
    return flow_of(query)


def _as(made: Invocation, name: str) -> Invocation:
    """The same call as one of a method of the query."""
    return Invocation(
        path=f"query.{name}",
        function=NOTHING,
        receiver=NOTHING,
        args=made.args[1:],
        kwargs=made.kwargs,
        is_open=made.is_open,
        node=made.node,
        run=made.run,
    )


def _text(made: Invocation) -> Flow | None:
    """`text("SELECT ...")`: still the statement."""
    statement = made.argument(0, "text")
    return statement if statement is not None and text_of(statement) is not None else None


def _paginate(made: Invocation) -> Flow | None:
    """`db.paginate(select(User))`."""
    query = query_of(made.argument(0, "select"))
    if query is None:
        return None
    query = query.replaced(library="flask_sqlalchemy")
    size, most = made.argument("per_page"), made.argument("max_per_page")
    found = paginated(query, made, size, most, made.expression("per_page"))
    return pages(found, made)


def _keyed(made: Invocation) -> Flow | None:
    """`session.get(User, 1)`, `db.get_or_404(User, 1)`."""
    cls = made.args[0].value if made.args else None
    query = query_of(made.args[0]) if made.args else None
    if query is not None:
        return query.one(made.run, made.node, made.path.rpartition(".")[2])
    if not isinstance(cls, Class) or library_of(cls) is None:
        return None
    query = Query(library=library_of(cls) or "", of=cls.name, model=cls, narrowed=Narrowed.KEY)
    return query.filtered(conditions_of(made.args[1:])).one(made.run, made.node, made.path.rpartition(".")[2])


def _listed(made: Invocation) -> Flow | None:
    """`list(query)`."""
    query = query_of(made.args[0]) if made.args else None
    if query is None:
        return None
    name = made.path.rpartition(".")[2]
    query.run(made.run, made.node, name)
    return query.rows(made.run)


def _measured(made: Invocation) -> Flow | None:
    """`len(query)` runs it."""
    query = query_of(made.args[0]) if made.args else None
    if query is not None and query.library in {"mongoengine", "peewee", "pony"}:
        query.run(made.run, made.node, "__len__")
    return NOTHING if query is not None else None


# -- conditions ----------------------------------------------------------------------------------


def _all_of(made: Invocation) -> Flow:
    conditions = conditions_of(made.args)
    inputs = tuple(i for condition in conditions for i in condition.inputs)
    narrowed = max((condition.narrowed for condition in conditions), default=Narrowed.UNKNOWN)
    return Flow(Condition(Narrowed.UNKNOWN if made.is_open else narrowed, inputs))


def _any_of(made: Invocation) -> Flow:
    conditions = conditions_of(made.args)
    inputs = tuple(i for condition in conditions for i in condition.inputs)
    narrowed = min((condition.narrowed for condition in conditions), default=Narrowed.UNKNOWN)
    return Flow(Condition(Narrowed.UNKNOWN if made.is_open else narrowed, inputs))


def _not(made: Invocation) -> Flow:
    return Flow(Condition(Narrowed.MATCHING, tuple(i for c in conditions_of(made.args) for i in c.inputs)))


# -- writing -------------------------------------------------------------------------------------


def _changed(made: Invocation) -> Flow | None:
    """`insert(User)`, `update(User)`, `delete(User)`: run by `execute`."""
    _, of, is_model = _entity(made.args[0]) if made.args else (None, "", False)
    operation = made.path.rpartition(".")[2]
    if not is_model and not made.path.startswith("sqlalchemy"):
        return None
    return flow_of(Query(library="sqlalchemy", of=of or "a table", operation=operation))


def _added(call: Invocation) -> Facts | None:
    """`session.add(order)`: of an object of a model, or of a session that is known."""
    flow = call.argument(0, "instance", "instances", "mappings")
    first = flow.items[0] if flow is not None and flow.items else flow
    cls = first.value.cls if first is not None and isinstance(first.value, Instance) else None
    if library_of(cls) is None and not call.path.startswith(("flask_sqlalchemy", "sqlalchemy", "sqlmodel")):
        return None
    operation = {"delete": "delete", "merge": "save"}.get(call.path.rpartition(".")[2], "insert")
    return {"of": cls.name if cls is not None else "", "operation": operation, "library": "sqlalchemy"}


def _committed(call: Invocation) -> Facts | None:
    del call
    return {"of": "", "operation": "commit", "library": "sqlalchemy"}


def _is_session(path: str) -> bool:
    return path.startswith(("flask_sqlalchemy.", "sqlalchemy.", "sqlmodel.")) or "session" in path.lower()


def _commit(call: Invocation) -> Facts | None:
    return _committed(call) if _is_session(call.path) or call.path.startswith(CONNECTIONS) else None


CONNECTIONS: Final = (
    *(
        "sqlite3.",
        "psycopg2.",
        "psycopg.",
        "pymysql.",
        "MySQLdb.",
        "mysql.",
        "flask_mysqldb.",
        "flaskext.mysql.",
    ),
    *("pyodbc.", "cx_Oracle.", "oracledb.", "mariadb.", "peewee.", "pony.", "duckdb.", "pymssql."),
)


# -- Peewee and Pony -----------------------------------------------------------------------------


def _model_of(made: Invocation, library: str) -> Class | None:
    cls = made.receiver.value
    return cls if isinstance(cls, Class) and library_of(cls) == library else None


def _peewee_select(made: Invocation) -> Flow | None:
    cls = _model_of(made, "peewee")
    if cls is None:
        return None
    aggregated = is_aggregated(made.args)
    return flow_of(Query(library="peewee", of=cls.name, model=cls, aggregate=aggregated))


def _peewee_one(made: Invocation) -> Flow | None:
    for library in ("peewee", "pony", "mongoengine"):
        cls = _model_of(made, library)
        if cls is not None:
            name = made.path.rpartition(".")[2]
            query = Query(library=library, of=cls.name, model=cls, narrowed=Narrowed.KEY)
            inputs = [by_name(query, key, flow) for key, flow in made.kwargs.items()]
            return query.filtered([*conditions_of(made.args), *inputs]).one(made.run, made.node, name)
    return None


def _peewee_change(made: Invocation) -> Flow | None:
    cls = _model_of(made, "peewee")
    name = made.path.rpartition(".")[2]
    if cls is None:
        return None
    query = Query(library="peewee", of=cls.name, model=cls, operation=PEEWEE[name])
    if name in {"insert", "update", "delete", "replace", "insert_many", "replace_many", "insert_from"}:
        return flow_of(query)
    query.write(made.run, made.node, name)
    return query.item(made.run)


PEEWEE: Final = {
    "insert": "insert", "update": "update", "delete": "delete", "replace": "save", "insert_many": "insert",
    "replace_many": "save", "insert_from": "insert", "create": "insert", "get_or_create": "insert",
    "delete_by_id": "delete", "set_by_id": "update", "bulk_create": "insert", "bulk_update": "update",
}  # fmt: skip


def _saved(call: Invocation) -> Facts | None:
    """`order.save()`, `order.delete_instance()` of an object that is a row."""
    value = call.receiver.value
    cls = value.cls if isinstance(value, Instance) else None
    if library_of(cls) not in {"peewee", "pony", "mongoengine"}:
        return None
    name = call.path.rpartition(".")[2]
    operation = "delete" if name.startswith("delete") else "save"
    return {"of": cls.name if cls is not None else "", "operation": operation, "library": library_of(cls)}


def _pony_select(made: Invocation) -> Flow | None:
    """`select(u for u in User if ...)`, `User.select(...)`."""
    cls = _model_of(made, "pony")
    given = made.node.args[0] if made.node.args else None
    narrowed = Narrowed.NOT if not made.node.args else Narrowed.MATCHING
    if isinstance(given, ast.GeneratorExp):
        source = made.run.evaluate(given.generators[0].iter).value
        cls = cls or (source if isinstance(source, Class) else None)
        narrowed = Narrowed.MATCHING if any(g.ifs for g in given.generators) else Narrowed.NOT
    if cls is None or library_of(cls) != "pony":
        return None
    return flow_of(Query(library="pony", of=cls.name, model=cls, narrowed=narrowed))


SESSION: Final = (
    "**.{execute,scalars,scalar,stream,stream_scalars,exec,execute_sql,fetch_all,fetch_one,fetch_val}"
)

ANSWERS = (
    Answer(names=("**.query", "{sqlalchemy,sqlmodel}.{sql.,future.,sql.expression.,}select"), gives=_select),
    Answer(names=("flask_sqlalchemy.SQLAlchemy().select", "**.{Query,select}"), gives=_select),
    Answer(names=(SESSION,), gives=_from_statement),
    Answer(names=("{sqlalchemy,flask_sqlalchemy,sqlmodel}.**{text,literal_column}",), gives=_text),
    Answer(names=("**.paginate",), gives=_paginate),
    Answer(names=("**.{get,get_one,get_or_404,first_or_404,one_or_404,get_or_create}",), gives=_keyed),
    Answer(names=("builtins.{list,tuple,set,sorted,frozenset,enumerate,reversed}",), gives=_listed),
    Answer(names=("builtins.len",), gives=_measured),
    Answer(
        names=("sqlalchemy.{sql.,sql.expression.,}and_", "flask_sqlalchemy.SQLAlchemy().and_"), gives=_all_of
    ),
    Answer(
        names=("sqlalchemy.{sql.,sql.expression.,}or_", "flask_sqlalchemy.SQLAlchemy().or_"), gives=_any_of
    ),
    Answer(
        names=("sqlalchemy.{sql.,sql.expression.,}not_", "flask_sqlalchemy.SQLAlchemy().not_"), gives=_not
    ),
    Answer(
        names=(
            "sqlalchemy.{sql.,sql.expression.,dialects.postgresql.,dialects.sqlite.,dialects.mysql.,}{insert,update,delete}",
            "flask_sqlalchemy.SQLAlchemy().{insert,update,delete}",
        ),
        gives=_changed,
    ),
    Answer(names=("**.select",), gives=_peewee_select),
    Answer(names=("**.select", "pony.orm.select", "pony.orm.core.select"), gives=_pony_select),
    Answer(names=("**.{get,get_or_none,get_by_id,get_for_update}",), gives=_peewee_one),
    Answer(names=(f"**.{{{','.join(PEEWEE)}}}",), gives=_peewee_change),
)

SINKS = (
    Spec(
        kind=Kind.WRITE,
        work=WorkClass.DATA,
        names=(
            "**.{add,add_all,merge,bulk_save_objects,bulk_insert_mappings,bulk_update_mappings}",
            "{flask_sqlalchemy,sqlalchemy,sqlmodel}.**.delete",
        ),
        roles={Role.DATA: (0, 1)},
        inspect=_added,
    ),
    Spec(kind=Kind.WRITE, work=WorkClass.DATA, names=("**.{commit,flush}",), inspect=_commit),
    Spec(
        kind=Kind.WRITE,
        work=WorkClass.DATA,
        names=("**.{save,delete_instance,delete}",),
        inspect=_saved,
    ),
)
