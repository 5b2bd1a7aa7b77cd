"""The configuration file of a project: found, read, checked. What a command line says is laid over it elsewhere."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from guardapi.config import DeclaredSink, EdgeLimit, Options, Profile
from guardapi.configuration import Table
from guardapi.errors import ConfigurationError
from guardapi.findings import Confidence, Severity
from guardapi.selection import ALL, Selection, resolved

if TYPE_CHECKING:
    from guardapi.files import Tree

FILE: Final = "guardapi.toml"
PYPROJECT: Final = "pyproject.toml"
MAX_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a configuration file says; its defaults are those of a project without one."""

    file: Path | None = None
    options: Options = field(default_factory=Options)
    selection: Selection = field(default_factory=Selection)
    fail_on: Severity = Severity.MEDIUM
    exclude: tuple[str, ...] = ()
    """Patterns of ignore files, below the folder of the configuration."""
    baseline: Path | None = None
    verdicts: Path | None = None
    """What `guardapi prove` has shown, as it wrote it."""

    def included(self, tree: "Tree") -> "Tree":
        """A tree without what the configuration excludes."""
        from guardapi.files.excluded import without  # noqa: PLC0415  # only where something is scanned

        return without(tree, self.exclude, prefix=self.prefix(tree.root))

    def prefix(self, root: Path) -> str:
        """What stands before the paths of a scanned folder, seen from the folder of the configuration."""
        if self.file is None:
            return ""
        below = os.path.relpath(root, self.file.parent)
        return "" if below == "." else f"{Path(below).as_posix()}/"


def nearest(target: Path) -> Settings:
    """The settings for a scanned folder or file: from there upwards to the root of the repository.

    Outside a repository only the folder itself is looked at. Raises ConfigurationError for what is wrong.
    """
    start = Path(os.path.abspath(target))  # noqa: PTH100  # symbolic links stay as the user named them
    for folder in _folders(start if start.is_dir() else start.parent):
        own = folder / FILE
        if own.is_file():
            return parsed(_content(own), own)
        shared = folder / PYPROJECT
        if shared.is_file() and (settings := _of_pyproject(shared)) is not None:
            return settings
    return Settings()


def parsed(content: bytes, file: Path, *, is_pyproject: bool = False) -> Settings:
    """The settings of a file's content. Raises ConfigurationError, with the place and what is expected."""
    table = Table.of_toml(content, file, prefix=("tool", "guardapi") if is_pyproject else ())
    table.refuse_unknown(KEYS)
    baseline = table.text_of("baseline")
    verdicts = table.text_of("verdicts")
    limiters = tuple(table.names("limiters"))
    guards = tuple(table.names("authentication"))
    options = Options(
        include_tests=table.flag("include-tests"),
        profile=Profile(
            table.choice("profile", [profile.value for profile in Profile], Profile.DEFAULT.value)
        ),
        limiters=limiters,
        authentication=guards,
        sinks=tuple(_sinks(table)),
        edge_limits=tuple(_edge_limits(table)),
    )
    levels = [severity.label for severity in Severity]
    return Settings(
        file=file,
        options=options,
        selection=_selection(table),
        fail_on=Severity[table.choice("fail-on", levels, Severity.MEDIUM.label).upper()],
        exclude=tuple(_patterns(table)),
        baseline=file.parent / baseline if baseline else None,
        verdicts=file.parent / verdicts if verdicts else None,
    )


KEYS: Final = (
    *(
        "profile",
        "fail-on",
        "select",
        "ignore",
        "extend-select",
        "min-confidence",
        "include-tests",
        "exclude",
    ),
    *("baseline", "verdicts", "limiters", "authentication", "sinks", "edge-limits"),
)
SINK_KINDS: Final = (
    *(
        "archive",
        "browser",
        "cloud-job",
        "connection",
        "document",
        "file-read",
        "file-write",
        "http",
        "image",
    ),
    *("inference", "mail", "message", "model-api", "paid-api", "password-hash", "payment", "plot", "process"),
    *("query", "queue", "scan", "spreadsheet", "write"),
)
"""The kinds of work (`guardapi.sink.Kind`) that a call can be declared to do."""
WORK: Final = ("light", "data", "heavy", "money")


