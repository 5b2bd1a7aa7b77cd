"""GraphQL: what executes a query of the caller, and what bounds such a query.

Facts of GRAPHQL: `library`; `limits`, a sorted tuple out of `depth`, `aliases`, `tokens`, `cost`, `own` (a rule or
extension of the project) and `unknown` (something that could not be read may limit); `batch`: how many operations a
request may hold, None for one, `all` for as many as it sends; `schema_at`, the call that makes a schema of Strawberry
without extensions; `batched_at`, the call that says how many operations one takes.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from guardapi.model import Route
from guardapi.python.values import MISSING, BoundMethod, Class, DictValue, Function, Instance
from guardapi.sink import Input, Kind, Role, Sink, WorkClass
from guardapi.work.flow import Flow
from guardapi.work.names import outside_base
from guardapi.work.specs import Facts, Invocation, Spec

if TYPE_CHECKING:
    from guardapi.frameworks.served import Handler
    from guardapi.work.reader import Reader

MAKERS = (
    "strawberry.{,schema.,federation.,federation.schema.}Schema",
    "strawberry.schema.config.StrawberryConfig",
    "graphene.{,types.schema.,types.}Schema",
    "ariadne.{make_executable_schema,executable_schema.make_executable_schema}",
    "graphql.{,**}{build_schema,GraphQLSchema}",
)
LIMITS: Final = (
    ("depth", re.compile(r"depth", re.IGNORECASE)),
    ("aliases", re.compile(r"alias", re.IGNORECASE)),
    ("tokens", re.compile(r"token|query_?(?:size|length)|max_?length", re.IGNORECASE)),
    ("cost", re.compile(r"cost|complexity", re.IGNORECASE)),
)
HARMLESS: Final = re.compile(
    r"introspection|apollo|tracing|opentelemetry|datadog|sentry|mask_?errors|parser_?cache|validation_?cache|pydantic"
    r"|directive|logging|timer|pyinstrument|disable_?validation|dataloader|add_?validation_?rules",
    re.IGNORECASE,
)
PERSISTED: Final = re.compile(r"persisted|allow_?list|whitelist|safelist|trusted_?documents", re.IGNORECASE)
OPTIONS: Final = ("extensions", "validation_rules", "middleware", "rules", "query_validator", "middlewares")
VIEWS: Final = frozenset({"GraphQLView", "AsyncGraphQLView"})


def limits_of(reader: "Reader", flows: Iterable[Flow]) -> set[str]:
    """What some options of a schema or a view limit."""
    found: set[str] = set()
    for flow in flows:
        if flow.value is None or flow.value is False:
            continue
        if flow.items is not None:
            found |= limits_of(reader, flow.items)
        elif isinstance(flow.value, list | tuple):
            found |= limits_of(reader, [reader.names.flow(item) for item in flow.value])
        else:
            found |= _of_one(reader, flow)
    return found


def _of_one(reader: "Reader", flow: Flow) -> set[str]:
    text, is_own = _described(reader, flow)
    found = {name for name, pattern in LIMITS if pattern.search(text)}
    if found or HARMLESS.search(text):
        return found
    return {"own"} if is_own else {"unknown"}


def _described(reader: "Reader", flow: Flow) -> tuple[str, bool]:
    """What one option is called, and whether the project wrote it."""
    value = flow.value
    if isinstance(value, BoundMethod):
        value = value.function
    if isinstance(value, Function):
        body = value.node.body if isinstance(value.node, ast.Lambda) else None
        return (ast.unparse(body)[:500] if body is not None else value.name), body is None
    if isinstance(value, Instance):
        value = value.cls
    if isinstance(value, Class):
        return (
            f"{value.name} {outside_base(value) or ''}",
            value.module is not None and not value.module.is_model,
        )
    del reader
    return flow.path, False


def _of_schema(reader: "Reader", schema: Flow | None) -> set[str]:
    if schema is None:
        return set()
    made = schema.calls
    found: set[str] = set()
    for call in made:
        found |= limits_of(reader, [call.kwargs[name] for name in OPTIONS if name in call.kwargs])
        if call.is_open:
            found.add("unknown")
    if isinstance(schema.value, Instance):
        found.add("unknown")  # a class of the project
    return found


def _batch_of(reader: "Reader", schema: Flow | None) -> object:
    """The `batching_config` of Strawberry."""
    for call in schema.calls if schema is not None else ():
        config = call.kwargs.get("config")
        for inner in config.calls if config is not None else ():
            batching = inner.kwargs.get("batching_config")
            if batching is None or batching.value is None:
                continue
            fields = batching.fields or {}
            most = fields.get("max_operations")
            if most is None and isinstance(batching.value, DictValue):
                most = reader.names.flow(batching.value.get("max_operations"))
            return most.value if most is not None and isinstance(most.value, int) else "unknown"
    return None


def _places(schema: Flow | None) -> dict[str, object]:
    """Where a schema of Strawberry takes its limits."""
    found: dict[str, object] = {}
    for call in schema.calls if schema is not None else ():
        if not call.path.startswith("strawberry.") or call.is_open:
            continue
        if "extensions" not in call.kwargs:
            found["schema_at"] = call.place
        config = call.kwargs.get("config")
        for inner in config.calls if config is not None else ():
            if "batching_config" in inner.kwargs:
                found["batched_at"] = inner.place
    return found


# -- calls of the project ------------------------------------------------------------------------


def _executed(call: Invocation) -> Facts | None:
    """`schema.execute(query)`, `graphql_sync(schema, data)`."""
    reader = call.run.reader
    is_method = call.path.rpartition(".")[2].startswith("execute")
    schema = call.receiver if is_method else call.argument(0, "schema")
    found = _of_schema(reader, schema)
    found |= limits_of(reader, [call.kwargs[name] for name in OPTIONS if name in call.kwargs])
    found |= _around(call)
    given = (
        call.argument(0, "query", "source", "request_string")
        if is_method
        else call.argument(1, "data", "source")
    )
    if given is None or (not given.taints and given.is_constant):
        return None
    return {
        "library": call.path.partition(".")[0],
        "limits": tuple(sorted(found)),
        "batch": None,
        **_places(schema),
    }


def _around(call: Invocation) -> set[str]:
    """What the function does with the query beside executing it: `validate(schema, parse(query), rules=...)`."""
    function = call.run.function
    if function is None or isinstance(function.node, ast.Lambda):
        return set()
    found: set[str] = set()
    for statement in call.run.reader.ev.body_of(function)[0]:
        for node in ast.walk(statement):
            if not isinstance(node, ast.Call) or node is call.node:
                continue
            text = ast.unparse(node)[:1000]
            if re.search(r"\b(?:validate|parse)\b", ast.unparse(node.func)[-60:]) or "max_tokens" in text:
                found |= {name for name, pattern in LIMITS if pattern.search(text)}
            if PERSISTED.search(text):
                found.add("own")
    return found


SINKS = (
    Spec(
        kind=Kind.GRAPHQL,
        work=WorkClass.DATA,
        names=(
            "graphene.{,types.schema.,types.}Schema().{execute,execute_async}",
            "strawberry.{,schema.,federation.,federation.schema.}Schema().{execute,execute_sync}",
            "graphql.{graphql,graphql_sync,execute,execute_sync,graphql_impl}",
            "ariadne.{graphql_sync,graphql,graphql.graphql_sync,graphql.graphql}",
            "graphql_server.{execute_graphql_request,run_http_query}",
            "tartiflette.Engine().execute",
        ),
        roles={Role.TEXT: (0, 1, "query", "data", "source")},
        inspect=_executed,
    ),
)


# -- views of libraries --------------------------------------------------------------------------


def view_facts(reader: "Reader", handler: "Handler") -> Facts | None:
    """What a `GraphQLView` was registered with; None for any other view."""
    cls = handler.view_class
    library = _library_view(cls) if cls is not None else None
    if cls is None or library is None:
        return None
    options = _options(reader, handler, cls)
    found = limits_of(reader, [options[name] for name in OPTIONS if name in options])
    schema = options.get("schema")
    found |= _of_schema(reader, schema)
    if any(PERSISTED.search(name) for name in (*options, cls.name)):
        found.add("own")
    batch = options.get("batch")
    return {
        "library": library,
        "limits": tuple(sorted(found)),
        "batch": "all" if batch is not None and batch.value is True else _batch_of(reader, schema),
        **_places(schema),
    }


def _library_view(cls: Class) -> str | None:
    for base in cls.mro:
        if (
            isinstance(base, Class)
            and base.module is not None
            and base.module.is_model
            and base.name in VIEWS
        ):
            return base.module.name.partition(".")[0]
    return None


def _options(reader: "Reader", handler: "Handler", cls: Class) -> dict[str, Flow]:
    """The arguments of `as_view`, and what a subclass sets."""
    found: dict[str, Flow] = {}
    for name in (*OPTIONS, "schema", "batch"):
        value = cls.find(name)
        if value is not MISSING and not isinstance(value, Function):
            found[name] = reader.names.flow(value)
    for link in handler.chain:
        closure = link.closure if isinstance(link, Function) else None
        passed = closure.locals.get("class_kwargs") if closure is not None else None
        if isinstance(passed, DictValue):
            found.update(
                {name: reader.names.flow(value) for name, value in passed.items() if isinstance(name, str)}
            )
    return found


def served_by_library(reader: "Reader", handler: "Handler", route: Route) -> Iterator[Sink]:
    """The work of a route that the view of a library serves."""
    facts = view_facts(reader, handler)
    place = route.view.place or route.place
    if facts is None or place is None:
        return
    sent = Input(role=Role.TEXT, source="the query in the body", kind="text", is_bounded=False)
    yield Sink(
        kind=Kind.GRAPHQL,
        work=WorkClass.DATA,
        name=f"{facts['library']}.GraphQLView",
        place=place,
        function=route.view.name,
        inputs=(sent,),
        facts=facts,
    )
