"""Rules that other packages bring: the package that the page shows, and packages that are broken."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "own-rules.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
RULES = FILES["acme_rules.py"]
SHOP = """
from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
app = Flask(__name__)
limiter = Limiter(get_remote_address, app=app, default_limits=["9 per minute"])
@app.get("/orders/export")
def export():
    return "orders"
@app.get("/stock/export")
def stock():  # guardapi: ignore[ACME001] because stock is public
    return "stock"
"""


def install(site: Path, files: Mapping[str, str] = FILES) -> Path:
    """What an installer leaves behind of a package: its modules, and what its metadata says."""
    project = tomllib.loads(files["pyproject.toml"])["project"]
    named = f"{project['name'].replace('-', '_')}-{project['version']}"
    metadata = site / f"{named}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    groups = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in project["entry-points"].items()
    ]
    (metadata / "entry_points.txt").write_text("\n".join(groups))
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
    return site


def guardapi(*arguments: str, site: Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "guardapi", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, env=environment, cwd=folder
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.py").write_text(SHOP)
    return str(folder)


def test_rules_of_package_are_listed(site: Path) -> None:
    listed, explained = guardapi("rules", site=site), guardapi("explain", "acme001", site=site)

    assert "\nACME  Rules of acme-rules 1.2\nACME001  export-without-daily-limit " in listed.stdout
    assert explained.stdout.startswith("ACME001 export-without-daily-limit\n  An export has no limit")
    assert "\norigin     acme-rules 1.2\n" in explained.stdout
    assert "finds: ACME001" not in explained.stdout
    assert (
        "| Origin | acme-rules 1.2 |" in guardapi("explain", "ACME001", "--format=markdown", site=site).stdout
    )


def test_json_names_origin(site: Path) -> None:
    written = json.loads(guardapi("rules", "--format", "json", site=site).stdout)["rules"]

    assert [rule["origin"] for rule in written[-2:]] == ["guardapi", "acme-rules 1.2"]


def test_findings_of_package_are_reported(site: Path, shop: str) -> None:
    done = guardapi("scan", shop, "--select", "acme", "--format", "json", site=site)
    document = json.loads(done.stdout)

    assert (done.returncode, done.stderr) == (1, "")
    assert [
        (found["rule"], found["line"], found["suppressed"] is None) for found in document["findings"]
    ] == [
        ("ACME001", 8, True),
        ("ACME001", 11, False),
    ]
    assert guardapi("scan", shop, "--select=GA", "--ignore=ACME001", site=site).returncode == 2
    assert "ACME001" not in guardapi("scan", shop, "--ignore=ACME", site=site).stdout


def test_sarif_has_extension(site: Path, shop: str) -> None:
    (run,) = json.loads(guardapi("scan", shop, "--format", "sarif", site=site).stdout)["runs"]
    (result,) = [
        found for found in run["results"] if found["ruleId"] == "ACME001" and not found["suppressions"]
    ]
    reference = result["rule"]
    extension = run["tool"]["extensions"][reference["toolComponent"]["index"]]

    assert "ruleIndex" not in result
    assert extension["name"] == "acme-rules 1.2"
    assert extension["rules"][reference["index"]]["id"] == reference["id"] == "ACME001"
    assert {rule["id"][:2] for rule in run["tool"]["driver"]["rules"]} == {"GA"}


def test_examples_of_package_hold(site: Path) -> None:
    for arguments in ([], ["ACME001", str(site)]):
        done = guardapi("test", *arguments, site=site)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[0] in PAGE
        assert done.stdout.splitlines()[-1] in PAGE


def test_package_counts_with_its_modules(tmp_path: Path, shop: str) -> None:
    second = RULES.replace("ACME001", "ACME002").replace("without-daily", "without-hourly")
    pages = {"acme_rules/__init__.py": "", "acme_rules/one.py": RULES, "acme_rules/two.py": second}
    site = install(tmp_path / "site", {"pyproject.toml": FILES["pyproject.toml"], **pages})
    document = json.loads(guardapi("scan", shop, "--format", "json", site=site).stdout)

    assert {found["rule"] for found in document["findings"]} == {"ACME001", "ACME002"}
    assert guardapi("test", str(site / "acme_rules"), site=tmp_path).stdout.endswith(
        "2 rules; each does what its examples say.\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "import App",
            "import Nope",
            "The rules of acme-rules 1.2 cannot be loaded: importing acme_rules failed with",
        ),
        ('"ACME001"', '"GA999"', "its id is GA999, and 'GA' with a digit is for the rules of GuardAPI"),
        ('"ACME001"', '"acme-1"', "its id is 'acme-1', and an id is capital letters and digits"),
        ('"ACME001"', "None", "its id is None"),
        ('"export-without-daily-limit"', '"no-limiter"', "'no-limiter' is NoLimiter of GuardAPI"),
        ('"export-without-daily-limit"', '"No Limit"', "its name is 'No Limit', and a name is small words"),
        ("Severity.MEDIUM", '"medium"', "its severity is none of guardapi.Severity"),
        ("(Cwe.INTERACTION_FREQUENCY,)", "()", "it names no weakness in 'cwe'"),
        ("(Cwe.INTERACTION_FREQUENCY,)", "(799,)", "'cwe' is no tuple of guardapi.Cwe"),
        ("    vulnerable = (", "    found = (", "'vulnerable' is no tuple of guardapi.Example"),
        ("class ExportWithoutDailyLimit", "raise SystemExit(0)\nclass Export", "failed with SystemExit: 0"),
    ],
)
def test_broken_package_is_named(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in RULES
    site = install(tmp_path, {**FILES, "acme_rules.py": RULES.replace(old, new, 1)})
    done = guardapi("rules", site=site)

    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "acme-rules 1.2" in done.stderr
    assert done.stderr.count("\n") == 1


def test_broken_package_stops_scans(tmp_path: Path, shop: str) -> None:
    site = install(tmp_path, {**FILES, "acme_rules.py": "import nowhere"})
    statuses = [
        guardapi(*arguments, site=site).returncode for arguments in (["scan", shop], ["routes", shop])
    ]

    assert statuses == [2, 0]


def test_two_packages_may_not_clash(tmp_path: Path) -> None:
    install(tmp_path)
    renamed = {name: text.replace("acme", "other") for name, text in FILES.items()}
    install(tmp_path, {"other_rules.py": RULES, "pyproject.toml": renamed["pyproject.toml"]})
    done = guardapi("rules", site=tmp_path)

    assert done.returncode == 2
    assert (
        "of other-rules 1.2 cannot be used: 'ACME001' is ExportWithoutDailyLimit of acme-rules 1.2"
        in done.stderr
    )


def test_broken_rule_costs_itself(tmp_path: Path, shop: str) -> None:
    site = install(
        tmp_path, {**FILES, "acme_rules.py": RULES.replace("for route in app", "for route in 1 / 0, app")}
    )
    done = guardapi("scan", shop, site=site)

    assert done.returncode == 2
    assert "grade" in done.stdout
    assert "rule ACME001 failed on shop:app: ZeroDivisionError" in done.stderr


def test_scanned_folder_brings_no_rules(tmp_path: Path) -> None:
    """Started as a module, Python looks for packages in the current folder: it may be anybody's."""
    folder = install(tmp_path / "shop")
    (folder / "acme_rules.py").write_text("raise SystemExit('it was run')")
    (folder / "yaml.py").write_text("raise SystemExit('it was run')")
    (folder / "shop.py").write_text(SHOP)
    (folder / "compose.yaml").write_text("services: {}")
    done = guardapi("scan", ".", site=tmp_path / "nothing", folder=folder)

    assert "it was run" not in done.stderr
    assert "ACME" not in done.stdout
    assert "grade" in done.stdout
