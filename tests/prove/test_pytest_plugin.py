"""The plugin for pytest, in suites of its own: what passes, what fails and what it says then."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

pytest_plugins = ("pytester",)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "pytest.md"
BLOCK = re.compile(r"^```python\n# (?P<name>\S+\.py)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
QUIET = ("-p", "no:cacheprovider", "-q")
SUITE = """
    from types import SimpleNamespace

    class Client:
        def __init__(self, *statuses, headers=None):
            self.statuses, self.headers, self.asked = list(statuses), headers or {}, []

        def post(self, path, **options):
            self.asked.append((path, options))
            return SimpleNamespace(status_code=self.statuses.pop(0), headers=self.headers, text="Oh no")
"""


@pytest.fixture
def outcome(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """What a suite with one test says, in a pytest with this plugin alone."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(test: str) -> str:
        pytester.makepyfile(dedent(SUITE) + dedent(test))
        return pytester.runpytest_inprocess("-p", "guardapi.pytest", *QUIET).stdout.str()

    return run


def test_page_shows_passing_suite(pytester: pytest.Pytester) -> None:
    for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        pytester.path.joinpath(block["name"]).write_text(block["text"], encoding="utf-8")

    pytester.runpytest_inprocess(*QUIET).assert_outcomes(passed=1)


def test_options_reach_each_request(outcome: Callable[[str], str]) -> None:
    said = outcome(
        """
        def test_login(assert_limited):
            client = Client(401, 401, 429, headers={"Retry-After": "60"})
            assert_limited(client, "/login", "2/minute; 100/day", method="POST", json={"name": "ada"})
            assert client.asked == [("/login", {"json": {"name": "ada"}})] * 3
        """,
    )

    assert "1 passed" in said


@pytest.mark.parametrize(
    ("client", "message"),
    [
        ("Client(429)", "request 1 of 2 was refused already. Has another test used the limit up?"),
        ("Client(200, 429)", "request 2 of 2 was refused with 429: a stricter limit holds"),
        ("Client(200, 200, 200)", "request 3 was served with 200, where 2 per 1 minute refuses it"),
        ("Client(401, 401, 401)", "request 3 was served with 401, where 2 per 1 minute refuses it"),
        ("Client(200, 200, 403)", "request 3 was refused with 403, not 429. It said: Oh no"),
        ("Client(404)", "request 1 of 2 was answered with 404, so the view was not reached. It said: Oh no"),
        (
            "Client(200, 200, 429, headers={'Retry-After': '3600'})",
            "`Retry-After: 3600` does not lie within the window of 60 seconds.",
        ),
    ],
)
def test_failure_says_what_happened(outcome: Callable[[str], str], client: str, message: str) -> None:
    said = outcome(
        f"""
        def test_order(assert_limited):
            assert_limited({client}, "/order", "2 per minute", method="POST")
        """,
    )

    assert f"POST /order: {message}" in said
    assert "1 failed" in said


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ('Client(), "/order", "often"', "cannot read the limit 'often'"),
        ('object(), "/order", "2 per minute"', "needs a client with a method `open` or `get`"),
    ],
)
def test_wrong_use_is_told(outcome: Callable[[str], str], call: str, message: str) -> None:
    said = outcome(f"def test_order(assert_limited):\n    assert_limited({call})")

    assert message in said


def test_plugin_loads_nothing_heavy() -> None:
    """A suite that does not use it pays for one small module."""
    loaded = "import sys, pytest; before = set(sys.modules); import guardapi.pytest; print(*set(sys.modules) - before)"

    done = subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True, text=True)

    assert {name for name in done.stdout.split() if name.startswith("guardapi")} == {
        "guardapi",
        "guardapi.pytest",
    }
