"""Model views on GeoAlchemy."""

from flask_admin.contrib.geoa.view import ModelView
