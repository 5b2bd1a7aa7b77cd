"""Model views on SQLAlchemy."""

from flask_admin.model import BaseModelView


class ModelView(BaseModelView):
    def __init__(
        self,
        model,
        session,
        name=None,
        category=None,
        endpoint=None,
        url=None,
        static_folder=None,
        menu_class_name=None,
        menu_icon_type=None,
        menu_icon_value=None,
    ):
        self.session = session
        super().__init__(model, name, category, endpoint, url, static_folder)
