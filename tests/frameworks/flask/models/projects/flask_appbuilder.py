"""Set-ups for Flask-AppBuilder, run with the real extension or with its model."""

import flask


def build(config=None, **options):
    from flask_appbuilder import AppBuilder

    app = flask.Flask("shop")
    app.config.update(SECRET_KEY="x", SQLALCHEMY_DATABASE_URI="sqlite://", FAB_UPDATE_PERMS=False)
    app.config.update(config or {})
    session = None
    try:
        from sqlalchemy.orm import sessionmaker, scoped_session
        import sqlalchemy

        engine = sqlalchemy.create_engine("sqlite://", poolclass=sqlalchemy.pool.StaticPool)
        session = scoped_session(sessionmaker(bind=engine))
    except ImportError:
        pass
    app.app_context().push()
    return app, AppBuilder(app, session, **options)


def data():
    """A model to show: a class of the database where there is one."""
    from flask_appbuilder import Model
    from flask_appbuilder.models.sqla.interface import SQLAInterface

    try:
        from sqlalchemy import Column, Integer, String
    except ImportError:
        return SQLAInterface(Model)
    if hasattr(Model, "metadata"):

        class Thing(Model):
            id = Column(Integer, primary_key=True)
            name = Column(String(50))
            __tablename__ = "thing"

        return SQLAInterface(Thing, flask.current_app.appbuilder.session)
    return SQLAInterface(Model)


def case_bare():
    return build()[0]


def case_swagger_and_security_api():
    return build({"FAB_API_SWAGGER_UI": True, "FAB_ADD_SECURITY_API": True, "FAB_API_KEY_ENABLED": True})[0]


def case_nothing_optional():
    return build({"FAB_ADD_SECURITY_VIEWS": False, "FAB_ADD_MENU_API": False})[0]


def case_few_security_views():
    return build(
        {
            "FAB_ADD_SECURITY_PERMISSION_VIEW": False,
            "FAB_ADD_SECURITY_VIEW_MENU_VIEW": False,
            "FAB_ADD_SECURITY_PERMISSION_VIEWS_VIEW": False,
        }
    )[0]


def case_registration():
    return build({"AUTH_USER_REGISTRATION": True, "AUTH_USER_REGISTRATION_ROLE": "Public"})[0]


def case_ldap():
    return build({"AUTH_TYPE": 2, "AUTH_LDAP_SERVER": "ldap://x"})[0]


def case_remote_user():
    return build({"AUTH_TYPE": 3})[0]


def case_limited_login():
    return build({"AUTH_RATE_LIMITED": True, "RATELIMIT_ENABLED": True, "AUTH_RATE_LIMIT": "5 per second"})[0]


def case_own_index():
    from flask_appbuilder import IndexView, expose

    class Home(IndexView):
        @expose("/welcome")
        def welcome(self):
            pass

    return build(indexview=Home)[0]


def case_own_security_manager():
    from flask_appbuilder.security.sqla.manager import SecurityManager
    from flask_appbuilder.security.views import AuthDBView
    from flask_appbuilder.baseviews import expose

    class Login(AuthDBView):
        @expose("/login/", methods=["GET"])
        def login(self):
            pass

        @expose("/sso", methods=["POST"])
        def sso(self):
            pass

    class Manager(SecurityManager):
        authdbview = Login
        userstatschartview = None

    return build(security_manager_class=Manager)[0]


def case_base_views():
    from flask_appbuilder import BaseView, expose, has_access
    from flask_appbuilder.security.decorators import has_access_api, permission_name

    app, appbuilder = build()

    class Base(BaseView):
        @expose("/common/")
        @has_access
        def common(self):
            pass

        @expose("/dropped/")
        def dropped(self):
            pass

    class Reports(Base):
        route_base = "/r"
        default_view = "one"

        @expose("/one/<int:key>", methods=["GET", "POST"])
        @expose("/uno")
        @has_access
        def one(self, key=None):
            pass

        @has_access_api
        @permission_name("two")
        @expose("/two")
        def two(self):
            pass

        def dropped(self):
            pass

    class Unnamed(Base):
        exclude_route_methods = {"dropped"}

    class Empty(BaseView):
        pass

    appbuilder.add_view(Reports, "Reports", category="Data")
    appbuilder.add_view_no_menu(Unnamed())
    appbuilder.add_view_no_menu(Empty, endpoint="nothing", static_folder="static")
    appbuilder.add_view(Reports, "Again", category="Data")
    appbuilder.add_separator("Data")
    appbuilder.add_link("Elsewhere", href="/elsewhere", category="Data")
    return app


