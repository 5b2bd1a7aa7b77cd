"""Set-ups with extensions that only an old Flask runs."""

from flask import Blueprint, Flask
from rest_setups.cases import case, passing


@case("flask_rest_jsonapi", "flask_combo_jsonapi")
def jsonapi_on_app(ext):
    app = Flask(__name__)
    first, second = _resources(ext)
    api = ext.Api(app)
    api.route(first, "persons", "/persons", "/people", url_rule_options={"strict_slashes": False})
    api.route(second, "person", "/persons/<int:id>")
    api.route(ext.ResourceRelationship, "relation", "/persons/<int:id>/relationships/x")
    return app


@case("flask_rest_jsonapi", "flask_combo_jsonapi")
def jsonapi_on_blueprints(ext):
    app = Flask(__name__)
    first, second = _resources(ext)
    blueprint = Blueprint("bp", __name__, url_prefix="/bp")
    other = Blueprint("other", __name__, url_prefix="/other")
    api = ext.Api(blueprint=blueprint, decorators=(passing,))
    api.route(first, "persons", "/persons")
    api.route(second, "person", "/persons/<int:id>", blueprint=other)
    api.init_app(app, additional_blueprints=[other])
    return app


@case("flask_rest_jsonapi", "flask_combo_jsonapi")
def jsonapi_late_init(ext):
    app = Flask(__name__)
    first, _ = _resources(ext)
    api = ext.Api()
    api.route(first, "persons", "/persons")
    api.init_app(app, Blueprint("bp", __name__, url_prefix="/bp"))
    return app


def _resources(ext):
    class PersonList(ext.ResourceList):
        methods = ("GET", "POST")

    class PersonDetail(ext.ResourceDetail):
        decorators = (passing,)

        def get(self, **values):
            return {}

    return PersonList, PersonDetail


@case("flask_api")
def api_application(ext):
    app = ext.FlaskAPI(__name__)

    @app.route("/notes", methods=["GET", "POST"])
    def notes():
        return []

    return app


class _Model:
    __tablename__ = "person"


@case("flask_restless")
def restless_models(ext):
    app = Flask(__name__)
    manager = ext.APIManager(app, session=object())
    manager.create_api(_Model)
    manager.create_api(
        _Model,
        methods=["GET", "POST", "DELETE", "PATCH"],
        url_prefix="/v2",
        allow_patch_many=True,
        allow_delete_many=True,
        allow_functions=True,
        primary_key="id",
    )
    manager.create_api(_Model, methods=["POST"], collection_name="people", primary_key="id")
    return app


@case("flask_restless")
def restless_late_init(ext):
    app = Flask(__name__)
    manager = ext.APIManager(session=object())
    manager.create_api(_Model)
    manager.init_app(app)
    return app
