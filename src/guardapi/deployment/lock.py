"""Lock files: the exact versions of the distributions whose behaviour depends on them."""

import re

from guardapi.deployment.file import BrokenFileError, DeploymentFile, Facts
from guardapi.deployment.requirements import normalised
from guardapi.place import Place

_TOLD = frozenset(
    {
        *("flask", "flask-limiter", "flask-restx", "flask-smorest", "flask-restful", "limits", "werkzeug"),
        *("gunicorn", "redis", "valkey", "pymemcache", "pymongo"),
    }
)
_ASSIGNMENT = re.compile(r"(name|version)\s*=\s*\"([^\"]+)\"")
_NAMES = frozenset({"uv.lock", "poetry.lock", "pdm.lock", "pipfile.lock"})


def is_lock(file: DeploymentFile) -> bool:
    """A lock file of uv, Poetry, PDM or Pipenv."""
    return file.name in _NAMES


def read(file: DeploymentFile) -> Facts:
    """The versions, as `==3.12`."""
    return Facts(packages=_pipfile(file)) if file.name == "pipfile.lock" else _tables(file)


def _tables(file: DeploymentFile) -> Facts:
    """By lines: these files are long, and their writers put name and version on lines of their own."""
    found: dict[str, str] = {}
    places: dict[str, Place] = {}
    name = ""
    for number, line in enumerate(file.lines, start=1):
        match = _ASSIGNMENT.fullmatch(line.strip())
        if line.startswith("[["):
            name = ""
        elif match is None:
            continue
        elif match[1] == "name":
            name = normalised(match[2])
        elif name in _TOLD:
            found[name] = f"=={match[2]}"
            places[name] = file.place(number)
    return Facts(packages=found, package_places=places)


def _pipfile(file: DeploymentFile) -> dict[str, str]:
    import json  # noqa: PLC0415  only where there is such a file

    try:
        document = json.loads(file.text)
    except (ValueError, RecursionError):
        raise BrokenFileError(1, "Not JSON.") from None
    found: dict[str, str] = {}
    for section in ("develop", "default"):
        packages = document.get(section) if isinstance(document, dict) else None
        for name, details in packages.items() if isinstance(packages, dict) else ():
            version = details.get("version") if isinstance(details, dict) else None
            if normalised(name) in _TOLD and isinstance(version, str):
                found[normalised(name)] = version
    return found
