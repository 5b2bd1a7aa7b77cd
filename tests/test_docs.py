"""What the pages show is true: commands exit as they say, links lead somewhere.

A command stands in a block marked `console` or `bash`, behind `$ `. A comment above the block says how it
runs: `<!-- runs: exit 1 -->` expects that status (0 where nothing is said), and
`<!-- runs: not here, REASON -->` exempts it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOT_OURS = {".git", ".venv", "node_modules", "projects", "truth", "__pycache__"}
BLOCK = re.compile(
    r"(?:^<!-- runs(?P<how>[^\n]*?) ?-->\n)?^```(?:console|bash)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
EXPECTATION = re.compile(r"(?:: exit (?P<status>\d)|: not here, (?P<reason>.+))?")
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A command that a page shows."""

    page: str
    command: str
    status: int


def find_pages() -> Iterator[Path]:
    for folder, below, names in os.walk(ROOT):
        below[:] = sorted(set(below) - NOT_OURS)
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(".md"))


def shown_commands(page: str, text: str) -> Iterator[Shown]:
    """The commands of a page that are to be run. Raises ValueError for a mark that is not understood."""
    for block in BLOCK.finditer(text):
        expectation = EXPECTATION.fullmatch(block["how"] or "")
        if expectation is None:
            raise ValueError(f"{page}: not understood: runs{block['how']}")
        if expectation["reason"]:
            continue
        for command in re.findall(r"^\$ (.+)$", block["text"].replace("\\\n", " "), re.MULTILINE):
            yield Shown(page=page, command=command, status=int(expectation["status"] or 0))


PAGES = list(find_pages())
COMMANDS = [
    shown
    for page in PAGES
    for shown in shown_commands(str(page.relative_to(ROOT)), page.read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree, so that a command may write."""
    copy = tmp_path_factory.mktemp("checkout") / "guardapi"
    shutil.copytree(
        ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", ".hypothesis")
    )
    return copy


@pytest.mark.parametrize("shown", COMMANDS, ids=lambda shown: f"{shown.page}: {shown.command}")
def test_shown_command_exits_as_documented(shown: Shown, checkout: Path) -> None:
    commands = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "GUARDAPI_ENV": str(commands.parent),
    }

    done = subprocess.run(
        ["bash", "-c", shown.command],
        check=False,
        cwd=checkout,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == shown.status, f"{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    prose = FENCED.sub("", page.read_text(encoding="utf-8"))
    targets = [match["target"].partition("#")[0] for match in LINK.finditer(prose)]

    broken = [t for t in targets if t and "://" not in t and not (page.parent / t).exists()]

    assert broken == []


def test_marks_say_how_to_run() -> None:
    text = (
        "```console\n$ plain\noutput\n```\n"
        "<!-- runs: exit 1 -->\n```console\n$ fails \\\n    again\n```\n"
        "<!-- runs: not here, it needs a Redis -->\n```bash\n$ absent\n```\n"
        "```python\n$ other\n```\n"
    )

    assert [(shown.command, shown.status) for shown in shown_commands("page", text)] == [
        ("plain", 0),
        ("fails      again", 1),
    ]


def test_unknown_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="not understood"):
        list(shown_commands("page", "<!-- runs: sometimes -->\n```console\n$ x\n```\n"))


def test_readme_shows_its_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert "\n$ scripts/demo\n" in readme
    assert "\n$ scripts/test\n" in readme
