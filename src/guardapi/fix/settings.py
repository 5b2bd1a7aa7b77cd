"""Configuration values of an application: changed where they are, or added where the others are written."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import libcst

from guardapi.fix.project import Project
from guardapi.fix.source import NotFixableError, Source, Splice
from guardapi.model import App
from guardapi.place import Place
from guardapi.remedy import (
    AppendItem,
    Delete,
    Edit,
    Insert,
    RemoveArgument,
    RenameSetting,
    Rewrite,
    SetArgument,
    SetSetting,
    UnsetSetting,
    Where,
)

BRANCHES = (libcst.If, libcst.For, libcst.While, libcst.Try, libcst.TryStar, libcst.Match, libcst.Lambda)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """How a value is written."""

    source: Source
    holder: libcst.CSTNode
    """The assignment, the call with the keyword, or the dictionary."""
    value: libcst.BaseExpression
    statement: libcst.CSTNode

    @property
    def block(self) -> libcst.CSTNode:
        """What the statement stands in."""
        return self.source.parent(self.statement)


def set_setting(edit: SetSetting, project: Project) -> Iterator[Edit]:
    """The edits that it takes. Raises NotFixableError."""
    app = project.app(edit.app)
    known = app.settings.get(edit.key)
    if known is not None and known.place is not None:
        written = _written(known.place, edit.key, project)
        if written is None:
            raise NotFixableError(f"how {edit.key} is set at {known.place} is not understood")
        yield _changed(edit, written)
    elif edit.entry:
        raise NotFixableError(f"where {edit.key} is set is not known")
    else:
        beside = _beside_others(app, project)
        yield _at_application(edit, app, project) if beside is None else _added(edit, beside)


def _changed(edit: SetSetting, written: _Written) -> Edit:
    source, value = written.source, written.value
    if not edit.entry:
        place = source.place(*source.span(value))
        return Rewrite(expression=place, text=edit.value, imports=edit.imports)
    if not isinstance(value, libcst.Dict):
        raise NotFixableError(f"{edit.key} is no mapping that is written where it is set")
    entry = next(iter(_values(value, edit.entry)), None)
    if entry is not None:
        return Rewrite(expression=source.place(*source.span(entry)), text=edit.value, imports=edit.imports)
    text = f"{source.quote}{edit.entry}{source.quote}: {edit.value}"
    return AppendItem(collection=source.place(*source.span(value)), text=text, imports=edit.imports)


def _written(place: Place, key: str, project: Project) -> _Written | None:
    """The value of a key in the statement at a place, if it is written there once."""
    if not project.is_python(place.file):
        return None
    source = project.source(place.file)
    statement = source.small_statement(place)
    if statement is None:
        return None
    found = [
        _Written(source=source, holder=node, value=value, statement=source.parent(statement))
        for node in source.nodes_within(statement)
        for value in _values(node, key)
    ]
    return found[0] if len(found) == 1 else None


def _values(node: libcst.CSTNode, key: str) -> Iterator[libcst.BaseExpression]:
    """What a node gives to a key."""
    match node:
        case libcst.Assign(targets=[libcst.AssignTarget(target=target)], value=value) if _names(target, key):
            yield value
        case libcst.AnnAssign(target=target, value=libcst.BaseExpression() as value) if _names(target, key):
            yield value
        case libcst.Call(func=libcst.Attribute(attr=libcst.Name(value="setdefault")), args=[name, argument]):
            if _says(name.value, key):
                yield argument.value
        case libcst.Call():
            yield from (
                one.value for one in node.args if one.keyword is not None and one.keyword.value == key
            )
        case libcst.Dict():
            for element in node.elements:
                if isinstance(element, libcst.DictElement) and _says(element.key, key):
                    yield element.value


def _names(target: libcst.BaseExpression, key: str) -> bool:
    match target:
        case libcst.Name(value=name):
            return name == key
        case libcst.Subscript(slice=[libcst.SubscriptElement(slice=libcst.Index(value=index))]):
            return _says(index, key)
    return False


def _says(expression: libcst.BaseExpression, key: str) -> bool:
    return isinstance(expression, libcst.SimpleString) and expression.evaluated_value == key


def unset_setting(edit: UnsetSetting, project: Project) -> Iterator[Edit]:
    """The edits that it takes. Raises NotFixableError."""
    found = [_set_at(key, edit.app, project) for key in edit.keys]
    holder, source = found[0].holder, found[0].source
    if isinstance(holder, libcst.Call) and all(one.holder is holder for one in found):
        at = source.place(*source.span(holder))
        is_all = len(holder.args) == len(edit.keys)
        yield (
            Delete(statement=at)
            if is_all
            else RemoveArgument(call=at, name=edit.keys[0], others=edit.keys[1:])
        )
        return
    for one in found:
        if not isinstance(one.holder, libcst.Assign | libcst.AnnAssign):
            raise NotFixableError(f"how {', '.join(edit.keys)} is set is not understood")
        yield Delete(statement=one.source.place(*one.source.span(one.holder)))


def _set_at(key: str, app: str, project: Project) -> _Written:
    """How a key is set. Raises NotFixableError."""
    known = project.app(app).settings.get(key)
    written = _written(known.place, key, project) if known is not None and known.place is not None else None
    if written is None or _is_default(written.holder):
        raise NotFixableError(f"how {key} is set is not understood")
    return written


def _is_default(holder: libcst.CSTNode) -> bool:
    match holder:
        case libcst.Call(func=libcst.Attribute(attr=libcst.Name(value="setdefault"))):
            return True
    return False


def rename(edit: RenameSetting, source: Source) -> list[Splice]:
    """Another key, where the statement sets the old one once."""
    statement = source.small_statement(edit.statement)
    nodes = source.nodes_within(statement) if statement is not None else ()
    found = [name for node in nodes for name in _keys(node, edit.key)]
    if len(found) != 1:
        raise NotFixableError(f"how {edit.key} is set at {edit.statement} is not understood")
    start, end = source.span(found[0])
    text = source.text(start, end).replace(edit.key, edit.new)
    return [Splice(start=start, end=end, text=text)]


def _keys(node: libcst.CSTNode, key: str) -> Iterator[libcst.BaseExpression]:
    """What a node names a key by, where it gives it a value."""
    match node:
        case libcst.Assign(targets=[libcst.AssignTarget(target=target)]) | libcst.AnnAssign(target=target):
            if isinstance(target, libcst.Subscript) and _names(target, key):
                index = target.slice[0].slice
                assert isinstance(index, libcst.Index)  # noqa: S101  # for the type checker
                yield index.value
            elif _names(target, key):
                yield target
        case libcst.Call(func=libcst.Attribute(attr=libcst.Name(value="setdefault")), args=[name, _]):
            if _says(name.value, key):
                yield name.value
        case libcst.Call():
            yield from (
                one.keyword for one in node.args if one.keyword is not None and one.keyword.value == key
            )
        case libcst.Dict():
            for element in node.elements:
                if isinstance(element, libcst.DictElement) and _says(element.key, key):
                    yield element.key


# -- a key that is not set -------------------------------------------------------------------------


def _beside_others(app: App, project: Project) -> _Written | None:
    """The last setting of the block that most of the application's settings are written in."""
    found = [
        written
        for setting in app.settings.values()
        if setting.place is not None
        and project.has(setting.place.file)
        and (written := _written(setting.place, setting.key, project)) is not None
        and _is_always_run(written, app)
    ]
    if not found:
        return None
    [(block, _)] = Counter(written.block for written in found).most_common(1)
    return max(
        (written for written in found if written.block is block),
        key=lambda written: written.source.span(written.holder)[1],
    )


