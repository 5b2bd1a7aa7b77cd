"""Stores of documents: MongoDB (PyMongo, Flask-PyMongo, MongoEngine), DynamoDB, Firestore, TinyDB.

The facts are those of queries (`guardapi.work.queries`).
"""

from typing import Final

from guardapi.python.values import Class, Instance
from guardapi.sink import Kind, Role, WorkClass
from guardapi.work.flow import NOTHING, UNRESOLVED, Flow
from guardapi.work.models import library_of
from guardapi.work.queries import Condition, Narrowed, Query, filter_inputs, flow_of
from guardapi.work.query_documents import document_conditions, piped
from guardapi.work.specs import Answer, Facts, Invocation, Spec

MONGO: Final = "{pymongo.**MongoClient(),flask_pymongo.**PyMongo(),mongomock.MongoClient(),motor.**Client()}"
UNKNOWN: Final = "{**collection,**_col,**_coll,**mongo.db.*,**[]}"


def _collection(made: Invocation) -> Query:
    """The collection that a method is called on, by the name it is reached by."""
    head = made.path.rpartition(".")[0].removesuffix("[]")
    name = head.rpartition(".")[2].removesuffix("[]")
    return Query(library="pymongo", of=name if name.isidentifier() else "a collection")


def _find(made: Invocation) -> Flow | None:
    if not _is_collection(made):
        return None
    query = _collection(made)
    query = query.filtered(document_conditions(query, made.argument(0, "filter")))
    limit = made.argument("limit")
    if limit is not None:
        query = query.up_to(made.run, made.node, [limit], "find", made.expression("limit"))
    return flow_of(query)


def _is_collection(made: Invocation) -> bool:
    """Of MongoDB, or of something unknown that is asked like it: with a document as the filter."""
    if made.path.startswith(("pymongo.", "flask_pymongo.", "mongomock.", "motor.")):
        return True
    first = made.argument(0, "filter")
    return made.path.startswith("?") and first is not None and first.path == "builtins.dict()"


def _find_one(made: Invocation) -> Flow | None:
    if not _is_collection(made):
        return None
    query = _collection(made)
    given = made.argument(0, "filter")
    conditions = (
        document_conditions(query, given)
        if given is not None and given.fields is not None
        else [Condition(Narrowed.KEY, filter_inputs(given or NOTHING))]
    )
    return query.filtered(conditions).one(made.run, made.node, made.path.rpartition(".")[2])


def _aggregate(made: Invocation) -> Flow | None:
    if not made.path.startswith(("pymongo.", "flask_pymongo.", "mongomock.", "motor.")):
        return None
    return flow_of(piped(_collection(made), made, made.argument(0, "pipeline")))


def _counted(call: Invocation) -> Facts | None:
    return _collection(call).replaced(aggregate=True).facts if _is_collection(call) else None


def _changed(call: Invocation) -> Facts | None:
    if not _is_collection(call):
        return None
    name = call.path.rpartition(".")[2]
    operation = next((word for word in ("insert", "delete", "update", "replace") if word in name), "save")
    return {"of": _collection(call).of, "operation": operation, "library": "pymongo"}


# -- MongoEngine ---------------------------------------------------------------------------------


def _document_class(call: Invocation) -> Class | None:
    value = call.receiver.value
    cls = value if isinstance(value, Class) else value.cls if isinstance(value, Instance) else None
    return cls if library_of(cls) == "mongoengine" else None


def _document_changed(call: Invocation) -> Facts | None:
    cls = _document_class(call)
    name = call.path.rpartition(".")[2]
    if cls is None:
        return None
    return {
        "of": cls.name,
        "operation": "delete" if name == "drop_collection" else "update",
        "library": "mongoengine",
    }


# -- DynamoDB and Firestore ----------------------------------------------------------------------

DYNAMO: Final = "{boto3.**resource().Table(),boto3.**client()}"


def _dynamo(call: Invocation) -> Facts | None:
    name = call.path.rpartition(".")[2]
    if "Table()" not in call.path and call.argument("TableName") is None:
        return None
    limit = call.argument("Limit")
    # Without a limit one call reads at most 1 MB; loops over pages go through the whole table.
    facts: dict[str, object] = {"library": "dynamodb", "of": "a table", "limit": "some" if limit else "page"}
    if name in {"put_item", "delete_item", "update_item", "batch_write_item", "transact_write_items"}:
        return {**facts, "operation": {"put_item": "insert", "delete_item": "delete"}.get(name, "update")}
    return facts


def _firestore(made: Invocation) -> Flow | None:
    """`db.collection("users")`."""
    if not made.path.startswith(("firebase_admin.", "google.cloud.firestore", "google.cloud.firestore_v1")):
        return None
    name = made.constant(0)
    return flow_of(Query(library="firestore", of=name if isinstance(name, str) else "a collection"))


def _tiny(made: Invocation) -> Flow | None:
    """`TinyDB(...).all()`: a file, read as a whole."""
    if made.constant(0) is not UNRESOLVED:
        return None
    flow_of(query := Query(library="tinydb", of="a table"))
    query.run(made.run, made.node, "all")
    return query.rows(made.run)


ANSWERS = (
    Answer(names=("**.find",), gives=_find),
    Answer(names=("**.{find_one,find_one_and_update,find_one_or_404}",), gives=_find_one),
    Answer(names=("**.{aggregate,aggregate_raw_batches}",), gives=_aggregate),
    Answer(names=("**.{collection,collection_group}",), gives=_firestore),
    Answer(names=("tinydb.TinyDB().all", "tinydb.TinyDB().table().all"), gives=_tiny),
)

SINKS = (
    Spec(
        kind=Kind.QUERY,
        work=WorkClass.DATA,
        names=("**.{count_documents,estimated_document_count}", f"{MONGO}.**.distinct"),
        inspect=_counted,
    ),
    Spec(
        kind=Kind.WRITE,
        work=WorkClass.DATA,
        names=(
            "**.{insert_one,insert_many,update_one,update_many,replace_one,delete_one,delete_many,bulk_write}",
            "**.{find_one_and_update,find_one_and_replace,find_one_and_delete}",
        ),
        roles={Role.DATA: (0, 1)},
        inspect=_changed,
    ),
    Spec(
        kind=Kind.WRITE,
        work=WorkClass.DATA,
        names=("**.{modify,update,reload,drop_collection}",),
        inspect=_document_changed,
    ),
    Spec(
        kind=Kind.SCAN,
        work=WorkClass.DATA,
        names=(f"{DYNAMO}.scan",),
        roles={Role.AMOUNT: ("Limit",)},
        inspect=_dynamo,
    ),
    Spec(
        kind=Kind.QUERY, work=WorkClass.DATA, names=(f"{DYNAMO}.{{query,batch_get_item}}",), inspect=_dynamo
    ),
    Spec(kind=Kind.KEYED_READ, work=WorkClass.LIGHT, names=(f"{DYNAMO}.get_item",), inspect=_dynamo),
    Spec(
        kind=Kind.WRITE,
        work=WorkClass.DATA,
        names=(f"{DYNAMO}.{{put_item,update_item,delete_item,batch_write_item,transact_write_items}}",),
        inspect=_dynamo,
    ),
    Spec(
        kind=Kind.WRITE,
        work=WorkClass.DATA,
        names=(
            "{tinydb.TinyDB(),tinydb.TinyDB().table()}.{insert,insert_multiple,update,upsert,remove,truncate}",
        ),
    ),
)
