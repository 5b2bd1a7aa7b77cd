"""Pages of a query, as the extensions for Flask make them."""

from typing import TYPE_CHECKING

from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.flow import Flow
from guardapi.work.queries import Query, filter_inputs

if TYPE_CHECKING:
    import ast

    from guardapi.work.specs import Invocation


def paginated(
    query: Query, made: "Invocation", size: Flow | None, most: Flow | None, written: "ast.expr | None"
) -> Query:
    """One page: as many rows as `size` (`written` so) says, at most `most`; without both as many as the query string
    asks for."""
    is_capped = (
        most is not None and most.value is not None and not any(not i.is_bounded for i in filter_inputs(most))
    )
    if is_capped or made.is_open:
        return query.replaced(limit="some")
    if size is not None and size.value is not None:
        return query.up_to(made.run, made.node, [size], "paginate", written).replaced(limit="some")
    if query.library != "flask_sqlalchemy":
        return query.replaced(limit="some")
    asked = Input(role=Role.AMOUNT, source="request.args['per_page']", kind="amount", is_bounded=False)
    facts = {**query.facts, "implicit": True}
    made.run.sink(Kind.PAGE, WorkClass.DATA, "paginate", made.node, inputs=[asked], facts=facts)
    return query.replaced(limit="some")


def pages(query: Query, made: "Invocation") -> Flow:
    """The page as an object."""
    query.run(made.run, made.node, "paginate")
    rows = query.rows(made.run)
    return Flow(path=f"{query.library}.Pagination()", fields={"items": rows}, items=rows.items)
