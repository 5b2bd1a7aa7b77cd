"""Changes written to disk: all of them, or none."""

from collections.abc import Mapping

from guardapi.errors import GuardApiError
from guardapi.files.replacing import create, replace_unchanged
from guardapi.fix.project import Project


def apply(contents: Mapping[str, bytes], project: Project) -> None:
    """Write the new contents of files, each at once and whole, if all are still as they were read.

    Raises GuardApiError.
    """
    written: list[str] = []
    for path, content in contents.items():
        fault = _write(path, content, project)
        if fault is not None:
            left = [
                done for done in written if _undo(done, content=contents[done], project=project) is not None
            ]
            state = f" {', '.join(left)} could not be put back." if left else " Nothing is written."
            raise GuardApiError(f"{path}: {fault}.{state}")
        written.append(path)


def _write(path: str, content: bytes, project: Project) -> str | None:
    if project.has(path):
        return replace_unchanged(project.tree.root, path, project.read(path), content)
    return create(project.tree.root, path, content)


def _undo(path: str, *, content: bytes, project: Project) -> str | None:
    if project.has(path):
        return replace_unchanged(project.tree.root, path, content, project.read(path))
    try:
        (project.tree.root / path).unlink()
    except OSError as error:
        return str(error)
    return None
