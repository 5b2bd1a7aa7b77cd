"""A console for Redis."""

from flask_admin.base import BaseView, expose


class RedisCli(BaseView):
    def __init__(
        self,
        redis,
        name=None,
        category=None,
        endpoint=None,
        url=None,
        menu_class_name=None,
        menu_icon_type=None,
        menu_icon_value=None,
    ):
        super().__init__(name, category, endpoint, url)

    @expose("/")
    def console_view(self):
        pass

    @expose("/run/", methods=("POST",))
    def execute_view(self):
        pass
