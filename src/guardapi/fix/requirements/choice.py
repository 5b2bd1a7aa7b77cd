"""Which files list what a project requires: those that name Flask, nearest to its code, and that people write."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from guardapi.files.names import is_test_path
from guardapi.fix.project import Project
from guardapi.fix.requirements.arrays import pep621, setup_py
from guardapi.fix.requirements.listing import Listing, Wanted
from guardapi.fix.requirements.tables import pipfile, poetry
from guardapi.fix.requirements.textfiles import is_compiled, requirements_file, setup_cfg
from guardapi.fix.source import NotFixableError

Read = Callable[[str, tuple[str, ...]], Listing | None]
MANIFESTS: Final[dict[str, tuple[Read, ...]]] = {
    "pyproject.toml": (pep621, poetry),
    "Pipfile": (pipfile,),
    "setup.cfg": (setup_cfg,),
    "setup.py": (setup_py,),
}
"""In the order in which they are asked."""
REQUIREMENTS: Final = re.compile(
    r"requirements?(?:[._-].*)?\.(?:txt|in)|.*[._-]requirements\.(?:txt|in)", re.IGNORECASE
)
ASIDE: Final = re.compile(
    r"(?:^|[/._-])(?:dev|develop|development|tests?|testing|docs?|lint|ci|build|optional|constraints?)(?=[/._-]|$)"
)
"""In the name of a list: what the application itself does not need."""
FRAMEWORKS: Final = re.compile(r"flask|apiflask|connexion|eve")
LOCKED: Final = {"Pipfile": "`pipenv lock`", "poetry": "`poetry lock`"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The lists that a requirement is added to, and what to say of others."""

    listings: tuple[Listing, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    listing: Listing
    folder: str
    is_manifest: bool
    is_compiled: bool = False


def chosen(project: Project, asked: Wanted, file: str) -> Choice:
    """Where a distribution is required. Raises NotFixableError where no list can be written to."""
    known = _nearest([*_known(project)], file)
    if not known:
        return Choice(
            listings=(),
            notes=(
                f"No list of what the project requires names Flask: install {_text(asked)} where it runs.",
            ),
        )
    compiled = [found for found in known if found.is_compiled]
    written = [found for found in known if not found.is_compiled]
    if not written:
        if all(_has(found.listing, asked) for found in compiled):
            return Choice(listings=())
        raise NotFixableError(
            f"{compiled[0].listing.path} is compiled from a list that is not there; require {_text(asked)} there first"
        )
    manifests = [found for found in written if found.is_manifest]
    lists = [*manifests[:1], *(found for found in written if not found.is_manifest)]
    listings = tuple(found.listing for found in lists if not _has(found.listing, asked))
    return Choice(listings=listings, notes=tuple(_notes(listings, compiled, asked, project)))


def _notes(
    listings: tuple[Listing, ...], compiled: list[_Known], asked: Wanted, project: Project
) -> Iterator[str]:
    for found in compiled:
        if listings and not _has(found.listing, asked):
            yield f"{found.listing.path} is compiled: renew it."
    for listing in listings:
        folder, _, name = listing.path.rpartition("/")
        lock = f"{folder}/uv.lock" if folder else "uv.lock"
        if name == "Pipfile":
            yield "Renew Pipfile.lock with `pipenv lock`."
        elif listing.spell.__module__.endswith("tables"):
            yield "Renew poetry.lock with `poetry lock`."
        elif name == "pyproject.toml" and project.has(lock):
            yield f"Renew {lock} with `uv lock`."


def _known(project: Project) -> Iterator[_Known]:
    paths = sorted({file.path for file in (*project.tree.python, *project.tree.others)})
    for path in paths:
        if is_test_path(path):
            continue
        name = PurePosixPath(path).name
        in_folder = "requirements/" in path and name.endswith((".txt", ".in"))
        if name in MANIFESTS:
            yield from _manifest(project, path, name)
        elif in_folder or REQUIREMENTS.fullmatch(name):
            lines = _lines(project, path)
            listing = requirements_file(path, lines)
            compiled = is_compiled(lines)
            yield _Known(listing=listing, folder=_folder(path), is_manifest=False, is_compiled=compiled)


def _manifest(project: Project, path: str, name: str) -> Iterator[_Known]:
    lines = _lines(project, path)
    for read in MANIFESTS[name]:
        listing = read(path, lines)
        if listing is not None:
            yield _Known(listing=listing, folder=_folder(path), is_manifest=True)
            return


def _nearest(known: list[_Known], file: str) -> list[_Known]:
    """The lists of one folder: of those that name the framework, the nearest above the file, or the first at all."""
    known = [found for found in known if found.listing.entries]
    naming = [found for found in known if _names_framework(found.listing)]
    folders = {str(folder) for folder in PurePosixPath(file).parents} if file else {"."}
    above = [found for found in naming if (found.folder or ".") in folders]
    candidates = above or naming
    if not candidates:
        return []
    folder = max((found.folder for found in candidates), key=len) if above else candidates[0].folder
    here = [found for found in candidates if found.folder == folder]
    named = [found for found in here if found.listing.names("flask")] or here
    usual = [found for found in named if not ASIDE.search(found.listing.path.lower())] or named[:1]
    order = list(MANIFESTS)
    return sorted(usual, key=lambda found: _order(order, found.listing.path))


def _order(order: list[str], path: str) -> tuple[int, str]:
    name = PurePosixPath(path).name
    return (order.index(name) if name in order else len(order), path)


def _names_framework(listing: Listing) -> bool:
    return any(FRAMEWORKS.match(entry.name) for entry in listing.entries)


def _has(listing: Listing, asked: Wanted) -> bool:
    entry = listing.names(asked.normal)
    clients = {"redis": ("redis",), "memcached": ("pymemcache",)}
    return entry is not None and all(
        extra in entry.extras or any(listing.names(name) for name in clients.get(extra, ()))
        for extra in asked.extras
    )


def _folder(path: str) -> str:
    """Where the project lies whose list this is."""
    folder = str(PurePosixPath(path).parent)
    folder = "" if folder == "." else folder
    last = folder.rpartition("/")[2].lower()
    return folder.rpartition("/")[0] if last in {"requirements", "requirement"} else folder


def _lines(project: Project, path: str) -> tuple[str, ...]:
    """Raises NotFixableError for a file that is no UTF-8."""
    try:
        text = project.read(path).decode()
    except UnicodeDecodeError as error:
        raise NotFixableError(f"{path} is not written in UTF-8") from error
    return tuple(line.removesuffix("\r") for line in text.split("\n"))


def _text(asked: Wanted) -> str:
    return asked.name + (f"[{','.join(asked.extras)}]" if asked.extras else "")
