"""A view to register with `as_view`, as the betas of graphql-server 3 have it."""

from flask.views import View


class GraphQLView(View):
    methods = ["GET", "POST", "PUT", "DELETE"]

    def __init__(self, **options):
        self.options = options

    def dispatch_request(self):
        pass
