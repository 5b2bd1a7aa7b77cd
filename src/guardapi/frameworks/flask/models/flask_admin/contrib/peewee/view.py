"""Model views on peewee."""

from flask_admin.model import BaseModelView


class ModelView(BaseModelView):
    pass
