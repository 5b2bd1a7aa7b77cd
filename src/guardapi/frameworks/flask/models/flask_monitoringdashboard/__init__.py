"""Flask-MonitoringDashboard 5: its pages appear when `bind` meets the application."""

from flask import Blueprint

_PAGES = [
    ("/telemetry/accept_telemetry_consent", "accept_telemetry_consent", ["POST"]),
    ("/api/api_performance", "api_performance", ["POST"]),
    ("/api/custom_graph/<graph_id>/<start_date>/<end_date>", "custom_graph"),
    ("/api/custom_graphs", "custom_graphs"),
    ("/api/exception_occurrence/<int:stack_trace_snapshot_id>", "delete_exception", ["DELETE"]),
    ("/api/deploy_alert_config", "deploy_alert_config"),
    ("/api/deploy_config", "deploy_config"),
    ("/api/deploy_details", "deploy_details"),
    ("/api/endpoint_info/<int:endpoint_id>", "endpoint_info"),
    ("/api/endpoint_status_code_distribution/<int:endpoint_id>", "endpoint_status_code_distribution"),
    ("/api/endpoint_status_code_summary/<int:endpoint_id>", "endpoint_status_code_summary"),
    ("/api/endpoint_users/<int:endpoint_id>", "endpoint_users", ["POST"]),
    ("/api/endpoint_versions/<int:endpoint_id>", "endpoint_versions", ["POST"]),
    ("/api/endpoints", "endpoints"),
    ("/api/endpoints_hits", "endpoints_hits"),
    ("/database_pruning/get_database_size", "get_database_size"),
    (
        "/api/detailed_exception_occurrence/<int:endpoint_id>/<int:offset>/<int:per_page>",
        "get_detailed_exception_occurrence_endpoint",
    ),
    ("/api/exception_occurrence/<int:offset>/<int:per_page>", "get_exception_occurrence"),
    (
        "/api/exception_occurrence_page_number/<int:endpoint_id>/<int:stack_trace_snapshot_id>/<int:per_page>",
        "get_exception_occurrence_endpoint_page_number",
    ),
    ("/api/function_code/<int:function_definition_id>", "get_function_code"),
    ("/telemetry/get_is_telemetry_accepted", "get_is_telemetry_accepted"),
    ("/telemetry/get_is_telemetry_answered", "get_is_telemetry_answered"),
    ("/api/overview", "get_overview", ["GET", "POST"]),
    ("/database_pruning/get_pruning_schedule", "get_pruning_schedule"),
    ("/api/grouped_profiler/<int:endpoint_id>", "grouped_profiler"),
    ("/api/hourly_load/<start_date>/<end_date>", "hourly_load"),
    ("/api/hourly_load/<start_date>/<end_date>/<int:endpoint_id>", "hourly_load"),
    ("/api/ip/<int:endpoint_id>", "ips"),
    ("/login", "login", ["GET", "POST"]),
    ("/logout", "logout"),
    ("/api/reporting/make_report/commits", "make_report_commits", ["POST"]),
    ("/api/reporting/make_report/intervals", "make_report_intervals", ["POST"]),
    ("/api/multi_version", "multi_version", ["POST"]),
    ("/api/num_exceptions/<int:endpoint_id>", "num_endpoint_exceptions"),
    ("/api/num_exceptions", "num_exceptions"),
    ("/api/num_outliers/<int:endpoint_id>", "num_outliers"),
    ("/api/num_profiled/<int:endpoint_id>", "num_profiled"),
    ("/api/requests/<start_date>/<end_date>", "num_requests"),
    ("/api/outlier_graph/<int:endpoint_id>", "outlier_graph"),
    ("/api/outlier_table/<int:endpoint_id>/<offset>/<per_page>", "outlier_table"),
    ("/api/profiler_table/<int:endpoint_id>/<offset>/<per_page>", "profiler_table"),
    ("/database_pruning/prune_on_demand", "prune_database_on_demand", ["POST"]),
    ("/api/set_rule", "set_rule", ["POST"]),
    ("/static/<path:filename>", "static"),
    ("/telemetry/submit_follow_up", "submit_follow_up", ["POST"]),
    ("/api/user/create", "user_create", ["POST"]),
    ("/api/user/delete", "user_delete", ["POST"]),
    ("/api/user/edit", "user_edit", ["POST"]),
    ("/api/users/<int:endpoint_id>", "users"),
    ("/api/users", "users_list"),
    ("/api/version_ip/<int:endpoint_id>", "version_ip", ["POST"]),
    ("/api/version_user/<int:endpoint_id>", "version_user", ["POST"]),
    ("/api/versions", "versions"),
    ("/api/versions/<int:endpoint_id>", "versions"),
]


class Config:
    """`init_from` reads a file or the environment that only the running application has."""

    def __init__(self):
        self.blueprint_name = "dashboard"
        self.link = "dashboard"
        self.app = None

    def init_from(self, file=None, envvar=None, log_verbose=False):
        pass


config = Config()


def _page(name):
    def serve(**values):
        pass

    serve.__name__ = name
    return serve


def bind(app, schedule=True, include_dashboard=True):
    config.app = app
    blueprint = Blueprint(config.blueprint_name, __name__)
    if include_dashboard:
        index = _page("index")
        blueprint.add_url_rule("/", "index", index, defaults={"path": ""})
        blueprint.add_url_rule("/<path:path>", "index", index)
        views = {}
        for rule, name, *methods in _PAGES:
            if name not in views:
                views[name] = _page(name)
            blueprint.add_url_rule(rule, name, views[name], methods=methods[0] if methods else ["GET"])
    app.register_blueprint(blueprint, url_prefix="/" + config.link)


def add_graph(title, func, trigger="interval", **schedule):
    pass


def add_database_pruning_schedule(weeks_to_keep, delete_custom_graph_data, **schedule):
    pass


def capture(error):
    pass