def _selection(table: Table) -> Selection:
    chosen: dict[str, tuple[str, ...]] = {
        key: resolved(table.texts(key), where=table.where(key))
        for key in ("select", "ignore", "extend-select")
    }
    confidences = [confidence.label for confidence in Confidence]
    least = table.choice("min-confidence", confidences, Confidence.TENTATIVE.label)
    return Selection(
        select=chosen["select"] or (ALL,),
        ignore=chosen["ignore"],
        extend_select=chosen["extend-select"],
        min_confidence=Confidence[least.upper()],
    )


def _patterns(table: Table) -> Iterator[str]:
    from guardapi.files.excluded import is_usable  # noqa: PLC0415  # only where something is excluded

    for pattern in table.texts("exclude"):
        if not is_usable(pattern):
            raise ConfigurationError(
                f"{table.where('exclude')}: '{pattern[:60]}' cannot be used; expected is a pattern as in .gitignore,"
                " with few wildcards."
            )
        yield pattern


def _sinks(table: Table) -> Iterator[DeclaredSink]:
    for entry in table.tables("sinks"):
        entry.refuse_unknown(("name", "kind", "work"))
        yield DeclaredSink(
            name=entry.required("name"),
            kind=entry.choice("kind", SINK_KINDS),
            work=entry.choice("work", WORK),
        )


def _edge_limits(table: Table) -> Iterator[EdgeLimit]:
    from guardapi.frameworks.limit_text import LimitTextError, parse_many  # noqa: PLC0415  # only where one is

    for entry in table.tables("edge-limits"):
        entry.refuse_unknown(("path", "limit", "place"))
        path, limit, place = entry.required("path"), entry.required("limit"), entry.required("place")
        if not path.startswith("/"):
            raise ConfigurationError(f"{entry.where('path')}: expected is a path that begins with '/'.")
        try:
            items = parse_many(limit)
        except LimitTextError as error:
            raise ConfigurationError(
                f"{entry.where('limit')}: expected is a limit such as '10 per minute'; {error}."
            ) from None
        yield EdgeLimit(
            path=path,
            limit="; ".join(map(str, items)),
            place=place,
            rate=min(item.amount / item.seconds for item in items),
            file=entry.file.name,
            line=entry.line("limit"),
        )


def _folders(start: Path) -> tuple[Path, ...]:
    """From a folder upwards to the root of its repository; the folder alone where it is in none."""
    upwards = (start, *start.parents)
    top = next((number for number, folder in enumerate(upwards) if (folder / ".git").exists()), 0)
    return upwards[: top + 1]


def _of_pyproject(file: Path) -> Settings | None:
    """The settings of a `pyproject.toml`, if it has any; a broken one is for other tools to complain about."""
    import tomllib  # noqa: PLC0415  # only where there is such a file

    content = _content(file)
    if b"guardapi" not in content:
        return None
    try:
        tool = tomllib.loads(content.decode()).get("tool")
    except (ValueError, RecursionError):
        return parsed(content, file, is_pyproject=True)
    if not isinstance(tool, Mapping) or "guardapi" not in tool:
        return None
    return parsed(content, file, is_pyproject=True)


def _content(file: Path) -> bytes:
    from guardapi.files.tree import read_regular, reason_of  # noqa: PLC0415  # only where there is a file

    try:
        content = read_regular(os.fspath(file), MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{file.name} cannot be read: {reason_of(error)}.") from None
    if len(content) > MAX_BYTES:
        raise ConfigurationError(f"{file.name} is larger than {MAX_BYTES} bytes.")
    return content
