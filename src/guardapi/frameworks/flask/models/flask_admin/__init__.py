"""Flask-Admin 2 (and 1): one blueprint for every view of an `Admin`."""

from flask_admin.base import Admin, AdminIndexView, BaseView, expose, expose_plugview
