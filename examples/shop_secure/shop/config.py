"""Settings."""

import os


class Config:
    """What every environment shares."""

    DATABASE = os.environ.get("SHOP_DATABASE", "instance/shop.sqlite3")
    UPLOADS = os.environ.get("SHOP_UPLOADS", "instance/uploads")
    PARTNER_HOST = os.environ.get("SHOP_PARTNER_HOST", "partners.internal")
    MAX_CONTENT_LENGTH = 2 * 1024 * 1024
    MAX_FORM_MEMORY_SIZE = 64 * 1024
    MAX_FORM_PARTS = 20
    RATELIMIT_HEADERS_ENABLED = True


class Production(Config):
    """Four workers behind one proxy: one store for all, and the proxy's word for the caller's address."""

    RATELIMIT_STORAGE_URI = os.environ.get("RATELIMIT_STORAGE_URI")
    RATELIMIT_STORAGE_OPTIONS = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}  # noqa: RUF012
    PROXIES = 1


class Development(Config):
    """One process on the developer's own machine, with nothing in front of it."""

    RATELIMIT_STORAGE_URI = "memory://"
    PROXIES = 0
