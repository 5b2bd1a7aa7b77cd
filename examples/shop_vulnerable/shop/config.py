"""Settings."""

import os


class Config:
    """What every environment shares. No MAX_CONTENT_LENGTH: a body may be as large as the caller likes."""

    DATABASE = os.environ.get("SHOP_DATABASE", "instance/shop.sqlite3")
    UPLOADS = os.environ.get("SHOP_UPLOADS", "instance/uploads")
    PARTNER_HOST = os.environ.get("SHOP_PARTNER_HOST", "partners.internal")
