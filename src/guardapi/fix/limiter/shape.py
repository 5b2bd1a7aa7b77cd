"""The shape of an application: where it is made, and where a factory binds its extensions."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import libcst

from guardapi.fix.project import Project
from guardapi.fix.source import NotFixableError, Source, Statement
from guardapi.model import App
from guardapi.place import Place

BIND: Final = "init_app"
HOOK: Final = re.compile(r"\.before_request\b")
HOLDERS: Final = {"connexion": ({"FlaskApp", "App"}, "app"), "dash": ({"Dash"}, "server")}
"""By module: classes that hold the application as an attribute."""
REGISTERING: Final = frozenset(
    {
        *(
            "register_blueprint",
            "register_api",
            "add_url_rule",
            "add_namespace",
            "add_resource",
            "route",
            "errorhandler",
        ),
        *("before_request", "after_request", "register_error_handler", "cli", "run"),
    }
)
"""What stands behind the settings of an application."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Where an application is made."""

    app: App
    source: Source
    statement: Statement
    """That gives it its name."""
    name: str
    """`app`, `self.app`."""
    function: libcst.FunctionDef | None
    """The factory; None where the application is made as its file is imported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Where `init_app` is called."""

    source: Source
    anchor: Statement
    """Behind it."""
    name: str
    """What the application is called there."""
    extensions: tuple[str, ...] = ()
    """The names of those that are bound there already."""


def shape_of(app: App, project: Project) -> Shape:
    """Raises NotFixableError where the application is made in another way than by an assignment."""
    if not project.is_python(app.place.file):
        raise NotFixableError("the application is made by a dependency")
    source = project.source(app.place.file)
    call = source.at(app.place, libcst.Call)
    statement = source.statement(app.place)
    target = _target(call, statement, source)
    if (held := _held_by(call, source)) is not None:
        target = f"{target}.{held}"
    function = next((node for node in source.around(call) if isinstance(node, libcst.FunctionDef)), None)
    return Shape(app=app, source=source, statement=statement, name=target, function=function)


def binding_of(shape: Shape, project: Project) -> Binding:
    """Beside the other extensions, or behind the settings of the application."""
    for block in _blocks(shape, project):
        bound = [found for found in _bindings(block) if found.name == block.name]
        if bound:
            return Binding(
                source=block.source,
                anchor=_fitting(bound, block),
                name=block.name,
                extensions=tuple(found.extension for found in bound),
            )
    return Binding(source=shape.source, anchor=behind_settings(shape), name=shape.name)


def behind_settings(shape: Shape) -> Statement:
    """The last statement that sets something of the application before anything is registered."""
    return _last_setting(_own_block(shape)) or shape.statement


def place_of(node: libcst.CSTNode, source: Source) -> Place:
    """Where a node begins."""
    start = source.span(node)[0]
    line = source.line_of(start)
    return Place(file=source.path, line=line, column=start - source.offset(line) + 1)


def body_of(function: libcst.FunctionDef | None, source: Source) -> Sequence[libcst.CSTNode]:
    """The statements of a function, or of the file."""
    return source.module.body if function is None else function.body.body


