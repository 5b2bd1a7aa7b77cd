"""Set-ups for extensions with a few rules, run with the real extensions or with their models."""

import flask


def make(**config):
    app = flask.Flask("shop")
    app.config.update(SECRET_KEY="x", **config)
    return app


def case_healthz():
    from flask_healthz import Healthz, healthz

    app = make()
    app.register_blueprint(healthz, url_prefix="/h", name="again")
    Healthz(app)
    return app


def case_prometheus():
    from prometheus_flask_exporter import PrometheusMetrics

    app = make()
    metrics = PrometheusMetrics(app, registry=registry())

    @app.route("/counted")
    @metrics.counter("counted", "Counted", labels={"a": "b"})
    @metrics.do_not_track()
    def counted():
        return ""

    return app


def case_prometheus_elsewhere():
    from prometheus_flask_exporter import PrometheusMetrics

    app = make()
    PrometheusMetrics(app, path=None, registry=registry()).register_endpoint("/m")
    PrometheusMetrics.for_app_factory(path="/n", registry=registry(), export_defaults=False)
    return app


def registry():
    try:
        from prometheus_client import CollectorRegistry
    except ImportError:
        return None
    return CollectorRegistry()


def case_swagger_ui():
    from flask_swagger_ui import get_swaggerui_blueprint

    app = make()
    app.register_blueprint(get_swaggerui_blueprint("/docs", "/spec.json"), url_prefix="/docs")
    app.register_blueprint(get_swaggerui_blueprint("/other", "/spec.json", blueprint_name="other"))
    return app


def case_uploads_unserved():
    from flask_uploads import UploadSet, configure_uploads

    app = make(UPLOADED_PHOTOS_DEST="/tmp")
    configure_uploads(app, UploadSet("photos"))
    return app


def case_uploads_served():
    from flask_uploads import UploadSet, configure_uploads

    app = make(UPLOADED_PHOTOS_DEST="/tmp", UPLOADS_AUTOSERVE=True)
    configure_uploads(app, (UploadSet("photos"),))
    return app


def case_uploads_served_by_others():
    from flask_uploads import UploadSet, configure_uploads

    app = make(UPLOADS_DEFAULT_DEST="/tmp", UPLOADS_DEFAULT_URL="http://x/", UPLOADS_AUTOSERVE=True)
    configure_uploads(app, UploadSet("photos"))
    return app


def case_sitemap():
    from flask_sitemap import Sitemap

    app = make(SITEMAP_ENDPOINT_URL="/map.xml")
    sitemap = Sitemap(app=app)

    @sitemap.register_generator
    def index():
        yield "index", {}

    return app


def case_debug_toolbar_off():
    from flask_debugtoolbar import DebugToolbarExtension

    app = make()
    DebugToolbarExtension(app)
    return app


def case_debug_toolbar_on():
    from flask_debugtoolbar import DebugToolbarExtension

    app = make(DEBUG_TB_ENABLED=True)
    DebugToolbarExtension().init_app(app)
    return app


def case_socketio():
    from flask_socketio import Namespace, SocketIO, emit

    app = make()
    socketio = SocketIO(app, async_mode="threading")

    @socketio.on("message")
    def message(data):
        emit("answer", data)

    @socketio.event
    def connect():
        pass

    class Chat(Namespace):
        def on_join(self, data):
            pass

    socketio.on_namespace(Chat("/chat"))
    return app


def case_session():
    from flask_session import Session

    app = make(SESSION_TYPE="filesystem", SESSION_FILE_DIR="/tmp/guardapi-session-model")
    Session(app)
    return app
