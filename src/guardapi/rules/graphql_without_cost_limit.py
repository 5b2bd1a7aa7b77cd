"""GA941: a GraphQL endpoint that answers queries of any cost."""

from collections.abc import Iterator
from typing import Final

from guardapi.findings import Confidence, Cwe, Finding, Owasp, Probe, Severity
from guardapi.model import App, Deployment
from guardapi.place import Place
from guardapi.reached import Reached, Use, reached
from guardapi.remedy import Import, Remedy, Safety, SetArgument
from guardapi.rule import Example, Rule
from guardapi.sink import Audience, Kind, Sink

EXTENSIONS: Final = {
    "MaxAliasesLimiter": "max_alias_count=15",
    "MaxTokensLimiter": "max_token_count=1000",
    "QueryDepthLimiter": "max_depth=10",
}
"""Of Strawberry, which makes them anew for each query."""
NAMES: Final = ", ".join(EXTENSIONS)
MADE: Final = ", ".join(f"lambda: {name}({bound})" for name, bound in EXTENSIONS.items())
ADDRESS: Final = "    from flask_limiter.util import get_remote_address\n"
SEVERITIES: Final = {
    Audience.ANYONE: Severity.HIGH,
    Audience.ACCOUNT: Severity.MEDIUM,
    Audience.STAFF: Severity.LOW,
}
LIMITER: Final = """
    from flask import Flask, abort, jsonify, request
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address

    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://")
"""


