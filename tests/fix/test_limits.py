"""Limits on views: with the limiter that the application has, under the name that the view's file has for it."""

import ast
from collections.abc import Mapping

import pytest
from writing import planned

from guardapi.files import from_mapping
from guardapi.fix.composing import composed
from guardapi.fix.project import Project
from guardapi.pipeline import inventory_tree
from guardapi.remedy import LimitView

APP = """\
from flask import Flask

from shop.extensions import limiter
from shop.views import shop


def create_app():
    app = Flask(__name__)
    limiter.init_app(app)
    app.register_blueprint(shop)
    return app
"""
EXTENSIONS = """\
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address)
"""
VIEWS = """\
from flask import Blueprint

shop = Blueprint("shop", __name__)


@shop.route("/pay", methods=["GET", "POST"])
@shop.route("/buy")
@checked
def pay():
    return "paid"
"""
SINGLE = """\
from flask import Flask
from flask.views import MethodView
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

app = Flask(__name__)
limiter = Limiter(get_remote_address, app=app)


"""
LIMIT = '@limiter.limit("5 per minute")\n'
KEY = """\
def submitted_name():
    return request.form.get("name") or get_remote_address()
"""


def limited(
    files: Mapping[str, str],
    view: str = "/pay",
    *,
    methods: tuple[str, ...] = (),
    helpers: tuple[str, ...] = (),
) -> str:
    """The file of a view that gets the limit, if that can be written, else why not."""
    tree = from_mapping(files)
    inventory = inventory_tree(tree)
    project = Project(tree=tree, inventory=inventory)
    (app,) = inventory.apps
    place = next(route.view.place for route in app.routes if route.rule == view)
    assert place is not None
    edit = LimitView(
        app=app.id,
        function=place,
        limits=("5 per minute",),
        methods=methods,
        keys=("submitted_name",) if helpers else (),
        helpers=helpers,
    )
    changes, why = planned(project, (edit,))
    if why:
        return why[0]
    text = composed(changes, project)[place.file].decode()
    ast.parse(text)
    return text


def package(views: str = VIEWS, **others: str) -> dict[str, str]:
    files = {"shop/__init__.py": APP, "shop/extensions.py": EXTENSIONS, "shop/views.py": views}
    return {**files, **{f"shop/{name}.py": text for name, text in others.items()}}


def test_limit_below_all_registering_decorators() -> None:
    text = limited(package())

    assert '@shop.route("/buy")\n@limiter.limit("5 per minute")\n@checked\n' in text
    assert "from flask import Blueprint\n\nfrom shop.extensions import limiter\n" in text


def test_only_some_methods() -> None:
    assert '@limiter.limit("5 per minute", methods=["POST"])' in limited(package(), methods=("POST",))
    assert '@limiter.limit("5 per minute")' in limited(package(), methods=("GET", "POST"))


@pytest.mark.parametrize(
    ("imported", "called"),
    [
        ("from shop.extensions import limiter", "limiter"),
        ("from .extensions import limiter as throttle", "throttle"),
        ("from shop import extensions as ext", "ext.limiter"),
        ("import shop.extensions", "shop.extensions.limiter"),
        ("from shop.handed import limiter", "limiter"),
        ("from shop.extensions import *", "limiter"),
    ],
)
def test_name_that_file_has(imported: str, called: str) -> None:
    handed = "from shop.extensions import limiter\n"

    text = limited(package(f"{imported}\n{VIEWS}", handed=handed))

    assert text == f"{imported}\n{VIEWS}".replace("@checked", f'@{called}.limit("5 per minute")\n@checked')


def test_import_in_way_of_file() -> None:
    text = limited(package(f"from .models import db\n{VIEWS}", models="db = 1\n"))

    assert "from .extensions import limiter\n" in text
    assert "from .extensions import db, limiter\n" in limited(package(f"from .extensions import db\n{VIEWS}"))


def test_import_that_makes_cycle() -> None:
    why = "shop/extensions.py imports shop/views.py, which therefore cannot import `limiter`"

    assert limited(package(extensions=f"import shop.views\n\n{EXTENSIONS}")) == why
    through = {"extensions": f"from shop import tasks\n{EXTENSIONS}", "tasks": "from . import views\n"}
    assert limited(package(**through)) == why
    late = f"{EXTENSIONS}\n\ndef views():\n    from shop import views\n"
    assert "import limiter" in limited(package(extensions=late))


def test_cycle_that_is_there_already() -> None:
    main = f"{SINGLE}from shop import views\n"
    views = '@app.get("/pay")\ndef pay():\n    return "paid"\n'

    text = limited({"shop/__init__.py": main, "shop/views.py": f"from shop import app\n\n\n{views}"})

    assert text == f"from shop import app, limiter\n\n\n{views.replace('def', LIMIT + 'def')}"


def test_limiter_of_factory() -> None:
    source = """\
        def create_app():
            app = Flask(__name__)
            limiter = Limiter(get_remote_address, app=app)

            @app.get("/pay")
            def pay():
                return "paid"

            return app
"""
    text = "from flask import Flask\nfrom flask_limiter import Limiter\n\n\n" + "\n".join(
        line[8:] for line in source.split("\n")
    )

    assert '@app.get("/pay")\n    @limiter.limit("5 per minute")\n    def pay' in limited({"shop.py": text})


