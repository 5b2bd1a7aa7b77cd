"""The process that runs examples: one for all tests of a worker."""

from collections.abc import Iterator

import pytest
from running import Runner


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Ended when the tests are."""
    with Runner(tmp_path_factory.mktemp("examples")) as started:
        yield started
