"""The two shops of the examples, proved: one gives way, the other one holds."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from guardapi.cli.group import guardapi

EXAMPLES = Path(__file__, "../../../examples").resolve()
PROMISE = re.compile(
    r"^\| `(?P<route>[A-Z]+ [^`]+)` \| (?P<promise>\d+ per \w+(?:, \d+ per \w+)*|exempt)", re.MULTILINE
)


@pytest.fixture(scope="module")
def proved() -> dict[str, tuple[int, list[dict[str, Any]]]]:
    """Exit status and verdicts of both, with --gate."""
    found = {}
    for name in ("shop_vulnerable", "shop_secure"):
        arguments = ["prove", str(EXAMPLES / name), "--gate", "--format", "json"]
        result = CliRunner().invoke(guardapi, arguments)
        assert result.stdout, result.stderr
        found[name] = (result.exit_code, json.loads(result.stdout)["verdicts"])
    return found


def test_vulnerable_shop_gives_way(proved: dict[str, tuple[int, list[dict[str, Any]]]]) -> None:
    """Each finding that requests can show is proved on its route."""
    _, verdicts = proved["shop_vulnerable"]
    shown = {(one["rule"], one["route"]) for one in verdicts if one["rule"] and one["verdict"] == "proved"}

    assert {
        ("GA102", "/catalog/products/<int:product_id>"),
        ("GA202", "/accounts/login"),
        ("GA601", "/orders/export"),
        ("GA602", "/catalog/search"),
        ("GA603", "/partners/stock/<sku>"),
        ("GA607", "/media/upload"),
    } <= shown
    assert "GA701" in {rule for rule, _ in shown}
    assert {one["verdict"] for one in verdicts} == {"proved"}


def test_secure_shop_holds(proved: dict[str, tuple[int, list[dict[str, Any]]]]) -> None:
    """Every route with a limit refuses in time, tells clients apart, and serves again."""
    status, verdicts = proved["shop_secure"]
    limited = {(one["route"], one["way"]) for one in verdicts}

    assert status == 0
    assert {one["rule"] for one in verdicts} == {None}
    assert {one["verdict"] for one in verdicts} == {"proved"}
    for route in (
        "/accounts/login",
        "/accounts/register",
        "/catalog/search",
        "/orders/export",
        "/media/upload",
    ):
        assert {(route, "limit"), (route, "reset"), (route, "identity")} <= limited
    assert "body" in {way for _, way in limited}


def test_secure_shop_keeps_what_its_page_promises(
    proved: dict[str, tuple[int, list[dict[str, Any]]]],
) -> None:
    page = (EXAMPLES / "shop_secure" / "README.md").read_text(encoding="utf-8")
    claims = {one["claim"] for one in proved["shop_secure"][1]}
    promised = {
        f"{found['route']} is refused after {number} requests in 1 {unit}"
        for found in PROMISE.finditer(page)
        for number, unit in re.findall(r"(\d+) per (\w+)", found["promise"])
    }

    assert len(promised) > 5
    assert promised <= claims
