"""Models of extensions that make routes, against what the extensions themselves register.

Each file in `projects` holds set-ups that run with the real extension or with its model. `recorded` holds
what the real ones registered, with the versions that did; the models must register the same. Where those
distributions are installed, the records themselves are checked too. `python test_site_models.py NAME`
writes a record anew.
"""

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MODELS = HERE.parents[3] / "src" / "guardapi" / "frameworks" / "flask" / "models"

DISTRIBUTIONS = {
    "connexion_2": ["connexion==2.14.2"],
    "connexion_3": ["connexion==3.3.0"],
    "flask_admin": ["Flask-Admin==2.2.1"],
    "flask_appbuilder": ["Flask-AppBuilder==5.3.0"],
    "flask_appbuilder_4": ["Flask-AppBuilder==4.3.11"],
    "flask_dance": ["Flask-Dance==7.1.0"],
    "flask_graphql": ["Flask-GraphQL==2.0.0"],
    "flask_monitoringdashboard": ["Flask-MonitoringDashboard==5.1.0"],
    "flask_security": ["Flask-Security-Too==5.9.2"],
    "flask_security_5_8": ["Flask-Security-Too==5.8.0"],
    "flask_user": ["Flask-User==1.0.2.2"],
    "graphql_server": ["graphql-server==3.0.0"],
    "healthcheck": ["healthcheck==1.3.3"],
    "login_extensions": [
        "Bootstrap-Flask==2.6.0",
        "flask-oidc==2.4.0",
        "flask-restful-swagger-2==0.35",
        "flask-simplelogin==0.3.0",
    ],
    "small_extensions": [
        "Flask-DebugToolbar==0.16.0",
        "flask-healthz==1.0.1",
        "Flask-Reuploaded==1.6.0",
        "Flask-Session==0.8.0",
        "Flask-Sitemap==0.4.0",
        "Flask-SocketIO==5.7.0",
        "flask-swagger-ui==5.34.0",
        "prometheus_flask_exporter==0.23.2",
    ],
    "strawberry": ["strawberry-graphql==0.341.2"],
}

# Set-ups that are run for a second release.
OLDER = {"flask_appbuilder_4": "flask_appbuilder", "flask_security_5_8": "flask_security"}

# The Python that can import these no more; `flask_graphql` is recorded by hand from its `graphqlview.py`.
NOT_SINCE_PYTHON = {"flask_graphql": (3, 10), "healthcheck": (3, 12)}

PACKAGES = {
    "connexion_2": ["connexion"],
    "connexion_3": ["connexion"],
    "login_extensions": [
        "flask_bootstrap",
        "flask_oidc",
        "flask_restful",
        "flask_restful_swagger_2",
        "flask_simplelogin",
    ],
    "small_extensions": [
        "flask_debugtoolbar",
        "flask_healthz",
        "flask_session",
        "flask_sitemap",
        "flask_socketio",
        "flask_swagger_ui",
        "flask_uploads",
        "prometheus_flask_exporter",
    ],
}

RUNNER = """
import builtins, importlib.util, json, sys

import jinja2

project, folder, releases = sys.argv[1:]
if folder:
    sys.path.insert(0, folder)
releases = {name: tuple(release) for name, release in json.loads(releases).items()}

# What models ask of the evaluator, as a running interpreter answers it.
builtins.__known__ = lambda value: True
builtins.__undecided__ = print
builtins.__imported__ = lambda module, *names: False
builtins.__installed__ = lambda newest, *names: next((releases[n] for n in names if n in releases), newest)
builtins.__marked__ = lambda owner, mark: [n for n in dir(owner) if hasattr(getattr(owner, n, None), mark)]
builtins.__render__ = lambda text, names: jinja2.Template(text).render(names)

spec = importlib.util.spec_from_file_location("set_up", project)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)


def name_of(view):
    if view.__name__ == "wrapped_handler" and not hasattr(view, "__wrapped__"):
        # Flask-AppBuilder keeps the handler behind its hooks in a closure only.
        view = dict(zip(view.__code__.co_freevars, view.__closure__))["handler"].cell_contents
    while hasattr(view, "__wrapped__") or hasattr(view, "__func__"):
        view = getattr(view, "__wrapped__", None) or view.__func__
    return getattr(view, "view_class", view).__name__


def rows_of(app):
    for rule in app.url_map.iter_rules():
        methods = sorted(rule.methods - {"HEAD", "OPTIONS"}) or sorted(rule.methods)
        endpoint = rule.endpoint.split("|")[0]
        yield [rule.rule, methods, endpoint, name_of(app.view_functions[rule.endpoint])]


def limits_of(app):
    for limiter in app.extensions.get("limiter", ()):
        yield ["enabled", limiter.enabled]
        for name, groups in limiter.limit_manager._blueprint_limits.items():
            for group in groups:
                methods = sorted(method.upper() for method in group.methods or ())
                yield [name, str(group.limit_provider), methods]


found = {}
for name, case in list(vars(module).items()):
    if name.startswith("case_"):
        app = case()
        found[name] = {"rules": sorted(rows_of(app))}
        if "limiter" in app.extensions:
            found[name]["limits"] = sorted(limits_of(app))
print("\\n" + json.dumps(found))
sys.stdout.flush()
import os
os._exit(0)
"""


