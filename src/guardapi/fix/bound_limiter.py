"""Under which name a file knows the limiter of an application, or could import it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import libcst

from guardapi.coverage import PROJECT_LIMITER, active_limiters
from guardapi.fix.project import Project
from guardapi.fix.project_imports import Named, ProjectImports
from guardapi.fix.source import NotFixableError, Source
from guardapi.model import App, Limiter
from guardapi.place import Place
from guardapi.remedy import Import

Defined = libcst.FunctionDef | libcst.ClassDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The statement that gives a limiter its name."""

    named: Named
    line: int
    function: int | None
    """The line of the function that it stands in; None at the top of the file."""


def limiter_name(app: App, node: Defined, source: Source, project: Project) -> tuple[str, tuple[Import, ...]]:
    """What the limiter is called where a function or class is defined, and what has to be imported for that.

    Raises NotFixableError.
    """
    limiter = _bound(app)
    line = source.line_of(source.first_line(node))
    return named_limiter(limiter.name, limiter.place, source, line, project)


def named_limiter(
    known: str, place: Place, source: Source, line: int, project: Project
) -> tuple[str, tuple[Import, ...]]:
    """The same for any limiter, by `module:name` and the call that makes it, on any line."""
    imports = project.imports
    around = [(source.path, function.lineno) for function in imports.functions_around(source.path, line)]
    made = _made(place, imports)
    if made is not None and made.function is not None and (made.named.file, made.function) not in around:
        made = None  # what that function does with it may have another name
    if made is not None and made.named.file == source.path:
        if made.line >= line:
            raise NotFixableError(f"`{made.named.name}` is made further down")
        inner = around.index((source.path, made.function)) if made.function is not None else len(around)
        imports.check_free(source.path, made.named.name, line, inner=inner)
        return made.named.name, ()
    wanted = made.named if made is not None else _named(known, place, imports)
    name = imports.known_as(source.path, wanted, line)
    if name is not None:
        return name, ()
    imports.check_free(source.path, wanted.name, line)
    return wanted.name, (Import(module=imports.module_for(source.path, wanted), name=wanted.name),)


def _bound(app: App) -> Limiter:
    """The one limiter of an application; of several the one that counts addresses."""
    found = [limiter for limiter in active_limiters(app) if limiter.kind != PROJECT_LIMITER]
    if not found:
        raise NotFixableError("no limiter is bound to the application")
    chosen = found if len(found) == 1 else [limiter for limiter in found if limiter.by_address]
    if len(chosen) != 1:
        names = ", ".join(f"`{limiter.name}`" for limiter in found)
        raise NotFixableError(f"which of the limiters {names} is to count here is not known")
    return chosen[0]


def _made(place: Place, imports: ProjectImports) -> Made | None:
    """The statement that makes a limiter and names it at once."""
    if place.file not in imports.index.files:
        return None
    for statement, function in _assignments(imports.tree(place.file).body, None):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        is_there = statement.value is not None and statement.value.lineno == place.line
        if is_there and isinstance(targets[0], ast.Name):
            named = Named(file=place.file, name=targets[0].id)
            return Made(named=named, line=statement.lineno, function=function)
    return None


def _assignments(
    body: list[ast.stmt], function: int | None
) -> Iterator[tuple[ast.Assign | ast.AnnAssign, int | None]]:
    for statement in body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            yield statement, function
        elif not isinstance(statement, ast.ClassDef):
            inner = (
                statement.lineno
                if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
                else function
            )
            for part in ("body", "orelse", "finalbody"):
                yield from _assignments(getattr(statement, part, []), inner)


def _named(known: str, place: Place, imports: ProjectImports) -> Named:
    """By the variable in which the evaluated set-up has left it."""
    module, _, name = known.partition(":")
    path = imports.index.resolve(module, place.file) if name else None
    if path is None or not path.endswith(".py"):
        raise NotFixableError("the limiter has no name that another file could import")
    return Named(file=path, name=name)
