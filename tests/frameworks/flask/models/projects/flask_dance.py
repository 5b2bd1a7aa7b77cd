"""Set-ups for Flask-Dance, run with the real extension or with its model."""

import flask


def case_makers():
    from flask_dance.contrib.github import make_github_blueprint
    from flask_dance.contrib.google import make_google_blueprint
    from flask_dance.contrib.slack import make_slack_blueprint

    app = flask.Flask("shop")
    app.register_blueprint(make_github_blueprint("id", "secret", scope="user"), url_prefix="/login")
    app.register_blueprint(make_google_blueprint(login_url="/g", authorized_url="/g/{bp.name}/done"))
    app.register_blueprint(make_slack_blueprint(rule_kwargs={"methods": ["GET", "POST"]}))
    return app


def case_consumers():
    from flask_dance.consumer import OAuth1ConsumerBlueprint, OAuth2ConsumerBlueprint

    app = flask.Flask("shop")
    app.register_blueprint(OAuth2ConsumerBlueprint("mine", __name__, url_prefix="/o", client_id="x"))
    app.register_blueprint(OAuth1ConsumerBlueprint("old", __name__, client_key="x"))
    return app
