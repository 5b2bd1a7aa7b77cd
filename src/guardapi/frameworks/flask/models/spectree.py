"""What SpecTree registers on Flask: the document and a page for each user interface."""

import functools

from flask import Blueprint

_PAGES = {"redoc": "", "swagger": "", "swagger/oauth2-redirect.html": "", "scalar": ""}


class SpecTree:
    def __init__(self, backend_name="base", backend=None, app=None, **kwargs):
        self.backend_name = backend_name
        self.path = kwargs.get("path", "apidoc")
        self.filename = kwargs.get("filename", "openapi.json")
        self.page_templates = kwargs.get("page_templates") or _PAGES
        self._serves = backend_name == "flask" or backend is not None
        if app:
            self.register(app)

    def register(self, app):
        self.app = app
        if not self._serves:
            return
        name = f"openapi_{self.path}"
        app.add_url_rule(f"/{self.path}/{self.filename}", endpoint=name, view_func=self._document)
        for page in self.page_templates:
            endpoint = f"{name}_{page}"
            if isinstance(app, Blueprint):
                endpoint = f"{name}_{page.replace('.', '_')}"
            app.add_url_rule(f"/{self.path}/{page}/", endpoint=endpoint, view_func=self._page)

    def _document(self):
        return {}

    def _page(self):
        return ""

    def validate(self, *models, **options):
        def decorator(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                return function(*args, **kwargs)

            return wrapper

        return decorator
