"""Set-ups for healthcheck, run with the real extension or with its model."""

import flask


def case_checks():
    from healthcheck import EnvironmentDump, HealthCheck

    app = flask.Flask("shop")
    health = HealthCheck(app, "/healthcheck", methods=["GET", "POST"])
    health.add_check(lambda: (True, "ok"))
    HealthCheck().init_app(app, None)
    EnvironmentDump(app, "/environment")
    return app
