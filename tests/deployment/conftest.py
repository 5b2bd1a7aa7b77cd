"""A project's deployment files as a mapping of path to text."""

from collections.abc import Callable, Mapping

import pytest

from guardapi.deployment import DeploymentFile, read_deployment
from guardapi.model import Deployment

Reader = Callable[[Mapping[str, str]], Deployment]


@pytest.fixture(scope="session")
def read() -> Reader:
    """Reads files that must raise no problem."""

    def read_files(files: Mapping[str, str]) -> Deployment:
        deployment, problems = read_deployment(
            DeploymentFile(path=path, content=text.encode()) for path, text in files.items()
        )
        assert problems == ()
        return deployment

    return read_files
