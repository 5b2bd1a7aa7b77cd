"""Views on MongoDB collections."""

from flask_admin.contrib.pymongo.view import ModelView
