"""Model views on MongoEngine."""

from flask_admin.base import expose
from flask_admin.model import BaseModelView


class ModelView(BaseModelView):
    @expose("/api/file/")
    def api_file_view(self):
        pass
