"""Views of models."""

from flask_admin.model.base import BaseModelView
