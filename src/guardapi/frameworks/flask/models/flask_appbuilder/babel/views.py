"""The page that changes the language."""

from flask_appbuilder.baseviews import BaseView, expose


class LocaleView(BaseView):
    route_base = "/lang"
    default_view = "index"

    @expose("/<string:locale>")
    def index(self, locale):
        pass
