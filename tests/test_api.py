"""What programs get from `import guardapi`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import guardapi

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
OPEN = """
import sqlite3
import requests
import time
from flask import Flask, request
app = Flask(__name__)
@app.post("/orders")
def orders():
    with sqlite3.connect("shop.db") as database:
        database.execute("INSERT INTO orders (item) VALUES (?)", (request.form["item"],))
    time.sleep(int(request.args["n"]))
    return requests.get("https://bank.example/").text
"""


def rules(report: guardapi.Report) -> set[str]:
    return {finding.rule for finding in report.findings}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(OPEN)
    return tmp_path


def test_page_shows_code_that_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    shown: dict[str, object] = {}
    for block in re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        exec(compile(block, "docs/python-api.md", "exec"), shown)

    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "critical GA202 /accounts/login shop/accounts.py:23"
    assert f"print(error)  # {printed[-1]}\n" in PAGE


def test_scan_takes_text_and_path(shop: Path) -> None:
    assert (
        guardapi.scan(str(shop)).findings
        == guardapi.scan(shop).findings
        == guardapi.scan(shop / "shop.py").findings
    )
    assert "GA101" in rules(guardapi.scan(shop))


def test_rules_are_chosen_by_name(shop: Path) -> None:
    assert rules(guardapi.scan(shop, select=["no-limiter"])) == {"GA101"}
    assert rules(guardapi.scan(shop, select="ga1, no-body-limit,")) == {"GA101", "GA701"}
    assert "GA101" not in rules(guardapi.scan(shop, ignore=("GA101",)))


def test_profiles_and_confidence_count() -> None:
    shop = ROOT / "examples" / "shop_vulnerable"
    usual, everything = guardapi.scan(shop), guardapi.scan(shop, profile=guardapi.Profile.AUDIT)
    certain = guardapi.scan(shop, profile="audit", min_confidence="certain")

    assert set(everything.findings) == {*usual.findings, *usual.hidden} > set(usual.findings)
    assert {finding.confidence for finding in everything.findings} > {guardapi.Confidence.CERTAIN}
    assert {finding.confidence for finding in certain.findings} == {guardapi.Confidence.CERTAIN}


def test_configuration_counts_unless_refused(shop: Path) -> None:
    (shop / "guardapi.toml").write_text('select = ["GA9"]\n')

    assert {rule[:3] for rule in rules(guardapi.scan(shop))} == {"GA9"}
    assert "GA101" in rules(guardapi.scan(shop, use_configuration=False))
    assert "GA101" in rules(guardapi.scan(shop, select=["GA1"]))


def test_baseline_of_configuration_counts(shop: Path) -> None:
    from guardapi import baseline

    found = guardapi.scan(shop)
    (shop / "known.json").write_text(baseline.render(found))
    (shop / "guardapi.toml").write_text('baseline = "known.json"\n')
    report = guardapi.scan(shop)

    assert report.findings == ()
    assert [finding.fingerprint for finding in report.known] == [f.fingerprint for f in found.findings]


def test_excluded_files_are_left_out(shop: Path) -> None:
    (shop / "guardapi.toml").write_text('exclude = ["shop.py"]\n')
    (shop / "other.py").write_text("")

    assert guardapi.inventory(shop).apps == ()
    assert [app.id for app in guardapi.inventory(shop, use_configuration=False).apps] == ["shop:app"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"profile": "strict"}, "profile: expected is one of default, pedantic, audit, and not 'strict'"),
        ({"min_confidence": "x"}, "min_confidence: expected is one of tentative, firm, certain, and not 'x'"),
        ({"ignore": "GA66"}, "ignore: there is no rule or family 'GA66'"),
        ({"path": "no/such"}, "no/such cannot be opened"),
    ],
)
def test_misfits_are_told(options: dict[str, str], sentence: str) -> None:
    with pytest.raises(guardapi.GuardApiError, match=re.escape(sentence)):
        guardapi.scan(**{"path": ".", **options})


def test_public_names_exist() -> None:
    assert [name for name in guardapi.__all__ if getattr(guardapi, name, None) is None] == []
    assert set(guardapi.__all__) <= set(dir(guardapi))
    assert guardapi.__all__ == sorted(guardapi.__all__)
    with pytest.raises(AttributeError, match="no attribute 'scann'"):
        _ = guardapi.scann


def test_types_are_known_to_checkers() -> None:
    """The names that are loaded lazily are imported for type checkers, all of them and no others."""
    source = Path(guardapi.__file__).read_text(encoding="utf-8")
    block = source[source.index("if TYPE_CHECKING:") : source.index("__version__ =")]
    imported = set(re.findall(r"\b[A-Za-z]+\b(?=,|\n|$)", re.sub(r"from \S+ import", "", block))) - {
        "TYPE_CHECKING"
    }

    assert imported == set(guardapi.__all__) - {"__version__"}
    assert (Path(guardapi.__file__).parent / "py.typed").exists()


def test_import_loads_nothing_else() -> None:
    code = (
        "import sys, guardapi; before = set(sys.modules); guardapi.Severity; severity = set(sys.modules);"
        " print([name for name in before if name.startswith('guardapi.')],"
        " [name for name in severity if name in ('guardapi.pipeline', 'guardapi.rule', 'click')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout == "[] []\n"
