"""AppBuilder: registers its own views when it meets the application, and later those it is given."""

import importlib
import inspect

from flask import Blueprint

from flask_appbuilder.api.manager import OpenApiManager
from flask_appbuilder.babel.manager import BabelManager
from flask_appbuilder.menu import Menu, MenuApiManager
from flask_appbuilder.views import IndexView, UtilView


def dynamic_class_import(class_path):
    module_name, _, class_name = class_path.rpartition(".")
    return getattr(importlib.import_module(module_name), class_name)


class AppBuilder:
    security_manager_class = None
    template_filters = None

    def __init__(
        self,
        app=None,
        session=None,
        menu=None,
        indexview=None,
        base_template="appbuilder/baselayout.html",
        static_folder="static/appbuilder",
        static_url_path="/appbuilder",
        security_manager_class=None,
        update_perms=True,
    ):
        self.app = None
        self.session = None
        self.baseviews = []
        self.addon_managers = {}
        self.menu = menu
        self.base_template = base_template
        self.security_manager_class = security_manager_class
        self.indexview = indexview
        self.static_folder = static_folder
        self.static_url_path = static_url_path
        self.update_perms = update_perms
        self.sm = None
        self.bm = None
        self.openapi_manager = None
        self.menuapi_manager = None
        if app is not None:
            self.init_app(app, session)

    def init_app(self, app, session=None):
        if self.app is not None:
            # A factory called again stands for another process, where nothing is registered yet.
            self.baseviews = []
        self.app = app
        self.session = session
        app.config.setdefault("APP_NAME", "F.A.B.")
        app.config.setdefault("LANGUAGES", {"en": {"flag": "gb", "name": "English"}})
        app.config.setdefault("ADDON_MANAGERS", [])
        app.config.setdefault("RATELIMIT_ENABLED", False)
        app.config.setdefault("FAB_STATIC_FOLDER", self.static_folder)
        app.config.setdefault("FAB_STATIC_URL_PATH", self.static_url_path)
        app.appbuilder = self
        app.extensions["appbuilder"] = self
        self.static_folder = app.config.get("FAB_STATIC_FOLDER", self.static_folder)
        self.static_url_path = app.config.get("FAB_STATIC_URL_PATH", self.static_url_path)
        self._choose_classes()
        self.sm = self.security_manager_class(self)
        self.bm = BabelManager(self)
        self.openapi_manager = OpenApiManager(self)
        self.menuapi_manager = MenuApiManager(self)
        self._add_global_static()
        self._add_admin_views()
        self._add_addon_views()

    def _choose_classes(self):
        index_view = self.app.config.get("FAB_INDEX_VIEW", None)
        if index_view:
            self.indexview = dynamic_class_import(index_view)
        else:
            self.indexview = self.indexview or IndexView
        menu = self.app.config.get("FAB_MENU", None)
        if menu is not None:
            self.menu = dynamic_class_import(menu)()
        else:
            self.menu = self.menu or Menu()
        manager = self.app.config.get("FAB_SECURITY_MANAGER_CLASS", None)
        if manager is not None:
            self.security_manager_class = dynamic_class_import(manager)
        if self.security_manager_class is None:
            from flask_appbuilder.security.sqla.manager import SecurityManager

            self.security_manager_class = SecurityManager

    @property
    def get_app(self):
        return self.app

    @property
    def get_session(self):
        return self.session

    def _add_global_static(self):
        blueprint = Blueprint(
            "appbuilder",
            __name__,
            url_prefix="/static",
            static_folder=self.static_folder,
            static_url_path=self.static_url_path,
        )
        self.app.register_blueprint(blueprint)

    def _add_admin_views(self):
        if self.indexview:
            self._indexview = self.add_view_no_menu(self.indexview)
        self.add_view_no_menu(UtilView)
        self.bm.register_views()
        self.sm.register_views()
        self.openapi_manager.register_views()
        self.menuapi_manager.register_views()

    def _add_addon_views(self):
        for addon in self.app.config["ADDON_MANAGERS"]:
            manager = dynamic_class_import(addon)(self)
            manager.pre_process()
            manager.register_views()
            manager.post_process()
            self.addon_managers[addon] = manager

    def post_init(self):
        for baseview in self.baseviews:
            view = self._check_and_init(baseview)
            if view.__class__.__name__ not in self.app.blueprints:
                self.register_blueprint(view)

    def _check_and_init(self, baseview):
        if inspect.isclass(baseview):
            return baseview()
        return baseview

    def _view_exists(self, view):
        return any(known.__class__ is view.__class__ for known in self.baseviews)

    def add_view(
        self,
        baseview,
        name,
        href="",
        icon="",
        label="",
        category="",
        category_icon="",
        category_label="",
        menu_cond=None,
    ):
        view = self._add(baseview, None, None)
        self.add_link(
            name=name,
            href=href,
            icon=icon,
            label=label,
            category=category,
            category_icon=category_icon,
            category_label=category_label,
            baseview=view,
            cond=menu_cond,
        )
        return view

    def add_view_no_menu(self, baseview, endpoint=None, static_folder=None):
        return self._add(baseview, endpoint, static_folder)

    def add_api(self, baseview):
        return self.add_view_no_menu(baseview)

    def _add(self, baseview, endpoint, static_folder):
        view = self._check_and_init(baseview)
        if self._view_exists(view):
            return view
        view.appbuilder = self
        self.baseviews.append(view)
        if self.app is not None:
            self.register_blueprint(view, endpoint=endpoint, static_folder=static_folder)
            self.add_limits(view)
        return view

    def add_link(
        self,
        name,
        href="",
        icon="",
        label="",
        category="",
        category_icon="",
        category_label="",
        baseview=None,
        cond=None,
    ):
        if self.menu is None:
            return
        self.menu.add_link(
            name=name,
            href=href,
            icon=icon,
            label=label,
            category=category,
            category_icon=category_icon,
            category_label=category_label,
            baseview=baseview,
            cond=cond,
        )

    def add_separator(self, category, cond=None):
        if self.menu is not None:
            self.menu.add_separator(category, cond=cond)

    def add_limits(self, baseview):
        if hasattr(baseview, "limits"):
            self.sm.add_limit_view(baseview)

    def add_permissions(self, update_perms=False):
        pass

    def _add_permission(self, baseview, update_perms=False):
        pass

    def _add_permissions_menu(self, name, update_perms=False):
        pass

    def _add_menu_permissions(self, update_perms=False):
        pass

    def security_cleanup(self):
        pass

    def register_blueprint(self, baseview, endpoint=None, static_folder=None):
        self.app.register_blueprint(
            baseview.create_blueprint(self, endpoint=endpoint, static_folder=static_folder)
        )
