"""Limits in front of the application that the user declares, checked against the nginx files of the tree."""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from guardapi.config import EdgeLimit
from guardapi.deployment.locations import covering
from guardapi.model import Deployment, OuterLimit, Problem
from guardapi.place import Place

_RATE: Final = re.compile(r"(\d+) per 1 (second|minute)")
_NGINX: Final = re.compile(r"nginx\b", re.IGNORECASE)


def with_edge_limits(
    deployment: Deployment, declared: Iterable[EdgeLimit], *, nginx_files: tuple[str, ...]
) -> tuple[Deployment, tuple[Problem, ...]]:
    """The deployment with the declared limits, and where an nginx file of the tree contradicts one.

    What the file says counts then: it is what runs.
    """
    limits: list[OuterLimit] = []
    problems: list[Problem] = []
    for edge in declared:
        file = _nginx_file(edge, nginx_files)
        if file is None:
            limits.append(_outer(edge))
        elif (fault := _contradiction(edge, file, deployment)) is not None:
            problems.append(Problem(file=edge.file, line=edge.line, message=fault))
    return replace(deployment, outer_limits=(*deployment.outer_limits, *limits)), tuple(problems)


def _nginx_file(edge: EdgeLimit, files: tuple[str, ...]) -> str | None:
    """The file that should say the same, if the limit is one of nginx and such a file is in the tree."""
    named = next(
        (file for file in files if file == edge.place or PurePosixPath(file).name == edge.place), None
    )
    if named is not None or not files:
        return named
    return files[0] if _NGINX.match(edge.place) else None


def _contradiction(edge: EdgeLimit, file: str, deployment: Deployment) -> str | None:
    said = f"edge-limits says that {edge.place} limits {edge.path} to {edge.limit}"
    found = covering(deployment, edge.path)
    if not found:
        return f"{said}; {file} sets no limit there, so this entry does not count"
    rates = [rate for limit in found if (rate := _rate(limit.text)) is not None]
    if rates and edge.rate not in rates:
        return f"{said}; {found[0].place} says {found[0].text}, which counts"
    return None


def _rate(text: str) -> float | None:
    parts = _RATE.fullmatch(text)
    return None if parts is None else int(parts[1]) / (60 if parts[2] == "minute" else 1)


def _outer(edge: EdgeLimit) -> OuterLimit:
    return OuterLimit(
        text=edge.limit,
        path=edge.path,
        match="prefix",
        place=Place(file=edge.file, line=edge.line),
        source=edge.place,
        # A server of its own, of which this is the only location: it hides no other limit.
        siblings=(("", edge.path, edge.path),),
    )
