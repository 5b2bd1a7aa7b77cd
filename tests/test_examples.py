"""The bundled shops do what their pages say, with the real Flask and Flask-Limiter."""

import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


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
