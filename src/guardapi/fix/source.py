"""A Python file that is to be changed: its syntax, found by the places that a scan has noted."""

import codecs
import io
import re
import tokenize
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeVar

import libcst
from libcst.metadata import ByteSpanPositionProvider, CodeSpan, MetadataWrapper

from guardapi.place import Place

if TYPE_CHECKING:
    from guardapi.fix.meanings import Meaning

Node = TypeVar("Node", bound=libcst.CSTNode)
Statement = libcst.SimpleStatementLine | libcst.BaseCompoundStatement
LINE_END: Final = re.compile(rb"\r\n|\r|\n")
FORBIDDEN: Final = re.compile(r"[\"'\\\\{}#\n]")
BLANKS: Final = re.compile(rb"(?:\s|\\|#[^\r\n]*)*")
USUAL_LENGTH: Final = 88
GREATEST_LENGTH: Final = 120
"""A longer line is one that nobody could break."""
LEVEL: Final = 4
"""Blanks that a level of nesting has in the text of an edit."""
BEHIND: Final = 1 << 40
"""The rank of what stands behind all that belongs to a statement or call that ends at the same place."""


class NotFixableError(Exception):
    """Why a change cannot be written here; its text is a phrase for the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Splice:
    """A text that takes the place of a part of a file; `start` equals `end` where it is only put in."""

    start: int
    """In bytes of the text as UTF-8, as is `end`."""
    end: int
    text: str
    rank: int = 0
    """The order of texts that are put in at one place: what belongs to a smaller part stands nearer to it."""
    is_alone: bool = False
    """No other text of the same rank can stand there."""


class Source:
    """A Python file. Offsets count bytes of its text in UTF-8, whatever the encoding of the file is."""

    def __init__(self, path: str, content: bytes, line_length: int | None = None) -> None:
        """`line_length` is what the project says. Raises NotFixableError for a file that is not read as Python."""
        self.path = path
        self._line_length = line_length
        self.mark, self.encoding, text = _decoded(content)
        self.bytes = text.encode()
        try:
            module = libcst.parse_module(text)
        except (libcst.ParserSyntaxError, RecursionError) as error:
            raise NotFixableError(f"{path} is not read as Python") from error
        if module.code != text:
            raise NotFixableError(f"{path} cannot be written as it was read")
        self._wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        self.module = self._wrapper.module

    @cached_property
    def _spans(self) -> dict[libcst.CSTNode, CodeSpan]:
        return dict(self._wrapper.resolve(ByteSpanPositionProvider))

    @cached_property
    def _by_start(self) -> dict[int, list[libcst.CSTNode]]:
        found: dict[int, list[libcst.CSTNode]] = defaultdict(list)
        for node, span in self._spans.items():
            found[span.start].append(node)
        return found

    @cached_property
    def _parents(self) -> dict[libcst.CSTNode, libcst.CSTNode]:
        # LibCST's provider visits the tree as well, and takes three times as long.
        found: dict[libcst.CSTNode, libcst.CSTNode] = {}
        waiting: list[libcst.CSTNode] = [self.module]
        while waiting:
            node = waiting.pop()
            children = node.children
            found |= dict.fromkeys(children, node)
            waiting += children
        return found

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in LINE_END.finditer(self.bytes))]

    @cached_property
    def line_length(self) -> int:
        """How long a new line may be: as the project says, otherwise as the file has lines."""
        if self._line_length is not None:
            return self._line_length
        longest = max((len(line) for line in self.module.code.splitlines()), default=0)
        return min(max(USUAL_LENGTH, longest), GREATEST_LENGTH)

    @cached_property
    def newline(self) -> str:
        """How most of its lines end."""
        ends = Counter(LINE_END.findall(self.bytes))
        return ends.most_common(1)[0][0].decode() if ends else "\n"

    @cached_property
    def meanings(self) -> "Mapping[str, Sequence[Meaning]]":
        """What gives names their meaning in the file."""
        from guardapi.fix.meanings import meanings_of  # noqa: PLC0415  # it reads a source

        return meanings_of(self)

    @cached_property
    def quote(self) -> str:
        """What most of its short texts stand between."""
        quotes = Counter(node.quote for node in self.nodes(libcst.SimpleString))
        return "'" if quotes["'"] > quotes['"'] else '"'

    @property
    def indentation(self) -> str:
        """What a level of nesting is written with."""
        return self.module.default_indent

    def encoded(self, text: bytes, *, is_beginning: bool = True) -> bytes:
        """A new text (in UTF-8) as the content of the file. Raises NotFixableError if its encoding does not have it."""
        mark = self.mark if is_beginning else b""
        try:
            return mark + text.decode().encode(self.encoding)
        except UnicodeEncodeError as error:
            raise NotFixableError(f"{self.path} is written in {self.encoding}") from error

    def span(self, node: libcst.CSTNode) -> tuple[int, int]:
        """Where a node begins and ends, without the parentheses and blanks around it."""
        found = self._spans[node]
        return found.start, found.start + found.length

    def outer_span(self, node: libcst.BaseExpression) -> tuple[int, int]:
        """Where an expression begins and ends, with its own parentheses."""
        start, end = self.span(node)
        if not node.lpar:
            return start, end
        code = self.module.code_for_node
        before = "".join(map(code, node.lpar))
        return start - len(before.encode()), end + len("".join(map(code, node.rpar)).encode())

    def text(self, start: int, end: int) -> str:
        """A part of the file."""
        return self.bytes[start:end].decode()

    def written(self, node: libcst.CSTNode) -> str:
        """A node as it is written, without the parentheses and blanks around it."""
        return self.text(*self.span(node))

    def parent(self, node: libcst.CSTNode) -> libcst.CSTNode:
        """The node around a node."""
        return self._parents[node]

    def around(self, node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
        """The nodes around a node, the nearest first."""
        while node in self._parents:
            node = self._parents[node]
            yield node

    def offset(self, line: int, column: int = 1) -> int:
        """Where a line and column (from 1, in characters, as places have them) stand. Raises NotFixableError."""
        if not 1 <= line <= len(self._line_starts):
            raise NotFixableError(f"{self.path} has no line {line}")
        start = self._line_starts[line - 1]
        return start + len(self.text(start, self.next_line(start))[: column - 1].encode())

    def place(self, start: int, end: int) -> Place:
        """A part of the file as a scan notes it."""
        line, end_line = self.line_of(start), self.line_of(end)
        return Place(
            file=self.path,
            line=line,
            column=len(self.text(self.line_start(start), start)) + 1,
            end_line=end_line,
            end_column=len(self.text(self.line_start(end), end)) + 1,
        )

    def line_of(self, offset: int) -> int:
        """The line, from 1, that an offset lies in."""
        return bisect_right(self._line_starts, offset)

    def line_start(self, offset: int) -> int:
        """Where the line begins that an offset lies in."""
        return self._line_starts[self.line_of(offset) - 1]

    def next_line(self, offset: int) -> int:
        """Where the line behind the one begins that an offset lies in; the end of the file behind the last."""
        number = self.line_of(offset)
        return self._line_starts[number] if number < len(self._line_starts) else len(self.bytes)

    def line_text(self, offset: int) -> str:
        """The line that an offset lies in, without its end."""
        return self.text(self.line_start(offset), self.next_line(offset)).rstrip("\r\n")

    def indent_of(self, offset: int) -> str:
        """The blanks that the line of an offset begins with. A form feed is none of them."""
        line = self.line_text(offset)
        return line[: len(line) - len(line.lstrip())].rpartition("\f")[2]

    def laid_out(self, text: str, indent: str) -> list[str]:
        """The lines of an edit's text at a depth, nested and ended as this file does it."""
        lines = []
        for line in text.strip("\n").split("\n"):
            bare = line.lstrip(" ")
            levels, rest = divmod(len(line) - len(bare), LEVEL)
            lines.append(f"{indent}{self.indentation * levels}{' ' * rest}{bare}" if bare else "")
        return lines

    def nodes(self, kind: type[Node]) -> Iterator[Node]:
        """All nodes of a kind; each comes behind those in it."""
        for node in self._spans:
            if isinstance(node, kind):
                yield node

    def nodes_within(self, outer: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
        """The nodes of a part of the file, itself among them."""
        start, end = self.span(outer)
        for node, span in self._spans.items():
            if start <= span.start and span.start + span.length <= end:
                yield node

    def at(self, place: Place, kind: type[Node]) -> Node:
        """The node of a kind that stands at a place. Raises NotFixableError where there is none."""
        return self._exact(place, [node for node in self._beginning(place) if isinstance(node, kind)])

    def expression(self, place: Place) -> libcst.BaseExpression:
        """The expression that stands at a place. Raises NotFixableError where there is none."""
        return self._exact(place, [n for n in self._beginning(place) if isinstance(n, libcst.BaseExpression)])

    def _exact(self, place: Place, begin: Sequence[Node]) -> Node:
        """The one that ends where a place does, or (where that end is not known) the only one."""
        end = self.offset(place.end_line, place.end_column) if place.end_line else None
        # Of several nodes with one span (an argument and its value), the innermost comes first.
        exact = [node for node in begin if end in {None, self.span(node)[1], self._outer_end(node)}]
        if not exact or (end is None and len(exact) != 1):
            raise NotFixableError(f"{place} is not as it was read")
        return exact[0]

    def _beginning(self, place: Place) -> Iterator[libcst.CSTNode]:
        """The nodes that begin at a place, also those that do so with a parenthesis, as tuples of `ast` have it."""
        start = self.offset(place.line, place.column)
        yield from self._by_start[start]
        if self.bytes[start : start + 1] == b"(":
            inside = BLANKS.match(self.bytes, start + 1)
            for node in self._by_start[inside.end() if inside else start + 1]:
                if isinstance(node, libcst.BaseExpression) and self.outer_span(node)[0] == start:
                    yield node

    def _outer_end(self, node: libcst.CSTNode) -> int:
        return self.outer_span(node)[1] if isinstance(node, libcst.BaseExpression) else self.span(node)[1]

    def statement(self, place: Place) -> Statement:
        """The innermost statement at or around a place; a decorator belongs to what it decorates.

        Raises NotFixableError.
        """
        start = self.offset(place.line, place.column)
        # Inner nodes come first.
        for node in self._spans:
            if isinstance(node, Statement) and self._first(node) <= start < self.span(node)[1]:
                return node
        raise NotFixableError(f"no statement stands at {place}")

    def small_statement(self, place: Place) -> libcst.BaseSmallStatement | None:
        """The part of a line (between `;`, or behind the colon of a block) at a place."""
        start = self.offset(place.line, place.column)
        for node in self._spans:
            if (
                isinstance(node, libcst.BaseSmallStatement)
                and self.span(node)[0] <= start < self.span(node)[1]
            ):
                return node
        return None

    def _first(self, node: Statement) -> int:
        """Where a statement begins with its decorators."""
        if isinstance(node, libcst.FunctionDef | libcst.ClassDef) and node.decorators:
            return self.span(node.decorators[0])[0]
        return self.span(node)[0]

    def first_line(self, node: Statement) -> int:
        """Where the line begins that a statement, or its first decorator, stands on."""
        return self.line_start(self._first(node))

    def check_formatted(self, splices: Sequence[Splice]) -> None:
        """Raises NotFixableError for texts that an f-string cannot have between its braces in every Python."""
        for node in self.nodes(libcst.FormattedStringExpression):
            start, end = self.span(node)
            for splice in splices:
                if start < splice.start < end and (node.equal or FORBIDDEN.search(splice.text)):
                    raise NotFixableError("it stands within the text of an f-string")

    def function(self, place: Place) -> libcst.FunctionDef | libcst.ClassDef:
        """The function or class whose definition begins on the line of a place. Raises NotFixableError."""
        found = self._definitions.get(self.offset(place.line))
        if found is None:
            raise NotFixableError(f"no function begins at {place}")
        return found

    @cached_property
    def _definitions(self) -> dict[int, libcst.FunctionDef | libcst.ClassDef]:
        """By where the line begins that a definition does."""
        found: dict[int, libcst.FunctionDef | libcst.ClassDef] = {}
        for node in self._spans:
            if isinstance(node, libcst.FunctionDef | libcst.ClassDef):
                found.setdefault(self.line_start(self.span(node)[0]), node)
        return found


def is_docstring(node: libcst.CSTNode) -> bool:
    """Whether a statement is a text and nothing else."""
    if not isinstance(node, libcst.SimpleStatementLine) or len(node.body) != 1:
        return False
    expression = node.body[0]
    return isinstance(expression, libcst.Expr) and isinstance(expression.value, libcst.BaseString)


def spliced(text: bytes, splices: Sequence[Splice]) -> bytes:
    """The text with all splices; none of them overlap. Those put in at one place keep their order."""
    parts: list[bytes] = []
    end = 0
    for splice in sorted(splices, key=lambda one: (one.start, one.end, one.rank)):
        parts += [text[end : splice.start], splice.text.encode()]
        end = splice.end
    return b"".join((*parts, text[end:]))


def _decoded(content: bytes) -> tuple[bytes, str, str]:
    """The byte order mark, the encoding and the text, its line ends as they are. Raises NotFixableError."""
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        encoding = "utf-8" if mark else encoding
        return mark, encoding, content.removeprefix(mark).decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise NotFixableError("its encoding is not known") from error
