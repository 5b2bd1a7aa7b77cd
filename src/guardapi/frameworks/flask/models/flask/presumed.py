"""What an application class, or a factory, of a distribution that is not known makes."""

from flask.app import Flask
from flask.blueprints import Blueprint


class PresumedApplication(Flask):
    def __init__(self, *args, **kwargs):
        name = kwargs.get("import_name", args[0] if args else None)
        given = {key: kwargs[key] for key in ("static_folder", "static_url_path") if key in kwargs}
        Flask.__init__(self, name if isinstance(name, str) else __name__, **given)
        __undecided__("an application of a class, or factory, that is not known may have more routes")
        for value in [*args, *kwargs.values()]:
            for item in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(item, Blueprint):
                    self.register_blueprint(item)
