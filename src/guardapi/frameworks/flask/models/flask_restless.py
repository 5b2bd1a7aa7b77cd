"""What Flask-Restless registers: a blueprint for each model, with rules for the methods it allows."""

from flask import Blueprint
from flask.views import MethodView


class API(MethodView):
    def __init__(self, *args, **kwargs):
        pass

    def get(self, instid, relationname, relationinstid):
        return {}

    def post(self):
        return {}

    def delete(self, instid, relationname, relationinstid):
        return {}

    def patch(self, instid, relationname, relationinstid):
        return {}

    def put(self, instid, relationname, relationinstid):
        return {}


class FunctionAPI(MethodView):
    def __init__(self, *args, **kwargs):
        pass

    def get(self):
        return {}


class APIManager:
    def __init__(self, app=None, **options):
        self.app = app
        self.apis_to_create = []
        self.initialized = []
        if app is not None:
            self.init_app(app, **options)

    def init_app(self, app, **options):
        self.initialized.append(app)
        waiting = self.apis_to_create
        self.apis_to_create = []
        for wanted, args, kwargs in waiting:
            if wanted is None or wanted is app:
                app.register_blueprint(self.create_api_blueprint(*args, app=app, **kwargs))
            else:
                self.apis_to_create.append((wanted, args, kwargs))

    def create_api(self, *args, **kwargs):
        app = kwargs.pop("app", self.app)
        if app is not None and app in self.initialized:
            app.register_blueprint(self.create_api_blueprint(*args, app=app, **kwargs))
        else:
            self.apis_to_create.append((app, args, kwargs))

    def create_api_blueprint(
        self,
        model,
        app=None,
        methods=("GET",),
        url_prefix="/api",
        collection_name=None,
        allow_patch_many=False,
        allow_delete_many=False,
        allow_functions=False,
        **options,
    ):
        app = app or self.app
        name = collection_name or model.__tablename__
        allowed = [method.upper() for method in methods]
        many = [method for method in allowed if method == "GET"]
        if allow_patch_many and ("PATCH" in allowed or "PUT" in allowed):
            many = [*many, "PATCH", "PUT"]
        if allow_delete_many and "DELETE" in allowed:
            many = [*many, "DELETE"]
        one = [method for method in allowed if method in ("GET", "PATCH", "DELETE", "PUT")]
        view = API.as_view(f"{name}api")
        blueprint = Blueprint(self._next_blueprint_name(app, f"{name}api"), __name__, url_prefix=url_prefix)
        collection = f"/{name}"
        instance = f"/{name}/<instid>"
        relation = f"/{name}/<instid>/<relationname>"
        no_relation = {"relationname": None, "relationinstid": None}
        create = [method for method in allowed if method == "POST"]
        blueprint.add_url_rule(collection, methods=create, view_func=view)
        blueprint.add_url_rule(
            collection, defaults={"instid": None, **no_relation}, methods=many, view_func=view
        )
        blueprint.add_url_rule(instance, methods=one, defaults=no_relation, view_func=view)
        blueprint.add_url_rule(relation, methods=many, defaults={"relationinstid": None}, view_func=view)
        blueprint.add_url_rule(f"{relation}/<relationinstid>", methods=one, view_func=view)
        if allow_functions:
            evaluate = FunctionAPI.as_view(f"{name}apieval")
            blueprint.add_url_rule(f"/eval/{name}", methods=["GET"], view_func=evaluate)
        return blueprint

    def _next_blueprint_name(self, app, base):
        numbers = [int(name[len(base) :]) for name in app.blueprints if name.startswith(base)]
        return f"{base}{max(numbers) + 1 if numbers else 0}"