# -- where extensions are bound ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Statements that know the application by a name."""

    source: Source
    function: libcst.FunctionDef | None
    name: str
    behind: int = 0
    """Only what begins behind this offset."""

    @property
    def statements(self) -> list[Statement]:
        return [
            node
            for node in body_of(self.function, self.source)
            if isinstance(node, Statement) and self.source.span(node)[0] >= self.behind
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bound:
    """A statement `extension.init_app(app)`."""

    statement: Statement
    extension: str
    name: str


def _blocks(shape: Shape, project: Project) -> Iterator[_Block]:
    """The factory itself, then the functions to which it hands the application."""
    own = _own_block(shape)
    yield own
    for call in _calls_in(own.statements, shape.source):
        if not isinstance(call.func, libcst.Name) or not call.args:
            continue
        if shape.source.written(call.args[0].value) != shape.name:
            continue
        yield from _called(call.func.value, shape, project)


def _called(name: str, shape: Shape, project: Project) -> Iterator[_Block]:
    sources = [(shape.source, name)]
    imported = project.imports.of(shape.source.path)
    sources += [
        (project.source(found.file), found.name) for found in imported if found.local == name and found.name
    ]
    for source, wanted in sources:
        for node in source.module.body:
            if isinstance(node, libcst.FunctionDef) and node.name.value == wanted and node.params.params:
                yield _Block(source=source, function=node, name=node.params.params[0].name.value)


def _calls_in(statements: Sequence[Statement], source: Source) -> Iterator[libcst.Call]:
    spans = [source.span(statement) for statement in statements]
    found = [
        node
        for node in source.nodes(libcst.Call)
        if any(start <= source.span(node)[0] < end for start, end in spans)
    ]
    yield from sorted(found, key=lambda node: source.span(node)[0])


def _bindings(block: _Block) -> list[_Bound]:
    found = []
    for statement in block.statements:
        match statement:
            case libcst.SimpleStatementLine(
                body=[
                    libcst.Expr(
                        value=libcst.Call(func=libcst.Attribute(attr=libcst.Name(value=name))) as call
                    )
                ]
            ) if name == BIND and call.args:
                extension = block.source.written(libcst.ensure_type(call.func, libcst.Attribute).value)
                app = block.source.written(call.args[0].value)
                found.append(_Bound(statement=statement, extension=extension, name=app))
    return found


def _fitting(bound: list[_Bound], block: _Block) -> Statement:
    """The last of the statements that bind one extension behind the other, once all settings are made."""
    statements = block.statements
    indices = [statements.index(found.statement) for found in bound]
    setting = _last_setting(block)
    least = -1 if setting is None else statements.index(setting)
    hook = next((index for index, one in enumerate(statements) if _hooks(one, block.source)), len(statements))
    last = next((index for index in indices if index > least and (index < hook or least < 0)), None)
    if last is None:
        return statements[least]
    while last + 1 in indices:
        last += 1
    return statements[last]


def _own_block(shape: Shape) -> _Block:
    start = shape.source.span(shape.statement)[0]
    return _Block(source=shape.source, function=shape.function, name=shape.name, behind=start)


def _last_setting(block: _Block) -> Statement | None:
    name = re.escape(block.name)
    sets = re.compile(
        rf"{name}\.(?:config(?:\.(?:from_\w+|update|setdefault|load\w*)\(|\[[^\]]*\]\s*=(?!=))"
        rf"|(?:secret_key|debug|testing|wsgi_app|json_encoder|url_map\.\w+)\s*=(?!=))"
    )
    last = None
    for statement in block.statements:
        if _registers(statement, block.source) or _returns(statement):
            break
        if sets.search(block.source.written(statement)):
            last = statement
    return last


def _hooks(statement: Statement, source: Source) -> bool:
    """Whether it lets something run before requests: the limiter is to come first."""
    return HOOK.search(source.written(statement)) is not None


def _registers(statement: Statement, source: Source) -> bool:
    if isinstance(statement, libcst.FunctionDef | libcst.ClassDef):
        return True
    if isinstance(statement, libcst.SimpleStatementLine) and isinstance(
        statement.body[0], libcst.Import | libcst.ImportFrom
    ):
        return True
    return any(
        isinstance(call.func, libcst.Attribute) and call.func.attr.value in REGISTERING
        for call in _calls_in([statement], source)
    )


def _returns(statement: Statement) -> bool:
    return isinstance(statement, libcst.SimpleStatementLine) and isinstance(statement.body[-1], libcst.Return)


# -- how it is made ------------------------------------------------------------------------------


def _target(call: libcst.Call, statement: Statement, source: Source) -> str:
    """What the application is called. Raises NotFixableError."""
    match statement:
        case (
            libcst.SimpleStatementLine(
                body=[libcst.Assign(targets=[libcst.AssignTarget(target=target), *_], value=value)]
            )
            | libcst.SimpleStatementLine(body=[libcst.AnnAssign(target=target, value=value)])
        ):
            if value is call and isinstance(target, libcst.Name | libcst.Attribute):
                return source.written(target)
    raise NotFixableError("the application is not given a name by the statement that makes it")


def _held_by(call: libcst.Call, source: Source) -> str | None:
    """The attribute that is the application, where what is made only holds it."""
    callee = source.written(call.func).rpartition(".")[2]
    for module, (classes, attribute) in HOLDERS.items():
        if callee in classes and re.search(
            rf"^\s*(?:import|from) {module}\b", source.module.code, re.MULTILINE
        ):
            return attribute
    return None
