"""Which module writes which edit. Edits of the whole project are first laid out as edits of places."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from guardapi.fix import arguments, decorators, elements, expressions, imports, lines, statements, strings
from guardapi.fix.changes import FileChange
from guardapi.fix.limiter import introduced
from guardapi.fix.limiter.binding import bound
from guardapi.fix.limits import limited
from guardapi.fix.names import name_kept
from guardapi.fix.project import Project
from guardapi.fix.proxies import trusted
from guardapi.fix.requirements import required
from guardapi.fix.settings import rename, set_setting, unset_setting
from guardapi.fix.source import NotFixableError, Source, Splice
from guardapi.remedy import (
    AppendItem,
    BindLimiter,
    Create,
    Decorate,
    Delete,
    Edit,
    Explain,
    Import,
    Insert,
    IntroduceLimiter,
    KeepName,
    LimitView,
    MoveDecorator,
    MoveStatement,
    NameArgument,
    Remedy,
    RemoveArgument,
    RemoveDecorator,
    RenameImport,
    RenameSetting,
    Require,
    Rewrite,
    RewriteLine,
    RewriteText,
    SetArgument,
    SetOption,
    SetSetting,
    TrustProxies,
    UnsetSetting,
)

LAID_OUT: Final[Mapping[type, Callable[[Any, Project], Iterator[Edit]]]] = {
    SetSetting: set_setting,
    UnsetSetting: unset_setting,
    LimitView: limited,
    BindLimiter: bound,
    KeepName: name_kept,
    IntroduceLimiter: introduced,
    TrustProxies: trusted,
    Require: required,
}
"""What they yield may be laid out in its turn."""
PYTHON: Final[Mapping[type, Callable[[Any, Source], list[Splice]]]] = {
    SetArgument: arguments.set_argument,
    RemoveArgument: arguments.remove_argument,
    NameArgument: arguments.name_argument,
    RenameImport: imports.rename,
    Rewrite: expressions.rewrite,
    RewriteText: strings.rewrite_text,
    AppendItem: elements.append,
    Insert: statements.insert,
    Delete: statements.delete,
    MoveStatement: statements.move,
    RenameSetting: rename,
    Decorate: decorators.decorate,
    MoveDecorator: decorators.move,
    RemoveDecorator: decorators.remove,
}


def written(remedy: Remedy, project: Project) -> tuple[dict[str, FileChange], tuple[str, ...]]:
    """What a remedy does, by file, and what there is to say of it beside its reason.

    Raises NotFixableError where one of its edits cannot be written.
    """
    splices: dict[str, list[Splice]] = defaultdict(list)
    names: dict[str, list[Import]] = defaultdict(list)
    created: dict[str, str] = {}
    notes: dict[str, list[str]] = defaultdict(list)
    for edit in _laid_out(remedy.edits, project):
        if isinstance(edit, Explain):
            notes[edit.file].append(edit.text)
        elif isinstance(edit, Create):
            if project.has(edit.file):
                raise NotFixableError(f"{edit.file} exists")
            created[edit.file] = edit.text
        elif isinstance(edit, RewriteLine):
            splices[edit.line.file] += lines.rewrite_line(edit, project)
        elif isinstance(edit, SetOption):
            splices[edit.line.file] += lines.set_option(edit, project)
        else:
            path = _path_of(edit)
            source = project.source(path)
            found = PYTHON[type(edit)](edit, source)
            source.check_formatted(found)
            splices[path] += found
            for needed in getattr(edit, "imports", ()):
                imports.check_import(source, needed, found)
                names[path].append(needed)
    said = {path: tuple(dict.fromkeys(texts)) for path, texts in notes.items()}
    files = {
        path: FileChange(splices=tuple(found), imports=tuple(names[path]), notes=said.get(path, ()))
        for path, found in splices.items()
    }
    made = {path: FileChange(created=text, notes=said.get(path, ())) for path, text in created.items()}
    return {**files, **made}, said.get("", ())


def _laid_out(edits: tuple[Edit, ...], project: Project) -> Iterator[Edit]:
    for edit in edits:
        lay_out = LAID_OUT.get(type(edit))
        if lay_out is None:
            yield edit
        else:
            yield from _laid_out(tuple(lay_out(edit, project)), project)


def _path_of(edit: Edit) -> str:
    match edit:
        case SetArgument() | RemoveArgument() | NameArgument():
            return edit.call.file
        case Rewrite():
            return edit.expression.file
        case RewriteText():
            return edit.literal.file
        case AppendItem():
            return edit.collection.file
        case Insert():
            return edit.anchor.file
        case Delete() | MoveStatement() | RenameSetting() | RenameImport():
            return edit.statement.file
        case Decorate():
            return edit.function.file
        case MoveDecorator() | RemoveDecorator():
            return edit.decorator.file
    raise TypeError(edit)
