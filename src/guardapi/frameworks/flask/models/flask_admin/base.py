"""Views are registered when they meet the application: at `add_view`, or later at `init_app`."""

import functools

from flask import Blueprint


def expose(url="/", methods=("GET",)):
    def mark(function):
        if not hasattr(function, "_urls"):
            function._urls = []
        function._urls.append((url, methods))
        return function

    return mark


def expose_plugview(url="/"):
    def mark(view):
        handler = expose(url, view.methods)
        if hasattr(view, "as_view"):
            return handler(view.as_view(view.__name__))
        return handler(view)

    return mark


def _wrap_view(function):
    if hasattr(function, "_wrapped"):
        return function

    @functools.wraps(function)
    def inner(self, *args, **kwargs):
        return function(self, *args, **kwargs)

    inner._wrapped = True
    return inner


class AdminViewMeta(type):
    def __init__(cls, name, bases, fields):
        super().__init__(name, bases, fields)
        cls._urls = []
        cls._default_view = None
        for attribute_name in dir(cls):
            attribute = getattr(cls, attribute_name, None)
            if attribute_name == "_urls" or not hasattr(attribute, "_urls"):
                continue
            for url, methods in attribute._urls:
                cls._urls.append((url, attribute_name, methods))
                if url == "/":
                    cls._default_view = attribute_name
            setattr(cls, attribute_name, _wrap_view(attribute))


class BaseViewClass:
    pass


class BaseView(BaseViewClass, metaclass=AdminViewMeta):
    def __init__(
        self,
        name=None,
        category=None,
        endpoint=None,
        url=None,
        static_folder=None,
        static_url_path=None,
        menu_class_name=None,
        menu_icon_type=None,
        menu_icon_value=None,
    ):
        self.name = name
        self.category = category
        self.endpoint = self._get_endpoint(endpoint)
        self.url = url
        self.static_folder = static_folder
        self.static_url_path = static_url_path
        self.menu = None
        self.admin = None
        self.blueprint = None

    def _get_endpoint(self, endpoint):
        if endpoint:
            return endpoint
        return self.__class__.__name__.lower()

    def _get_view_url(self, admin, url):
        if url is not None:
            return url if url.startswith("/") else f"{admin.url}/{url}"
        if admin.url != "/":
            return f"{admin.url}/{self.endpoint}"
        if self is admin.index_view:
            return "/"
        return f"/{self.endpoint}"

    def create_blueprint(self, admin):
        self.admin = admin
        if not self.static_url_path:
            self.static_url_path = admin.static_url_path
        self.url = self._get_view_url(admin, self.url)
        if self.url == "/":
            self.url = None
            if not self.static_url_path:
                # The page at the root must not take the place of the application's own static files.
                self.static_folder = "static"
                self.static_url_path = "/static/admin"
        if self.name is None:
            self.name = self.__class__.__name__
        self.blueprint = Blueprint(
            self.endpoint,
            __name__,
            url_prefix=self.url,
            subdomain=admin.subdomain,
            static_folder=self.static_folder,
            static_url_path=self.static_url_path,
        )
        for url, name, methods in self._urls:
            self.blueprint.add_url_rule(url, name, getattr(self, name), methods=methods)
        return self.blueprint

    def is_visible(self):
        return True

    def is_accessible(self):
        return True

    def inaccessible_callback(self, name, **kwargs):
        pass


class AdminIndexView(BaseView):
    def __init__(
        self,
        name=None,
        category=None,
        endpoint=None,
        url=None,
        template="admin/index.html",
        menu_class_name=None,
        menu_icon_type=None,
        menu_icon_value=None,
    ):
        super().__init__(
            name or "Home", category, endpoint or "admin", "/admin" if url is None else url, "static"
        )
        self._template = template

    @expose()
    def index(self):
        pass


class Admin:
    def __init__(
        self,
        app=None,
        name=None,
        url=None,
        subdomain=None,
        index_view=None,
        translations_path=None,
        endpoint=None,
        static_url_path=None,
        theme=None,
        category_icon_classes=None,
        host=None,
        csp_nonce_generator=None,
        base_template=None,
        template_mode=None,
    ):
        self.app = app
        self._views = []
        self.name = name or "Admin"
        self.static_url_path = static_url_path
        self.subdomain = subdomain
        self.host = host
        self._set_admin_index_view(index_view, endpoint, url)
        if app is not None:
            self._init_extension()

    def _set_admin_index_view(self, index_view=None, endpoint=None, url=None):
        self.index_view = index_view or AdminIndexView(endpoint=endpoint, url=url)
        self.endpoint = endpoint or self.index_view.endpoint
        self.url = url or self.index_view.url
        if self._views:
            self._views[0] = self.index_view
        else:
            self.add_view(self.index_view)

    def add_view(self, view):
        self._views.append(view)
        if self.app is not None:
            self.app.register_blueprint(view.create_blueprint(self))

    def add_views(self, *views):
        for view in views:
            self.add_view(view)

    def add_category(self, name, class_name=None, icon_type=None, icon_value=None):
        pass

    def add_sub_category(self, name, parent_name):
        pass

    def add_link(self, link):
        pass

    def add_links(self, *links):
        pass

    def add_menu_item(self, menu_item, target_category=None):
        pass

    def init_app(self, app, index_view=None, endpoint=None, url=None):
        self.app = app
        self._init_extension()
        if index_view is not None:
            self._set_admin_index_view(index_view, endpoint, url)
        for view in self._views:
            app.register_blueprint(view.create_blueprint(self))

    def _init_extension(self):
        self.app.extensions["admin"] = [*self.app.extensions.get("admin", []), self]
