"""`scripts/rule-pages`: what it writes, and when it complains."""

import subprocess
import sys
from pathlib import Path

import pytest

from guardapi.rule import catalogue

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "rule_pages.py"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "--folder", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("docs") / "rules"
    assert run(written).returncode == 0
    return written


def test_writes_a_page_a_rule(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}

    assert names == {"index.md", *(f"{rule.id}-{rule.name}.md" for rule in catalogue())}
    assert run(folder, "--check").returncode == 0


def test_check_names_stale_pages(folder: Path) -> None:
    page, left_over = folder / "GA101-no-limiter.md", folder / "GA000-gone.md"
    page.write_text("old")
    left_over.write_text("of a rule that is gone")
    checked = run(folder, "--check")

    assert checked.returncode == 1
    assert [line.split()[1] for line in checked.stderr.splitlines()] == [left_over.name, page.name]
    assert page.read_text() == "old"
    assert run(folder).returncode == 0
    assert (left_over.exists(), run(folder, "--check").returncode) == (False, 0)
