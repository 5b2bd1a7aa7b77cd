"""Which file an introduced limiter lives in, and how other files name it there."""

import re
from dataclasses import dataclass
from typing import Final

import libcst

from guardapi.fix.limiter.shape import Binding, Shape
from guardapi.fix.project import Project
from guardapi.fix.project_imports import Named, ProjectImports
from guardapi.fix.source import NotFixableError, Source, Statement
from guardapi.remedy import Import

Defined = libcst.FunctionDef | libcst.ClassDef
VARIABLES: Final = ("limiter", "rate_limiter")
EXTENSIONS: Final = re.compile(r"(?:^|/)_?ext(?:s|ensions?)?(?:/__init__)?\.py$")
"""Paths of modules for extensions of all kinds."""
MODULES: Final = ("extensions", "limiter", "rate_limits")
"""For a file that is made, in the order of preference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The file of an introduced limiter."""

    named: Named
    anchor: Statement | None
    """Behind which statement; None for a file that is made."""
    line: int
    """Where it is known from on."""
    with_app: bool
    """The application is there already, and is handed to it at once."""
    imports: ProjectImports

    def name_in(self, node: Defined, source: Source) -> tuple[str, tuple[Import, ...]]:
        """What the limiter is called where a view is defined, and what has to be imported for that.

        Raises NotFixableError.
        """
        line = source.line_of(source.first_line(node))
        self.imports.check_free(source.path, self.named.name, line)
        if source.path != self.named.file:
            return self.named.name, (self.imported_by(source.path),)
        if line <= self.line:
            raise NotFixableError(f"`{self.named.name}` is made below the view")
        return self.named.name, ()

    def imported_by(self, path: str) -> Import:
        """How another file imports it. Raises NotFixableError."""
        return Import(module=self.imports.module_for(path, self.named), name=self.named.name)


def home_for(shape: Shape, binding: Binding, views: set[str], project: Project) -> Home:
    """The file that fits, the one that the project has for extensions before all. Raises NotFixableError."""
    others = sorted(views - {shape.source.path})
    for find in (_beside_extensions, _beside_application, _made):
        candidate = find(shape, binding, others, project)
        if candidate is None:
            continue
        needing = {*others, binding.source.path} - {candidate.named.file}
        if candidate.with_app:
            needing = set(others)
        if all(_can_import(candidate, path) for path in needing):
            return candidate
    raise NotFixableError("no file was found that all others could import the limiter from")


def _beside_extensions(shape: Shape, binding: Binding, others: list[str], project: Project) -> Home | None:
    """In the module in which the other extensions are made that are bound beside it."""
    imported = {found.local: found.file for found in project.imports.of(binding.source.path)}
    names = {name.rpartition(".")[2] for name in binding.extensions}
    files = [imported.get(name.partition(".")[0], binding.source.path) for name in binding.extensions]
    for path in dict.fromkeys(file for file in files if project.is_python(file)):
        # What makes the application is imported by those alone that do so already.
        if path == shape.source.path and not all(_imports(other, path, project) for other in others):
            continue
        source = project.source(path)
        made = _made_at(source, names)
        # A module of one extension is about that: of the database, most likely.
        is_for_all = len(made) > 1 or path == shape.source.path or EXTENSIONS.search(path) is not None
        if made and is_for_all:
            anchor = made[-1]
            return _home(source, anchor, project, with_app=False)
    return None


def _beside_application(shape: Shape, _binding: Binding, others: list[str], project: Project) -> Home | None:
    """In the file that makes the application: behind it, or above the factory."""
    source = shape.source
    if not all(_imports(path, source.path, project) for path in others):
        return None
    if shape.function is not None:
        anchor = _above(shape.function, source)
        return None if anchor is None else _home(source, anchor, project, with_app=False)
    if shape.statement not in source.module.body:
        return None
    return _home(source, _behind_plain_settings(shape), project, with_app=True)


def _made(shape: Shape, _binding: Binding, _others: list[str], project: Project) -> Home | None:
    """In a module beside the application."""
    folder = shape.source.path.rpartition("/")[0]
    taken = {file.path for file in project.tree.python}
    for module in MODULES:
        path = f"{folder}/{module}.py" if folder else f"{module}.py"
        inside = path.removesuffix(".py") + "/"
        if path not in taken and not any(known.startswith(inside) for known in taken):
            named = Named(file=path, name=VARIABLES[0])
            imports = _with(path, b"", project)
            return Home(named=named, anchor=None, line=0, with_app=False, imports=imports)
    return None


def _home(source: Source, anchor: Statement, project: Project, *, with_app: bool) -> Home | None:
    variable = next((name for name in VARIABLES if not re.search(rf"\b{name}\b", source.module.code)), None)
    if variable is None:
        return None
    named = Named(file=source.path, name=variable)
    end = source.next_line(source.span(anchor)[1] - 1)
    content = source.bytes[:end].rstrip() + f"\n{variable} = ...\n".encode() + source.bytes[end:]
    return Home(
        named=named,
        anchor=anchor,
        line=source.line_of(source.span(anchor)[1] - 1),
        with_app=with_app,
        imports=_with(source.path, content, project),
    )


def _with(path: str, content: bytes, project: Project) -> ProjectImports:
    """The imports of the project with a file as the change leaves it."""
    paths = {*(file.path for file in project.tree.python), path}
    return ProjectImports(paths, lambda asked: content if asked == path else project.read(asked))


def _can_import(home: Home, path: str) -> bool:
    try:
        home.imported_by(path)
    except NotFixableError:
        return False
    return True


def _imports(path: str, file: str, project: Project) -> bool:
    return any(found.file == file and found.name for found in project.imports.of(path))


def _made_at(source: Source, names: set[str]) -> list[Statement]:
    """The statements at the top of a file that make the extensions, each with what it sets of one at once."""
    found: list[Statement] = []
    made = ""
    for statement in source.module.body:
        match statement:
            case (
                libcst.SimpleStatementLine(
                    body=[libcst.Assign(targets=[libcst.AssignTarget(target=libcst.Name(value=name))])]
                )
                | libcst.SimpleStatementLine(body=[libcst.AnnAssign(target=libcst.Name(value=name))])
            ):
                if name in names:
                    found.append(statement)
                    made = name
            case libcst.SimpleStatementLine():
                if made and source.written(statement).startswith(f"{made}."):
                    found[-1] = statement
    return found


def _behind_plain_settings(shape: Shape) -> Statement:
    """The application, or the last of the assignments to its settings that follow it at once."""
    source = shape.source
    body = source.module.body
    last: Statement = shape.statement
    for statement in body[list(body).index(shape.statement) + 1 :]:
        text = source.written(statement)
        is_setting = re.match(rf"{re.escape(shape.name)}\.(?:config\b|secret_key\b)", text)
        if not isinstance(statement, libcst.SimpleStatementLine) or not is_setting:
            break
        last = statement
    return last


def _above(function: libcst.FunctionDef, source: Source) -> Statement | None:
    """The last statement before the functions of the file begin, the factory among them."""
    last = None
    for statement in source.module.body:
        if (
            isinstance(statement, libcst.FunctionDef | libcst.ClassDef)
            or source.span(statement)[1] > source.span(function)[0]
        ):
            break
        last = statement
    return last
