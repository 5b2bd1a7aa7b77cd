"""Models of REST extensions register what the extensions do.

`rest_setups` holds set-ups that run with an extension or with its model, and `rest_recorded.json` what the
extensions registered, with the versions that did. The models must register the same, everywhere. Where the
distribution of that version is installed, the record itself is checked too; none is needed for the models.
`python test_rest_models.py NAME ...` records anew.
"""

import importlib
import importlib.metadata
import importlib.util
import json
import sys
import warnings
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MODELS = HERE.parents[3] / "src" / "guardapi" / "frameworks" / "flask" / "models"
RECORD = HERE / "rest_recorded.json"

sys.path.insert(0, str(HERE))
for _name in ("applications", "blueprints", "classes", "documents", "older", "resources"):
    importlib.import_module(f"rest_setups.{_name}")
CASES = sys.modules["rest_setups.cases"].CASES
RECORDED = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}


def load_model(name, monkeypatch):
    """The model as a fresh module; a model that it builds on is found by the extension's name."""
    for other in _built_on(name):
        monkeypatch.setitem(sys.modules, other, load_model(other, monkeypatch))
    path = _path_of(name)
    folder = [str(path.parent)] if path.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(f"model_of_{name}", path, submodule_search_locations=folder)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


def _path_of(name):
    path = MODELS / f"{name}.py"
    return path if path.exists() else MODELS / name / "__init__.py"


def _built_on(name):
    known = {extension for extension, _ in CASES} - {name}
    text = _path_of(name).read_text(encoding="utf-8")
    return sorted(other for other in known if f"from {other} import" in text)


def served_by(view):
    """The class or innermost function of the set-up that serves a view, or `dependency`."""
    while not hasattr(view, "view_class") and hasattr(view, "__wrapped__"):
        view = view.__wrapped__
    view = getattr(view, "view_class", view)
    own = getattr(view, "__module__", "").startswith("rest_setups.")
    return view.__qualname__.replace("<locals>.", "") if own else "dependency"


def routes_of(app):
    routes = []
    for rule in app.url_map.iter_rules():
        methods = sorted(rule.methods - {"HEAD", "OPTIONS"}) or sorted(rule.methods)
        place = [rule.rule, rule.subdomain] if rule.subdomain else [rule.rule]
        routes.append([place, methods, rule.endpoint, served_by(app.view_functions[rule.endpoint])])
    return sorted(routes)


def version_of(name):
    try:
        return importlib.metadata.version(name.replace("_", "-"))
    except importlib.metadata.PackageNotFoundError:
        return None


def import_real(name):
    # Some warn of what they use; that is theirs to repair.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(name)


def ids_of(cases):
    return [f"{name}-{setup.__name__}" for name, setup in cases]


def is_installed(name):
    """Whether the recorded release is here, with a Flask of the generation that it was recorded with."""
    entry = RECORDED.get(name, {"version": "", "flask": ""})
    generation = version_of("flask").split(".")[0]
    return version_of(name) == entry["version"] and entry["flask"].split(".")[0] == generation


INSTALLED = [(name, setup) for name, setup in CASES if is_installed(name)]


@pytest.mark.parametrize(("name", "setup"), CASES, ids=ids_of(CASES))
def test_model_registers_recorded_routes(name, setup, monkeypatch):
    model = load_model(name, monkeypatch)
    assert routes_of(setup(model)) == RECORDED[name]["setups"][setup.__name__]


@pytest.mark.parametrize(("name", "setup"), INSTALLED, ids=ids_of(INSTALLED))
def test_extension_registers_recorded_routes(name, setup):
    assert routes_of(setup(import_real(name))) == RECORDED[name]["setups"][setup.__name__]


@pytest.mark.parametrize(
    ("name", "module", "exported"),
    [
        ("apiflask", "views", "MethodView"),
        ("flasgger", "base", "Swagger"),
        ("flasgger", "utils", "swag_from"),
        ("flask_apispec", "annotations", "use_kwargs"),
        ("flask_apispec", "extension", "FlaskApiSpec"),
        ("flask_apispec", "views", "MethodResource"),
        ("flask_restx", "api", "Api"),
        ("flask_restx", "namespace", "Namespace"),
        ("flask_restx", "resource", "Resource"),
    ],
)
def test_submodules_export_package_names(name, module, exported, monkeypatch):
    model = load_model(name, monkeypatch)
    path = f"{model.__name__}.{module}"
    monkeypatch.delitem(sys.modules, path, raising=False)
    submodule = importlib.import_module(path)
    monkeypatch.delitem(sys.modules, path)
    assert getattr(submodule, exported) is getattr(model, exported)


def test_every_model_is_recorded():
    assert {name for name, _ in CASES} == set(RECORDED)


def record(names):
    for name in names:
        extension = import_real(name)
        setups = {setup.__name__: routes_of(setup(extension)) for known, setup in CASES if known == name}
        RECORDED[name] = {"version": version_of(name), "flask": version_of("flask"), "setups": setups}
    RECORD.write_text(_written(RECORDED), encoding="utf-8")


def _written(recorded):
    """JSON with a line for each route."""
    entries = []
    for name, entry in sorted(recorded.items()):
        setups = []
        for setup, routes in sorted(entry["setups"].items()):
            lines = ",\n".join("    " + json.dumps(route) for route in routes)
            setups.append(f'   "{setup}": [\n{lines}\n   ]')
        body = ",\n".join(setups)
        head = f'  "version": "{entry["version"]}",\n  "flask": "{entry["flask"]}",\n'
        entries.append(f' "{name}": {{\n{head}  "setups": {{\n{body}\n  }}\n }}')
    return "{\n" + ",\n".join(entries) + "\n}\n"


if __name__ == "__main__":
    record(sys.argv[1:])
