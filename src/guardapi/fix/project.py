"""The project that is fixed: its files as the scan has read them, and what the scan has found out."""

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from guardapi.files import SourceFile, Tree
from guardapi.fix.line_length import stated_length
from guardapi.fix.project_imports import ProjectImports
from guardapi.fix.source import NotFixableError, Source
from guardapi.model import App, Inventory


@dataclass(slots=True, kw_only=True)
class Project:
    """Files and model. The tree remembers what it has read (`files.overlaid.remembered`)."""

    tree: Tree
    inventory: Inventory
    imports: ProjectImports = field(init=False)
    _files: dict[str, SourceFile] = field(init=False)
    _python: frozenset[str] = field(init=False)
    _sources: dict[str, Source] = field(init=False, default_factory=dict)
    _lengths: dict[str, int | None] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._files = {file.path: file for file in (*self.tree.python, *self.tree.others)}
        self._python = frozenset(file.path for file in self.tree.python)
        self.imports = ProjectImports(self._python, self.read)

    def app(self, id: str) -> App:  # noqa: A002  # the name of the fact
        """An application. Raises NotFixableError for one that is not known."""
        for app in self.inventory.apps:
            if app.id == id:
                return app
        raise NotFixableError(f"there is no application {id}")

    def source(self, path: str) -> Source:
        """A Python file. Raises NotFixableError for one that is not there, or not read as Python."""
        if path not in self._sources:
            self._sources[path] = Source(path, self.read(path), self._line_length(path))
        return self._sources[path]

    def _line_length(self, path: str) -> int | None:
        """What the nearest `pyproject.toml` tells formatters; None where none does."""
        for folder in PurePosixPath(path).parents:
            settings = str(folder / "pyproject.toml")
            if settings not in self._lengths:
                self._lengths[settings] = stated_length(self.read(settings)) if self.has(settings) else None
            if (length := self._lengths[settings]) is not None:
                return length
        return None

    def read(self, path: str) -> bytes:
        """The content of a file. Raises NotFixableError for one that is not part of the scan."""
        if path not in self._files:
            raise NotFixableError(f"{path} is not part of the scan")
        return self.tree.read(self._files[path])

    def text(self, path: str) -> bytes:
        """What the offsets of a Splice count: the text of a Python file in UTF-8, the content of any other."""
        return self.source(path).bytes if self.is_python(path) else self.read(path)

    def is_python(self, path: str) -> bool:
        """Whether a file is listed as Python."""
        return path in self._python

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        return path in self._files
