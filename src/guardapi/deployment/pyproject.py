"""pyproject.toml (PEP 621, dependency groups, Poetry) and Pipfile."""

import re
import tomllib
from collections.abc import Iterator

from guardapi.deployment.entrypoints import in_groups
from guardapi.deployment.file import BrokenFileError, DeploymentFile, Facts
from guardapi.deployment.requirements import package, required
from guardapi.model import EntryPoint

_LINE = re.compile(r"at line (\d+)")
_CARET = re.compile(r"([\^~])\s*(\d{1,9}(?:\.\d{1,9}){0,3})")


def read_pyproject(file: DeploymentFile) -> Facts:
    """The packages of the project, its extras and its groups."""
    document = _loaded(file)
    project, tool = _table(document.get("project")), _table(document.get("tool"))
    found = required(_texts(document.get("dependency-groups")))
    found |= required(_texts(project.get("optional-dependencies")))
    poetry = _table(tool.get("poetry"))
    for group in _table(poetry.get("group")).values():
        found |= _versions(_table(_table(group).get("dependencies")))
    found |= _versions(_table(poetry.get("dependencies")))
    found |= required(_texts(project.get("dependencies")))
    found.pop("python", None)
    return Facts(packages=found, advertised=(*_advertised(project), *_advertised(poetry)))


def _advertised(table: dict[str, object]) -> Iterator[EntryPoint]:
    """Scripts and plugins, as PEP 621 and Poetry name them."""
    scripts = {"console_scripts": table.get("scripts"), "gui_scripts": table.get("gui-scripts")}
    yield from in_groups({**scripts, **_table(table.get("entry-points")), **_table(table.get("plugins"))})


def read_pipfile(file: DeploymentFile) -> Facts:
    """The packages of both sections."""
    document = _loaded(file)
    return Facts(
        packages={
            **_versions(_table(document.get("dev-packages"))),
            **_versions(_table(document.get("packages"))),
        }
    )


def _loaded(file: DeploymentFile) -> dict[str, object]:
    try:
        return tomllib.loads(file.text)
    except tomllib.TOMLDecodeError as error:
        line = _LINE.search(str(error))
        raise BrokenFileError(int(line[1]) if line else 1, f"Not TOML: {error}.") from None
    except (RecursionError, ValueError):
        raise BrokenFileError(1, "Not TOML that can be read.") from None


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> Iterator[str]:
    """The texts of a list, or of the lists that a table holds."""
    for item in value.values() if isinstance(value, dict) else (value,):
        if isinstance(item, list):
            yield from (text for text in item if isinstance(text, str))


def _versions(table: dict[str, object]) -> dict[str, str]:
    """`flask = "^3.0"` or `flask = {version = "^3.0", extras = ["async"]}`."""
    found: dict[str, str] = {}
    for name, value in table.items():
        details = _table(value)
        version = details.get("version", "") if details else value
        extras = details.get("extras")
        names = [extra for extra in extras if isinstance(extra, str)] if isinstance(extras, list) else []
        found |= package(name, _specifier(version) if isinstance(version, str) else "", names)
    return found


def _specifier(version: str) -> str:
    """Poetry's and Pipenv's ways to write a version, as a specifier."""
    version = version.strip()
    if version in {"", "*"}:
        return ""
    match = _CARET.fullmatch(version)
    if match is not None:
        return f">={match[2]},<{_next(match[1], [int(part) for part in match[2].split('.')])}"
    return f"=={version}" if version[0].isdigit() else "".join(version.split())


def _next(sign: str, parts: list[int]) -> str:
    """The first version that a caret (keep the first part that is not 0) or a tilde leaves out."""
    if sign == "~":
        kept = min(2, len(parts))
    else:
        kept = next((index for index, part in enumerate(parts, start=1) if part), len(parts))
    return ".".join(str(part) for part in (*parts[: kept - 1], parts[kept - 1] + 1))
