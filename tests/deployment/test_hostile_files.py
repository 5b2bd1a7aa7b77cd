"""Whatever stands in a deployment file, reading it ends soon and raises nothing."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardapi.deployment import (
    DeploymentFile,
    covering,
    is_deployment_file,
    linked,
    processes_of,
    read_deployment,
    servings,
)
from guardapi.model import App
from guardapi.place import Place

SHOP = App(id="shop:app", framework="flask", place=Place(file="shop.py", line=1), served_as=("a:app", "x:y"))

PATHS = (
    *(
        "Dockerfile",
        "Procfile",
        "compose.yaml",
        "k8s/web.yml",
        "uwsgi.ini",
        "uwsgi.json",
        "uwsgi.yml",
        "nginx.conf",
    ),
    *(
        "sites-enabled/shop",
        "gunicorn.conf.py",
        "shop.service",
        "supervisord.conf",
        "entrypoint.sh",
        "Makefile",
    ),
    *(
        ".flaskenv",
        "requirements.txt",
        "pyproject.toml",
        "Pipfile",
        "setup.cfg",
        "setup.py",
        "uv.lock",
        "Pipfile.lock",
    ),
)
FRAGMENTS = (
    *(
        "FROM x AS y\n",
        "CMD [",
        '"gunicorn"',
        "ENV A=$A$A\n",
        "ENTRYPOINT ",
        "gunicorn -w ",
        "$((",
        "${A:-",
        "`",
        "sh -c ",
    ),
    *(
        "web: ",
        "services:\n",
        "  web:\n",
        "    <<: *a\n",
        "&a ",
        "*a ",
        "replicas: ",
        "kind: Deployment\n",
        "apiVersion: v1\n",
    ),
    *(
        "[uwsgi]\n",
        "processes = ",
        "%(a)",
        "{",
        "}",
        "[",
        "]",
        ";",
        "location ~ ",
        "limit_req zone=a;",
        "proxy_pass x;",
    ),
    *(
        "server {",
        "http {",
        "\\\n",
        "'",
        '"',
        "workers = ",
        "timeout = 0\n",
        "harakiri = ",
        "ports: [a:b:c, {published: 1}]\n",
        "image: nginx\n",
        "proxy_set_header X-Forwarded-For ",
        "uwsgi_pass ",
        "upstream a { server ",
        "flask run --host ",
        "int(",
        "os.environ.get(",
        "'a' + ",
        "[Service]\nExecStart=",
        "\n",
    ),
    *(
        "[program:x]\ncommand=",
        "[project]\n",
        "dependencies = ",
        "flask>=1\n",
        "name = ",
        "\x00",
        "\ufeff",
        "\u2028",
        "=",
        ":",
    ),
)


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=60, deadline=None)
@given(
    content=st.binary(max_size=200)
    | st.lists(st.sampled_from(FRAGMENTS), max_size=30).map(lambda parts: "".join(parts).encode())
)
def test_any_bytes_are_read(path: str, content: bytes) -> None:
    deployment, problems = read_deployment([DeploymentFile(path=path, content=content)])
    assert all(problem.file == path and problem.line >= 1 for problem in problems)
    lines = content.count(b"\n") + 1
    assert all(1 <= process.place.line <= lines for process in deployment.processes)
    assert all(1 <= start.place.line <= lines for start in deployment.starts)
    assert all(1 <= proxy.place.line <= lines for proxy in deployment.proxies)
    covering(deployment, "/user/<int:id>")
    for known in (deployment, linked(deployment, [SHOP])):
        assert all(serving.place.file == path for serving in servings(SHOP, known))
        assert processes_of(SHOP, known).count != 0


@pytest.mark.parametrize("path", PATHS)
def test_listed_names_are_deployment_files(path: str) -> None:
    assert is_deployment_file(path)


@pytest.mark.parametrize(
    "path", ["shop/app.py", "README.md", "package.json", "static/app.js", "Dockerfiles.md", "a.txt"]
)
def test_other_names_are_not(path: str) -> None:
    assert not is_deployment_file(path)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("compose.yaml", "services: " + "[" * 50_000),
        ("compose.yaml", "services: " + "{a: " * 50_000),
        ("uwsgi.json", '{"uwsgi": ' + "[" * 50_000),
        ("nginx.conf", "limit_req; " + "a {" * 50_000),
        ("gunicorn.conf.py", "workers = " + "(" * 50_000),
        ("gunicorn.conf.py", "workers = " + "-" * 50_000 + "1"),
        ("pyproject.toml", "a = " + "[" * 50_000),
        ("Pipfile.lock", "[" * 50_000),
        ("setup.py", "(" * 50_000),
        ("requirements.lock/compose.yaml", "a" * 1_000_001),
        ("nginx.conf", "proxy_pass " + "a" * 1_000_001),
    ],
)
def test_excess_is_a_problem(path: str, content: str) -> None:
    _, problems = read_deployment([DeploymentFile(path=path, content=content.encode())])
    assert [problem.file for problem in problems] == [path]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("Dockerfile", 'CMD ["sh", "-c", ' * 5_000),
        ("Dockerfile", "ENV A=xxxxxxxx\n" + "ENV A=$A$A$A$A$A$A$A$A\n" * 200 + "CMD gunicorn $A"),
        ("Procfile", "web: " + "env " * 200_000),
        ("Procfile", "web: " + "${A:-" * 100_000),
        ("entrypoint.sh", "gunicorn " + "A=1;" * 100_000),
        ("gunicorn.conf.py", "workers = " + "1+" * 20_000 + "1"),
        ("k8s.yaml", "apiVersion: v1" + "\n" * 900_000),
        ("compose.yaml", "services: &a {web: {<<: [" + "*a, " * 50_000 + "]}}"),
        ("uwsgi.ini", "[uwsgi]\n" + "a = %(a)%(a)%(a)%(a)%(a)%(a)\n" * 10_000),
    ],
)
def test_bombs_end_quietly(path: str, content: str) -> None:
    deployment, _ = read_deployment([DeploymentFile(path=path, content=content.encode())])
    assert len(deployment.processes) <= 1


def test_aliases_are_not_copied() -> None:
    levels = "".join(
        f"l{n}: &l{n} {{<<: [{', '.join([f'*l{n - 1}'] * 9)}], k{n}: 1}}\n" for n in range(1, 40)
    )
    text = f"l0: &l0 {{command: gunicorn -w 2 shop:app}}\n{levels}services: {{web: {{<<: *l39}}}}\n"
    deployment, problems = read_deployment([DeploymentFile(path="compose.yaml", content=text.encode())])
    assert ([item.count for item in deployment.processes], problems) == ([2], ())


def test_yaml_is_imported_late() -> None:
    code = "import sys, guardapi.deployment; sys.exit('yaml' in sys.modules or 'json' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