def case_forms():
    from flask_appbuilder import PublicFormView, SimpleFormView

    app, appbuilder = build()

    class Ask(SimpleFormView):
        form = object()

    class Contact(PublicFormView):
        route_base = "/contact"

    appbuilder.add_view(Ask, "Ask")
    appbuilder.add_view(Contact, "Contact")
    return app


def case_model_views():
    from flask_appbuilder import CompactCRUDMixin, MasterDetailView, ModelView, MultipleView, expose

    app, appbuilder = build()
    source = data()

    class Things(ModelView):
        datamodel = source
        route_base = "/things"
        base_permissions = ["can_list"]

    class Shown(ModelView):
        datamodel = source
        include_route_methods = {"list", "show", "extra"}

        @expose("/extra")
        def extra(self):
            pass

    class Kept(ModelView):
        datamodel = source
        exclude_route_methods = {"delete", "edit"}

    class Compact(CompactCRUDMixin, ModelView):
        datamodel = source

    class Master(MasterDetailView):
        datamodel = source
        related_views = [Things]

    class Several(MultipleView):
        views = [Things, Shown]

    for number, view in enumerate([Things, Shown, Kept, Compact, Master, Several]):
        appbuilder.add_view(view, str(number))
    return app


def case_charts():
    from flask_appbuilder import DirectByChartView, GroupByChartView
    from flask_appbuilder.charts.views import TimeChartView

    app, appbuilder = build()
    source = data()

    class Grouped(GroupByChartView):
        datamodel = source
        definitions = []

    class Direct(DirectByChartView):
        datamodel = source
        definitions = []

    class Timed(TimeChartView):
        datamodel = source
        group_by_columns = ["name"]

    appbuilder.add_view(Grouped, "Grouped")
    appbuilder.add_view(Direct, "Direct")
    appbuilder.add_view(Timed, "Timed")
    return app


def case_apis():
    from flask_appbuilder import ModelRestApi
    from flask_appbuilder.api import BaseApi, expose, protect, rison, safe

    app, appbuilder = build()
    source = data()

    class Greeting(BaseApi):
        @expose("/hello")
        @protect()
        @safe
        def hello(self):
            pass

        @expose("/rison", methods=["POST"])
        @rison({"type": "object"})
        def risoned(self, **kwargs):
            pass

    class Named(BaseApi):
        resource_name = "Other"
        version = "v2"

        @expose("/")
        def root(self):
            pass

    class Based(Greeting):
        route_base = "/elsewhere"

    class Things(ModelRestApi):
        resource_name = "thing"
        datamodel = source
        class_permission_name = "Thing"

        @expose("/<int:pk>", methods=["PUT"])
        @protect()
        @safe
        def put(self, pk):
            pass

        @expose("/<int:pk>/favourite", methods=["POST", "DELETE"])
        def favourite(self, pk):
            pass

    class Readable(ModelRestApi):
        datamodel = source
        include_route_methods = {"get", "get_list", "info"}

    class Writable(ModelRestApi):
        datamodel = source
        exclude_route_methods = {"info"}

        def delete(self, pk):
            pass

    for api in [Greeting, Named, Based, Things, Readable, Writable]:
        appbuilder.add_api(api)
    return app


def case_hooks():
    from flask_appbuilder import BaseView, expose
    from flask_appbuilder.hooks import before_request

    app, appbuilder = build()

    class Guarded(BaseView):
        @before_request(only=["one"])
        def check(self):
            pass

        @expose("/one")
        def one(self):
            pass

        @expose("/two")
        def two(self):
            pass

    appbuilder.add_view_no_menu(Guarded)
    return app


def case_limits():
    from flask_appbuilder import BaseView, expose
    from flask_appbuilder.api import BaseApi
    from flask_appbuilder.security.decorators import limit
    from flask_appbuilder.utils.limit import Limit

    app, appbuilder = build({"RATELIMIT_ENABLED": True})

    class Listed(BaseView):
        limits = [Limit("3 per minute", key_func=lambda: "all", methods=["POST"])]

        @expose("/one", methods=["GET", "POST"])
        def one(self):
            pass

    class Decorated(BaseApi):
        @expose("/one")
        @limit("4 per minute")
        def one(self):
            pass

    appbuilder.add_view_no_menu(Listed)
    appbuilder.add_api(Decorated)
    return app


def case_factory():
    from flask_appbuilder import AppBuilder, BaseView, expose

    app, _ = build({"FAB_ADD_SECURITY_VIEWS": False})
    factory = AppBuilder()
    other = flask.Flask("other")
    other.config.update(SECRET_KEY="x", SQLALCHEMY_DATABASE_URI="sqlite://", FAB_UPDATE_PERMS=False)
    other.app_context().push()
    factory.init_app(other, getattr(app.appbuilder, "session", None))

    class Late(BaseView):
        @expose("/late")
        def late(self):
            pass

    factory.add_view_no_menu(Late)
    return other
