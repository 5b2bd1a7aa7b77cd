"""`guardapi routes` stays as accurate on real applications as it was; see README.md beside this file."""

from pathlib import Path

import pytest
from accuracy import DEFAULT_TOOL, below_floors, read_floors, score_application
from applications import CACHE, TRUTH, fetch, read_manifest
from snapshots import kept, lines_of

FLOORS = read_floors()


@pytest.fixture(scope="session")
def cache() -> Path:
    """The unpacked applications, downloaded if need be."""
    missing = fetch([app for app in read_manifest() if app.name in FLOORS])
    assert not missing, f"could not be fetched: {missing}"
    return CACHE


@pytest.mark.corpus
@pytest.mark.parametrize("name", sorted(FLOORS))
def test_application_reaches_its_floor(name: str, cache: Path) -> None:
    score = score_application(name, TRUTH, cache, DEFAULT_TOOL, seconds=120)

    assert score.status == "ok"
    assert below_floors(score, FLOORS[name]) == [], "\n".join(score.faults)


@pytest.mark.corpus
@pytest.mark.parametrize("name", sorted(FLOORS))
def test_findings_are_as_they_were_read(name: str, cache: Path) -> None:
    """A difference is no fault by itself: read it, then `scripts/snapshots` keeps it."""
    assert lines_of(cache / name) == kept(name)


def test_every_truth_has_floor() -> None:
    assert sorted(FLOORS) == sorted(path.stem for path in TRUTH.glob("*.json"))
