"""Flask-Sitemap: the sitemap and its pages, below SITEMAP_BLUEPRINT_URL_PREFIX."""

from flask import Blueprint


class Sitemap:
    def __init__(self, app=None, **options):
        self.url_generators = []
        if app is not None:
            self.init_app(app)

    def init_app(self, app, command_name=None):
        self.app = app
        app.config.setdefault("SITEMAP_BLUEPRINT", "flask_sitemap")
        app.config.setdefault("SITEMAP_BLUEPRINT_URL_PREFIX", "/")
        app.config.setdefault("SITEMAP_ENDPOINT_URL", "/sitemap.xml")
        app.config.setdefault("SITEMAP_ENDPOINT_PAGE_URL", "/sitemap<int:page>.xml")
        if not app.config.get("SITEMAP_BLUEPRINT"):
            return
        self.blueprint = Blueprint(app.config.get("SITEMAP_BLUEPRINT"), __name__)
        self.blueprint.add_url_rule(app.config.get("SITEMAP_ENDPOINT_URL"), "sitemap", self.sitemap)
        self.blueprint.add_url_rule(app.config.get("SITEMAP_ENDPOINT_PAGE_URL"), "page", self.page)
        app.register_blueprint(self.blueprint, url_prefix=app.config.get("SITEMAP_BLUEPRINT_URL_PREFIX"))

    def register_generator(self, generator):
        self.url_generators.append(generator)
        return generator

    def sitemap(self):
        pass

    def page(self, page):
        pass
