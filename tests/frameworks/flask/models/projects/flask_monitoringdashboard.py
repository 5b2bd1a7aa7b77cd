"""Set-ups for Flask-MonitoringDashboard, run with the real extension or with its model."""

import flask


def case_bind():
    import flask_monitoringdashboard as dashboard

    dashboard.config.database_name = "sqlite://"
    app = flask.Flask("shop")
    app.secret_key = "x"
    dashboard.bind(app, schedule=False)
    return app
