"""The menu (no routes) and the API that serves it."""

from flask_appbuilder.api import BaseApi, expose
from flask_appbuilder.basemanager import BaseManager
from flask_appbuilder.security.decorators import permission_name, protect


class MenuItem:
    def __init__(self, name, href="", icon="", label="", childs=None, baseview=None, cond=None):
        self.name = name
        self.href = href
        self.icon = icon
        self.label = label
        self.childs = childs or []
        self.baseview = baseview
        self.cond = cond


class Menu:
    def __init__(self, reverse=True, extra_classes=""):
        self.menu = []
        self.extra_classes = extra_classes

    def get_list(self):
        return self.menu

    def find(self, name, menu=None):
        for item in menu or self.menu:
            if item.name == name:
                return item
            for child in item.childs:
                if child.name == name:
                    return child
        return None

    def add_category(self, category, icon="", label="", parent_category=""):
        self.menu.append(MenuItem(name=category, icon=icon, label=label or category))

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
        item = MenuItem(name=name, href=href, icon=icon, label=label or name, baseview=baseview, cond=cond)
        if category == "":
            self.menu.append(item)
            return
        if self.find(category) is None:
            self.add_category(category, icon=category_icon, label=category_label)
        self.find(category).childs.append(item)

    def add_separator(self, category="", cond=None):
        found = self.find(category)
        if found is not None:
            found.childs.append(MenuItem("-", cond=cond))


class MenuApi(BaseApi):
    resource_name = "menu"
    openapi_spec_tag = "Menu"

    @expose("/", methods=["GET"])
    @protect(allow_browser_login=True)
    @permission_name("get")
    def get_menu_data(self):
        pass


class MenuApiManager(BaseManager):
    def register_views(self):
        if self.appbuilder.app.config.get("FAB_ADD_MENU_API", True):
            self.appbuilder.add_api(MenuApi)
