"""Proxies in front of the application, and ports beside them."""

import pytest
from conftest import Reader

from guardapi.deployment.hops import proxies_in_front
from guardapi.model import App, Route, View
from guardapi.place import Place

SERVER = "server {{ {above} location / {{ {inside} proxy_pass http://web:8000; }} }}"


@pytest.mark.parametrize(
    ("above", "inside", "appends"),
    [
        ("", "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;", True),
        ("proxy_set_header x-forwarded-for $remote_addr;", "", True),
        (
            "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
            "proxy_set_header Host $host;",
            False,
        ),
        ("", "proxy_set_header Host $host;", False),
        ("", "include proxy_params;", None),
        ("", "proxy_set_header X-Forwarded-For $http_cf_connecting_ip;", None),
        (
            "set_real_ip_from 10.0.0.0/8;",
            "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
            None,
        ),
    ],
)
def test_nginx_header_is_inherited(read: Reader, above: str, inside: str, appends: bool | None) -> None:
    (proxy,) = read({"nginx.conf": SERVER.format(above=above, inside=inside)}).proxies
    assert (proxy.appends, proxy.upstream) == (appends, "web")


def test_uwsgi_protocol_is_transparent(read: Reader) -> None:
    config = "upstream shop { server unix:/run/shop.sock; }\nserver { location / { uwsgi_pass shop; } }"
    (proxy,) = read({"nginx.conf": config}).proxies
    assert (proxy.is_transparent, proxy.place.line, proxy.upstream) == (True, 2, "unix")


def test_proxies_of_containers_are_known(read: Reader) -> None:
    compose = "services:\n  web: {build: .}\n  edge: {image: 'traefik:v3'}\n"
    ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: shop}\n"
    deployment = read(
        {"compose.yaml": compose, "k8s.yaml": ingress, "Procfile": "web: gunicorn a:b\nworker: rq"}
    )
    assert sorted(proxy.kind for proxy in deployment.proxies) == ["heroku", "ingress", "traefik"]


@pytest.mark.parametrize(
    ("port", "text", "is_loopback"),
    [
        ("'8000:8000'", "8000:8000", False),
        ("8000", "8000", False),
        ("127.0.0.1:8000:8000", "127.0.0.1:8000:8000", True),
        ("'[::1]:8000:8000'", "[::1]:8000:8000", True),
        ("'${HOST:-127.0.0.1}:8000:80'", "127.0.0.1:8000:80", True),
        ("'${HOST}:8000:80'", "$HOST:8000:80", True),
        ("'${PORT:-80}:80'", "80:80", False),
        ("{host_ip: 127.0.0.1, published: 80, target: 80}", "127.0.0.1:80:80", True),
        ("{published: 80, target: 8000}", "80:8000", False),
    ],
)
def test_published_ports_are_read(read: Reader, port: str, text: str, is_loopback: bool) -> None:
    (found,) = read(
        {"compose.yaml": f"services:\n  web:\n    build: .\n    ports:\n      - {port}\n"}
    ).published
    assert (found.service, found.text, found.is_loopback) == ("web", text, is_loopback)
    assert found.place.line == 5


def test_ports_of_others_are_left_out(read: Reader) -> None:
    services = "{web: {build: .}, edge: {image: nginx, ports: ['80:80']}, db: {image: postgres, ports: ['5432:5432']}}"
    assert read({"compose.yaml": f"services: {services}"}).published == ()


def test_connections_of_database_are_read(read: Reader) -> None:
    services = "{db: {image: 'postgres:16', command: postgres -c max_connections=50}, pool: {image: edoburu/pgbouncer}}"
    found = read({"compose.yaml": f"services: {services}"}).settings
    assert [(item.server, item.name, item.value) for item in found] == [
        ("postgres", "max_connections", "50"),
        ("pgbouncer", "image", "edoburu/pgbouncer"),
    ]


def test_requirements_have_places(read: Reader) -> None:
    deployment = read(
        {
            "requirements.txt": "# base\nFlask==3\n",
            "uv.lock": '[[package]]\nname = "werkzeug"\nversion = "3.1"\n',
        }
    )
    assert {name: str(place) for name, place in deployment.package_places.items()} == {
        "flask": "requirements.txt:2",
        "werkzeug": "uv.lock:3",
    }


def test_location_is_scope_of_setting(read: Reader) -> None:
    config = (
        "server { client_max_body_size 2m; location /up { client_max_body_size 0; proxy_pass http://a; } }"
    )
    found = [item for item in read({"nginx.conf": config}).settings if item.name == "client_max_body_size"]
    assert [(item.value, item.scope) for item in found] == [("2m", ""), ("0", "/up")]


def test_comment_is_no_argument(read: Reader) -> None:
    (start,) = read({"Procfile": "web: gunicorn -w 2 shop:app  # two of them\n"}).starts
    assert start.target == "shop:app"


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("http://web:8000", 8000),
        ("http://web", None),
        ("http://unix:/run/shop.sock", 0),
        ("http://shop/", 8000),
        ("http://$backend:8000", 8000),
        ("$backend", None),
    ],
)
def test_nginx_says_the_port(read: Reader, address: str, port: int | None) -> None:
    config = f"upstream shop {{ server web:8000; }}\nserver {{ location / {{ proxy_pass {address}; }} }}"
    (proxy,) = read({"nginx.conf": config}).proxies
    assert proxy.port == port


@pytest.mark.parametrize(
    ("location", "inside", "pattern"),
    [
        ("~ ^/(ping|score)$", "", ("~", "^/(ping|score)$")),
        ("/ping", "", None),
        ("~ ^/shop/", "proxy_set_header X-Script-Name /shop;", None),
        ("~ ^/shop/", "rewrite ^/shop/(.*) /$1 break;", None),
    ],
)
def test_nginx_says_which_paths(
    read: Reader, location: str, inside: str, pattern: tuple[str, str] | None
) -> None:
    config = f"server {{ location {location} {{ {inside} proxy_pass http://web:8000; }} }}"
    (proxy,) = read({"nginx.conf": config}).proxies
    assert proxy.pattern == pattern


SERVED = {"Dockerfile": 'CMD ["gunicorn", "--bind", "0.0.0.0:8000", "shop:app"]\n'}


@pytest.mark.parametrize(
    ("location", "port", "is_in_front"),
    [
        ("/", 8000, True),
        ("/", 9000, False),
        ("~ ^/(orders|carts)", 8000, True),
        ("~ ^/(ping|score)", 8000, False),
    ],
)
def test_proxy_of_something_else(read: Reader, location: str, port: int, is_in_front: bool) -> None:
    """One that passes on to another port, or no path that the application serves, is not in front of it."""
    config = f"server {{ location {location} {{ proxy_pass http://127.0.0.1:{port}; }} }}"
    place = Place(file="shop.py", line=1)
    view = View(name="orders", place=place)
    route = Route(rule="/orders", methods=("GET",), endpoint="orders", blueprint=None, view=view, place=place)
    app = App(
        id="shop:app",
        framework="flask",
        place=place,
        served_as=("shop:app",),
        routes=(route,),
    )
    found = read({**SERVED, "nginx.conf": config})

    assert len(proxies_in_front(app, found)) == is_in_front
