"""healthcheck: one rule each for the checks and the environment."""


class HealthCheck:
    def __init__(
        self,
        app=None,
        path=None,
        success_status=200,
        success_headers=None,
        success_handler=None,
        success_ttl=27,
        failed_status=500,
        failed_headers=None,
        failed_handler=None,
        failed_ttl=9,
        exception_handler=None,
        checkers=None,
        log_on_failure=True,
        **options,
    ):
        self.options = options
        self.checkers = checkers or []
        if app is not None:
            self.init_app(app, path)

    def init_app(self, app, path):
        if path:
            app.add_url_rule(path, view_func=self.check, **self.options)

    def add_check(self, func):
        self.checkers.append(func)

    def check(self):
        pass


class EnvironmentDump:
    def __init__(
        self,
        app=None,
        path=None,
        include_os=True,
        include_python=True,
        include_config=True,
        include_process=True,
        **options,
    ):
        self.options = options
        if app is not None:
            self.init_app(app, path)

    def init_app(self, app, path):
        if path:
            app.add_url_rule(path, view_func=self.dump_environment, **self.options)

    def add_section(self, name, func):
        pass

    def dump_environment(self):
        pass
