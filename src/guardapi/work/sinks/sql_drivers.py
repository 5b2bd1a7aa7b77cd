"""Drivers of SQL databases, and connections that a request opens of its own.

Statements are read by `guardapi.work.sql` wherever they are executed; the facts of their sinks are those of
queries (`guardapi.work.queries`). Facts of ENGINE: `maker` (`engine`: a pool, or a client with one; `connection`),
`embedded` (a file in the same process: SQLite, DuckDB), `dropped` (nothing keeps it beyond the function, so that each
request makes another one).
"""

import ast
from typing import Final

from guardapi.sink import Kind, Role, WorkClass
from guardapi.work.flow import Flow
from guardapi.work.queries import Query, flow_of
from guardapi.work.specs import Answer, Facts, Invocation, Spec
from guardapi.work.sql import executed, parsed
from guardapi.work.texts import formatted, text_of

EMBEDDED: Final = ("sqlite3.", "aiosqlite.", "duckdb.", "apsw.", "pysqlite3.", "libsql")


def _connected(call: Invocation) -> Facts | None:
    """`psycopg2.connect(...)`, `create_engine(...)` while a request is served."""
    first = call.argument(0, "url", "dsn", "conninfo")
    is_file = (
        isinstance(first.value, str) and first.value.startswith("sqlite") if first is not None else False
    )
    is_embedded = is_file or call.path.startswith(EMBEDDED)
    return {
        "maker": "engine" if call.path.endswith(POOLS) else "connection",
        "embedded": is_embedded,
        "dropped": _is_dropped(call),
        # To open a file is next to nothing; to connect to a server is a round trip, and a process there.
        "work": WorkClass.LIGHT if is_embedded else WorkClass.DATA,
    }


POOLS: Final = ("create_engine", "create_async_engine", "MongoClient", "ConnectionPool", ".driver")


def _is_dropped(call: Invocation) -> bool:
    """Whether a function makes it and only uses it: it neither stores, returns, passes on nor disposes of it."""
    function = call.run.function
    if function is None or function.memo is not None or isinstance(function.node, ast.Lambda):
        return False
    body = call.run.reader.ev.body_of(function)[0]
    nodes = [node for statement in body for node in ast.walk(statement)]
    shared = {name for node in nodes if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
    for node in nodes:
        if isinstance(node, ast.Assign) and node.value is call.node:
            names = {target.id for target in node.targets if isinstance(target, ast.Name)}
            is_local = len(names) == len(node.targets) and not names & shared
            return is_local and not any(_keeps(other, names) for other in nodes)
        if isinstance(node, ast.Attribute) and node.value is call.node:
            return True  # `create_engine(...).connect()`
        if isinstance(node, ast.withitem) and node.context_expr is call.node:
            return False
    return False


def _keeps(node: ast.AST, names: set[str]) -> bool:
    """Whether a node stores, returns, passes on or closes one of some names."""
    if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
        return _names(node.value, names)
    if isinstance(node, ast.Assign):
        return any(not isinstance(target, ast.Name) for target in node.targets) and _names(node.value, names)
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute) and node.func.attr in {"dispose", "close", "aclose"}:
        return _names(node.func.value, names)
    # What binds a session or reads a frame only uses it.
    called = ast.unparse(node.func)[-40:]
    if called.endswith(
        ("sessionmaker", "Session", "read_sql", "read_sql_query", "to_sql", "create_all", "reflect")
    ):
        return False
    return any(
        isinstance(part, ast.Name) and part.id in names
        for part in (*node.args, *(k.value for k in node.keywords))
    )


def _names(node: ast.AST, names: set[str]) -> bool:
    if isinstance(node, ast.Tuple | ast.List):
        return any(_names(part, names) for part in node.elts)
    if isinstance(node, ast.Dict):
        return any(_names(part, names) for part in node.values)
    return isinstance(node, ast.Name) and node.id in names


def _many(call: Invocation) -> Facts | None:
    """`cursor.executemany(statement, rows)`."""
    text = text_of(call.args[0]) if call.args else None
    found = (
        [statement for option in text.options if (statement := parsed(option))] if text is not None else []
    )
    if not found and not call.path.startswith(("sqlite3.", "psycopg", "pymysql.", "mysql.")):
        return None
    return {
        "of": found[0].of if found else "",
        "operation": found[0].operation if found else "insert",
        "library": "sql",
    }


def _read_frame(made: Invocation) -> Flow | None:
    """`pandas.read_sql("SELECT ...", connection)`: all rows, at once."""
    statement = made.argument(0, "sql")
    if statement is None:
        return None
    found: Flow | None = None
    if isinstance(statement.value, Query):
        found = statement
    elif (text := text_of(statement)) is not None:
        found = executed(made, text)
    elif made.path.endswith("read_sql_table") and isinstance(statement.value, str):
        found = flow_of(Query(library="sql", of=statement.value))
    if found is not None and isinstance(found.value, Query) and made.argument("chunksize") is None:
        found.value.run(made.run, made.node, made.path.rpartition(".")[2])
        return Flow(path="pandas.DataFrame()")
    return None


def _graph(made: Invocation) -> Flow | None:
    """`session.run("MATCH (n) RETURN n")` of Neo4j."""
    text = text_of(made.args[0]) if made.args else None
    if text is None or not any(isinstance(p, str) and "match" in p.lower() for o in text.options for p in o):
        return None
    return executed(made, text)


ANSWERS = (
    Answer(
        names=("pandas.{read_sql,read_sql_query,read_sql_table}", "polars.read_database"), gives=_read_frame
    ),
    Answer(names=("**.{run,cypher,execute_query}",), gives=_graph),
    Answer(names=("*.format", "**.format"), gives=formatted),
)

SINKS = (
    Spec(
        kind=Kind.ENGINE,
        work=WorkClass.DATA,
        names=(
            "sqlalchemy.{create_engine,engine.create_engine,ext.asyncio.create_async_engine}",
            "sqlmodel.create_engine",
            "{psycopg,psycopg2,pymysql,MySQLdb,mysql.connector,mariadb,pyodbc,cx_Oracle,oracledb,pymssql}.connect",
            "{psycopg.Connection,psycopg.AsyncConnection,pymysql.connections.Connection}.connect",
            "{sqlite3,aiosqlite,duckdb,apsw,asyncpg,aiomysql,snowflake.connector,redshift_connector,pg8000}.connect",
            "{pymongo.,pymongo.mongo_client.,}MongoClient",
            "cassandra.cluster.Cluster().connect",
            "neo4j.GraphDatabase.driver",
            "{psycopg2.pool.SimpleConnectionPool,psycopg2.pool.ThreadedConnectionPool,psycopg_pool.ConnectionPool}",
            "flask_sqlalchemy.SQLAlchemy().create_engine",
        ),
        inspect=_connected,
    ),
    Spec(
        kind=Kind.WRITE,
        work=WorkClass.DATA,
        names=("**.{executemany,execute_batch,execute_values,copy_expert,copy_from}",),
        roles={Role.DATA: (1,)},
        inspect=_many,
    ),
)
