"""Set-ups for extensions with pages to log in, themes and described resources, run with the real ones or the models."""

import flask


def make(**config):
    app = flask.Flask("shop")
    app.config.update(SECRET_KEY="x", **config)
    return app


SECRETS = {
    "web": {
        "client_id": "shop",
        "client_secret": "x",
        "issuer": "https://accounts.example.com",
        "userinfo_uri": "https://accounts.example.com/me",
    }
}


def case_oidc():
    from flask_oidc import OpenIDConnect

    app = make(OIDC_CLIENT_SECRETS=SECRETS)
    oidc = OpenIDConnect(app)

    @app.route("/account")
    @oidc.require_login
    def account():
        return ""

    return app


def case_oidc_elsewhere():
    from flask_oidc import OpenIDConnect

    app = make(OIDC_CLIENT_SECRETS=SECRETS, OIDC_CALLBACK_ROUTE="/back")
    OpenIDConnect().init_app(app, prefix="/oidc")
    return app


def case_oidc_resources_only():
    from flask_oidc import OpenIDConnect

    app = make(OIDC_CLIENT_SECRETS=SECRETS, OIDC_RESOURCE_SERVER_ONLY=True)
    oidc = OpenIDConnect(app)
    app.add_url_rule("/stock", view_func=oidc.accept_token(scopes=["stock"])(stock))
    return app


def stock():
    return ""


def case_simple_login():
    from flask_simplelogin import SimpleLogin, login_required

    app = make(SIMPLELOGIN_LOGIN_URL="/in/")
    SimpleLogin(app)

    @app.route("/secret")
    @login_required
    def secret():
        return ""

    @app.route("/admin")
    @login_required(username="admin")
    def admin():
        return ""

    return app


def case_theme():
    from flask_bootstrap import Bootstrap5

    app = make()
    Bootstrap5(app)
    return app


def case_old_theme_name():
    from flask_bootstrap import Bootstrap4

    app = flask.Flask("shop", static_url_path="/files")
    Bootstrap4().init_app(app)
    return app


def case_described_resources():
    from flask_restful_swagger_2 import Api, Resource, get_swagger_blueprint, swagger

    app = make()
    blueprint = flask.Blueprint("v2", __name__, url_prefix="/v2")
    api = Api(blueprint, title="Shop", api_spec_url="/description", schemes=["https"], prefix="/in")

    class Orders(Resource):
        @swagger.doc({"responses": {"200": {"description": "orders"}}})
        def get(self):
            return []

        def post(self):
            return []

    api.add_resource(Orders, "/orders")
    quiet = Api(app, add_api_spec_resource=False)
    quiet.add_resource(Orders, "/quiet", endpoint="quiet")
    app.register_blueprint(blueprint)
    app.register_blueprint(get_swagger_blueprint([api.get_swagger_doc()], title="All"), url_prefix="/all")
    return app
