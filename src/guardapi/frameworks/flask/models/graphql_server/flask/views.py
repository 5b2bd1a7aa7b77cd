"""Views to register with `as_view`, of graphql-server 3.0.0."""

from flask.views import View


class GraphQLView(View):
    methods = ["GET", "POST"]

    def __init__(self, schema=None, **options):
        self.schema = schema

    def dispatch_request(self):
        pass


class AsyncGraphQLView(GraphQLView):
    pass
