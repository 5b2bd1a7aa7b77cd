"""Imports that a change needs: found, added to those of the file, or refused where the name means something else."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import libcst

from guardapi.fix.import_lines import ImportStatement, module_level, new_lines
from guardapi.fix.items import Items, appended, is_on_own_line, put_before
from guardapi.fix.meanings import Meaning, is_same_module
from guardapi.fix.source import NotFixableError, Source, Splice
from guardapi.remedy import Import, RenameImport


def check_import(source: Source, needed: Import, splices: Sequence[Splice]) -> None:
    """Raises NotFixableError where the name means something else in the file, or where one of the texts is put in."""
    bound = _bound_name(needed)
    for meaning in source.meanings.get(bound, ()):
        if not any(_is_seen(meaning, splice) for splice in splices):
            continue
        if not meaning.is_same(needed, source.path):
            raise NotFixableError(f"`{bound}` means something else in {source.path}")
        if meaning.scope is not None and any(splice.start < meaning.start for splice in splices):
            raise NotFixableError(f"`{bound}` is imported further down in the function")


def rename(edit: RenameImport, source: Source) -> list[Splice]:
    """The other name in the import, and in all uses of the file that mean it."""
    meanings = source.meanings.get(edit.name, ())
    if len(meanings) != 1 or meanings[0].scope is not None or not meanings[0].module:
        raise NotFixableError(f"`{edit.name}` has several meanings in {source.path}")
    taken = source.meanings.get(edit.new, ())
    new = Import(module=meanings[0].module, name=edit.new)
    if any(not meaning.is_same(new, source.path) for meaning in taken):
        raise NotFixableError(f"`{edit.new}` means something else in {source.path}")
    statement = source.small_statement(edit.statement)
    if not isinstance(statement, libcst.ImportFrom):
        raise NotFixableError(f"no import stands at {edit.statement}")
    splices = []
    for node in source.nodes(libcst.Name):
        if node.value != edit.name or _is_attribute(node, source):
            continue
        start, end = source.span(node)
        if isinstance(source.parent(node), libcst.ImportAlias):
            if taken:
                raise NotFixableError(f"`{edit.new}` is imported already")
            if statement not in source.around(node):
                raise NotFixableError(f"`{edit.name}` is imported twice")
        splices.append(Splice(start=start, end=end, text=edit.new))
    return splices


def _is_attribute(node: libcst.Name, source: Source) -> bool:
    """Whether a name is one of something else: an attribute, or the keyword of an argument."""
    parent = source.parent(node)
    if isinstance(parent, libcst.Attribute):
        return parent.attr is node
    return isinstance(parent, libcst.Arg) and parent.keyword is node


def import_splices(source: Source, needed: Iterable[Import]) -> list[Splice]:
    """What binds the names that the file does not bind yet."""
    names: dict[str, list[str]] = defaultdict(list)
    for item in dict.fromkeys(needed):
        if not _is_bound(item, source):
            names[item.module].append(item.name)
    statements = tuple(module_level(source))
    splices: list[Splice] = []
    lines: list[Import] = []
    for module, wanted in names.items():
        lines += [Import(module=module)] * ("" in wanted)
        added = sorted(filter(None, wanted), key=_by_type)
        there = next((found for found in statements if _is_from(found, module, source)), None)
        if there is None:
            lines += [Import(module=module, name=", ".join(added))] * bool(added)
        elif added:
            splices += _added(there, added, source)
    return [*splices, *new_lines(lines, statements, source)]


def _is_seen(meaning: Meaning, splice: Splice) -> bool:
    return meaning.scope is None or meaning.scope[0] <= splice.start < meaning.scope[1]


def _bound_name(needed: Import) -> str:
    return needed.name or needed.module.partition(".")[0]


def _is_bound(needed: Import, source: Source) -> bool:
    return any(
        meaning.scope is None and not meaning.is_for_types and meaning.gives(needed, source.path)
        for meaning in source.meanings.get(_bound_name(needed), ())
    )


def _is_from(statement: ImportStatement, module: str, source: Source) -> bool:
    node = statement.node
    if not isinstance(node, libcst.ImportFrom) or isinstance(node.names, libcst.ImportStar):
        return False
    return is_same_module(statement.module, module, source.path)


def _added(statement: ImportStatement, names: Sequence[str], source: Source) -> list[Splice]:
    """The names among those of the statement: in their order if they have one, otherwise behind them."""
    node = statement.node
    assert isinstance(node, libcst.ImportFrom)  # noqa: S101  # for the type checker
    assert not isinstance(node.names, libcst.ImportStar)  # noqa: S101  # for the type checker
    there = [source.written(alias.name) for alias in node.names]
    orders: tuple[Callable[[str], Any], ...] = (_by_type, str.lower, str)
    order = next((key for key in orders if sorted(there, key=key) == there), None)
    places: dict[int, list[str]] = defaultdict(list)
    for name in names:
        index = len(there) if order is None else sum(order(other) <= order(name) for other in there)
        places[index].append(name)
    items = _items(node, node.names, source)
    splices: list[Splice] = []
    for index, found in places.items():
        if index < len(there):
            splices += put_before(index, items, found, source)
        else:
            splices += appended(items, _joined(found, items, source), source)
    return splices


def _joined(names: Sequence[str], items: Items, source: Source) -> str:
    last = items.spans[-1][0]
    gap = f"{source.newline}{source.indent_of(last)}" if is_on_own_line(last, source) else " "
    return f",{gap}".join(names)


def _items(node: libcst.ImportFrom, names: Sequence[libcst.ImportAlias], source: Source) -> Items:
    spans = tuple(source.span(alias) for alias in names)
    comma = names[-1].comma
    behind = source.span(comma)[1] if isinstance(comma, libcst.Comma) else None
    return Items(
        opened=spans[0][0],
        closed=source.span(node)[1] - (1 if node.rpar else 0),
        # The span of a name has its comma in it.
        spans=(*spans[:-1], (spans[-1][0], _end(names[-1], source))),
        comma=behind,
        needs_brackets=node.lpar is None,
    )


def _end(alias: libcst.ImportAlias, source: Source) -> int:
    return source.span(alias.asname.name if alias.asname else alias.name)[1]


def _by_type(name: str) -> tuple[int, str]:
    """Constants, classes, functions: as isort orders names."""
    if name.isupper() and len(name) > 1:
        return 0, name
    return (1 if name[:1].isupper() else 2), name.lower()
