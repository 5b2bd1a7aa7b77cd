"""Set-ups for Flask-Admin, run with the real extension or with its model."""

import flask


def make():
    app = flask.Flask("shop")
    app.config["SECRET_KEY"] = "x"
    return app


def real():
    import flask_admin

    return hasattr(flask_admin, "__version__")


def table():
    if not real():
        return type("User", (), {})
    from sqlalchemy import Column, Integer
    from sqlalchemy.orm import declarative_base

    class User(declarative_base()):
        __tablename__ = "user"
        id = Column(Integer, primary_key=True)

    return User


def case_default():
    from flask_admin import Admin

    app = make()
    Admin(app, name="shop")
    return app


def case_at_root():
    from flask_admin import Admin, AdminIndexView, BaseView, expose

    class Page(BaseView):
        @expose("/")
        def index(self):
            pass

    app = make()
    admin = Admin(app, index_view=AdminIndexView(url="/"))
    admin.add_view(Page())
    admin.add_view(Page(endpoint="other", url="deep/down"))
    admin.add_view(Page(endpoint="third", url="/absolute"))
    return app


def case_url_and_endpoint():
    from flask_admin import Admin, BaseView, expose

    class Page(BaseView):
        @expose("/")
        def index(self):
            pass

    app = make()
    admin = Admin(app, url="/back", endpoint="back")
    Admin(app, url="/office/", endpoint="office").add_view(Page(name="P", endpoint="office_page"))
    admin.add_views(Page(name="A"), Page(name="B", endpoint="b", url="bb"))
    return app


def case_init_app_later():
    from flask_admin import Admin, AdminIndexView, BaseView, expose

    class Home(AdminIndexView):
        @expose("/")
        def index(self):
            pass

        @expose("/login", methods=("GET", "POST"))
        def login_view(self):
            pass

    class Base(BaseView):
        @expose("/")
        @expose("/all/<int:page>")
        def index(self, page=1):
            pass

        @expose("/gone")
        def gone(self):
            pass

    class Page(Base):
        def gone(self):
            pass

        @expose("/more", methods=["PATCH"])
        def more(self):
            pass

    admin = Admin(name="x", index_view=Home(), template_mode="bootstrap4") if not real() else Admin(
        name="x", index_view=Home()
    )
    admin.add_view(Page(category="c"))
    app = make()
    admin.init_app(app)
    admin.add_view(Base(static_folder="static"))
    return app


def case_models():
    from flask_admin import Admin, expose
    from flask_admin.contrib.sqla import ModelView

    class Things(ModelView):
        can_delete = False

        @expose("/extra/<id>")
        def extra(self, id):
            pass

        @expose("/export/<export_type>/", methods=["POST"])
        def export(self, export_type):
            pass

    app = make()
    admin = Admin(app)
    admin.add_view(ModelView(table(), None))
    admin.add_view(Things(table(), None, "Things", endpoint="things", category="c"))
    return app


def case_files():
    from flask_admin import Admin
    from flask_admin.contrib.fileadmin import FileAdmin

    class Uploads(FileAdmin):
        def upload(self, path=None):
            pass

    app = make()
    admin = Admin(app)
    admin.add_view(FileAdmin("/tmp", "/static/", name="Files"))
    admin.add_view(Uploads("/tmp", endpoint="up"))
    return app


def case_plugview():
    from flask.views import MethodView
    from flask_admin import Admin, BaseView, expose, expose_plugview

    class Page(BaseView):
        @expose("/")
        def index(self):
            pass

        @expose_plugview("/api/<int:id>")
        class Api(MethodView):
            def get(self, cls, id):
                pass

            def post(self, cls, id):
                pass

    app = make()
    Admin(app).add_view(Page())
    return app
