"""Whatever is edited in whatever source: the rest of it stays, byte by byte, and the result is Python."""

import ast
from collections.abc import Sequence

import libcst
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from writing import FILE, planned, project_of

from guardapi.fix.changes import Change
from guardapi.fix.composing import composed, parts
from guardapi.fix.diff import diffs
from guardapi.fix.project import Project
from guardapi.fix.source import Source
from guardapi.remedy import Delete, Edit, Import, Insert, Rewrite, SetArgument, Where

LINES = (
    "x = f(a)",
    "y = g(a, b=c(d))[0]  # té",
    "z = f(a) if b else (a +\n  b)",
    "'''doc'''",
    "# a comment",
    "",
    "\x0c\nv = 1",
    "f(\n    a,\n    b,  # why\n)",
    "f(a,\n  b); g()",
    "t = f'{a} {f(b)!r}'",
    "from flask import request",
    "from flask import (\n    Flask,\n    request,\n)",
    "import os",
    "s = 'a' 'b'",
    "lst = [q for q in f(a)]",
)
BLOCKS = (
    "if {call}: {call}",
    "def h(p={call}): return p",
    "for i in {call}:\n    {call}",
    "@{call}\ndef k():\n    {call}",
)
TEXTS = ("min({}, 3)", "{} or 5", "5", "abs({})")


@st.composite
def sources(draw: st.DrawFn) -> bytes:
    """A file in one of the ways files are written."""
    lines = draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=8))
    blocks = draw(st.lists(st.sampled_from(BLOCKS), max_size=3))
    lines += [block.format(call=draw(st.sampled_from(("f(a)", "g(1, b)", "f()")))) for block in blocks]
    text = "\n".join(lines) + draw(st.sampled_from(("", "\n", "\n\n")))
    indented = text.replace("    ", draw(st.sampled_from(("    ", "\t", "  "))))
    encoded = indented.replace("\n", draw(st.sampled_from(("\n", "\r\n"))))
    match draw(st.sampled_from(("utf-8", "mark", "latin-1"))):
        case "mark":
            return b"\xef\xbb\xbf" + encoded.encode()
        case "latin-1":
            return f"# coding: latin-1\n{encoded}".encode("latin-1")
    return encoded.encode()


@st.composite
def edits(draw: st.DrawFn, source: Source) -> Edit:
    """An edit of some call of a source."""
    calls = list(source.nodes(libcst.Call))
    call = draw(st.sampled_from(calls))
    place = source.place(*source.span(call))
    match draw(st.integers(0, 3)):
        case 0:
            return SetArgument(call=place, name=draw(st.sampled_from(("b", "t"))), value="10")
        case 1:
            needed = draw(
                st.sampled_from(((), (Import(module="flask", name="abort"),), (Import(module="re"),)))
            )
            return Rewrite(expression=place, text=draw(st.sampled_from(TEXTS)), imports=needed)
        case 2:
            where = draw(st.sampled_from((Where.BEFORE, Where.AFTER)))
            return Insert(anchor=place, text="if a:\n    b", where=where)
    return Delete(statement=place)


@settings(deadline=None)
@given(data=st.data())
def test_rest_of_the_file_stays(data: st.DataObject) -> None:
    content = data.draw(sources())
    project = project_of({FILE: content})
    source = project.source(FILE)
    assume(list(source.nodes(libcst.Call)))
    remedies = [(edit,) for edit in data.draw(st.lists(edits(source), min_size=1, max_size=4))]
    changes, _ = planned(project, *remedies)
    for alone in changes:
        ast.parse(composed([alone], project)[FILE])
    if changes:
        assert_only_parts_differ(content, changes, project)


def assert_only_parts_differ(content: bytes, changes: Sequence[Change], project: Project) -> None:
    """The new file is the old one but for the parts, and the diff says so."""
    new = composed(changes, project)[FILE]
    source = project.source(FILE)
    text, rest = source.bytes, new.removeprefix(content[:3]) if content.startswith(b"\xef\xbb\xbf") else new
    rest = rest.decode(source.encoding).encode()
    at = 0
    for part in parts(FILE, changes, project):
        kept = text[at : part.splice.start] + part.splice.text.encode()
        assert rest.startswith(kept)
        rest, at = rest.removeprefix(kept), part.splice.end
    assert rest == text[at:]
    assert patched(content, changes, project) == new


def patched(content: bytes, changes: Sequence[Change], project: Project) -> bytes:
    """The old file after the hunks of the diff, each where it says it is."""
    old = [line + b"\n" for line in content.split(b"\n")]
    old[-1] = old[-1][:-1]
    new: list[bytes] = []
    at = 0
    [diff] = diffs(changes, project)
    for hunk in diff.hunks:
        first = hunk.start - 1 if hunk.length else hunk.start
        new += old[at:first]
        assert hunk.new_start == len(new) + 1
        before = [line for sign, line in hunk.lines if sign != "+"]
        assert before == [line for line in old[first : first + hunk.length] if line]
        new += [line for sign, line in hunk.lines if sign != "-"]
        at = first + hunk.length
    return b"".join([*new, *old[at:]])


@settings(deadline=None)
@given(data=st.data())
def test_same_edit_twice_changes_nothing(data: st.DataObject) -> None:
    """An argument that is set stays set, and an import that is there is not added again."""
    content = data.draw(sources())
    source = Source(FILE, content)
    calls = list(source.nodes(libcst.Call))
    assume(calls)
    number = data.draw(st.integers(0, len(calls) - 1))
    needed = (Import(module="flask", name="abort"), Import(module="re"))

    def written(before: bytes) -> bytes | None:
        project = project_of({FILE: before})
        call = list(project.source(FILE).nodes(libcst.Call))[number]
        place = project.source(FILE).place(*project.source(FILE).span(call))
        changes, _ = planned(project, (SetArgument(call=place, name="t", value="10", imports=needed),))
        return composed(changes, project)[FILE] if changes else None

    once = written(content)
    assert once is None or written(once) == once
