"""How Flask-Security reads its settings."""

from flask import current_app


def config_value(key, app=None, default=None, strict=True):
    return (app or current_app).config.get("SECURITY_" + key.upper(), default)


def slash_url_suffix(url, suffix):
    return suffix + "/" if url.endswith("/") else "/" + suffix
