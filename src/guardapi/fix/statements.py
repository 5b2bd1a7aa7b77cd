"""Statements: put beside others, into functions, or taken away."""

import ast
import re
import textwrap
from dataclasses import replace
from typing import Final

import libcst

from guardapi.fix.items import end_of_line
from guardapi.fix.source import BEHIND, NotFixableError, Source, Splice, Statement, is_docstring
from guardapi.remedy import Delete, Insert, MoveStatement, Where

Line = libcst.SimpleStatementLine | libcst.SimpleStatementSuite
DEFINITION: Final = re.compile(r"(?:@|def |async def |class )")
IMPORT: Final = re.compile(r"(?:import|from) ")
COMMENT: Final = re.compile(r"[ \t]*#")


def insert(edit: Insert, source: Source) -> list[Splice]:
    """Statements at the depth of those they stand beside, with the blank lines that definitions have around them."""
    if edit.where is Where.INSIDE:
        return _inside(edit, source)
    part = source.small_statement(edit.anchor)
    line = None if part is None else source.parent(part)
    if part is not None and isinstance(line, libcst.SimpleStatementSuite):
        _check_alone(edit, part, line)
        return _into_suite(edit.text, line, source, is_first=edit.where is Where.BEFORE)
    if (
        part is not None
        and isinstance(line, libcst.SimpleStatementLine)
        and line.body[_side(edit, line)] is not part
    ):
        return [_between_parts(edit, part, line, source)]
    statement = source.statement(edit.anchor)
    if _is_elif(statement, source):
        raise NotFixableError("it belongs to the test of an `elif`")
    return [(_before if edit.where is Where.BEFORE else _after)(edit.text, statement, source)]


def delete(edit: Delete, source: Source) -> list[Splice]:
    """The statement goes with its line, or alone where others share that; a block is never left empty."""
    part = source.small_statement(edit.statement)
    line = None if part is None else source.parent(part)
    if (
        part is not None
        and isinstance(line, Line)
        and (len(line.body) > 1 or isinstance(line, libcst.SimpleStatementSuite))
    ):
        return [_without_part(part, line, source)]
    statement = source.statement(edit.statement)
    if _is_elif(statement, source):
        raise NotFixableError("an `elif` is more than a statement")
    first, end = source.first_line(statement), source.span(statement)[1]
    if _is_only_one(statement, source):
        return [Splice(start=first + len(source.indent_of(first).encode()), end=end, text="pass")]
    behind = source.next_line(end)
    if _is_blank_before(first, source) and _is_blank(behind, source):
        behind = source.next_line(behind)
    return [Splice(start=first, end=behind, text="")]


def move(edit: MoveStatement, source: Source) -> list[Splice]:
    """The lines of the statement, before another one that stands above it and binds nothing that it reads."""
    moved, target = source.statement(edit.statement), source.statement(edit.before)
    block = source.parent(moved)
    if (
        not isinstance(moved, libcst.SimpleStatementLine)
        or len(moved.body) != 1
        or source.parent(target) is not block
    ):
        raise NotFixableError("the two statements do not stand in one block")
    assert isinstance(block, libcst.Module | libcst.IndentedBlock)  # noqa: S101  # for the type checker
    first, last = block.body.index(target), block.body.index(moved)
    passed = block.body[first:last]
    if not passed or _names(moved, stored=False) & {
        name for one in passed for name in _names(one, stored=True)
    }:
        raise NotFixableError("the statement needs what stands above it")
    start, end = source.first_line(moved), source.next_line(source.span(moved)[1])
    at = _above_comments(source.first_line(target), source)
    gap = (
        (1 if source.indent_of(at) else 2) if isinstance(target, libcst.FunctionDef | libcst.ClassDef) else 0
    )
    text = source.text(start, end) + source.newline * gap
    for _ in range(min(_blank_lines_above(start, source), _blank_lines_below(end, source))):
        end = source.next_line(end)
    return [Splice(start=at, end=at, text=text, rank=BEHIND), Splice(start=start, end=end, text="")]


def _names(node: libcst.CSTNode, *, stored: bool) -> set[str]:
    """The names that a statement binds, or reads, in whatever is nested in it."""
    code = ast.parse(textwrap.dedent(libcst.Module(body=[]).code_for_node(node)))
    found = set()
    for part in ast.walk(code):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) is not stored:
            found.add(part.id)
        elif stored and isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(part.name)
        elif stored and isinstance(part, ast.alias):
            found.add(part.asname or part.name.partition(".")[0])
    return found


def _inside(edit: Insert, source: Source) -> list[Splice]:
    body = source.function(edit.anchor).body
    if isinstance(body, libcst.SimpleStatementSuite):
        return _into_suite(edit.text, body, source, is_first=True)
    first = body.body[0]
    assert isinstance(first, Statement)  # noqa: S101  # for the type checker
    if is_docstring(first):
        return [_after(edit.text, first, source)]
    splice = _before(edit.text, first, source)
    if isinstance(first, libcst.FunctionDef | libcst.ClassDef) and not DEFINITION.match(edit.text):
        return [replace(splice, text=splice.text + source.newline)]
    return [splice]


def _before(text: str, statement: Statement, source: Source) -> Splice:
    at = _above_comments(source.first_line(statement), source)
    indent = source.indent_of(source.span(statement)[0])
    lines = _lines(text, indent, source)
    if DEFINITION.match(text):
        gap = 1 if indent else 2
        above = 0 if _opens_block(at, source) else _missing(gap, _blank_lines_above(at, source))
        lines = source.newline * above + lines + source.newline * gap
    elif not indent and isinstance(statement, libcst.FunctionDef | libcst.ClassDef):
        lines += source.newline * 2
    return Splice(start=at, end=at, text=lines, rank=BEHIND)


