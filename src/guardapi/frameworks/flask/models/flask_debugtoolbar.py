"""Flask-DebugToolbar: its rules exist where DEBUG_TB_ENABLED (default: the debug mode) is on."""

from flask import Blueprint

module = Blueprint("debugtoolbar", __name__)


@module.route("/sqlalchemy/sql_select", methods=["GET", "POST"])
@module.route("/sqlalchemy/sql_explain", methods=["GET", "POST"], defaults={"explain": True})
def sql_select(explain=False):
    pass


@module.route("/template/<key>")
def template_editor(key):
    pass


@module.route("/template/<key>/save", methods=["POST"])
def save_template(key):
    pass


@module.route("/template/<key>", methods=["POST"])
def template_preview(key):
    pass


class DebugToolbarExtension:
    def __init__(self, app=None):
        self.app = app
        self.toolbar_routes_host = None
        if app is not None:
            self.init_app(app)

    def init_app(self, app):
        if not app.config.get("DEBUG_TB_ENABLED", app.debug):
            return
        app.add_url_rule(
            "/_debug_toolbar/static/<path:filename>", "_debug_toolbar.static", self.send_static_file
        )
        app.register_blueprint(module, url_prefix="/_debug_toolbar/views")

    def send_static_file(self, filename):
        pass
