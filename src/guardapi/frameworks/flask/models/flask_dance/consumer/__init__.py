"""OAuth blueprints: a rule to leave for the other site and one to come back."""

from flask import Blueprint


class BaseOAuthConsumerBlueprint(Blueprint):
    def __init__(
        self,
        name,
        import_name,
        client_id=None,
        client_secret=None,
        static_folder=None,
        static_url_path=None,
        url_prefix=None,
        subdomain=None,
        login_url=None,
        authorized_url=None,
        storage=None,
        rule_kwargs=None,
        **options,
    ):
        super().__init__(
            name,
            import_name,
            static_folder=static_folder,
            static_url_path=static_url_path,
            url_prefix=url_prefix,
            subdomain=subdomain,
        )
        login_url = (login_url or "/{bp.name}").replace("{bp.name}", name)
        authorized_url = (authorized_url or "/{bp.name}/authorized").replace("{bp.name}", name)
        rule_options = rule_kwargs or {}
        self.add_url_rule(login_url, endpoint="login", view_func=self.login, **rule_options)
        self.add_url_rule(authorized_url, endpoint="authorized", view_func=self.authorized, **rule_options)
        self.storage = storage
        self.from_config = {}

    def login(self):
        pass

    def authorized(self):
        pass


class OAuth1ConsumerBlueprint(BaseOAuthConsumerBlueprint):
    pass


class OAuth2ConsumerBlueprint(BaseOAuthConsumerBlueprint):
    pass
