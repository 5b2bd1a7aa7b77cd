"""The language server, spoken to by a client over standard input and output as an editor does."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

APP = """\
from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

app = Flask(__name__)
limiter = Limiter(get_remote_address, app=app, default_limits=["60 per minute"])


@limiter.limit("5 per minute")
@app.get("/größe")
def größe():
    return {"name": "é", "size": range(int(request.args["n"]))[0]}
"""
FIXED = APP.replace(
    '@limiter.limit("5 per minute")\n@app.get("/größe")', '@app.get("/größe")\n@limiter.limit("5 per minute")'
)
PATIENCE = 30.0


class Editor:
    """A client that keeps what it is told."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.client = LanguageClient("test-editor", "1")
        self.told: dict[str, list[types.Diagnostic]] = {}
        self.news = asyncio.Condition()
        self.version = 0

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        async def on_diagnostics(params: types.PublishDiagnosticsParams) -> None:
            async with self.news:
                self.told[params.uri] = list(params.diagnostics)
                self.news.notify_all()

    async def start(self) -> types.InitializeResult:
        await self.client.start_io(sys.executable, "-m", "guardapi", "lsp")
        folder = types.WorkspaceFolder(uri=self.root.as_uri(), name="shop")
        answer = await self.client.initialize_async(
            types.InitializeParams(capabilities=types.ClientCapabilities(), workspace_folders=[folder])
        )
        self.client.initialized(types.InitializedParams())
        return answer

    async def stop(self) -> int | None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        process = self.client._server
        await asyncio.wait_for(process.wait(), PATIENCE)
        await self.client.stop()
        return process.returncode

    def uri(self, path: str) -> str:
        return (self.root / path).as_uri()

    def open(self, path: str) -> None:
        text = (self.root / path).read_text()
        item = types.TextDocumentItem(uri=self.uri(path), language_id="python", version=0, text=text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))

    def type(self, path: str, text: str) -> None:
        self.version += 1
        document = types.VersionedTextDocumentIdentifier(uri=self.uri(path), version=self.version)
        change = types.TextDocumentContentChangeWholeDocument(text=text)
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(text_document=document, content_changes=[change])
        )

    async def until(self, path: str, is_right: Callable[[set[object]], bool]) -> list[types.Diagnostic]:
        """What is told of a file, as soon as the rules in it are right."""
        async with self.news:
            await asyncio.wait_for(
                self.news.wait_for(lambda: is_right({one.code for one in self.told.get(self.uri(path), [])})),
                PATIENCE,
            )
            return self.told[self.uri(path)]


def in_editor(root: Path, scene: Callable[[Editor], Coroutine[None, None, None]]) -> None:
    async def play() -> None:
        editor = Editor(root)
        await editor.start()
        try:
            await scene(editor)
        finally:
            assert await editor.stop() == 0

    asyncio.run(play())


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def test_findings_come_and_go_while_typing(shop: Path) -> None:
    async def scene(editor: Editor) -> None:
        editor.open("app.py")
        (found,) = [
            one for one in await editor.until("app.py", lambda ids: "GA202" in ids) if one.code == "GA202"
        ]
        assert found.source == "guardapi"
        assert found.range.start == types.Position(8, 1)
        editor.type("app.py", FIXED)
        await editor.until("app.py", lambda ids: "GA202" not in ids)
        editor.type("app.py", APP)
        await editor.until("app.py", lambda ids: "GA202" in ids)

    in_editor(shop, scene)


def test_columns_count_as_editors_do(shop: Path) -> None:
    async def scene(editor: Editor) -> None:
        editor.open("app.py")
        found = [
            one for one in await editor.until("app.py", lambda ids: "GA801" in ids) if one.code == "GA801"
        ]
        start = found[0].range.start
        line = APP.splitlines()[start.line]
        assert line[start.character :].startswith("range(")

    in_editor(shop, scene)


def test_hover_shows_the_rule(shop: Path) -> None:
    async def scene(editor: Editor) -> None:
        editor.open("app.py")
        await editor.until("app.py", lambda ids: "GA202" in ids)
        document = types.TextDocumentIdentifier(uri=editor.uri("app.py"))
        at = types.HoverParams(text_document=document, position=types.Position(8, 3))
        shown = await editor.client.text_document_hover_async(at)
        assert shown is not None
        assert isinstance(shown.contents, types.MarkupContent)
        assert shown.contents.value.startswith("# GA202 `limit-wraps-nothing`")
        nowhere = types.HoverParams(text_document=document, position=types.Position(0, 0))
        assert await editor.client.text_document_hover_async(nowhere) is None

    in_editor(shop, scene)


def test_actions_change_the_file(shop: Path) -> None:
    async def scene(editor: Editor) -> None:
        editor.open("app.py")
        (found,) = [
            one for one in await editor.until("app.py", lambda ids: "GA202" in ids) if one.code == "GA202"
        ]
        asked = types.CodeActionParams(
            text_document=types.TextDocumentIdentifier(uri=editor.uri("app.py")),
            range=found.range,
            context=types.CodeActionContext(diagnostics=[found]),
        )
        actions = await editor.client.text_document_code_action_async(asked)
        changed = {action.title: applied(APP, action) for action in actions or [] if "GA202" in action.title}
        accepted = changed.pop("Accept GA202 here, with a comment")
        assert "# guardapi: ignore[GA202] because" in accepted
        assert list(changed.values()) == [FIXED]

    in_editor(shop, scene)


def test_files_of_other_folders_are_scanned(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file outside of the open folders is scanned with the folder that it lies in."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "other.py").write_text(APP)

    async def scene(editor: Editor) -> None:
        editor.root = elsewhere
        editor.open("other.py")
        assert await editor.until("other.py", lambda ids: "GA202" in ids)

    in_editor(shop, scene)


def test_wrong_configuration_is_told(shop: Path) -> None:
    (shop / "guardapi.toml").write_text('profil = "audit"\n')
    said: list[str] = []

    async def scene(editor: Editor) -> None:
        heard = asyncio.Event()

        @editor.client.feature(types.WINDOW_LOG_MESSAGE)
        def on_message(params: types.LogMessageParams) -> None:
            said.append(params.message)
            heard.set()

        editor.open("app.py")
        await asyncio.wait_for(heard.wait(), PATIENCE)

    in_editor(shop, scene)
    assert "profil" in said[0]
    assert "profile" in said[0]


def applied(text: str, action: types.CodeAction) -> str:
    """The text after the edits of an action, the last one first."""
    assert action.edit is not None
    (change,) = action.edit.document_changes or []
    assert isinstance(change, types.TextDocumentEdit)
    lines = text.splitlines(keepends=True)
    for edit in sorted(change.edits, key=lambda one: one.range.start.line, reverse=True):
        assert isinstance(edit, types.TextEdit)
        lines[edit.range.start.line : edit.range.end.line] = [edit.new_text]
    return "".join(lines)
