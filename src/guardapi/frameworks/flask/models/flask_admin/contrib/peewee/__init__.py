"""Model views on peewee."""

from flask_admin.contrib.peewee.view import ModelView
