"""Class-based views."""

from flask.scaffold import http_methods


class View:
    methods = None
    provide_automatic_options = None
    decorators = []
    init_every_request = True

    @classmethod
    def as_view(cls, name, *class_args, **class_kwargs):
        def view(**kwargs):
            return cls(*class_args, **class_kwargs).dispatch_request(**kwargs)

        view.__name__ = name
        view.__module__ = cls.__module__
        view.view_class = cls
        if cls.decorators:
            for decorator in cls.decorators:
                view = __decorate__(decorator, view)
        view.view_class = cls
        view.__name__ = name
        view.__module__ = cls.__module__
        view.methods = cls.methods
        view.provide_automatic_options = cls.provide_automatic_options
        return view


class MethodView(View):
    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "methods" not in cls.__dict__:
            methods = set()
            for base in cls.__bases__:
                if getattr(base, "methods", None):
                    methods.update(base.methods)
            names = dir(cls)
            for key in http_methods:
                if key in names:
                    methods.add(key.upper())
            if methods:
                cls.methods = methods

    def dispatch_request(self, **kwargs):
        return None


def presumed_view(cls, name, *class_args, **class_kwargs):
    """`as_view` of a class whose base is not known: the methods are those that the class itself has."""

    def view(**kwargs):
        return cls(*class_args, **class_kwargs).dispatch_request(**kwargs)

    members = cls.__dict__
    for decorator in members.get("decorators", []):
        view = __decorate__(decorator, view)
    view.__name__ = name
    view.__module__ = cls.__module__
    view.view_class = cls
    methods = members.get("methods")
    if methods is None:
        names = dir(cls)
        methods = {key.upper() for key in http_methods if key in names}
        if not methods and "dispatch_request" not in names:
            __undecided__("the methods of a view are those of a base class that is not known")
    view.methods = methods or None
    view.provide_automatic_options = members.get("provide_automatic_options")
    return view
