"""Set-ups for Flask-GraphQL, run with its model."""

import flask


def case_views():
    from flask_graphql import GraphQLView

    class Mine(GraphQLView):
        methods = ["POST"]

    app = flask.Flask("shop")
    app.add_url_rule("/graphql", view_func=GraphQLView.as_view("graphql", schema=object(), graphiql=True))
    app.add_url_rule("/mine", view_func=Mine.as_view("mine", schema=object()))
    return app
