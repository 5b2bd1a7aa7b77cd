"""Views on MongoDB collections."""

from flask_admin.model import BaseModelView


class ModelView(BaseModelView):
    def __init__(
        self,
        coll,
        name=None,
        category=None,
        endpoint=None,
        url=None,
        menu_class_name=None,
        menu_icon_type=None,
        menu_icon_value=None,
    ):
        if endpoint is None:
            endpoint = f"{coll.name}view".lower()
        super().__init__(None, name, category, endpoint, url)
        self.coll = coll