def _is_always_run(written: _Written, app: App) -> bool:
    """Whether the statement runs wherever the application is made: at the top of a file, in a class, or there."""
    source = written.source
    for node in source.around(written.statement):
        if isinstance(node, BRANCHES):
            return False
        if isinstance(node, libcst.FunctionDef):
            start, end = source.span(node)
            made = source.offset(app.place.line) if source.path == app.place.file else -1
            return start <= made < end
        if isinstance(node, libcst.ClassDef):
            return True
    return True


def _added(edit: SetSetting, beside: _Written) -> Edit:
    source, holder = beside.source, beside.holder
    quote = source.quote
    at = source.place(*source.span(holder))
    match holder:
        case libcst.Call(func=libcst.Attribute(attr=libcst.Name(value="setdefault"), value=receiver)):
            text = f"{source.written(receiver)}.setdefault({quote}{edit.key}{quote}, {edit.value})"
        case libcst.Call():
            return SetArgument(call=at, name=edit.key, value=edit.value, imports=edit.imports)
        case libcst.Dict():
            text = f"{quote}{edit.key}{quote}: {edit.value}"
            return AppendItem(collection=at, text=text, imports=edit.imports)
        case libcst.Assign(targets=[libcst.AssignTarget(target=libcst.Subscript(value=receiver))]):
            text = f"{source.written(receiver)}[{quote}{edit.key}{quote}] = {edit.value}"
        case _:
            text = f"{edit.key} = {edit.value}"
    return Insert(anchor=at, text=text, where=Where.AFTER, imports=edit.imports)


def _at_application(edit: SetSetting, app: App, project: Project) -> Edit:
    """Right behind the statement that makes the application."""
    source = project.source(app.place.file)
    call = source.at(app.place, libcst.Call)
    match source.parent(call):
        case libcst.Assign(
            targets=[libcst.AssignTarget(target=libcst.Name() | libcst.Attribute() as target)]
        ):
            name = source.written(target)
        case libcst.AnnAssign(target=libcst.Name() | libcst.Attribute() as target):
            name = source.written(target)
        case _:
            raise NotFixableError(f"the application has no name at {app.place}")
    text = f"{name}.config[{source.quote}{edit.key}{source.quote}] = {edit.value}"
    return Insert(anchor=app.place, text=text, where=Where.AFTER, imports=edit.imports)
