"""Changes to libraries, made as soon as one is imported, and never where it is not."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any


class Patches(importlib.abc.MetaPathFinder):
    """Finds what the others find, and adds a change to the end of its import."""

    def __init__(self, changes: Mapping[str, Callable[[Any], None]]) -> None:
        self.changes = changes
        self.looking: set[str] = set()

    def install(self) -> None:
        """For what is imported already, and for all that will be."""
        sys.meta_path.insert(0, self)
        for name, change in self.changes.items():
            if name in sys.modules:
                change(sys.modules[name])

    def find_spec(
        self, fullname: str, _path: object, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The specification that the other finders have, with a loader that changes the module."""
        if fullname not in self.changes or fullname in self.looking:
            return None
        self.looking.add(fullname)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self.looking.discard(fullname)
        if spec is not None and spec.loader is not None:
            _add(spec.loader, self.changes[fullname])
        return spec


def _add(loader: Any, change: Callable[[Any], None]) -> None:
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        change(module)

    loader.exec_module = exec_module
