"""The command line of an application: commands are click's; a group with a factory builds the application."""

import click


class AppGroup(click.Group):
    pass


class FlaskGroup(AppGroup):
    def __init__(self, add_default_commands=True, create_app=None, *args, **options):
        AppGroup.__init__(self)
        self.create_app = create_app

    def __call__(self, *args, **options):
        if self.create_app is not None:
            self.create_app()

    main = __call__


def with_appcontext(f):
    return f


def pass_script_info(f):
    return f


def load_dotenv(path=None, *args, **options):
    return False
