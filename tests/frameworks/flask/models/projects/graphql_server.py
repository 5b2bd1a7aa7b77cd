"""Set-ups for graphql-server, run with the real library or with its model."""

import flask


def case_views():
    from graphql_server.flask.views import AsyncGraphQLView, GraphQLView

    app = flask.Flask("shop")
    app.add_url_rule("/graphql", view_func=GraphQLView.as_view("graphql", schema=object()))
    app.add_url_rule("/async", view_func=AsyncGraphQLView.as_view("async", schema=object()))
    return app