def test_limiter_that_other_function_keeps() -> None:
    factory = APP.replace("from shop.extensions import limiter\n", "from flask_limiter import Limiter\n")
    factory = factory.replace("limiter.init_app(app)", "limiter = Limiter(lambda: 'x', app=app)")

    files = {**package(), "shop/__init__.py": factory}

    assert limited(files) == "the limiter has no name that another file could import"


def test_name_means_something_else() -> None:
    assert limited(package(f"limiter = 3\n{VIEWS}")) == "`limiter` means something else in shop/views.py"
    nested = (
        SINGLE
        + "def views(limiter):\n    @app.get('/pay')\n    def pay():\n        return 'paid'\n\n\nviews(1)\n"
    )
    assert limited({"shop.py": nested}) == "`limiter` may mean something else in `views`"


def test_view_above_limiter() -> None:
    head, limiter = SINGLE.split("limiter = ")
    view = "@app.get('/pay')\ndef pay():\n    return 'paid'\n\n\n"

    assert limited({"shop.py": f"{head}{view}limiter = {limiter}"}) == "`limiter` is made further down"


def test_several_limiters() -> None:
    second = f"{SINGLE}other = Limiter(lambda: 'x', app=app)\n"
    view = "\n\n@app.get('/pay')\ndef pay():\n    return 'paid'\n"

    assert LIMIT.replace('"', "'") in limited({"shop.py": second + view}).replace('"', "'")
    both = second.replace("lambda: 'x'", "get_remote_address")
    why = "which of the limiters `shop:limiter`, `shop:other` is to count here is not known"
    assert limited({"shop.py": both + view}) == why


def test_function_registered_by_call() -> None:
    view = 'def pay():\n    return "paid"\n\n\napp.add_url_rule("/pay", view_func=pay)\n'

    assert limited({"shop.py": f"{SINGLE}@checked\n{view}"}).endswith(f"{LIMIT}@checked\n{view}")


CLASS = """\
class Pay(MethodView):
    def get(self):
        return "form"

    @checked
    def post(self):
        return "paid"


app.add_url_rule("/pay", view_func=Pay.as_view("pay"))
"""


def test_methods_of_class() -> None:
    one = limited({"shop.py": SINGLE + CLASS}, methods=("POST",))

    assert one == SINGLE + CLASS.replace("    @checked", f"    {LIMIT}    @checked")
    assert limited({"shop.py": SINGLE + CLASS}).count(LIMIT) == 2


def test_class_beside_default_limits() -> None:
    """A limit of a method, which has a name of its own, would end the defaults of the others."""
    source = SINGLE.replace("app=app", 'app=app, default_limits=["9 per minute"]') + CLASS

    text = limited({"shop.py": source}, methods=("POST",))

    assert '(MethodView):\n    decorators = [limiter.limit("5 per minute", methods=["POST"])]\n' in text


def test_class_with_decorators() -> None:
    source = SINGLE + CLASS.replace("(MethodView):\n", "(MethodView):\n    decorators = [checked]\n\n")

    text = limited({"shop.py": source}, methods=("POST",))

    assert '    decorators = [checked, limiter.limit("5 per minute", methods=["POST"])]\n' in text


def test_class_that_may_inherit_decorators() -> None:
    base = (
        "class Guarded(MethodView):\n    decorators = [checked]\n\n    def get(self):\n        return 1\n\n\n"
    )
    view = 'class Pay(Guarded):\n    pass\n\n\napp.add_url_rule("/pay", view_func=Pay.as_view("pay"))\n'

    assert limited({"shop.py": SINGLE + base + view}) == "whether `Pay` inherits decorators is not known"


def test_view_that_is_called() -> None:
    """Its limit would end the default limits of the view that calls it."""
    views = (
        SINGLE
        + '@app.get("/pay")\ndef pay():\n    return "paid"\n\n\n@app.get("/")\ndef home():\n    return pay()\n'
    )

    assert '@limiter.limit("5 per minute", override_defaults=False)' in limited({"shop.py": views})


def test_quotes_of_file() -> None:
    views = SINGLE + "@app.get('/pay')\ndef pay():\n    return 'paid'\n"

    assert "@limiter.limit('5 per minute')\n" in limited({"shop.py": views})


def test_key_function_above_first_view() -> None:
    views = "".join(
        f'@app.post("/{name}")\ndef {name}():\n    return "paid"\n\n\n' for name in ("home", "pay")
    )

    text = limited({"shop.py": f"{SINGLE}# views\n{views}"}, helpers=(KEY,))

    assert f'\n\n\n{KEY}\n\n# views\n@app.post("/home")' in text
    assert '@limiter.limit("5 per minute", key_func=submitted_name)' in text
    again = limited({"shop.py": text.replace("# views", "")}, "/home", helpers=(KEY,))
    assert again.count("def submitted_name") == 1


def test_key_function_of_other_meaning() -> None:
    view = '@app.post("/pay")\ndef pay():\n    return "paid"\n'
    other = 'def submitted_name():\n    return "one"\n\n\n'

    why = "`submitted_name` means something else in shop.py"
    assert limited({"shop.py": SINGLE + other + view}, helpers=(KEY,)) == why


def test_limiter_that_is_not_there() -> None:
    source = 'from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/pay")\ndef pay():\n    return "paid"\n'

    assert limited({"shop.py": source}) == "no limiter is bound to the application"
