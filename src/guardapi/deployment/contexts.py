"""Which deployment files speak of production, as their names tell."""

import re
from typing import Final

from guardapi.deployment.file import DeploymentFile
from guardapi.deployment.shell import is_makefile, is_script
from guardapi.model import Deployment

_OTHER_WORDS: Final = frozenset(
    {
        *("benchmark", "benchmarks", "ci", "debug", "demo", "demos", "dev", "devcontainer", "devel"),
        *("development", "doc", "docs", "e2e", "example", "examples", "integration", "local", "localhost"),
        *("mock", "mocks", "override", "playground", "sample", "samples", "sandbox", "test", "testing"),
        *("tests", "tutorial", "tutorials", "vagrant"),
    }
)
_SEPARATORS: Final = re.compile(r"[./_-]+")


def is_for_production(path: str) -> bool:
    """Whether nothing in the file's path says that it is for development, tests or examples."""
    words = _SEPARATORS.split(path.lower())
    return _OTHER_WORDS.isdisjoint(words) and not path.lower().endswith(".flaskenv")


def is_script_of_nobody(path: str, deployment: Deployment) -> bool:
    """Whether it is a script (or a Makefile) that no container and no unit starts: a chore, as far as one sees."""
    file = DeploymentFile(path=path, content=b"")
    if not is_script(file):
        return False
    return ("makefile" if is_makefile(file) else file.name) not in deployment.scripts
