"""Changes put together: what they do to a file, part by part, and its new content."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from guardapi.fix.changes import Change
from guardapi.fix.imports import import_splices
from guardapi.fix.project import Project
from guardapi.fix.source import Splice, spliced


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A splice of a file, and the changes that it belongs to."""

    splice: Splice
    changes: tuple[Change, ...]


def touched(changes: Sequence[Change]) -> tuple[str, ...]:
    """The paths of all files that the changes make or change."""
    return tuple(sorted({path for change in changes for path in change.files}))


def created(path: str, changes: Sequence[Change]) -> str | None:
    """The text of a file that the changes make; None for one that is there."""
    texts = (change.files[path].created for change in changes if path in change.files)
    return next((text for text in texts if text is not None), None)


def parts(path: str, changes: Sequence[Change], project: Project) -> tuple[Part, ...]:
    """What the changes do to a file that is there, from its beginning to its end."""
    owners: dict[Splice, list[Change]] = defaultdict(list)
    importing = [change for change in changes if path in change.files and change.files[path].imports]
    for change in changes:
        for splice in dict.fromkeys(change.files[path].splices) if path in change.files else ():
            owners[splice].append(change)
    if importing:
        needed = (item for change in importing for item in change.files[path].imports)
        for splice in import_splices(project.source(path), needed):
            owners[splice] += importing
    ordered = sorted(owners, key=lambda one: (one.start, one.end, one.rank))
    return tuple(Part(splice=splice, changes=tuple(owners[splice])) for splice in ordered)


def composed(changes: Sequence[Change], project: Project) -> dict[str, bytes]:
    """The new content of every file that the changes touch, by path."""
    return {path: _content(path, changes, project) for path in touched(changes)}


def _content(path: str, changes: Sequence[Change], project: Project) -> bytes:
    text = created(path, changes)
    if text is not None:
        return text.encode()
    splices = [part.splice for part in parts(path, changes, project)]
    content = spliced(project.text(path), splices)
    return project.source(path).encoded(content) if project.is_python(path) else content
