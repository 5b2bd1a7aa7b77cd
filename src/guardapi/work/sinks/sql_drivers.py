"""Drivers of SQL databases, and connections that a request opens of its own.

Statements are read by `guardapi.work.statements` wherever they are executed; the facts of their sinks are those of
queries (`guardapi.work.queries`). Facts of ENGINE: `maker` (`engine` or `connection`), `embedded` (a file in the same
process: SQLite, DuckDB).
"""

from typing import Final

from guardapi.sink import Kind, Role, WorkClass
from guardapi.work.flow import Flow
from guardapi.work.queries import Query, flow_of
from guardapi.work.specs import Answer, Facts, Invocation, Spec
from guardapi.work.statements import executed, parsed
from guardapi.work.texts import formatted, text_of

EMBEDDED: Final = ("sqlite3.", "aiosqlite.", "duckdb.", "apsw.", "pysqlite3.", "libsql")


def _connected(call: Invocation) -> Facts | None:
    """`psycopg2.connect(...)`, `create_engine(...)` while a request is served."""
    first = call.argument(0, "url", "dsn", "conninfo")
    is_file = isinstance(first.value, str) and first.value.startswith("sqlite") if first is not None else False
    return {
        "maker": "engine" if call.path.endswith(("create_engine", "create_async_engine", "MongoClient")) else "connection",
        "embedded": is_file or call.path.startswith(EMBEDDED),
    }


def _many(call: Invocation) -> Facts | None:
    """`cursor.executemany(statement, rows)`."""
    text = text_of(call.args[0]) if call.args else None
    found = [statement for option in text.options if (statement := parsed(option))] if text is not None else []
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
    Answer(names=("pandas.{read_sql,read_sql_query,read_sql_table}", "polars.read_database"), gives=_read_frame),
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
            "psycopg2.pool.{SimpleConnectionPool,ThreadedConnectionPool}",
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
