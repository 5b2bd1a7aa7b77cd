"""GA942: a GraphQL endpoint that runs a list of operations of any length."""

from collections.abc import Iterator
from typing import Final

from guardapi.findings import Confidence, Cwe, Finding, Owasp, Probe, Severity
from guardapi.model import App, Deployment
from guardapi.place import Place
from guardapi.reached import Reached, Use, reached
from guardapi.remedy import Remedy, Safety, SetArgument
from guardapi.rule import Example, Rule
from guardapi.sink import Audience, Kind, Sink

MOST: Final = 20
"""Operations in one request that are still few."""
SEVERITIES: Final = {
    Audience.ANYONE: Severity.HIGH,
    Audience.ACCOUNT: Severity.MEDIUM,
    Audience.STAFF: Severity.LOW,
}
SCHEMA: Final = """
    import strawberry
    from flask import Flask, abort, jsonify, request
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address
    from strawberry.extensions import MaxAliasesLimiter, MaxTokensLimiter, QueryDepthLimiter

    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://")
    LIMITS = [
        lambda: QueryDepthLimiter(max_depth=8),
        lambda: MaxAliasesLimiter(max_alias_count=15),
        lambda: MaxTokensLimiter(max_token_count=1000),
    ]


    @strawberry.type
    class Query:
        now: float = strawberry.field(resolver=lambda: 1.0)


"""
OWN: Final = """
    schema = strawberry.Schema(Query, extensions=LIMITS)


    def run(operation):
        return schema.execute_sync(operation["query"]).dataMARK


"""


class GraphqlBatchUnbounded(Rule):
    """A GraphQL endpoint runs every operation of a JSON array, however long it is.

    ## What it finds
    `GraphQLView(batch=True)` of Flask-GraphQL and graphql-server, `batching_config` of strawberry with more than 20
    operations, and views that execute each item of the body.

    ## Why it is bad
    Five hundred attempts to sign in are one request: a limit of five a minute admits 2,500 of them.

    ## How to fix it
    Switch batching off where no client needs it, or bound it: `batching_config={"max_operations": 10}`.

    ## What it leaves alone
    At most 20 operations, and lists whose length is compared with a bound first.
    """

    id = "GA942"
    name = "graphql-batch-unbounded"
    severity = Severity.HIGH
    cwe = (Cwe.EXCESSIVE_AUTHENTICATION_ATTEMPTS, Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.INTERACTION_FREQUENCY)
    owasp = (Owasp.RESOURCE_CONSUMPTION, Owasp.BROKEN_AUTHENTICATION)
    probes = (Probe.GROWTH,)
    vulnerable = (
        Example(
            title="a view that executes each item of the body",
            files={
                "shop.py": SCHEMA
                + OWN.replace("MARK", "  # finds: GA942")
                + """
    @app.post("/graphql")
    def graphql():
        body = request.get_json()
        if isinstance(body, list):
            return jsonify([run(operation) for operation in body])
        return jsonify(run(body))
"""
            },
        ),
        Example(
            title="the switch of the library's view",
            files={
                "shop.py": SCHEMA
                + """
    import graphene
    from ariadne.validation import cost_validator
    from flask_graphql import GraphQLView


    class Old(graphene.ObjectType):
        now = graphene.Float(resolver=lambda *_: 1.0)


    view = GraphQLView.as_view(
        "graphql", schema=graphene.Schema(query=Old), validation_rules=[cost_validator(50)], batch=True
    )
    app.add_url_rule("/graphql", view_func=view)  # finds: GA942
"""
            },
        ),
        Example(
            title="far too many operations",
            files={
                "shop.py": SCHEMA
                + """
    from strawberry.flask.views import GraphQLView
    from strawberry.schema.config import StrawberryConfig

    config = StrawberryConfig(batching_config={"max_operations": 1000})
    schema = strawberry.Schema(Query, extensions=LIMITS, config=config)
    app.add_url_rule("/graphql", view_func=GraphQLView.as_view("graphql", schema=schema))  # finds: GA942
"""
            },
            fixed={
                "shop.py": SCHEMA
                + """
    from strawberry.flask.views import GraphQLView
    from strawberry.schema.config import StrawberryConfig

    config = StrawberryConfig(batching_config={"max_operations": 10})
    schema = strawberry.Schema(Query, extensions=LIMITS, config=config)
    app.add_url_rule("/graphql", view_func=GraphQLView.as_view("graphql", schema=schema))  # finds: GA942
"""
            },
        ),
    )
    secure = (
        Example(
            title="a bound for the list",
            files={
                "shop.py": SCHEMA
                + OWN.replace("MARK", "")
                + """
    @app.post("/graphql")
    def graphql():
        body = request.get_json()
        if isinstance(body, list):
            if len(body) > 10:
                abort(400)
            return jsonify([run(operation) for operation in body])
        return jsonify(run(body))
"""
            },
        ),
        Example(
            title="ten operations at most",
            files={
                "shop.py": SCHEMA
                + """
    from strawberry.flask.views import GraphQLView
    from strawberry.schema.config import StrawberryConfig

    config = StrawberryConfig(batching_config={"max_operations": 10})
    schema = strawberry.Schema(Query, extensions=LIMITS, config=config)
    app.add_url_rule("/graphql", view_func=GraphQLView.as_view("graphql", schema=schema))
"""
            },
        ),
        Example(
            title="no batching, as every library has it",
            files={
                "shop.py": SCHEMA
                + """
    from strawberry.flask.views import GraphQLView

    schema = strawberry.Schema(Query, extensions=LIMITS)
    app.add_url_rule("/graphql", view_func=GraphQLView.as_view("graphql", schema=schema))
"""
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for one in reached(app, deployment, Kind.GRAPHQL, accepts=_is_open, of_libraries=True):
            yield self._finding(app, one)

    def _finding(self, app: App, one: Reached) -> Finding:
        audience = max(use.route.work[use.method].access.audience for use in one.uses)
        batch = one.sink.facts.get("batch")
        most = f"up to {batch:,} operations" if isinstance(batch, int) else "every operation of a JSON array"
        severity = SEVERITIES[audience]
        return self.finding(
            one.sink.place,
            f"`{one.title}`{one.others} runs {most} in one request, which counts as one for every limit.",
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
    """Fewer operations, where Strawberry is told how many. Whether clients need any is not seen here."""
    match sink.facts.get("batched_at"):
        case Place() as place:
            value = '{"max_operations": 10}'
            edit = SetArgument(call=place, name="batching_config", value=value)
            reason = "One request holds at most 10 operations."
            return Remedy(safety=Safety.UNSAFE, reason=reason, edits=(edit,))
    return None


def _is_open(use: Use) -> bool:
    batch = use.sink.facts.get("batch")
    if use.sink.repeated_by is not None:
        return True
    return batch == "all" or (isinstance(batch, int) and batch > MOST)
