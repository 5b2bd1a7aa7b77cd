"""Options of Connexion 3's pages, which the middleware serves and Flask does not see."""


class SwaggerUIOptions:
    def __init__(self, **options):
        self.options = options
