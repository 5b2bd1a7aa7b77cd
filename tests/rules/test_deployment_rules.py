"""GA302, GA902 and GA921 to GA923 on small projects and on applications made by hand."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from building import app, at, found, limiter, route

from guardapi.config import Options, Profile
from guardapi.files import from_mapping
from guardapi.findings import Confidence, Finding, Severity
from guardapi.model import (
    App,
    Deployment,
    Engine,
    OwnServer,
    ProcessCount,
    Proxy,
    ProxyTrust,
    PublishedPort,
    ServerSetting,
    Start,
)
from guardapi.pipeline import scan_tree
from guardapi.sink import Kind, MethodWork, Sink, WorkClass

SHOP = """
from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

app = Flask(__name__)
limiter = Limiter(get_remote_address, app=app, default_limits=["5 per minute"])

@app.get("/")
def index():
    return "shop"

"""
RUN = "if __name__ == '__main__':\n    app.run({})\n"


def scanned(rule: str, files: Mapping[str, str], profile: Profile = Profile.DEFAULT) -> list[Finding]:
    report = scan_tree(from_mapping(files), Options(profile=profile))
    assert report.failures == ()
    return [finding for finding in report.findings if finding.rule == rule]


def places(findings: list[Finding]) -> list[str]:
    return [str(finding.place) for finding in findings]


# -- GA921: the development server ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "files",
    [
        {"Procfile": "web: python shop.py"},
        {"Procfile": "web: flask --app shop run"},
        {"deploy/shop.service": "[Service]\nExecStart=/srv/venv/bin/python3 /srv/shop.py\n"},
        {"supervisord.conf": "[program:shop]\ncommand=python -m flask --app shop run\n"},
        {"Dockerfile": 'FROM python\nCMD ["sh", "-c", "exec python shop.py"]\n'},
        {
            "Dockerfile": "FROM python\nCMD ./serve.sh\n",
            "serve.sh": "#!/bin/sh\nflask --app shop run -h 0.0.0.0\n",
        },
        {"Dockerfile": "FROM python AS base\nCMD gunicorn x:y\nFROM base\nCMD python shop.py\n"},
    ],
)
def test_every_way_to_start_is_found(files: Mapping[str, str]) -> None:
    (finding,) = scanned("GA921", {**files, "shop.py": SHOP + RUN.format("host='0.0.0.0'")})
    assert (finding.severity, finding.place.file in files) == (Severity.HIGH, True)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"Procfile": "web: gunicorn shop:app", "Dockerfile": "CMD python shop.py"},
        {"compose.override.yaml": "services: {web: {command: python shop.py}}"},
        {"compose.yaml": "services: {web: {command: python worker.py}}", "worker.py": "print('no server')\n"},
        {"Makefile": "run:\n\tpython shop.py\n\tflask run\n"},
        {"scripts/serve.sh": "flask --app shop run --host 0.0.0.0\n"},
        {"Procfile": "release: flask db upgrade\nweb: waitress-serve shop:app"},
        {"Dockerfile": "FROM python\nCMD flask --app shop run\n"},
        {".devcontainer/Dockerfile": "FROM python\nCMD flask --app shop run --host=0.0.0.0\n"},
        {"Dockerfile": "FROM python AS dev\nCMD python shop.py\nFROM python\nCMD uwsgi --module shop:app\n"},
    ],
)
def test_server_for_the_desk_is_silent(files: Mapping[str, str]) -> None:
    assert scanned("GA921", {**files, "shop.py": SHOP + RUN.format("host='0.0.0.0'")}) == []


@pytest.mark.parametrize(
    ("start", "argument"),
    [
        ("web: python shop.py", "debug=True"),
        ("web: flask --app shop run --debug", ""),
        ("web: FLASK_DEBUG=1 python shop.py", ""),
        ("web: FLASK_ENV=development flask --app shop run", ""),
    ],
)
def test_debugger_is_critical(start: str, argument: str) -> None:
    (finding,) = scanned("GA921", {"Procfile": start, "shop.py": SHOP + RUN.format(argument)})
    assert (finding.severity, finding.confidence) == (Severity.CRITICAL, Confidence.CERTAIN)


def test_module_with_choice_is_silent() -> None:
    choice = "    from waitress import serve\n    serve(app) if PRODUCTION else app.run()\n"
    files = {"Procfile": "web: python shop.py", "shop.py": SHOP + "if __name__ == '__main__':\n" + choice}
    assert scanned("GA921", files) == []


def test_loopback_of_container_is_silent() -> None:
    files = {"shop.py": SHOP + RUN.format("port=80")}
    assert scanned("GA921", {"Dockerfile": "CMD python shop.py", **files}) == []
    assert places(scanned("GA921", {"Procfile": "web: python shop.py", **files})) == ["Procfile:1"]


def test_run_through_other_module_is_found() -> None:
    files = {
        "compose.yaml": "services:\n  web:\n    command: python run.py\n",
        "run.py": "from shop import app\n" + RUN.format("'0.0.0.0', 80, True"),
        "shop.py": SHOP,
    }
    (finding,) = scanned("GA921", files)
    assert [str(related.place) for related in finding.related] == ["run.py:3"]
    assert finding.severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("call", "is_found"),
    [
        ("run_simple('0.0.0.0', 80, app)", True),
        ("socketio.run(app, host='0.0.0.0', allow_unsafe_werkzeug=True)", True),
        ("socketio.run(app, host='0.0.0.0')", False),
    ],
)
def test_kin_of_run_is_known(call: str, is_found: bool) -> None:
    source = (
        "from werkzeug.serving import run_simple\nfrom flask_socketio import SocketIO\n"
        f"{SHOP}socketio = SocketIO(app)\nif __name__ == '__main__':\n    {call}\n"
    )
    assert bool(scanned("GA921", {"Procfile": "web: python shop.py", "shop.py": source})) is is_found


def test_unguarded_run_of_import_is_found() -> None:
    files = {"Procfile": "web: gunicorn --workers 1 shop:app", "shop.py": f"{SHOP}app.run(host='0.0.0.0')\n"}
    (finding,) = scanned("GA921", files)
    assert (str(finding.place), finding.severity) == ("shop.py:13", Severity.MEDIUM)


def test_many_starts_are_one_finding() -> None:
    container = "{command: [flask, run, --host=0.0.0.0]}"
    manifest = (
        f"apiVersion: v1\nkind: Deployment\nspec: {{template: {{spec: {{containers: [{container}]}}}}}}\n"
    )
    files = {f"k{number}.yaml": manifest for number in range(4)}
    (finding,) = scanned("GA921", {**files, "shop.py": SHOP})
    assert (len(finding.related), finding.confidence) == (3, Confidence.FIRM)


# -- GA922, GA923: settings of servers -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "severity"),
    [
        ({"gunicorn.conf.py": "timeout = 0"}, Severity.MEDIUM),
        ({"gunicorn.conf.py": "timeout = 0\nworker_class = 'gevent'"}, Severity.LOW),
        ({"gunicorn.conf.py": "timeout = 0\nthreads = 4"}, Severity.LOW),
        ({"gunicorn.conf.py": "timeout = 60 * 10"}, Severity.LOW),
        ({".env.production": "GUNICORN_CMD_ARGS=--timeout=0"}, Severity.MEDIUM),
        ({"uwsgi.ini": "[uwsgi]\nmodule = shop:app\nharakiri = 0"}, Severity.MEDIUM),
        ({"uwsgi.ini": "[uwsgi]\nmodule = shop:app\nhttp-timeout = 20"}, Severity.LOW),
        ({"Dockerfile": "CMD waitress-serve --channel-timeout=900 shop:app"}, Severity.LOW),
        ({"site.conf": "WSGIDaemonProcess shop request-timeout=0 threads=5"}, Severity.MEDIUM),
    ],
)
def test_endless_wait_is_found(files: Mapping[str, str], severity: Severity) -> None:
    (finding,) = scanned("GA922", {**files, "shop.py": SHOP})
    assert finding.severity is severity


@pytest.mark.parametrize(
    "files",
    [
        {"gunicorn.conf.py": "timeout = 300"},
        {"gunicorn.conf.py": "import os\ntimeout = int(os.environ['T'])"},
        {"gunicorn.conf.py": "import os\ntimeout = int(os.environ.get('T', 30))"},
        {"gunicorn.dev.conf.py": "timeout = 0"},
        {"uwsgi.ini": "[uwsgi]\nhttp = :80\nfastrouter = :81"},
        {"uwsgi.ini": "[uwsgi]\nmodule = shop:app\nharakiri = 60"},
        {"Procfile": "web: uwsgi --ini /etc/shop.ini --module shop:app"},
        {"Dockerfile": "CMD waitress-serve --channel-timeout=0 shop:app"},
        {"site.conf": "WSGIDaemonProcess shop threads=5"},
    ],
)
def test_usual_wait_is_silent(files: Mapping[str, str]) -> None:
    assert scanned("GA922", {**files, "shop.py": SHOP}) == []


def test_hanging_route_raises_timeout() -> None:
    sink = Sink(kind=Kind.STREAM, work=WorkClass.HEAVY, name="yield", place=at(11), function="shop:events")
    events = app(replace(route("/events"), work={"GET": MethodWork(sinks=(sink,))}))
    setting = ServerSetting(server="gunicorn", name="timeout", value="0", place=at(2, "Procfile"))
    start = Start(server="gunicorn", place=at(2, "Procfile"), target="shop:app", settings=(setting,))
    (finding,) = found("GA922", events, Deployment(starts=(start,)))
    assert finding.severity is Severity.HIGH


def test_slow_clients_are_advice() -> None:
    compose = "services:\n  web:\n    build: .\n    command: gunicorn shop:app\n    ports: ['80:8000']\n"
    files = {"compose.yaml": compose, "shop.py": SHOP}
    assert scanned("GA922", files) == []
    assert places(scanned("GA922", files, Profile.PEDANTIC)) == ["compose.yaml:4"]
    assert scanned("GA922", {**files, "Procfile": "web: gunicorn shop:app"}, Profile.PEDANTIC) == []


def test_body_bound_closes_body_settings() -> None:
    server = "server {\n client_max_body_size 0;\n location / { proxy_pass http://a; }\n}"
    files = {"nginx.conf": server, "uwsgi.ini": "[uwsgi]\nmodule = shop:app\nharakiri = 9\nlimit-post = 0"}
    open_, closed = SHOP, SHOP.replace("limiter =", "app.config['MAX_CONTENT_LENGTH'] = 1000\nlimiter =")
    assert places(scanned("GA923", {**files, "shop.py": open_})) == ["uwsgi.ini:4", "nginx.conf:2"]
    assert scanned("GA923", {**files, "shop.py": closed}) == []


@pytest.mark.parametrize(
    ("command", "is_found"),
    [("gunicorn shop:app", True), ("gunicorn -k gevent shop:app", False), ("waitress-serve shop:app", False)],
)
def test_unbuffered_body_needs_sync_workers(command: str, is_found: bool) -> None:
    server = "server { location / { proxy_request_buffering off; proxy_pass http://a; } }"
    files = {
        "compose.yaml": f"services: {{web: {{command: '{command}'}}}}",
        "nginx.conf": server,
        "shop.py": SHOP,
    }
    assert bool(scanned("GA923", files)) is is_found


@pytest.mark.parametrize(
    ("name", "value", "is_found"),
    [
        ("limit_request_line", "0", True),
        ("limit_request_line", "8190", False),
        ("limit_request_field_size", "0", False),
        ("limit_request_field_size", "100000", True),
        ("limit_request_fields", "32768", True),
        ("limit_request_fields", "os.cpu_count()", False),
    ],
)
def test_gunicorn_limits_are_compared(name: str, value: str, is_found: bool) -> None:
    files = {"gunicorn.conf.py": f"import os\n{name} = {value}\n", "shop.py": SHOP}
    assert bool(scanned("GA923", files)) is is_found


# -- GA302: proxies ------------------------------------------------------------------------------------


def behind(*kinds: str, published: bool = False, **facts: object) -> Deployment:
    proxies = tuple(Proxy(**{"kind": kind, "place": at(2, "compose.yaml"), **facts}) for kind in kinds)
    port = PublishedPort(service="web", text="80:80", place=at(9, "compose.yaml"))
    return Deployment(proxies=proxies, published=(port,) if published else ())


def trusting(hops: int | None, path: str = "/orders") -> App:
    shop = app(route(path, "POST"), limiters=(limiter(by_address=True),))
    return replace(shop, proxy_trust=ProxyTrust(hops=hops, place=at(4) if hops else None))


@pytest.mark.parametrize(
    ("hops", "deployment", "severity"),
    [
        (0, behind("nginx"), Severity.MEDIUM),
        (0, behind("nginx", "traefik"), Severity.MEDIUM),
        (0, behind("nginx", appends=None), Severity.MEDIUM),
        (2, behind("nginx"), Severity.HIGH),
        (3, behind("nginx", "traefik"), Severity.HIGH),
        (1, behind("nginx", appends=False), Severity.HIGH),
        (1, behind("traefik", published=True), Severity.HIGH),
    ],
)
def test_other_number_of_proxies_is_found(hops: int, deployment: Deployment, severity: Severity) -> None:
    (finding,) = found("GA302", trusting(hops), deployment)
    assert (finding.severity, finding.place) == (severity, at(4) if hops else at(5))


@pytest.mark.parametrize(
    ("hops", "deployment"),
    [
        (1, behind("nginx")),
        (2, behind("nginx", "traefik")),
        (1, behind("nginx", "traefik")),
        (None, behind("nginx")),
        (0, behind("nginx", is_transparent=True)),
        (0, Deployment()),
        (1, Deployment()),
        (0, behind("nginx", place=at(1, "compose.dev.yaml"))),
    ],
)
def test_fitting_or_unknown_trust_is_silent(hops: int | None, deployment: Deployment) -> None:
    assert found("GA302", trusting(hops), deployment) == []


@pytest.mark.parametrize(
    "facts", [{"by_address": None}, {"by_address": True, "uses": 0}, {"by_address": True, "bound": False}]
)
def test_limits_by_other_keys_are_silent(facts: dict[str, object]) -> None:
    shop = replace(app(route("/orders"), limiters=(limiter(**facts),)), proxy_trust=ProxyTrust(hops=0))
    assert found("GA302", shop, behind("nginx")) == []


@pytest.mark.parametrize(("flag", "is_found"), [("", True), ("--proxy-protocol", False)])
def test_proxy_protocol_is_silent(flag: str, is_found: bool) -> None:
    files = {"Procfile": f"web: gunicorn {flag} -w 1 shop:app", "shop.py": SHOP}
    assert bool(scanned("GA302", files)) is is_found


def test_many_unseen_proxies_are_advice() -> None:
    (finding,) = found("GA302", trusting(3))
    assert (finding.severity, finding.is_advisory) == (Severity.LOW, True)
    assert found("GA302", trusting(2)) == []


@pytest.mark.parametrize(
    ("wrapping", "is_found"),
    [
        ("", True),
        ("app.wsgi_app = ProxyFix(app.wsgi_app)\n", False),
        ("app.wsgi_app = ProxyFix(app.wsgi_app, x_for=0, x_proto=1)\n", True),
        ("app.wsgi_app = ProxyFix(ProxyFix(app.wsgi_app, x_for=1), x_for=0)\n", False),
        ("app.wsgi_app = ProxyFix(app.wsgi_app, x_for=int(__import__('os').environ['N']))\n", False),
        ("import x\napp.wsgi_app = x.Middleware(app.wsgi_app)\n", False),
        ("if app.config['BEHIND']:\n    app.wsgi_app = ProxyFix(app.wsgi_app)\n", False),
    ],
)
def test_trust_is_read_from_wrappers(wrapping: str, is_found: bool) -> None:
    source = "from werkzeug.middleware.proxy_fix import ProxyFix\n" if wrapping else ""
    files = {"Procfile": "web: gunicorn -w 1 shop:app", "shop.py": f"{source}{SHOP}{wrapping}"}
    assert bool(scanned("GA302", files)) is is_found


@pytest.mark.parametrize(
    ("key", "is_found"),
    [
        ("get_remote_address", True),
        ("lambda: request.remote_addr", True),
        ("lambda: request.headers.get('X-Real-IP', request.remote_addr)", False),
        ("lambda: str(current_user.id)", False),
        ("get_ipaddr", False),
    ],
)
def test_key_is_read_from_function(key: str, is_found: bool) -> None:
    source = (
        "from flask import request\nfrom flask_login import current_user\nfrom flask_limiter.util import get_ipaddr\n"
        + SHOP.replace("Limiter(get_remote_address", f"Limiter({key}")
    )
    assert bool(scanned("GA302", {"Procfile": "web: gunicorn -w 1 shop:app", "shop.py": source})) is is_found


# -- GA902: databases ----------------------------------------------------------------------------------


def with_engine(**facts: object) -> App:
    engine = Engine(**{"place": at(8), "url": "postgresql://shop", **facts})
    return replace(app(route("/orders")), engines=(engine,))


def threaded(arguments: str, workers: int = 1) -> Deployment:
    settings = tuple(
        ServerSetting(server="gunicorn", name=name, value=value, place=at(1, "Procfile"))
        for name, _, value in (part.partition("=") for part in arguments.split())
    )
    start = Start(server="gunicorn", place=at(1, "Procfile"), target="shop:app", settings=settings)
    count = ProcessCount(count=workers, server="gunicorn", place=at(1, "Procfile"), target="shop:app")
    return Deployment(starts=(start,), processes=(count,))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"pool_size": 0}, "`pool_size=0`"),
        ({"pool_size": 5, "max_overflow": -1}, "`max_overflow=-1`"),
        ({"pool_timeout": 300}, "waits 300 seconds"),
        ({"pool_timeout": None}, "for ever"),
        ({"poolclass": "QueuePool", "pool_size": 0}, "`pool_size=0`"),
    ],
)
def test_unbounded_pool_is_found(options: dict[str, object], text: str) -> None:
    (finding,) = found("GA902", with_engine(options=options))
    assert text in finding.message


@pytest.mark.parametrize(
    "facts",
    [
        {"options": {}},
        {"options": {"pool_size": 20, "max_overflow": 0, "pool_timeout": 30}},
        {"options": {"pool_size": False}},
        {"options": {"poolclass": "StaticPool", "pool_size": 0}},
        {"options": {"poolclass": "NullPool"}},
        {"options": {"pool_size": 0}, "url": "sqlite:///shop.db"},
    ],
)
def test_bounded_pool_is_silent(facts: dict[str, object]) -> None:
    assert found("GA902", with_engine(**facts)) == []


@pytest.mark.parametrize(
    ("arguments", "is_found"), [("threads=4", False), ("threads=20", True), ("worker_class=gevent", True)]
)
def test_no_pool_needs_many_threads(arguments: str, is_found: bool) -> None:
    engine = with_engine(options={"poolclass": "NullPool"})
    assert bool(found("GA902", engine, threaded(arguments))) is is_found
    pooled = ServerSetting(server="pgbouncer", name="image", value="pgbouncer", place=at(3, "compose.yaml"))
    assert found("GA902", engine, replace(threaded(arguments), settings=(pooled,))) == []
    local = with_engine(options={"poolclass": "NullPool"}, is_local=True)
    assert found("GA902", local, threaded(arguments)) == []


@pytest.mark.parametrize(("workers", "is_found"), [(3, False), (7, True)])
def test_connections_are_multiplied(workers: int, is_found: bool) -> None:
    most = ServerSetting(server="postgres", name="max_connections", value="100", place=at(3, "compose.yaml"))
    deployment = replace(threaded("threads=2", workers), settings=(most,))
    assert bool(found("GA902", with_engine(), deployment)) is is_found
    assert found("GA902", with_engine(is_open=True), deployment) == []


def test_old_settings_are_read() -> None:
    source = SHOP.replace("limiter =", "app.config['SQLALCHEMY_MAX_OVERFLOW'] = -1\nlimiter =")
    old = {"requirements.txt": "Flask-SQLAlchemy==2.5.1\n", "shop.py": source}
    assert places(scanned("GA902", old)) == ["shop.py:7"]
    assert scanned("GA902", {**old, "requirements.txt": "Flask-SQLAlchemy>=3\n"}) == []


def test_own_server_needs_its_start() -> None:
    own = OwnServer(place=at(9), name="app.run", module="shop", is_guarded=True, host="0.0.0.0")
    shop = replace(app(route("/orders")), own_servers=(own,))
    start = Start(server="python", place=at(1, "Procfile"), target="other")
    assert found("GA921", shop, Deployment(starts=(start,))) == []
    assert len(found("GA921", shop, Deployment(starts=(replace(start, target="shop"),)))) == 1
