"""Makes broken source readable, line by line: what cannot be parsed is replaced, and no line moves."""

import ast
import sys
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from guardapi.model import Problem
from guardapi.python.dialects import modernised
from guardapi.python.logical_lines import TAB, Statement, statements_of

UNKNOWN: Final = "_left_out_"
"""A name that nothing defines, where a value could not be parsed."""
MAX_JUDGED: Final = 20_000
"""Statements of one file that are looked at one by one; beyond it, what is broken goes in larger pieces."""
LARGE_PIECE: Final = 64
"""So many top-level statements."""
MAX_BLOCK_REPAIRS: Final = 10
MAX_LISTED: Final = 20
REFUSALS: Final = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What `ast.parse` raises for text that it does not accept."""

_VERSION: Final = f"Python {sys.version_info.major}.{sys.version_info.minor}"
_FOLLOWS: Final = {
    "elif": {"if", "elif"},
    "else": {"if", "elif", "for", "while", "except"},
    "except": {"try", "except"},
    "finally": {"try", "except", "else"},
}
"""The headers that may stand above each of these at the same indentation."""
_BEFORE: Final = {
    "elif": "if _: pass\n",
    "else": "if _: pass\n",
    "except": "try: pass\n",
    "finally": "try: pass\n",
    "case": "match _:\n ",
}
"""What makes a header complete that cannot begin a statement."""
_AFTER: Final = {"@": "\ndef _(): pass", "try": "\nfinally: pass", "match": "\n case _: pass"}


def repaired(text: str, path: str) -> tuple[ast.Module, tuple[Problem, ...]]:
    """What can be read of a text that `ast.parse` refuses, and what was left out."""
    repair = _Repair(text)
    module = repair.module()
    found = sorted(repair.messages.items())
    problems = [
        Problem(file=path, line=line, message=f"cannot be parsed as {_VERSION}: {message}")
        for line, message in found[:MAX_LISTED]
    ]
    if rest := found[MAX_LISTED:]:
        message = f"{len(rest)} more places cannot be parsed as {_VERSION} and are left out"
        problems.append(Problem(file=path, line=rest[0][0], message=message))
    return module, tuple(problems)


def try_parse(text: str) -> ast.Module | str:
    """The parsed text, or in a few words why it is refused."""
    try:
        return ast.parse(text)
    except SyntaxError as error:
        return error.msg
    except (RecursionError, MemoryError):
        return "nested too deeply"
    except ValueError as error:
        return str(error)


@dataclass(slots=True)
class _Level:
    """A block that is open, while indentations are read."""

    indent: int
    """As written."""
    written: int
    """As it should have been."""
    last: int = -1
    """The index of the last statement directly in it."""


@dataclass(slots=True)
class _Repair:
    text: str
    lines: list[str] = field(init=False)
    statements: list[Statement] = field(init=False)
    messages: dict[int, str] = field(default_factory=dict)
    """What is said of a line, counted from 1."""
    judged: int = 0

    def __post_init__(self) -> None:
        self.lines = self.text.split("\n")
        self.statements = statements_of(self.text)

    def module(self) -> ast.Module:
        starts = _chunk_starts(self.statements)
        chunks = list(pairwise([*starts, len(self.statements)]))
        if chunks:
            self._mend(chunks)
        module = try_parse("\n".join(self.lines))
        return module if isinstance(module, ast.Module) else self._joined(chunks)

    def _mend(self, chunks: list[tuple[int, int]]) -> None:
        """Halve until the broken chunks are found, so that sound ones are parsed together."""
        start, end = chunks[0][0], chunks[-1][1]
        reason = try_parse(self._source(start, end))
        if isinstance(reason, ast.Module):
            return
        cost = end - start if len(chunks) == 1 else 1
        is_affordable = self.judged + cost <= MAX_JUDGED
        if len(chunks) > (1 if is_affordable else LARGE_PIECE):
            middle = len(chunks) // 2
            self._mend(chunks[:middle])
            self._mend(chunks[middle:])
        elif is_affordable:
            self.judged += cost
            _Chunk(self, start, end).mend()
        else:
            self.drop(start, end, reason)

    def _source(self, start: int, end: int) -> str:
        return "\n".join(self.lines[self.statements[start].first : self.statements[end - 1].last + 1])

    def drop(self, start: int, end: int, reason: str) -> None:
        """Leave out all statements from `start` up to, not including, `end`."""
        first, last = self.statements[start].first, self.statements[end - 1].last
        self.lines[first : last + 1] = [""] * (last + 1 - first)
        self.messages[first + 1] = f"{reason}; {last + 1 - first} lines are left out"

    def _joined(self, chunks: list[tuple[int, int]]) -> ast.Module:
        """Parsed chunk by chunk, for the case that they are sound alone and not together."""
        module = ast.Module(body=[], type_ignores=[])
        for start, end in chunks:
            parsed = try_parse(self._source(start, end))
            if isinstance(parsed, ast.Module):
                ast.increment_lineno(parsed, self.statements[start].first)
                module.body += parsed.body
            else:
                self.drop(start, end, parsed)
        return module


class _Chunk:
    """A top-level statement with all that is in it, decorators and all branches included."""

    def __init__(self, repair: _Repair, start: int, end: int) -> None:
        self.repair = repair
        self.start = start
        self.statements = repair.statements[start:end]
        self.texts: list[str] = []
        """What each statement becomes, without indentation."""
        self.indents: list[int] = []

    def mend(self) -> None:
        self.texts = [self._judged(statement) for statement in self.statements]
        self.indents = [statement.indent for statement in self.statements]
        self._settle_blocks()
        for _ in range(MAX_BLOCK_REPAIRS):
            self._write()
            refusal = _refusal("\n".join(self._lines()))
            if refusal is None:
                return
            if refusal.lineno is None or not self._drop_block(refusal.lineno, refusal.msg):
                break
        self.repair.drop(self.start, self.start + len(self.statements), "invalid syntax")

    def _lines(self) -> list[str]:
        return self.repair.lines[self.statements[0].first : self.statements[-1].last + 1]

    def _judged(self, statement: Statement) -> str:
        """The statement as it is, in newer words, or what stands for it; each is judged alone."""
        source = statement.source(self.repair.text)
        if statement.has_block and statement.tokens[-1].text != ":":
            # `if x: y` is complete; that deeper lines follow is the mistake of those.
            statement.has_block = False
            if isinstance(try_parse(_completed(statement, source)), ast.Module):
                return source
            statement.has_block = True
        reason = try_parse(_completed(statement, source))
        if isinstance(reason, ast.Module):
            return source
        newer = modernised(self.repair.text, statement.tokens)
        if isinstance(try_parse(_completed(statement, newer)), ast.Module):
            return newer
        consequence = "only its block is read" if statement.has_block else "this statement is left out"
        self._say(statement, reason, consequence)
        return _stand_in(statement)

    def _say(self, statement: Statement, reason: str, consequence: str) -> None:
        self.repair.messages.setdefault(statement.first + 1, f"{reason}; {consequence}")

    def _settle_blocks(self) -> None:
        """Give every line a possible indentation, every header a block, every branch its beginning."""
        levels = [_Level(self.statements[0].indent, 0)]
        for index, statement in enumerate(self.statements):
            dropped = self._close_levels(levels, statement.indent)
            level = levels[-1]
            if statement.indent > level.indent:
                above = self.statements[index - 1]
                if dropped is not None:
                    written = dropped.written
                elif index and above.has_block:
                    written = max(statement.indent, self.indents[index - 1] + 1)
                else:
                    written = level.written
                    self._say(statement, "unexpected indent", "read as part of the block above")
                inherited = dropped if dropped is not None else level if written == level.written else None
                level = _Level(statement.indent, written, inherited.last if inherited else -1)
                levels.append(level)
            self.indents[index] = level.written
            self._check_branch(index, level)
            level.last = index
        while levels:
            self._check_try(levels.pop())
        self._fill_blocks()

    def _close_levels(self, levels: list[_Level], indent: int) -> _Level | None:
        """Leave the blocks that end here; answers the block of a line that fits no indentation above it."""
        dropped = None
        while len(levels) > 1 and indent < levels[-1].indent:
            dropped = levels.pop()
            if indent <= levels[-1].indent:
                self._check_try(dropped)
        return dropped if indent > levels[-1].indent else None

    def _check_branch(self, index: int, level: _Level) -> None:
        statement = self.statements[index]
        above = self.statements[level.last].word if level.last >= 0 else ""
        if statement.word in _FOLLOWS and above not in _FOLLOWS[statement.word]:
            self._say(statement, f"{statement.word} without its beginning", "read as a condition")
            self.texts[index] = f"if {UNKNOWN}:" if statement.has_block else "pass"
        if above == "try" and statement.word not in {"except", "finally"}:
            self._check_try(level)

    def _check_try(self, level: _Level) -> None:
        """A `try` that is the last of its block has no handler."""
        if level.last >= 0 and self.statements[level.last].word == "try":
            statement = self.statements[level.last]
            self._say(statement, "try without except or finally", "read without it")
            self.texts[level.last] = "if True:" if statement.has_block else "pass"

    def _fill_blocks(self) -> None:
        for index, statement in enumerate(self.statements):
            following = index + 1
            has_next = following < len(self.statements)
            if statement.word == "@" and not (
                has_next and self.statements[following].word in {"@", "def", "class"}
            ):
                self._say(statement, "decorator without a function", "this statement is left out")
                self.texts[index] = "pass"
            is_filled = has_next and self.indents[following] > self.indents[index]
            if statement.has_block and not is_filled:
                self._say(statement, "expected an indented block", "read as an empty one")
                self.texts[index] += "\n case _: pass" if self.texts[index].startswith("match ") else " pass"

    def _write(self) -> None:
        """Put the statements into their lines, which keep their number."""
        uses_tabs = all(not self._lead(statement).strip("\t") for statement in self.statements)
        for index, statement in enumerate(self.statements):
            count = statement.last + 1 - statement.first
            text = self.texts[index]
            indent = self.indents[index]
            lead = "\t" * (indent // TAB) if uses_tabs else " " * indent
            lines = f"{lead}{text}".split("\n")
            self.repair.lines[statement.first : statement.last + 1] = (lines + [""] * count)[:count]

    def _lead(self, statement: Statement) -> str:
        """The white space before a statement."""
        start = statement.tokens[0].start
        return self.repair.text[self.repair.text.rfind("\n", 0, start) + 1 : start]

    def _drop_block(self, line: int, reason: str) -> bool:
        """Leave out the statement at a line of the chunk and all that is deeper, else what it is in."""
        firsts = [statement.first - self.statements[0].first + 1 for statement in self.statements]
        index = max(bisect_right(firsts, line) - 1, 0)
        while self.texts[index] == "pass" and index:
            index = self._parent(index)
        if index == 0:
            return False
        end = index + 1
        while end < len(self.statements) and self.indents[end] > self.indents[index]:
            end += 1
        self._say(self.statements[index], reason, f"{end - index} statements are left out")
        for dropped in range(index, end):
            self.texts[dropped], self.indents[dropped] = "pass", self.indents[index]
        return True

    def _parent(self, index: int) -> int:
        for candidate in range(index - 1, -1, -1):
            if self.indents[candidate] < self.indents[index]:
                return candidate
        return 0


def _chunk_starts(statements: list[Statement]) -> list[int]:
    """The statements that begin a top-level piece of the file."""
    starts = []
    for index, statement in enumerate(statements):
        is_inside = statement.indent > 0 or statement.word in _FOLLOWS
        if index == 0 or not (is_inside or statements[index - 1].word == "@"):
            starts.append(index)
    return starts


def _completed(statement: Statement, source: str) -> str:
    """A text that can be parsed if and only if the statement is sound."""
    block = " pass" if statement.has_block and statement.word != "match" else ""
    return f"{_BEFORE.get(statement.word, '')}{source}{block}{_AFTER.get(statement.word, '')}"


def _stand_in(statement: Statement) -> str:
    """What takes the place of a statement that cannot be parsed."""
    tokens = statement.tokens
    if statement.word == "@":
        return f"@{UNKNOWN}"
    if not statement.is_block_word:
        if len(tokens) > 1 and tokens[0].text == "return":
            return f"return {UNKNOWN}"
        is_assignment = len(tokens) > 2 and tokens[1].text == "=" and tokens[0].text.isidentifier()
        return f"{tokens[0].text} = {UNKNOWN}" if is_assignment and statement.word else "pass"
    header = {
        "def": f"def {statement.name}(*_args, **_kwargs):",
        "class": f"class {statement.name}({UNKNOWN}):",
        "for": f"for {UNKNOWN} in {UNKNOWN}:",
        "except": "except Exception:",
        "else": "else:",
        "try": "try:",
        "finally": "finally:",
    }.get(statement.word, f"{statement.word} {UNKNOWN}:")
    is_async = tokens[0].text == "async" and statement.word in {"def", "for", "with"}
    return f"{'async ' * is_async}{header}{'' if statement.has_block else ' pass'}"


def _refusal(text: str) -> SyntaxError | None:
    """Why a text is refused; other reasons than its syntax have no line."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        return error
    except REFUSALS:
        return SyntaxError("nested too deeply")
    return None
