"""Which file an import means: modules of the tree by name, as the interpreter would look for them."""

import sys
from collections.abc import Iterable
from functools import cache

from guardapi.python.values import Module


class ModuleIndex:
    """The Python files of a tree, found by import name.

    Several roots are possible in one tree (`src/`, a monorepo, scripts beside each other): an import
    is looked for first where the importing file's own package starts, then at the top, then wherever
    a package of that name starts.
    """

    def __init__(self, paths: Iterable[str], root_name: str = "") -> None:
        self.files = set(paths)
        self.root_name = root_name
        self.folders = _folders(self.files)
        self.starts = _package_starts(self.files, self.folders)
        self._of_top: dict[tuple[str, str], tuple[str, ...]] = {}

    def resolve(self, name: str, importer: str) -> str | None:
        """The path of the file (or of the folder, for a namespace package) that `name` means."""
        top, _, rest = name.partition(".")
        for root in self._roots_with(top, importer):
            if found := self.at(_joined(root, name.replace(".", "/"))):
                return found
        if top == self.root_name and self.is_package(""):
            return self.at(rest.replace(".", "/")) if rest else "__init__.py"
        return None

    def resolve_relative(self, name: str, level: int, importer: str) -> str | None:
        """The path that `from ..name import x` (level 2) in the file `importer` means."""
        folder = _parent(importer)
        for _ in range(level - 1):
            if not folder:
                return None
            folder = _parent(folder)
        if name:
            return self.at(_joined(folder, name.replace(".", "/")))
        if self.is_package(folder):
            return _joined(folder, "__init__.py")
        return folder

    def at(self, base: str) -> str | None:
        """The module at a path without suffix: a package, a file or a namespace package."""
        if (package := _joined(base, "__init__.py")) in self.files:
            return package
        if (module := f"{base}.py") in self.files:
            return module
        return base if base in self.folders else None

    def is_package(self, folder: str) -> bool:
        """Whether a folder has an `__init__.py`."""
        return _joined(folder, "__init__.py") in self.files

    def start_of(self, path: str) -> str:
        """The folder from which the module at `path` is imported."""
        folder = _parent(path) if path.endswith(".py") else path
        while folder and self.is_package(folder):
            folder = _parent(folder)
        return folder

    def name_of(self, path: str) -> str:
        """The dotted name of the file at `path`."""
        start = self.start_of(path)
        below = path[len(start) + 1 :] if start else path
        name = below.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        if name == "__init__":
            return self.root_name or "__init__"
        if not start and self.is_package("") and self.root_name:
            return f"{self.root_name}.{name}"
        return name

    def inside(self, folder: str) -> list[tuple[str, bool]]:
        """(name, whether it is a package) of the modules directly in a folder, sorted."""
        prefix = f"{folder}/" if folder else ""
        found: dict[str, bool] = {}
        for path in self.files:
            if not path.startswith(prefix):
                continue
            name, _, rest = path[len(prefix) :].partition("/")
            if not rest and name.endswith(".py") and name != "__init__.py":
                found.setdefault(name.removesuffix(".py"), False)
            elif rest == "__init__.py":
                found[name] = True
        return sorted(found.items())

    def listing(self, folder: str) -> list[str] | None:
        """Names of the files and folders directly in a folder, sorted; None where it is not known."""
        if folder and folder not in self.folders:
            return None
        prefix = f"{folder}/" if folder else ""
        return sorted({p[len(prefix) :].partition("/")[0] for p in self.files if p.startswith(prefix)})

    def _roots_with(self, top: str, importer: str) -> tuple[str, ...]:
        start = self.start_of(importer)
        key = (top, _parent(importer))
        if (known := self._of_top.get(key)) is None:
            known = self._of_top[key] = tuple(self._search(top, start, importer))
        return known

    def _search(self, top: str, start: str, importer: str) -> Iterable[str]:
        roots = dict.fromkeys((start, "", "src"))
        if not is_standard(top):
            # A script's own folder is on the path; a package's is not, unless it was started there.
            folder = _parent(importer)
            while folder:
                roots.setdefault(folder)
                folder = _parent(folder)
            for other in self.starts.get(top, ()):
                roots.setdefault(other)
        return [root for root in roots if self.at(_joined(root, top))]


@cache
def is_standard(top: str) -> bool:
    """Whether a top-level name is the standard library's."""
    return top in sys.stdlib_module_names


def absolute_name(module: Module, name: str, level: int) -> str:
    """The dotted name that a relative import means, for messages and for what is not in the tree."""
    if not level:
        return name
    package = module.package
    for _ in range(level - 1):
        package = package.rpartition(".")[0]
    return f"{package}.{name}".strip(".")


def _folders(files: set[str]) -> set[str]:
    folders: set[str] = set()
    for path in files:
        folder = _parent(path)
        while folder and folder not in folders:
            folders.add(folder)
            folder = _parent(folder)
    return folders


def _package_starts(files: set[str], folders: set[str]) -> dict[str, tuple[str, ...]]:
    """Where in the tree packages and modules of a top-level name start, the shallowest first."""
    starts: dict[str, set[str]] = {}
    for folder in folders:
        parent = _parent(folder)
        if f"{folder}/__init__.py" in files and _joined(parent, "__init__.py") not in files:
            starts.setdefault(folder.rpartition("/")[2], set()).add(parent)
    for path in files:
        parent = _parent(path)
        if _joined(parent, "__init__.py") not in files:
            starts.setdefault(path.rpartition("/")[2].removesuffix(".py"), set()).add(parent)
    return {name: tuple(sorted(where, key=lambda w: (w.count("/"), w))) for name, where in starts.items()}


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name
