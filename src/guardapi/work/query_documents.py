"""Filters and pipelines of MongoDB, as parts of a query."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from guardapi.work.flow import Flow
from guardapi.work.models import column_of
from guardapi.work.queries import Condition, Narrowed, Query, condition, filter_inputs

if TYPE_CHECKING:
    from guardapi.work.specs import Invocation


def piped(query: Query, made: "Invocation", pipeline: Flow | None) -> Query:
    """A pipeline of MongoDB: its `$match` and `$limit` count."""
    if pipeline is None or pipeline.items is None:
        return query.filtered([Condition(Narrowed.UNKNOWN)])
    for stage in pipeline.items:
        fields: Mapping[str, Flow] = stage.fields or {}
        if "$match" in fields:
            query = query.filtered(document_conditions(query, fields["$match"]))
        elif "$limit" in fields:
            query = query.up_to(made.run, made.node, [fields["$limit"]], "$limit")
        elif not fields or not SIMPLE_STAGES.issuperset(fields):
            query = query.filtered([Condition(Narrowed.UNKNOWN)])
    return query


SIMPLE_STAGES: Final = frozenset(
    {"$project", "$sort", "$skip", "$addFields", "$set", "$unset", "$lookup", "$unwind", "$replaceRoot"}
)


def document_conditions(query: Query, document: Flow | None) -> list[Condition]:
    """The conditions of a MongoDB filter."""
    if document is None or document.value is None:
        return []
    if document.fields is None:
        return [Condition(Narrowed.UNKNOWN, filter_inputs(document))]
    found = [_of_entry(query, name, flow) for name, flow in document.fields.items()]
    if document.taints:
        found.append(Condition(Narrowed.UNKNOWN, filter_inputs(document)))
    return found


def _of_entry(query: Query, name: str, flow: Flow) -> Condition:
    inputs = filter_inputs(flow)
    if flow.fields is not None:
        return Condition(Narrowed.LISTED if "$in" in flow.fields else Narrowed.MATCHING, inputs)
    if name.startswith("$"):
        return Condition(Narrowed.MATCHING, inputs)
    return condition(column_of(query.model, name), flow)
