"""nginx's request limits: zones, inheritance, and the location that serves a path."""

import pytest
from conftest import Reader

from guardapi.deployment import DeploymentFile, covering, read_deployment

ZONES = """\
limit_req_zone $binary_remote_addr zone=client:10m rate=10r/s;
limit_req_zone $binary_remote_addr zone=login:10m rate=30r/m;
limit_req_zone $server_name zone=all:10m rate=5r/s;
limit_req_zone $http_x_api_key zone=chosen:10m rate=5r/s;
limit_req_zone $binary_remote_addr$request_uri zone=address:10m rate=5r/s;
limit_req_zone $limit_key zone=mapped:10m rate=7r/s;
map $internal $limit_key { 0 $binary_remote_addr; 1 ""; }
"""
FAST, SLOW = "10 per 1 second", "30 per 1 minute"


def met(read: Reader, server: str, path: str) -> list[str]:
    server = server.replace("PASS", "proxy_pass http://a;")
    deployment = read({"nginx.conf": f"events {{}}\nhttp {{\n{ZONES}\nserver {{ {server} }}\n}}\n"})
    return [limit.text for limit in covering(deployment, path)]


def test_limit_keeps_its_facts(read: Reader) -> None:
    text = f"http {{\n{ZONES}server {{\nlocation = /login {{\nlimit_req zone=login burst=5 nodelay;\n}}}}}}"
    (limit,) = read({"deploy/nginx.conf": text}).outer_limits
    assert (limit.text, limit.path, limit.match, limit.burst) == (SLOW, "/login", "exact", 5)
    assert str(limit.place) == "deploy/nginx.conf:11"


@pytest.mark.parametrize(
    ("server", "texts"),
    [
        ("limit_req zone=client; location / { PASS }", [FAST]),
        ("limit_req zone=client; location / { limit_req zone=login; PASS }", [SLOW]),
        ("limit_req zone=client; limit_req zone=login; location / { uwsgi_pass a; }", [FAST, SLOW]),
        ("limit_req zone=client; limit_req_dry_run on; location / { PASS }", []),
        (
            "limit_req_dry_run on; location / { limit_req zone=client; limit_req_dry_run off; PASS }",
            [FAST],
        ),
        (
            "location / { try_files $uri @app; } location @app { limit_req zone=client; PASS }",
            [FAST],
        ),
        (
            "limit_req zone=client; location / { try_files $uri @app; } location @app { PASS }",
            [FAST],
        ),
        (
            "location / { location /x { limit_req zone=login; PASS } PASS }",
            [SLOW],
        ),
        ("location / { limit_req zone=mapped; PASS }", ["7 per 1 second"]),
        ("location / { limit_req zone=all; PASS }", []),
        ("location / { limit_req zone=chosen; PASS }", []),
        ("location / { limit_req zone=address; PASS }", []),
        ("location / { limit_req zone=unknown; PASS }", []),
        ("# limit_req zone=client;\nlocation / { PASS }", []),
    ],
)
def test_inheritance_follows_nginx(read: Reader, server: str, texts: list[str]) -> None:
    assert met(read, server, "/x") == texts


@pytest.mark.parametrize(
    ("location", "is_limited"),
    [
        ("location /api { PASS }", False),
        ("location /other { PASS }", True),
        ("location = /api/user/1 { PASS }", False),
        ("location = /api/user { PASS }", True),
        ("location ~ ^/api/ { PASS }", False),
        ("location ~* ^/API/ { PASS }", False),
        ("location ~ ^/API/ { PASS }", True),
        ("location ~ ^/api/user/[0-9]+$ { PASS }", False),
        ("location ~ ^(a+)+$ { PASS }", False),
        (
            "location ^~ /api/ { limit_req zone=client; PASS } location ~ 1$ { PASS }",
            True,
        ),
        ("location /v1/ { proxy_pass http://a/; }", False),
        ("location /v1/ { limit_req zone=client; proxy_pass http://a/; }", True),
    ],
)
def test_preferred_location_decides(read: Reader, location: str, is_limited: bool) -> None:
    server = f"location / {{ limit_req zone=client; PASS }} {location}"
    assert bool(met(read, server, "/api/user/<int:id>")) is is_limited


def test_rewritten_path_is_followed(read: Reader) -> None:
    server = "location /shop/ { limit_req zone=client; proxy_pass http://a:8000/; }"
    assert met(read, server, "/cart") == [FAST]
    assert met(read, server.replace(":8000/", ":8000"), "/cart") == []


def test_zone_serves_other_files(read: Reader) -> None:
    files = {
        "nginx/conf.d/limits.conf": ZONES,
        "nginx/sites-enabled/shop": "server { location / { limit_req zone=client; proxy_pass http://a; } }",
    }
    assert [limit.text for limit in read(files).outer_limits] == [FAST]


def test_body_settings_are_kept(read: Reader) -> None:
    server = "  server { location / { proxy_pass http://a; } }"
    deployment = read({"nginx.conf": f"http {{\n  client_max_body_size 0;\n{server}\n}}"})
    found = [(item.name, item.value, item.place.line) for item in deployment.settings]
    assert found == [("client_max_body_size", "0", 2), ("proxy_pass", "http://a", 3)]


def test_quotes_hold_braces(read: Reader) -> None:
    server = (
        "location / { limit_req zone=client; proxy_pass http://a; add_header X \"}; {\"; set $a '${b}'; } "
        'location ~ "^/w{2}$" { return 404; } content_by_lua_block { local s = "it\'s" } '
    )
    assert met(read, server, "/x") == [FAST]


@pytest.mark.parametrize(
    "text", ["http { limit_req zone=a;", "limit_req zone=a; }", 'limit_req "a', "limit_req; {}"]
)
def test_broken_config_is_problem(text: str) -> None:
    _, problems = read_deployment([DeploymentFile(path="nginx.conf", content=text.encode())])
    assert [item.file for item in problems] == ["nginx.conf"]


def test_template_is_silent(read: Reader) -> None:
    assert read({"nginx.conf": "{% if x %} limit_req zone=a; {% endif %} }"}).outer_limits == ()
