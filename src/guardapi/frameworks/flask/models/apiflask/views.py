"""Flask's own view classes, which applications also import from here."""

from flask.views import MethodView, View

__all__ = ["MethodView", "View"]