class GraphqlWithoutCostLimit(Rule):
    """A GraphQL endpoint runs queries of any depth, with any number of aliases.

    ## What it finds
    A schema of graphene, strawberry, ariadne or graphql-core behind a view of the library or of the project, with
    neither a limit of depth, aliases, tokens or cost nor a validation rule of its own.

    ## Why it is bad
    One request with a thousand aliases runs a resolver a thousand times, and the rate limiter counts one. Types that
    refer to each other let a short query ask for millions of objects.

    ## How to fix it
    Add the limits of the library: `QueryDepthLimiter`, `MaxAliasesLimiter` and `MaxTokensLimiter` (strawberry),
    `cost_validator` (ariadne), `depth_limit_validator` in `validate` (graphene) with a bound for aliases beside it.

    ## What it leaves alone
    Schemas with a validation rule, extension or middleware that the project wrote or that could not be read,
    persisted queries, and queries that are constants of the project.
    """

    id = "GA941"
    name = "graphql-without-cost-limit"
    severity = Severity.HIGH
    cwe = (Cwe.UNCONTROLLED_RECURSION, Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.INTERACTION_FREQUENCY)
    owasp = (Owasp.RESOURCE_CONSUMPTION, Owasp.BROKEN_AUTHENTICATION)
    probes = (Probe.GROWTH,)
    vulnerable = (
        Example(
            title="a view of the project that executes the query",
            files={
                "shop.py": LIMITER
                + """
    import graphene


    class Query(graphene.ObjectType):
        now = graphene.Float(resolver=lambda *_: 1.0)


    schema = graphene.Schema(query=Query)


    @app.post("/graphql")
    def graphql():
        return jsonify(data=schema.execute(request.get_json()["query"]).data)  # finds: GA941
"""
            },
        ),
        Example(
            title="the view of strawberry, with a schema that has no limits",
            files={
                "shop.py": LIMITER
                + """
    import strawberry
    from strawberry.flask.views import GraphQLView


    @strawberry.type
    class Query:
        now: float = strawberry.field(resolver=lambda: 1.0)


    schema = strawberry.Schema(Query)
    app.add_url_rule("/graphql", view_func=GraphQLView.as_view("graphql", schema=schema))  # finds: GA941
"""
            },
            fixed={
                "shop.py": LIMITER.replace(
                    ADDRESS, f"{ADDRESS}    from strawberry.extensions import {NAMES}\n"
                )
                + f"""
    import strawberry
    from strawberry.flask.views import GraphQLView


    @strawberry.type
    class Query:
        now: float = strawberry.field(resolver=lambda: 1.0)


    schema = strawberry.Schema(
        Query,
        extensions=[{MADE}],
    )
    app.add_url_rule("/graphql", view_func=GraphQLView.as_view("graphql", schema=schema))  # finds: GA941
"""
            },
        ),
        Example(
            title="a limit of depth alone leaves aliases open",
            files={
                "shop.py": LIMITER
                + """
    import graphene
    from graphene.validation import depth_limit_validator
    from graphql import parse, validate


    class Query(graphene.ObjectType):
        now = graphene.Float(resolver=lambda *_: 1.0)


    schema = graphene.Schema(query=Query)


    @app.post("/graphql")
    def graphql():
        query = request.get_json()["query"]
        if validate(schema.graphql_schema, parse(query), rules=[depth_limit_validator(max_depth=10)]):
            abort(400)
        return jsonify(data=schema.execute(query).data)  # finds: GA941
"""
            },
        ),
    )
    secure = (
        Example(
            title="limits of depth, aliases and tokens",
            files={
                "shop.py": LIMITER
                + """
    import strawberry
    from strawberry.extensions import MaxAliasesLimiter, MaxTokensLimiter, QueryDepthLimiter
    from strawberry.flask.views import GraphQLView


    @strawberry.type
    class Query:
        now: float = strawberry.field(resolver=lambda: 1.0)


    schema = strawberry.Schema(
        Query,
        extensions=[
            lambda: QueryDepthLimiter(max_depth=8),
            lambda: MaxAliasesLimiter(max_alias_count=15),
            lambda: MaxTokensLimiter(max_token_count=1000),
        ],
    )
    app.add_url_rule("/graphql", view_func=GraphQLView.as_view("graphql", schema=schema))
"""
            },
        ),
        Example(
            title="a validator of the cost",
            files={
                "shop.py": LIMITER
                + """
    from ariadne import QueryType, graphql_sync, make_executable_schema
    from ariadne.validation import cost_validator

    query = QueryType()
    schema = make_executable_schema("type Query { now: Float! }", query)


    @app.post("/graphql")
    def graphql():
        sent = request.get_json()
        _, answer = graphql_sync(schema, sent, validation_rules=[cost_validator(maximum_cost=50)])
        return jsonify(answer)
"""
            },
        ),
        Example(
            title="a query that is the project's own",
            files={
                "shop.py": LIMITER
                + """
    import graphene


    class Query(graphene.ObjectType):
        now = graphene.Float(resolver=lambda *_: 1.0)


    schema = graphene.Schema(query=Query)


    @app.get("/now")
    def now():
        return jsonify(data=schema.execute("{ now }").data)
"""
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for one in reached(app, deployment, Kind.GRAPHQL, accepts=_is_open, of_libraries=True):
            yield self._finding(app, one)

    def _finding(self, app: App, one: Reached) -> Finding:
        has_depth = "depth" in _limits(one.worst)
        audience = max(use.route.work[use.method].access.audience for use in one.uses)
        severity = SEVERITIES[audience]
        if has_depth:
            severity = min(severity, Severity.MEDIUM)
        what = (
            "limits the depth of a query alone, not its aliases or tokens"
            if has_depth
            else "limits neither the depth nor the aliases or tokens of a query"
        )
        return self.finding(
            one.sink.place,
            f"`{one.title}`{one.others} {what}: one request runs a resolver as often as it names it, and counts once.",
            app=app,
            identity=(one.sink.function, one.sink.name),
            severity=severity,
            confidence=min(one.confidence, Confidence.CERTAIN),
            route=one.reference,
            related=one.related(),
            why=f"one request suffices; {one.worst.stake.who} may call it",
            is_advisory=severity < Severity.MEDIUM,
            remedy=_remedy(one.sink),
        )


def _remedy(sink: Sink) -> Remedy | None:
    """The extensions of Strawberry that bound a query; other libraries have no such place."""
    match sink.facts.get("schema_at"):
        case Place() as place:
            imports = tuple(Import(module="strawberry.extensions", name=name) for name in EXTENSIONS)
            edit = SetArgument(call=place, name="extensions", value=f"[{MADE}]", imports=imports)
            reason = "A query may be 10 levels deep, and have 15 aliases and 1,000 tokens."
            return Remedy(safety=Safety.UNSAFE, reason=reason, edits=(edit,))
    return None


def _limits(use: Use) -> frozenset[str]:
    found = use.sink.facts.get("limits")
    return frozenset(found) if isinstance(found, tuple) else frozenset()


def _is_open(use: Use) -> bool:
    """Nothing bounds a query, or the depth alone."""
    return _limits(use) <= {"depth"}
