"""Flask-GraphQL: a view to register with `as_view`."""

from flask.views import View


class GraphQLView(View):
    methods = ["GET", "POST", "PUT", "DELETE"]

    def __init__(self, **options):
        self.options = options

    def dispatch_request(self):
        pass


class GraphQL:
    def __init__(self, app, schema, **options):
        app.add_url_rule("/graphql", view_func=GraphQLView.as_view("graphql", schema=schema, **options))
