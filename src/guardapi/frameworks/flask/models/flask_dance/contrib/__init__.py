"""Blueprints for well-known sites; all of them have the two rules of their base."""

from flask_dance.consumer import OAuth2ConsumerBlueprint


def maker(name):
    def make_blueprint(
        client_id=None,
        client_secret=None,
        *,
        login_url=None,
        authorized_url=None,
        rule_kwargs=None,
        **options,
    ):
        return OAuth2ConsumerBlueprint(
            name,
            __name__,
            client_id=client_id,
            client_secret=client_secret,
            login_url=login_url,
            authorized_url=authorized_url,
            rule_kwargs=rule_kwargs,
        )

    return make_blueprint
