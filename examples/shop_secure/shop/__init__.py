"""A small shop's API in which every route that costs something has a limit that holds."""

from flask import Flask, jsonify
from werkzeug.middleware.proxy_fix import ProxyFix

from shop import accounts, catalog, database, health, media, orders, partners
from shop.config import Config, Production
from shop.extensions import limiter


def create_app(config: type[Config] = Production) -> Flask:
    """Build the application."""
    app = Flask(__name__, static_folder=None)
    app.config.from_object(config)
    if not app.config["RATELIMIT_STORAGE_URI"]:
        raise RuntimeError("RATELIMIT_STORAGE_URI is not set: workers would count each for itself")
    if app.config["PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=app.config["PROXIES"])

    database.init_app(app)
    limiter.init_app(app)
    for module in (accounts, catalog, health, media, orders, partners):
        app.register_blueprint(module.bp)
    app.register_error_handler(429, refuse)
    return app


def refuse(error):
    """The answer to one request too many; Flask-Limiter adds Retry-After and X-RateLimit headers."""
    return jsonify(error="too many requests", limit=error.description), 429
