"""Model views on SQLAlchemy."""

from flask_admin.contrib.sqla.view import ModelView
