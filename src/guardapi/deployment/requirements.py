"""Requirement lines (PEP 508) and requirements files."""

import re
from collections.abc import Iterable

from guardapi.deployment.file import DeploymentFile, Facts, joined_lines
from guardapi.place import Place

_REQUIREMENT = re.compile(r"([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*+(?:\[([^\]]*)\])?\s*+([^;#]*)")
_EGG = re.compile(r"#egg=([\w.-]+)")
_NAME = re.compile(r"requirements?(?:[._-].*)?\.(?:txt|in)|.*[._-]requirements\.(?:txt|in)|constraints\.txt")


def is_requirements(file: DeploymentFile) -> bool:
    """`requirements.txt`, `requirements-prod.txt`, `requirements/base.txt`."""
    in_folder = "requirements/" in file.path and file.name.endswith((".txt", ".in"))
    return in_folder or _NAME.fullmatch(file.name) is not None


def read(file: DeploymentFile) -> Facts:
    """The packages of all lines."""
    packages: dict[str, str] = {}
    places: dict[str, Place] = {}
    for number, text in joined_lines(file.lines):
        found = required((text.strip(),))
        packages |= found
        places |= dict.fromkeys(found, file.place(number))
    return Facts(packages=packages, package_places=places)


def required(lines: Iterable[str]) -> dict[str, str]:
    """Normalised name to specifier; an extra makes its own entry, `limits[redis]`."""
    found: dict[str, str] = {}
    for line in lines:
        name, extras, specifier = _split(line[:1000])
        if name:
            found |= package(name, specifier, extras)
    return found


def package(name: str, specifier: str, extras: Iterable[str] = ()) -> dict[str, str]:
    """The entry of one distribution and those of its extras."""
    normal = normalised(name)
    return {normal: specifier, **{f"{normal}[{normalised(extra)}]": specifier for extra in extras if extra}}


def normalised(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def _split(line: str) -> tuple[str, list[str], str]:
    if line.startswith(("-e ", "--editable")) or "://" in line.partition("@")[0]:
        egg = _EGG.search(line)
        return (egg[1] if egg else ""), [], ""
    match = _REQUIREMENT.match(line)
    if match is None:
        return "", [], ""
    rest = match[3].partition(" --")[0].strip().strip("()")  # pip's own options, such as --hash
    specifier = "" if rest.startswith("@") else "".join(rest.split())
    if specifier and specifier[0] not in "<>=!~":
        return "", [], ""  # a sentence, not a requirement
    return match[1], (match[2] or "").split(","), specifier
