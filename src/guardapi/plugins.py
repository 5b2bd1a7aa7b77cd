"""Where rules that are not GuardAPI's own come from: installed packages, and files that the user names."""

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

from guardapi.errors import PluginError

GROUP: Final = "guardapi.rules"
"""The group of the entry points; each names a module, or a package whose modules count as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Modules that may define rules."""

    origin: str
    """Where they come from, for people: `acme-rules 1.2`, `rules/owners.py`."""
    modules: tuple[ModuleType, ...]


def installed() -> Iterator[Source]:
    """What the installed packages bring. Raises PluginError for one that cannot be imported."""
    from importlib.metadata import entry_points  # noqa: PLC0415  # only where rules are asked for

    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.value, point.name)):
        package = f"{point.dist.name} {point.dist.version}" if point.dist else point.name
        try:
            modules = tuple(_with_submodules(importlib.import_module(point.module)))
        except (Exception, SystemExit) as error:  # the border: code of somebody else
            raise PluginError(
                f"The rules of {package} cannot be loaded: importing {point.value} failed with {_told(error)}."
                " A scan without them would be none; fix the package, or uninstall it."
            ) from error
        yield Source(origin=package, modules=modules)


def of_file(file: Path) -> Source:
    """A Python file as a module; it is run. Raises PluginError."""
    try:
        return Source(origin=str(file), modules=(_imported(file),))
    except (Exception, SystemExit) as error:  # the border: code of somebody else
        raise PluginError(f"{file} cannot be imported: {_told(error)}.") from error


def _imported(file: Path) -> ModuleType:
    """A module under the name that its folders give it, as if the folder of its outermost package were installed."""
    location = file.resolve()
    top, parts = location.parent, [] if location.stem == "__init__" else [location.stem]
    while (top / "__init__.py").exists():
        parts.insert(0, top.name)
        top = top.parent
    name = ".".join(parts)
    if str(top) not in sys.path:
        sys.path.insert(0, str(top))
    known = sys.modules.get(name)
    if known is not None and Path(str(known.__file__)).resolve() == location:
        return known
    if len(parts) > 1:
        return importlib.import_module(name)
    # Not by its name: `rules.py` may be called as a module that is imported already.
    spec = importlib.util.spec_from_file_location(f"guardapi_named_{name}", location)
    if spec is None or spec.loader is None:
        raise ImportError("it is no Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _with_submodules(module: ModuleType) -> Iterator[ModuleType]:
    yield module
    for found in pkgutil.iter_modules(getattr(module, "__path__", ())):
        yield importlib.import_module(f"{module.__name__}.{found.name}")


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
