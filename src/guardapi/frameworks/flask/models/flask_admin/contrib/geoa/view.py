"""Model views on GeoAlchemy."""

from flask_admin.contrib.sqla import ModelView as SQLAModelView


class ModelView(SQLAModelView):
    pass
