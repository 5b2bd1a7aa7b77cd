"""The server itself: what an editor says and asks, over standard input and output."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from guardapi import __version__
from guardapi.errors import GuardApiError
from guardapi.findings import Finding
from guardapi.lsp.actions import actions
from guardapi.lsp.diagnostics import diagnostic
from guardapi.lsp.projects import Project, Scanned, root_of
from guardapi.lsp.texts import Text, decoded, encoded
from guardapi.report.rule_markdown import render as rule_page
from guardapi.rule import catalogue

PAUSE: Final = 0.3
"""Seconds without a change before a scan begins: nobody wants one for each key."""


class Server(LanguageServer):
    """What is known of the projects that the editor shows."""

    def __init__(self) -> None:
        super().__init__("guardapi", __version__)
        self.projects: dict[Path, Project] = {}
        self._waiting: dict[Path, asyncio.Task[None]] = {}
        self._told: dict[Path, set[str]] = {}
        # One scan at a time: two would only share the interpreter.
        self._scans = ThreadPoolExecutor(max_workers=1, thread_name_prefix="scan")

    def project_of(self, uri: str) -> tuple[Project, str] | None:
        """The project of a document, and its path there."""
        location = uris.to_fs_path(uri)
        if location is None:
            return None
        file = Path(location)
        folders = (uris.to_fs_path(folder) for folder in self.workspace.folders)
        root = root_of(file, tuple(Path(folder) for folder in folders if folder))
        project = self.projects.setdefault(root, Project(root))
        path = project.path_of(file)
        return (project, path) if path is not None else None

    def changed(self, uri: str) -> None:
        """Scan the project of a document as soon as nothing more is typed."""
        found = self.project_of(uri)
        if found is None:
            return
        project, _ = found
        earlier = self._waiting.pop(project.root, None)
        if earlier is not None:
            earlier.cancel()
        self._waiting[project.root] = asyncio.get_running_loop().create_task(self._scan_soon(project))

    async def _scan_soon(self, project: Project) -> None:
        await asyncio.sleep(PAUSE)
        loop = asyncio.get_running_loop()
        try:
            # A scan that has begun goes on; whoever waits for it may give up when more is typed.
            scanned = await loop.run_in_executor(self._scans, project.scan, self._texts(project))
        except GuardApiError as error:
            self._say(str(error))
            return
        except Exception as error:  # noqa: BLE001  # the border: a fault of ours must not end the server
            self._say(f"Internal failure: {type(error).__name__}: {error}. This is a fault of guardapi.")
            return
        self._publish(project, scanned)

    def _texts(self, project: Project) -> dict[str, bytes]:
        """The open documents of a project, by path."""
        texts = {}
        for document in self.workspace.text_documents.values():
            location = uris.to_fs_path(document.uri)
            path = project.path_of(Path(location)) if location else None
            if path is not None:
                texts[path] = encoded(document.source)
        return texts

    def _publish(self, project: Project, scanned: Scanned | None) -> None:
        """Tell the findings of every file, and that there are none any more where there were some."""
        found: dict[str, list[types.Diagnostic]] = {}
        if scanned is not None:
            texts = Texts(self, scanned)
            for finding in scanned.report.findings:
                shown = diagnostic(finding, texts.of, lambda path: uri_of(project, path))
                found.setdefault(finding.place.file, []).append(shown)
        for path in sorted({*found, *self._told.get(project.root, set())}):
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(uri=uri_of(project, path), diagnostics=found.get(path, []))
            )
        self._told[project.root] = set(found)

    def _say(self, message: str) -> None:
        self.window_log_message(types.LogMessageParams(type=types.MessageType.Warning, message=message))


class Texts:
    """The texts of a scanned project, each split into lines once."""

    def __init__(self, server: Server, scanned: Scanned) -> None:
        self._codec = server.workspace.position_codec
        self._scanned = scanned
        self._known = {file.path for file in (*scanned.tree.python, *scanned.tree.others)}
        self._texts: dict[str, Text] = {}

    def of(self, path: str) -> Text:
        """The text of a file as it was scanned."""
        if path not in self._texts:
            content = self._scanned.tree.content.read(path) if path in self._known else b""
            self._texts[path] = Text(decoded(content), self._codec)
        return self._texts[path]


def uri_of(project: Project, path: str) -> str:
    """The address of a file of a project."""
    return uris.from_fs_path(str(project.root / path)) or ""


def made() -> Server:
    """A server with all that it answers."""
    server = Server()
    for event in (
        types.TEXT_DOCUMENT_DID_OPEN,
        types.TEXT_DOCUMENT_DID_CHANGE,
        types.TEXT_DOCUMENT_DID_SAVE,
        types.TEXT_DOCUMENT_DID_CLOSE,
    ):
        server.feature(event)(_on_document)
    server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(_on_files)
    server.feature(types.TEXT_DOCUMENT_HOVER)(_hover)
    options = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)(_code_actions)
    return server


Documents = (
    types.DidOpenTextDocumentParams
    | types.DidChangeTextDocumentParams
    | types.DidSaveTextDocumentParams
    | types.DidCloseTextDocumentParams
)


async def _on_document(server: Server, params: Documents) -> None:
    server.changed(params.text_document.uri)


async def _on_files(server: Server, params: types.DidChangeWatchedFilesParams) -> None:
    for change in params.changes:
        server.changed(change.uri)


def _hover(server: Server, params: types.HoverParams) -> types.Hover | None:
    """The pages of the rules whose findings stand there."""
    found = [
        finding
        for finding, shown in _shown(server, params.text_document.uri)
        if _holds(shown.range, params.position)
    ]
    named = {finding.rule for finding in found}
    pages = [rule_page(rule) for rule in catalogue() if rule.id in named]
    if not pages:
        return None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(pages)))


def _code_actions(server: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    """What can be done about the findings on the chosen lines."""
    found = server.project_of(params.text_document.uri)
    if found is None or found[0].scanned is None:
        return []
    project, scanned = found[0], found[0].scanned
    texts = Texts(server, scanned)
    return [
        action
        for finding, shown in _shown(server, params.text_document.uri)
        if _touch(shown.range, params.range)
        for action in actions(scanned, finding, shown, texts.of, lambda path: uri_of(project, path))
    ]


def _shown(server: Server, uri: str) -> Iterator[tuple[Finding, types.Diagnostic]]:
    """The findings of a document, as they were told; none where it has changed since, until it is scanned again."""
    found = server.project_of(uri)
    if found is None or found[0].scanned is None:
        return
    project, path = found
    scanned = found[0].scanned
    document = server.workspace.text_documents.get(uri)
    findings = scanned.findings_of(path)
    if not findings or (document and encoded(document.source) != scanned.tree.content.read(path)):
        return
    texts = Texts(server, scanned)
    for finding in findings:
        yield finding, diagnostic(finding, texts.of, lambda other: uri_of(project, other))


def _holds(span: types.Range, position: types.Position) -> bool:
    return span.start <= position <= span.end


def _touch(one: types.Range, other: types.Range) -> bool:
    return one.start.line <= other.end.line and other.start.line <= one.end.line
