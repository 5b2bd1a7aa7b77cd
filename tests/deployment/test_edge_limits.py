"""Limits in front of the application that the user declares."""

import pytest

from guardapi.config import EdgeLimit
from guardapi.deployment import DeploymentFile, covering, read_deployment, with_edge_limits
from guardapi.model import Deployment, Problem

NGINX = """
limit_req_zone $binary_remote_addr zone=a:10m rate={rate};
server {{
  location /api/ {{
    limit_req zone=a;
    proxy_pass http://app;
  }}
  location / {{
    proxy_pass http://app;
  }}
}}
"""


def edge(path: str = "/api/", place: str = "cloudflare", rate: float = 10) -> EdgeLimit:
    return EdgeLimit(
        path=path, limit=f"{rate} per 1 second", place=place, rate=rate, file="guardapi.toml", line=3
    )


def joined(*edges: EdgeLimit, nginx: str | None = None) -> tuple[Deployment, tuple[Problem, ...]]:
    files = [DeploymentFile(path="deploy/nginx.conf", content=nginx.encode())] if nginx else []
    deployment, _ = read_deployment(files)
    return with_edge_limits(deployment, edges, nginx_files=tuple(file.path for file in files))


@pytest.mark.parametrize(
    ("path", "texts"),
    [
        ("/api/x", ["10 per 1 second"]),
        ("/api/x/<int:n>", ["10 per 1 second"]),
        ("/", []),
        ("/api", []),
    ],
)
def test_declared_limit_covers_paths(path: str, texts: list[str]) -> None:
    deployment, problems = joined(edge())

    assert ([limit.text for limit in covering(deployment, path)], problems) == (texts, ())


def test_one_declaration_hides_no_other() -> None:
    deployment, _ = joined(edge("/", rate=5), edge("/api/"))

    assert [limit.text for limit in covering(deployment, "/api/x")] == ["5 per 1 second", "10 per 1 second"]
    assert [limit.source for limit in covering(deployment, "/")] == ["cloudflare"]


@pytest.mark.parametrize("place", ["nginx", "nginx.conf", "deploy/nginx.conf"])
def test_nginx_file_that_agrees_is_quiet(place: str) -> None:
    deployment, problems = joined(edge(place=place), nginx=NGINX.format(rate="10r/s"))

    assert problems == ()
    assert [limit.source for limit in covering(deployment, "/api/x")] == ["nginx"]
    assert joined(edge(place=place, rate=0.5), nginx=NGINX.format(rate="30r/m"))[1] == ()


def test_nginx_file_with_other_rate_counts() -> None:
    deployment, (problem,) = joined(edge(place="nginx"), nginx=NGINX.format(rate="99r/s"))

    assert (problem.file, problem.line) == ("guardapi.toml", 3)
    assert problem.message == (
        "edge-limits says that nginx limits /api/ to 10 per 1 second;"
        " deploy/nginx.conf:5 says 99 per 1 second, which counts"
    )
    assert [limit.text for limit in covering(deployment, "/api/x")] == ["99 per 1 second"]


def test_nginx_file_without_limit_counts() -> None:
    deployment, (problem,) = joined(edge("/", place="nginx"), nginx=NGINX.format(rate="10r/s"))

    assert problem.message.endswith("deploy/nginx.conf sets no limit there, so this entry does not count")
    assert covering(deployment, "/") == ()


def test_nginx_file_says_nothing_of_others() -> None:
    deployment, problems = joined(edge("/", place="cloudflare"), nginx=NGINX.format(rate="10r/s"))

    assert problems == ()
    assert [limit.source for limit in covering(deployment, "/")] == ["cloudflare"]


def test_nginx_elsewhere_is_believed() -> None:
    deployment, problems = joined(edge(place="nginx of the platform team"))

    assert (problems, [limit.source for limit in covering(deployment, "/api/")]) == (
        (),
        ["nginx of the platform team"],
    )
