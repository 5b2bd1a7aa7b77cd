"""Temporary folders, and what is left of those whose process was killed."""

import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from guardapi.prove.processes import folders

LEAVES = "from guardapi.prove.processes import folders; print(folders.made())"


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def test_left_folders_are_removed(made: Path) -> None:
    """What is held stays, and so does whatever is not surely ours."""
    held = folders.made()
    left = Path(subprocess.check_output([sys.executable, "-c", LEAVES], text=True).strip())
    (left / "project").mkdir()
    (made / "guardapi-of-the-user").mkdir()
    (made / "guardapi-link").symlink_to(left)
    assert left.is_dir()

    folders.remove(folders.made())

    assert sorted(path.name for path in made.iterdir()) == sorted(
        [held.name, "guardapi-link", "guardapi-of-the-user"]
    )
    folders.remove(held)
    assert not held.exists()


def test_links_are_removed_alone(made: Path, tmp_path: Path) -> None:
    """What they point to keeps its content, and its rights."""
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o755)
    (outside / "kept").write_text("x")
    folder = folders.made()
    (folder / "link").symlink_to(outside)
    (folder / "closed").mkdir(mode=0)

    folders.remove(folder)

    assert list(made.iterdir()) == []
    assert stat.S_IMODE(outside.stat().st_mode) == 0o755
    assert (outside / "kept").read_text() == "x"
