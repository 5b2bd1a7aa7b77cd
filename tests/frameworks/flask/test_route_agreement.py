"""The URL map that GuardAPI reads out of a module's source is the one that the running module builds."""

import inspect
from types import ModuleType

from flask import Flask
from hypothesis import HealthCheck, given, settings
from route_setups import modules

from guardapi.files import from_mapping
from guardapi.frameworks import discover

ADDED = {"HEAD", "OPTIONS"}
Row = tuple[str, str, tuple[str, ...], int | None]


def really(text: str) -> list[Row]:
    """(rule, endpoint, methods, line of the view's definition) of the module, executed."""
    module = ModuleType("shop")
    exec(compile(text, "shop.py", "exec"), module.__dict__)
    app: Flask = module.app
    rows = []
    for rule in app.url_map.iter_rules():
        methods = rule.methods or set()
        shown = tuple(sorted(methods - ADDED or methods - {"HEAD"}))
        rows.append((rule.rule, rule.endpoint, shown, line_of(app.view_functions[rule.endpoint], text)))
    return sorted(rows, key=str)


def line_of(view: object, text: str) -> int | None:
    """Where the class or the innermost function is defined; None for a view of Flask itself."""
    if cls := getattr(view, "view_class", None):
        return text[: text.index(f"class {cls.__name__}(")].count("\n") + 1
    view = inspect.unwrap(view)  # type: ignore[arg-type]
    view = getattr(view, "func", view)
    code = getattr(view, "__code__", None)
    if code is None or code.co_filename != "shop.py":
        return None
    return text[: text.index(f"def {code.co_name}(")].count("\n") + 1


def said(text: str) -> list[Row]:
    """The same, read and never executed."""
    apps, problems = discover(from_mapping({"shop.py": text}))
    assert not problems
    (app,) = apps
    rows = [(r.rule, r.endpoint, r.methods, r.view.place.line if r.view.place else None) for r in app.routes]
    return sorted(rows, key=str)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(modules())
def test_read_routes_are_those_built(text: str) -> None:
    try:
        expected = really(text)
    except (AssertionError, SyntaxError, ValueError):
        return  # Flask refuses the set-up (two views of one endpoint, a prefix that it does not take)
    if any(endpoint != "static" for _, endpoint, _, _ in expected):
        assert said(text) == expected, text
