"""A small shop's API. Every mistake here is made on purpose; `../shop_secure` is the same shop, put right."""

from flask import Flask

from shop import accounts, catalog, database, health, media, orders, partners
from shop.config import Config
from shop.extensions import limiter


def create_app(config: type[Config] = Config) -> Flask:
    """Build the application."""
    app = Flask(__name__, static_folder=None)
    app.config.from_object(config)

    database.init_app(app)
    limiter.init_app(app)
    for module in (accounts, catalog, health, media, orders, partners):
        app.register_blueprint(module.bp)
    return app
