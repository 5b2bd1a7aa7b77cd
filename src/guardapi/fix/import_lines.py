"""Lines of imports: where a new one stands among those of a file."""

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import libcst

from guardapi.fix.source import BEHIND, Source, Splice, Statement, is_docstring
from guardapi.remedy import Import


class Group(IntEnum):
    """The part of a file's imports that a module belongs to; smaller ones come first."""

    FUTURE = 0
    STANDARD = 1
    INSTALLED = 2
    OWN = 3
    """Relative ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportStatement:
    """An import at the top level of a file, on a line of its own."""

    start: int
    """Offset of its line."""
    end: int
    """Offset of the line behind it."""
    node: libcst.Import | libcst.ImportFrom
    module: str
    """As it is written, with leading dots."""

    @property
    def order(self) -> tuple[bool, str]:
        """How isort orders the imports of a group."""
        return isinstance(self.node, libcst.ImportFrom), self.module.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spot:
    """Where a line goes, and the blank lines that go with it."""

    at: int
    above: str = ""
    below: str = ""


def module_level(source: Source) -> Iterator[ImportStatement]:
    """The imports of a file that run whenever it is imported."""
    for line in source.module.body:
        node = line.body[0] if isinstance(line, libcst.SimpleStatementLine) and len(line.body) == 1 else None
        if isinstance(node, libcst.Import | libcst.ImportFrom):
            start, end = source.span(line)
            yield ImportStatement(
                start=source.line_start(start),
                end=source.next_line(end),
                node=node,
                module=_module_of(node, source),
            )


def new_lines(
    needed: Sequence[Import], statements: Sequence[ImportStatement], source: Source
) -> list[Splice]:
    """Imports on lines of their own: with those of their kind, in their order if they have one."""
    opening = _opening(statements, source)
    spots: dict[_Spot, list[Import]] = defaultdict(list)
    for item in needed:
        spots[_spot(item, opening, source)].append(item)
    splices = []
    for spot, items in spots.items():
        ordered = sorted(items, key=_order)
        text = "".join(f"{_line(item)}{source.newline}" for item in ordered)
        if spot.at == len(source.bytes) and source.bytes and not source.bytes.endswith((b"\n", b"\r")):
            text = source.newline + text.removesuffix(source.newline)
        # Whatever else is put in there speaks of the statement below.
        text = spot.above + text + spot.below
        splices.append(Splice(start=spot.at, end=spot.at, text=text, rank=-BEHIND))
    return splices


def _line(needed: Import) -> str:
    return f"from {needed.module} import {needed.name}" if needed.name else f"import {needed.module}"


def _order(needed: Import) -> tuple[Group, bool, str]:
    return _group(needed.module), bool(needed.name), needed.module.lower()


def _module_of(node: libcst.Import | libcst.ImportFrom, source: Source) -> str:
    if isinstance(node, libcst.Import):
        return source.written(node.names[0].name)
    return "." * len(node.relative) + (source.written(node.module) if node.module else "")


def _group(module: str) -> Group:
    if module == "__future__":
        return Group.FUTURE
    if module.startswith("."):
        return Group.OWN
    return Group.STANDARD if module.partition(".")[0] in sys.stdlib_module_names else Group.INSTALLED


def _opening(statements: Sequence[ImportStatement], source: Source) -> list[ImportStatement]:
    """The imports that a file opens with, before its own code."""
    by_start = {statement.start: statement for statement in statements}
    found = []
    for line in source.module.body:
        statement = by_start.get(source.line_start(source.span(line)[0]))
        if statement is not None:
            found.append(statement)
        elif not _may_stand_between(line):
            break
    return found


def _may_stand_between(line: libcst.CSTNode) -> bool:
    """A docstring, an assignment such as that of `__all__`, an import that may fail."""
    if isinstance(line, libcst.Try | libcst.If) or is_docstring(line):
        return True
    node = line.body[0] if isinstance(line, libcst.SimpleStatementLine) else None
    target = node.targets[0].target if isinstance(node, libcst.Assign) else None
    return isinstance(target, libcst.Name) and target.value.startswith("__")


def _spot(needed: Import, opening: Sequence[ImportStatement], source: Source) -> _Spot:
    group = _group(needed.module)
    if not any(_group(statement.module) is not Group.FUTURE for statement in opening):
        return _first_spot(opening, source)
    runs = [run for run in _runs(opening) if _group(run[0].module) is group]
    is_first = _is_first_of_project(needed, opening, source)
    if runs and not is_first:
        return _spot_in(_fitting(runs, needed), needed)
    gap = source.newline if _has_gaps(opening) else ""
    before = [statement for statement in opening if _group(statement.module) < group + is_first]
    if not before:
        return _Spot(at=opening[0].start, below=gap)
    at = before[-1].end
    return _Spot(at=at, above=gap, below=gap if _is_code(at, source) else "")


def _is_first_of_project(needed: Import, opening: Sequence[ImportStatement], source: Source) -> bool:
    """Whether it is the first import of the package that the file itself is part of."""
    package = needed.module.partition(".")[0]
    packages = {statement.module.partition(".")[0] for statement in opening}
    return package in source.path.split("/")[:-1] and package not in packages


def _spot_in(run: Sequence[ImportStatement], needed: Import) -> _Spot:
    """Among imports that stand together: where the order has it, otherwise behind those of the same form."""
    mine = (bool(needed.name), needed.module.lower())
    orders = [statement.order for statement in run]
    if orders != sorted(orders):
        alike = [statement for statement in run if statement.order[0] == mine[0]]
        return _Spot(at=(alike or run)[-1].end)
    before = [statement for statement in run if statement.order < mine]
    return _Spot(at=before[-1].end if before else run[0].start)


def _runs(opening: Sequence[ImportStatement]) -> list[list[ImportStatement]]:
    """Imports of one group that stand together, without a blank line between."""
    runs: list[list[ImportStatement]] = []
    for statement in opening:
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and last.end == statement.start
            and _group(last.module) is _group(statement.module)
        ):
            runs[-1].append(statement)
        else:
            runs.append([statement])
    return runs


def _fitting(runs: Sequence[list[ImportStatement]], needed: Import) -> list[ImportStatement]:
    """The run with the same package in it, otherwise the first: those of the project's own come last."""
    package = needed.module.partition(".")[0]
    for run in runs:
        if any(statement.module.partition(".")[0] == package for statement in run):
            return run
    return runs[0]


def _has_gaps(opening: Sequence[ImportStatement]) -> bool:
    """Whether blank lines stand between groups; so it is where there is one group only."""
    pairs = [
        (one, other) for one, other in pairwise(opening) if _group(one.module) is not _group(other.module)
    ]
    return not pairs or any(one.end != other.start for one, other in pairs)


def _first_spot(opening: Sequence[ImportStatement], source: Source) -> _Spot:
    """Behind the docstring and what is imported from the future, otherwise before the first statement."""
    first = source.module.body[0] if source.module.body else None
    if opening:
        at = opening[-1].end
    elif first is not None and not is_docstring(first):
        assert isinstance(first, Statement)  # noqa: S101  # for the type checker
        is_definition = isinstance(first, libcst.FunctionDef | libcst.ClassDef)
        return _Spot(at=source.first_line(first), below=source.newline * (2 if is_definition else 1))
    else:
        at = len(source.bytes) if first is None else source.next_line(source.span(first)[1])
    gap = source.newline
    return _Spot(at=at, above="" if first is None else gap, below=gap if _is_code(at, source) else "")


def _is_code(line: int, source: Source) -> bool:
    return line < len(source.bytes) and bool(source.line_text(line).strip())
