"""Metrics of several processes: served on a port of their own, or as `/metrics` by the internal classes."""

from prometheus_flask_exporter import PrometheusMetrics


class MultiprocessPrometheusMetrics(PrometheusMetrics):
    def __init__(self, app=None, **options):
        options["path"] = None
        super().__init__(app, **options)


class UWsgiPrometheusMetrics(MultiprocessPrometheusMetrics):
    pass


class GunicornPrometheusMetrics(MultiprocessPrometheusMetrics):
    @classmethod
    def start_http_server_when_ready(cls, port, **options):
        pass

    @classmethod
    def mark_process_dead_on_child_exit(cls, pid):
        pass


class _InternalMetrics:
    def __init__(self, app=None, path="/metrics", **options):
        super().__init__(app, **options)
        if app:
            self.register_endpoint(path)
        else:
            self.path = path


class MultiprocessInternalPrometheusMetrics(_InternalMetrics, MultiprocessPrometheusMetrics):
    pass


class GunicornInternalPrometheusMetrics(_InternalMetrics, GunicornPrometheusMetrics):
    pass
