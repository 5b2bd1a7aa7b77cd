"""Random set-ups of Flask's routing, as the text of a module whose `app` is the application.

They mix what real applications do: nested blueprints with prefixes given at construction or registration,
functions and classes as views, stacked routes, tables of rules, loops, factories and helper functions.
"""

from dataclasses import dataclass

from hypothesis import strategies as st

PRELUDE = """\
from functools import partial, wraps

from flask import Blueprint, Flask
from flask.views import MethodView, View


def traced(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


def stamped(label):
    def decorate(function):
        @wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapper

    return decorate


PREFIX = "/v1"
"""

PREFIXES = st.sampled_from([None, "/a", "/a/", "/b/<int:n>", "/"])
RULES = st.sampled_from(["/", "/x", "/x/", "/<name>", "/x/<int:n>", "/deep/er"])
METHODS = st.sampled_from(
    [None, ("GET",), ("POST",), ("get", "PUT"), ("DELETE", "PATCH"), ("OPTIONS", "GET"), ("HEAD",)]
)
DECORATORS = st.lists(st.sampled_from(["@traced", "@stamped('x')"]), max_size=2)
SHORT = st.sampled_from(["get", "post", "put", "delete", "patch"])


@dataclass(frozen=True)
class BlueprintSpec:
    name: str
    parent: int | None
    prefix: str | None
    given: str | None
    static: bool


def owner_of(index: int | None) -> str:
    return "app" if index is None else f"bp{index}"


@st.composite
def blueprints(draw: st.DrawFn) -> list[BlueprintSpec]:
    found: list[BlueprintSpec] = []
    for index in range(draw(st.integers(0, 4))):
        parent = draw(st.sampled_from([None, *range(index)])) if index else None
        static = draw(st.integers(0, 5)) == 0
        found.append(BlueprintSpec(f"b{index}", parent, draw(PREFIXES), draw(PREFIXES), static))
    return found


@st.composite
def function_view(draw: st.DrawFn, number: int, owner: str) -> list[str]:
    lines = ["", ""]
    for position in range(draw(st.integers(1, 2))):
        rule = f"{draw(RULES)}".replace("x", f"x{number}") + (f"/s{position}" if position else "")
        if draw(st.booleans()):
            lines.append(f"@{owner}.{draw(SHORT)}({rule!r})")
        else:
            methods = draw(METHODS)
            named = f", methods={list(methods)!r}" if methods else ""
            prefixed = f'f"{{PREFIX}}{rule}"' if draw(st.booleans()) else repr(rule)
            lines.append(f"@{owner}.route({prefixed}, endpoint='e{number}_{position}'{named})")
    return [*lines, *draw(DECORATORS), f"def view{number}(**values):", "    return 'ok'"]


@st.composite
def class_view(draw: st.DrawFn, number: int, owner: str) -> list[str]:
    names = draw(st.lists(SHORT, min_size=1, max_size=3, unique=True))
    plain = draw(st.booleans())
    lines = ["", "", f"class View{number}({'View' if plain else 'MethodView'}):"]
    if draw(st.booleans()):
        lines.append("    decorators = [traced, stamped('y')]")
    if plain:
        if methods := draw(METHODS):
            lines.append(f"    methods = {list(methods)!r}")
        lines += ["", "    def dispatch_request(self, **values):", "        return 'ok'"]
    else:
        for name in names:
            lines += ["", f"    def {name}(self, **values):", "        return 'ok'"]
    rule = draw(RULES).replace("x", f"x{number}")
    return [*lines, "", "", f"{owner}.add_url_rule({rule!r}, view_func=View{number}.as_view('c{number}'))"]


@st.composite
def table(draw: st.DrawFn, number: int, owner: str) -> list[str]:
    rules = draw(st.lists(RULES, min_size=1, max_size=3, unique=True))
    rows = [
        f"    ({rule!r}, 't{number}_{row}', {list(draw(METHODS) or ('GET',))!r}),"
        for row, rule in enumerate(rules)
    ]
    call = f"    {owner}.add_url_rule(rule, name, partial(shown{number}, name), methods=methods)"
    direct = f"    {owner}.add_url_rule(rule, name, shown{number}, methods=methods)"
    body = call if draw(st.booleans()) else direct
    definition = [
        "",
        "",
        f"def shown{number}(*args, **values):",
        "    return 'ok'",
        "",
        "",
        f"TABLE{number} = [",
    ]
    return [*definition, *rows, "]", f"for rule, name, methods in TABLE{number}:", body]


@st.composite
def modules(draw: st.DrawFn) -> str:
    """The text of a module."""
    specs = draw(blueprints())
    static = draw(st.sampled_from(["", ", static_folder=None", ", static_url_path='/files'"]))
    lines = [PRELUDE]
    for index, spec in enumerate(specs):
        prefix = f", url_prefix={spec.prefix!r}" if spec.prefix is not None else ""
        folder = ", static_folder='static'" if spec.static else ""
        lines.append(f"bp{index} = Blueprint({spec.name!r}, __name__{prefix}{folder})")
    in_factory = draw(st.booleans())
    later: list[str] = []
    if not in_factory:
        lines.append(f"app = Flask(__name__{static})")
    for number in range(draw(st.integers(1, 4))):
        owners = [*range(len(specs)), *([] if in_factory else [None])]
        if not owners:
            break
        owner = owner_of(draw(st.sampled_from(owners)))
        kind = draw(st.sampled_from([function_view, class_view, table]))
        lines += draw(kind(number, owner))
    for index, spec in reversed(list(enumerate(specs))):
        given = f", url_prefix={spec.given!r}" if spec.given is not None else ""
        line = f"{owner_of(spec.parent)}.register_blueprint(bp{index}{given})"
        (later if spec.parent is None and in_factory else lines).append(line)
    if in_factory:
        lines += ["", "", "def create_app(config=None):", f"    app = Flask(__name__{static})"]
        lines += [f"    {line}" for line in later]
        lines += ["    return app", "", "", "app = create_app()"]
    return "\n".join(lines) + "\n"
