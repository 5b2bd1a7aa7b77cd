"""prometheus-flask-exporter: `/metrics`, unless the path says otherwise or is None."""

import functools

from flask import current_app

NO_PREFIX = "#no_prefix"


def _tracked(function):
    @functools.wraps(function)
    def tracked(*args, **kwargs):
        return function(*args, **kwargs)

    return tracked


class PrometheusMetrics:
    def __init__(
        self,
        app,
        path="/metrics",
        export_defaults=True,
        defaults_prefix="flask",
        group_by="path",
        buckets=None,
        default_latency_as_histogram=True,
        default_labels=None,
        response_converter=None,
        excluded_paths=None,
        exclude_user_defaults=True,
        metrics_decorator=None,
        registry=None,
        **options,
    ):
        self.app = app
        self.path = path
        self._metrics_decorator = metrics_decorator
        if app is not None:
            self.init_app(app)

    @classmethod
    def for_app_factory(cls, **options):
        return cls(app=None, **options)

    def init_app(self, app):
        if self.path:
            self.register_endpoint(self.path, app)

    def register_endpoint(self, path, app=None):
        app = app or self.app or current_app

        def prometheus_metrics():
            pass

        view = self.do_not_track()(prometheus_metrics)
        if self._metrics_decorator:
            view = self._metrics_decorator(view)
        app.route(path)(view)

    def histogram(self, name, description, labels=None, **options):
        return _tracked

    def summary(self, name, description, labels=None, **options):
        return _tracked

    def gauge(self, name, description, labels=None, **options):
        return _tracked

    def counter(self, name, description, labels=None, **options):
        return _tracked

    @staticmethod
    def do_not_track():
        return _tracked

    @staticmethod
    def exclude_all_metrics():
        return _tracked

    def register_default(self, *wrappers, **options):
        pass

    def export_defaults(self, **options):
        pass

    def start_http_server(self, port, **options):
        pass

    def info(self, name, description, **labels):
        pass


class RESTfulPrometheusMetrics(PrometheusMetrics):
    def __init__(self, app, api, path="/metrics", **options):
        super().__init__(app, path=path, **options)
        self.api = api

    @classmethod
    def for_app_factory(cls, api=None, **options):
        return cls(app=None, api=api, **options)

    def init_app(self, app, api=None):
        super().init_app(app)

    @staticmethod
    def content_type(content_type):
        return _tracked


class ConnexionPrometheusMetrics(PrometheusMetrics):
    def __init__(self, app, **options):
        # Connexion wraps the Flask application, and exposes it as `app`.
        super().__init__(getattr(app, "app", app), **options)

    @staticmethod
    def content_type(content_type):
        return _tracked