def _run(name, folder):
    source = HERE / "projects" / f"{OLDER.get(name, name)}.py"
    command = [sys.executable, "-P", "-B", "-c", RUNNER, str(source), folder, json.dumps(_releases(name))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def _releases(name):
    """Major and minor version by normalised name."""
    pinned = [requirement.partition("==") for requirement in DISTRIBUTIONS[name]]
    return {
        name.lower().replace("_", "-"): [int(part) for part in version.split(".")[:2]]
        for name, _, version in pinned
    }


def _run_model(name, folder):
    for package in PACKAGES.get(name, [OLDER.get(name, name)]):
        path = MODELS / package
        path = path if path.is_dir() else path.with_suffix(".py")
        (folder / path.name).symlink_to(path)
    return _run(name, str(folder))


def _recorded(name):
    return json.loads((HERE / "recorded" / f"{name}.json").read_text())


def _differences(found, recorded):
    """Only what differs, so that a failure can be read."""
    differing = {}
    for case in sorted({*found, *recorded}):
        here, there = found.get(case, {}), recorded.get(case, {})
        for part in sorted({*here, *there}):
            extra = [row for row in here.get(part, []) if row not in there.get(part, [])]
            missing = [row for row in there.get(part, []) if row not in here.get(part, [])]
            if extra or missing or len(here.get(part, [])) != len(there.get(part, [])):
                differing[f"{case} {part}"] = {"extra": extra, "missing": missing}
    return differing


def _is_installed(requirement):
    name, _, version = requirement.partition("==")
    try:
        return importlib.metadata.version(name) == version
    except importlib.metadata.PackageNotFoundError:
        return False


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_model_registers_recorded_routes(name, tmp_path):
    assert _differences(_run_model(name, tmp_path), _recorded(name)["cases"]) == {}


def _can_run(name):
    if name in NOT_SINCE_PYTHON and sys.version_info >= NOT_SINCE_PYTHON[name]:
        return False
    return all(map(_is_installed, DISTRIBUTIONS[name]))


@pytest.mark.parametrize("name", [name for name in DISTRIBUTIONS if _can_run(name)])
def test_extension_registers_recorded_routes(name):
    assert _differences(_run(name, ""), _recorded(name)["cases"]) == {}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_records_name_their_versions(name):
    assert _recorded(name)["distributions"] == DISTRIBUTIONS[name]


def _record(name):
    record = {"distributions": DISTRIBUTIONS[name], "cases": _run(name, "")}
    lines = []
    for case, parts in record["cases"].items():
        written = ",\n".join(
            f'   "{part}": [\n' + ",\n".join("    " + json.dumps(row) for row in rows) + "\n   ]"
            for part, rows in parts.items()
        )
        lines.append(f'  "{case}": {{\n{written}\n  }}')
    text = '{\n "distributions": ' + json.dumps(record["distributions"]) + ',\n "cases": {\n'
    (HERE / "recorded" / f"{name}.json").write_text(text + ",\n".join(lines) + "\n }\n}\n")


if __name__ == "__main__":
    for chosen in sys.argv[1:]:
        _record(chosen)
