"""Registers the language page."""

from flask_appbuilder.babel.views import LocaleView
from flask_appbuilder.basemanager import BaseManager


class BabelManager(BaseManager):
    babel = None
    locale_view = None

    def __init__(self, appbuilder):
        super().__init__(appbuilder)
        appbuilder.app.config.setdefault("BABEL_DEFAULT_LOCALE", "en")

    def register_views(self):
        self.locale_view = LocaleView()
        self.appbuilder.add_view_no_menu(self.locale_view)

    @property
    def babel_default_locale(self):
        return self.appbuilder.app.config["BABEL_DEFAULT_LOCALE"]

    @property
    def languages(self):
        return self.appbuilder.app.config["LANGUAGES"]

    def get_locale(self):
        return self.babel_default_locale
