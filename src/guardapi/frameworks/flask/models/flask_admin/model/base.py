"""The routes of a model view, whatever database it shows."""

from flask_admin.base import BaseView, expose


class BaseModelView(BaseView):
    can_create = True
    can_edit = True
    can_delete = True
    can_view_details = False
    can_export = False

    def __init__(
        self,
        model,
        name=None,
        category=None,
        endpoint=None,
        url=None,
        static_folder=None,
        menu_class_name=None,
        menu_icon_type=None,
        menu_icon_value=None,
    ):
        self.model = model
        super().__init__(name, category, endpoint, url, static_folder)

    def _get_endpoint(self, endpoint):
        if endpoint:
            return super()._get_endpoint(endpoint)
        return self.model.__name__.lower()

    @expose("/")
    def index_view(self):
        pass

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self):
        pass

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self):
        pass

    @expose("/details/")
    def details_view(self):
        pass

    @expose("/delete/", methods=("POST",))
    def delete_view(self):
        pass

    @expose("/action/", methods=("POST",))
    def action_view(self):
        pass

    @expose("/export/<export_type>/")
    def export(self, export_type):
        pass

    @expose("/ajax/lookup/")
    def ajax_lookup(self):
        pass

    @expose("/ajax/update/", methods=("POST",))
    def ajax_update(self):
        pass
