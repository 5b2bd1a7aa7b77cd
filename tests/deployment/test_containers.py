"""Dockerfiles, Compose files and Kubernetes manifests."""

import pytest
from conftest import Reader

from guardapi.deployment import DeploymentFile, read_deployment
from guardapi.model import Deployment

COMPOSE = """\
x-app: &app
  build: .
  environment: {FLASK_APP: shop.py, WEB_CONCURRENCY: "${WC:-5}"}
services:
  web:
    <<: *app
    command: gunicorn shop:app
    deploy:
      replicas: 3
  cache: {image: "redis:7", scale: 2}
  jobs: {build: ., command: celery -A shop worker, scale: 5}
  proxy:
    image: docker.io/library/nginx:1.27-alpine
"""
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
spec:
  replicas: 3
  template:
    spec:
      containers:
      - image: registry/shop:1
        env:
        - {name: WORKERS, value: "2"}
        command: ["gunicorn"]
        args: ["-w", "$(WORKERS)", "shop:app"]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
spec:
  minReplicas: 2
  maxReplicas: 9
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    nginx.ingress.kubernetes.io/proxy-body-size: "0"
"""


def counts(deployment: Deployment) -> list[tuple[str, int | None, int]]:
    return [(item.server, item.count, item.place.line) for item in deployment.processes]


@pytest.mark.parametrize(
    "text",
    [
        'FROM x\nCMD ["gunicorn", "-w", "4", "shop:app"]',
        "FROM x\nCMD gunicorn -w 4 shop:app",
        'FROM x\nENTRYPOINT ["gunicorn", "-w", "4"]\nCMD ["shop:app"]',
        'FROM x\nENTRYPOINT ["/entry.sh"]\nCMD gunicorn -w 4 shop:app',
        "FROM x\nENTRYPOINT gunicorn -w 4 shop:app\nCMD ignored",
        "FROM x\nENV W=4 V='a b'\nCMD gunicorn -w $W shop:app",
        "FROM x\nARG W=4\nENV W2=$W\nCMD gunicorn -w ${W2} shop:app",
        "FROM x\nENV WEB_CONCURRENCY 4\nCMD gunicorn shop:app",
        "FROM x\nCMD gunicorn \\\n  # a remark\n  -w 4 \\\n  shop:app",
        "# escape=`\nFROM x\nCMD gunicorn `\n -w 4 shop:app",
        "FROM x AS base\nENV W=4\nFROM y\nCMD gunicorn -w 1 no:no\nFROM base\nCMD gunicorn -w $W shop:app",
        "FROM x\nRUN <<EOF\nCMD flask run\nEOF\nCMD gunicorn -w 4 shop:app",
    ],
)
def test_last_stage_runs_gunicorn(read: Reader, text: str) -> None:
    (process,) = read({"Dockerfile": text}).processes
    assert (process.server, process.count, process.target) == ("gunicorn", 4, "shop:app")


def test_last_command_keeps_its_line(read: Reader) -> None:
    deployment = read({"web.Dockerfile": "FROM x\nCMD flask run\n\nCMD gunicorn -w 2 \\\n shop:app\n"})
    assert counts(deployment) == [("gunicorn", 2, 4)]


def test_flask_app_is_entry_point(read: Reader) -> None:
    files = {
        "Dockerfile": "FROM x\nENV FLASK_APP=shop.app:create_app\nCMD ./start.sh\n",
        ".flaskenv": "export FLASK_APP='src/wsgi.py'  # main\nFLASK_DEBUG=1\n",
    }
    assert set(read(files).entry_points) == {"shop.app:create_app", "src.wsgi"}


def test_compose_multiplies_workers(read: Reader) -> None:
    deployment = read({"docker-compose.prod.yml": COMPOSE})
    assert counts(deployment) == [("gunicorn", 5, 3), ("replicas", 3, 9)]
    assert set(deployment.entry_points) == {"shop:app", "shop"}


def test_compose_names_the_proxy(read: Reader) -> None:
    deployment = read({"compose.yaml": COMPOSE})
    assert [(item.server, item.place.line) for item in deployment.settings] == [("nginx", 13)]


def test_environment_alone_sets_workers(read: Reader) -> None:
    text = "services:\n  web:\n    build: .\n    environment:\n      - WEB_CONCURRENCY=3\n"
    assert counts(read({"compose.yml": text})) == [("gunicorn", 3, 5)]


def test_compose_joins_entrypoint_and_command(read: Reader) -> None:
    text = "services:\n  web:\n    entrypoint: [gunicorn, -w, '2']\n    command: shop:app\n"
    assert [item.target for item in read({"compose.yaml": text}).processes] == ["shop:app"]


def test_manifest_gives_every_fact(read: Reader) -> None:
    deployment = read({"k8s/web.yaml": MANIFEST})
    assert counts(deployment) == [("gunicorn", 2, 11), ("replicas", 3, 4), ("autoscaler", 2, 17)]
    assert [(item.server, item.value) for item in deployment.settings if item.server == "ingress"] == [
        ("ingress", "Ingress"),
        ("ingress", "0"),
    ]


@pytest.mark.parametrize("image", ["redis:7", "docker.io/bitnami/postgresql", "nginx"])
def test_other_images_have_no_replicas(read: Reader, image: str) -> None:
    text = MANIFEST.partition("---")[0].replace("registry/shop:1", image)
    assert read({"db.yaml": text}).processes == ()


def test_growing_autoscaler_has_no_count(read: Reader) -> None:
    text = MANIFEST.replace("minReplicas: 2", "minReplicas: 1")
    assert ("autoscaler", None, 18) in counts(read({"hpa.yaml": text}))


def test_list_items_are_read(read: Reader) -> None:
    items = "".join(f"  {line}\n" for line in MANIFEST.partition("---")[0].splitlines())
    deployment = read({"all.yaml": f"apiVersion: v1\nkind: List\nitems:\n-{items[1:]}"})
    assert ("replicas", 3) in [item[:2] for item in counts(deployment)]


def test_helm_template_is_silent(read: Reader) -> None:
    template = MANIFEST.replace("replicas: 3", "{{- if .Values.n }}\n  replicas: {{ .Values.n }}")
    assert read({"templates/web.yaml": template}).processes == ()


def test_broken_compose_is_problem() -> None:
    broken = DeploymentFile(path="compose.yaml", content=b"services:\n  web: [\n")
    _, problems = read_deployment([broken])
    assert [item.file for item in problems] == ["compose.yaml"]
    assert problems[0].message.startswith("Not YAML")