def _after(text: str, statement: Statement, source: Source) -> Splice:
    start, end = source.span(statement)
    indent = source.indent_of(start)
    at = _below_comments(source.next_line(max(end - 1, start)), indent, source)
    lines = _lines(text, indent, source)
    if DEFINITION.match(text):
        gap = 1 if indent else 2
        below = _blank_lines_below(at, source)
        lines = (
            source.newline * gap
            + lines
            + source.newline * (_missing(gap, below) if at < len(source.bytes) else 0)
        )
    elif not indent and isinstance(statement, libcst.FunctionDef | libcst.ClassDef):
        lines = source.newline * 2 + lines
    elif not indent and not IMPORT.match(text) and _has_gap_below(statement):
        lines = source.newline + lines
    if at == len(source.bytes) and not source.bytes.endswith((b"\n", b"\r")):
        lines = source.newline + lines.removesuffix(source.newline)
    return Splice(start=at, end=at, text=lines, rank=end - start)


def _has_gap_below(statement: Statement) -> bool:
    """Whether a blank line stands between it and code of a file, as below imports."""
    is_import = isinstance(statement, libcst.SimpleStatementLine) and isinstance(
        statement.body[-1], libcst.Import | libcst.ImportFrom
    )
    return is_import or is_docstring(statement)


def _lines(text: str, indent: str, source: Source) -> str:
    return "".join(f"{line}{source.newline}" for line in source.laid_out(text, indent))


def _missing(wanted: int, there: int) -> int:
    return max(wanted - there, 0)


# -- statements that share a line ------------------------------------------------------------------


def _side(edit: Insert, line: Line) -> int:
    """The index of the statement of a line that can have the new text beside it as it is."""
    return 0 if edit.where is Where.BEFORE else len(line.body) - 1


def _check_alone(edit: Insert, part: libcst.BaseSmallStatement, line: libcst.SimpleStatementSuite) -> None:
    if line.body[_side(edit, line)] is not part:
        raise NotFixableError("several statements share its line")


def _between_parts(
    edit: Insert, part: libcst.BaseSmallStatement, line: libcst.SimpleStatementLine, source: Source
) -> Splice:
    """`a; b` becomes two lines, with the text between."""
    index = line.body.index(part)
    left = index - 1 if edit.where is Where.BEFORE else index
    indent = source.indent_of(source.span(line)[0])
    between = source.newline + _lines(edit.text, indent, source) + indent
    start, end = source.span(line.body[left])[1], source.span(line.body[left + 1])[0]
    return Splice(start=start, end=end, text=between, is_alone=True)


def _into_suite(
    text: str, body: libcst.SimpleStatementSuite, source: Source, *, is_first: bool
) -> list[Splice]:
    """`if x: y` becomes a block of lines."""
    start, end = source.span(body)
    indent = source.indent_of(source.span(source.parent(body))[0]) + source.indentation
    added = _lines(text, indent, source)
    colon = len(source.bytes[:start].rstrip(b" \t"))
    opening = source.newline + (added if is_first else "") + indent
    splices = [Splice(start=colon, end=start, text=opening, is_alone=True)]
    if not is_first:
        behind = end_of_line(end, source)
        splices.append(
            Splice(start=behind, end=behind, text=source.newline + added.removesuffix(source.newline))
        )
    return splices


def _without_part(part: libcst.BaseSmallStatement, line: Line, source: Source) -> Splice:
    index = line.body.index(part)
    start, end = source.span(part)
    if len(line.body) == 1:
        return Splice(start=start, end=end, text="pass")
    if index + 1 < len(line.body):
        return Splice(start=start, end=source.span(line.body[index + 1])[0], text="")
    return Splice(start=source.span(line.body[index - 1])[1], end=end, text="")


# -- what stands around a statement ----------------------------------------------------------------


def _is_elif(statement: Statement, source: Source) -> bool:
    parent = source.parent(statement)
    return isinstance(parent, libcst.If) and parent.orelse is statement


def _is_only_one(statement: Statement, source: Source) -> bool:
    block = source.parent(statement)
    return isinstance(block, libcst.IndentedBlock) and len(block.body) == 1


def _above_comments(line: int, source: Source) -> int:
    """The first line of the comments that stand right above a line, at its depth; not of those that open a file."""
    indent, first = source.indent_of(line), line
    while first:
        above = source.line_start(first - 1)
        if not COMMENT.match(source.line_text(above)) or source.indent_of(above) != indent:
            return first
        first = above
    return line


def _below_comments(line: int, indent: str, source: Source) -> int:
    """Behind the comments that follow a block at its own depth."""
    while line < len(source.bytes):
        own = source.indent_of(line)
        if not COMMENT.match(source.line_text(line)) or len(own) <= len(indent) or not own.startswith(indent):
            break
        line = source.next_line(line)
    return line


def _is_blank(line: int, source: Source) -> bool:
    return line < len(source.bytes) and not source.line_text(line).strip()


def _is_blank_before(line: int, source: Source) -> bool:
    return line > 0 and _is_blank(source.line_start(line - 1), source)


def _opens_block(line: int, source: Source) -> bool:
    return line == 0 or source.line_text(line - 1).partition("#")[0].rstrip().endswith(":")


def _blank_lines_above(line: int, source: Source) -> int:
    number = 0
    while _is_blank_before(line, source):
        line = source.line_start(line - 1)
        number += 1
    return number


def _blank_lines_below(line: int, source: Source) -> int:
    number = 0
    while _is_blank(line, source):
        line = source.next_line(line)
        number += 1
    return number
