"""File management pages."""

from flask_admin.base import BaseView, expose


class BaseFileAdmin(BaseView):
    can_upload = True
    can_download = True
    can_delete = True
    can_mkdir = True
    can_rename = True

    def __init__(
        self,
        base_url=None,
        name=None,
        category=None,
        endpoint=None,
        url=None,
        verify_path=True,
        menu_class_name=None,
        menu_icon_type=None,
        menu_icon_value=None,
        storage=None,
    ):
        self.base_url = base_url
        self.storage = storage
        super().__init__(name, category, endpoint, url)

    @expose("/old_index")
    @expose("/old_b/<path:path>")
    def index(self, path=None):
        pass

    @expose("/")
    @expose("/b/<path:path>")
    def index_view(self, path=None):
        pass

    @expose("/upload/", methods=("GET", "POST"))
    @expose("/upload/<path:path>", methods=("GET", "POST"))
    def upload(self, path=None):
        pass

    @expose("/download/<path:path>")
    def download(self, path=None):
        pass

    @expose("/mkdir/", methods=("GET", "POST"))
    @expose("/mkdir/<path:path>", methods=("GET", "POST"))
    def mkdir(self, path=None):
        pass

    @expose("/delete/", methods=("POST",))
    def delete(self):
        pass

    @expose("/rename/", methods=("GET", "POST"))
    def rename(self):
        pass

    @expose("/edit/", methods=("GET", "POST"))
    def edit(self):
        pass

    @expose("/action/", methods=("POST",))
    def action_view(self):
        pass


class FileAdmin(BaseFileAdmin):
    def __init__(self, base_path, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.base_path = base_path
