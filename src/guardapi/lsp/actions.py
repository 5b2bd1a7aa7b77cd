"""Changes that an editor offers at a finding: the one that closes it, and a comment that accepts it."""

from collections.abc import Callable, Iterator, Mapping
from difflib import SequenceMatcher

from lsprotocol import types

from guardapi.findings import Finding
from guardapi.fix.composing import composed
from guardapi.fix.planning import plan
from guardapi.fix.project import Project as FixedProject
from guardapi.lsp.projects import Scanned
from guardapi.lsp.texts import Text, decoded, lines_of
from guardapi.remedy import Safety
from guardapi.report.escape import visible
from guardapi.rule import catalogue
from guardapi.suppression import NotWritableError, with_comments

TextOf = Callable[[str], Text]
UriOf = Callable[[str], str]
REASON = "of a decision that is to be written here"


def actions(
    scanned: Scanned, finding: Finding, at: types.Diagnostic, text_of: TextOf, uri_of: UriOf
) -> Iterator[types.CodeAction]:
    """What can be done about a finding."""
    yield from _fix(scanned, finding, at, text_of, uri_of)
    yield from _acceptance(scanned, finding, at, text_of, uri_of)


def _fix(
    scanned: Scanned, finding: Finding, at: types.Diagnostic, text_of: TextOf, uri_of: UriOf
) -> Iterator[types.CodeAction]:
    if finding.remedy is None:
        return
    project = FixedProject(tree=scanned.tree, inventory=scanned.report.inventory)
    changes = plan([finding], project, lambda _remedy: "").changes
    if not changes:
        return
    mark = "" if finding.remedy.safety is Safety.SAFE else " (changes behaviour)"
    yield types.CodeAction(
        title=f"{finding.rule}: {visible(finding.remedy.reason)}{mark}",
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[at],
        is_preferred=finding.remedy.safety is Safety.SAFE,
        edit=_edit(composed(changes, project), scanned, text_of, uri_of),
    )


def _acceptance(
    scanned: Scanned, finding: Finding, at: types.Diagnostic, text_of: TextOf, uri_of: UriOf
) -> Iterator[types.CodeAction]:
    path = finding.place.file
    names = {rule.id.lower(): rule.id for rule in catalogue()}
    is_python = any(file.path == path for file in scanned.tree.python)
    before = scanned.tree.content.read(path)
    try:
        after = with_comments(before, path, [finding], REASON, names, is_python=is_python)
    except NotWritableError:
        return
    yield types.CodeAction(
        title=f"Accept {finding.rule} here, with a comment",
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[at],
        edit=_edit({path: after}, scanned, text_of, uri_of),
    )


def _edit(
    contents: Mapping[str, bytes], scanned: Scanned, text_of: TextOf, uri_of: UriOf
) -> types.WorkspaceEdit:
    """The new contents of files as changes of the lines that differ."""
    known = {file.path for file in (*scanned.tree.python, *scanned.tree.others)}
    parts: list[types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile] = []
    for path, content in contents.items():
        uri = uri_of(path)
        after = decoded(content)
        if path in known:
            edits = list(_differences(text_of(path), after))
        else:
            parts.append(types.CreateFile(uri=uri))
            edits = [types.TextEdit(types.Range(types.Position(0, 0), types.Position(0, 0)), after)]
        document = types.OptionalVersionedTextDocumentIdentifier(uri=uri)
        parts.append(types.TextDocumentEdit(text_document=document, edits=list(edits)))
    return types.WorkspaceEdit(document_changes=parts)


def _differences(before: Text, after: str) -> Iterator[types.TextEdit]:
    lines = lines_of(after)
    for tag, first, end, start, stop in SequenceMatcher(
        None, before.lines, lines, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            yield types.TextEdit(before.lines_range(first, end), "".join(lines[start:stop]))
