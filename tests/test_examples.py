"""The bundled shops do what their pages say, with the real Flask and Flask-Limiter."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
PROMISE = re.compile(
    r"^\| `(?P<route>[A-Z]+ [^`]+)` \| (?P<promise>(?P<count>\d+) per \w+|exempt)", re.MULTILINE
)


def run(*arguments: str, folder: Path = EXAMPLES, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        check=False,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def flood(shop: str) -> dict[str, dict[str, object]]:
    done = run("flood.py", shop)
    assert done.returncode == 0, done.stderr
    answer: dict[str, dict[str, object]] = json.loads(done.stdout)
    return answer


@pytest.fixture(scope="module")
def secure() -> dict[str, dict[str, object]]:
    return flood("shop_secure")


@pytest.fixture(scope="module")
def vulnerable() -> dict[str, dict[str, object]]:
    return flood("shop_vulnerable")


def test_vulnerable_shop_serves_flood(vulnerable: dict[str, dict[str, object]]) -> None:
    register = "POST /accounts/register"
    others = {route: seen for route, seen in vulnerable.items() if route != register}

    assert vulnerable[register] == {"served": 10, "statuses": [201, 429]}
    assert others
    assert all(seen == {"served": None, "statuses": [200]} for seen in others.values()), others


def test_secure_shop_keeps_promises(secure: dict[str, dict[str, object]]) -> None:
    page = (EXAMPLES / "shop_secure" / "README.md").read_text(encoding="utf-8")
    promised = {m["route"]: int(m["count"]) if m["count"] else None for m in PROMISE.finditer(page)}

    assert {route: seen["served"] for route, seen in secure.items()} == promised


def test_secure_shop_limits_everything_costly(secure: dict[str, dict[str, object]]) -> None:
    assert [route for route, seen in secure.items() if seen["served"] is None] == ["GET /health"]


def test_shops_serve_same_routes(
    secure: dict[str, dict[str, object]], vulnerable: dict[str, dict[str, object]]
) -> None:
    assert set(vulnerable) == set(secure)


def test_secure_shop_needs_shared_storage(tmp_path: Path) -> None:
    done = run(
        "-c",
        "import wsgi",
        folder=EXAMPLES / "shop_secure",
        SHOP_DATABASE=str(tmp_path / "shop"),
        RATELIMIT_STORAGE_URI="",
    )

    assert done.returncode == 1
    assert "RATELIMIT_STORAGE_URI is not set" in done.stderr


REFUSED_UPLOAD = """
from io import BytesIO
from development import app
picture = {"picture": (BytesIO(bytes(3_000_000)), "large.png")}
print(app.test_client().post("/media/upload", data=picture).status_code)
"""


def test_secure_shop_refuses_large_body(tmp_path: Path) -> None:
    folder = EXAMPLES / "shop_secure"
    done = run("-c", REFUSED_UPLOAD, folder=folder, SHOP_DATABASE=str(tmp_path / "shop"))

    assert done.stdout == "413\n", done.stderr


EXPLAINED_REFUSAL = """
from development import app
client = app.test_client()
answers = [client.get("/orders/export") for _ in range(3)]
print(answers[-1].json, 0 < int(answers[-1].headers["Retry-After"]) <= 60)
"""


def test_secure_shop_explains_refusal(tmp_path: Path) -> None:
    folder = EXAMPLES / "shop_secure"
    done = run("-c", EXPLAINED_REFUSAL, folder=folder, SHOP_DATABASE=str(tmp_path / "shop"))

    assert done.stdout == "{'error': 'too many requests', 'limit': '2 per 1 minute'} True\n", done.stderr
