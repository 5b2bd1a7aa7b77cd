"""GA701 and GA702: what a request may hold."""

from dataclasses import replace

import pytest
from building import app, at, found, route

from guardapi.files import from_mapping
from guardapi.findings import Severity
from guardapi.model import App, Deployment, Proxy, PublishedPort, ServerSetting, Setting
from guardapi.pipeline import scan_tree
from guardapi.rules.form_parser_unbounded import newest_allowed
from guardapi.sink import Access, Audience, Kind, MethodWork, Sink, WorkClass

SHOP = """
from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

app = Flask(__name__)
limiter = Limiter(get_remote_address, app=app, default_limits=["5 per minute"])

"""
EVERYONE = Access(audience=Audience.ANYONE, reason="nothing asks who calls")
MEMBERS = Access(audience=Audience.ACCOUNT, reason="`login_required` guards it")


def reading(kind: Kind = Kind.BODY, access: Access = EVERYONE) -> App:
    sink = Sink(
        kind=kind, work=WorkClass.LIGHT, name="flask.request.form", place=at(11), function="shop:order"
    )
    view = replace(route("/orders", "POST"), work={"POST": MethodWork(sinks=(sink,), access=access)})
    return app(view)


def bound(name: str, value: object, *, line: int | None = None, known: bool = True) -> dict[str, Setting]:
    place = at(line) if line else None
    return {name: Setting(key=name.upper(), value=value, known=known, place=place)}


def behind(kind: str, *, published: bool = False) -> Deployment:
    port = PublishedPort(service="web", text="80:80", place=at(9, "compose.yaml"))
    proxy = Proxy(kind=kind, place=at(2, "compose.yaml"))
    return Deployment(proxies=(proxy,), published=(port,) if published else ())


@pytest.mark.parametrize(
    ("value", "access", "deployment", "severity"),
    [
        (None, EVERYONE, Deployment(), Severity.HIGH),
        (None, MEMBERS, Deployment(), Severity.MEDIUM),
        (None, EVERYONE, behind("traefik"), Severity.MEDIUM),
        (None, EVERYONE, behind("nginx"), Severity.LOW),
        (None, EVERYONE, behind("nginx", published=True), Severity.MEDIUM),
        (2**30, EVERYONE, Deployment(), Severity.LOW),
    ],
)
def test_unbounded_body_is_found(
    value: object, access: Access, deployment: Deployment, severity: Severity
) -> None:
    shop = replace(reading(access=access), request_bounds=bound("max_content_length", value))
    (finding,) = found("GA701", shop, deployment)
    assert (finding.severity, finding.place) == (severity, shop.place)


@pytest.mark.parametrize("size", ["0", "2g", "$size"])
def test_lifted_bound_of_nginx_is_none(size: str) -> None:
    shop = replace(reading(access=MEMBERS), request_bounds=bound("max_content_length", None))
    setting = ServerSetting(
        server="nginx", name="client_max_body_size", value=size, place=at(1, "nginx.conf")
    )
    (finding,) = found("GA701", shop, replace(behind("nginx"), settings=(setting,)))
    assert finding.severity is Severity.MEDIUM


def test_bounded_or_unread_body_is_silent() -> None:
    unbounded = bound("max_content_length", None)
    assert found("GA701", replace(reading(), request_bounds=bound("max_content_length", 10**6))) == []
    assert (
        found("GA701", replace(reading(), request_bounds=bound("max_content_length", None, known=False)))
        == []
    )
    assert found("GA701", replace(app(route("/orders", "POST")), request_bounds=unbounded)) == []
    assert found("GA701", reading()) == []


@pytest.mark.parametrize(
    ("hook", "is_found"), [("abort(413) if request.content_length > 9 else None", False), ("None", True)]
)
def test_own_check_of_length_is_undecided(hook: str, is_found: bool) -> None:
    source = SHOP.replace("import Flask", "import Flask, abort, request") + (
        f"@app.before_request\ndef check():\n    return {hook}\n\n"
        "@app.post('/orders')\ndef order():\n    return request.get_json()\n"
    )
    report = scan_tree(from_mapping({"shop.py": source}))
    assert any(finding.rule == "GA701" for finding in report.findings) is is_found


@pytest.mark.parametrize(
    ("name", "value", "is_found"),
    [
        ("max_form_memory_size", None, True),
        ("max_form_memory_size", 10**9, True),
        ("max_form_memory_size", 10**6, False),
        ("max_form_parts", 20_000, True),
        ("max_form_parts", 5000, False),
    ],
)
def test_form_bounds_are_compared(name: str, value: object, is_found: bool) -> None:
    shop = replace(reading(Kind.FORM), request_bounds=bound(name, value, line=7))
    assert bool(found("GA702", shop)) is is_found
    assert found("GA702", replace(reading(Kind.BODY), request_bounds=bound(name, value, line=7))) == []


@pytest.mark.parametrize(
    ("body", "access", "severity"),
    [
        (None, EVERYONE, Severity.HIGH),
        (None, MEMBERS, Severity.MEDIUM),
        (2**20, EVERYONE, Severity.LOW),
        (2**26, EVERYONE, Severity.MEDIUM),
    ],
)
def test_body_bound_lowers_form(body: object, access: Access, severity: Severity) -> None:
    bounds = {**bound("max_form_parts", None, line=7), **bound("max_content_length", body)}
    (finding,) = found("GA702", replace(reading(Kind.FORM, access), request_bounds=bounds))
    assert finding.severity is severity


@pytest.mark.parametrize(
    ("specifier", "text"),
    [
        ("==2.2.2", "CVE-2023-25577"),
        ("<2.3", "CVE-2023-46136"),
        ("==2.3.8", "CVE-2024-49767"),
        ("==3.0.0", "CVE-2023-46136"),
        ("==3.0.6", "no bound by itself"),
        ("~=3.0.1", "no bound by itself"),
        ("==3.1.3", None),
        (">=2.0", None),
        ("", None),
        ("<4", None),
    ],
)
def test_release_of_parser_is_judged(specifier: str, text: str | None) -> None:
    findings = found("GA702", reading(Kind.FORM), Deployment(packages={"werkzeug": specifier}))
    assert [text in finding.message for finding in findings if text] == ([True] if text else [])
    assert bool(findings) is (text is not None)


@pytest.mark.parametrize(
    ("specifier", "newest"),
    [
        ("==2.2.2", (2, 2, 2)),
        ("<3", (2, 999, 999)),
        ("<2.3", (2, 2, 999)),
        (">=2,<=2.4", (2, 4, 0)),
        ("==2.*", (2, 999, 999)),
        ("~=2.1", (2, 999, 999)),
        (">=3", None),
        ("!=3.0", None),
    ],
)
def test_newest_release_is_read(specifier: str, newest: tuple[int, ...] | None) -> None:
    assert newest_allowed(specifier) == newest
