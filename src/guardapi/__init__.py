"""GuardAPI: finds, fixes and proves missing rate limits and resource bounds in web APIs.

The names of `__all__` are for programs that use it, and stay; everything else may change. They are loaded when they
are first asked for, so that the command line starts quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guardapi.api import inventory, scan
    from guardapi.config import Profile
    from guardapi.errors import ConfigurationError, GuardApiError, NothingToScanError, PluginError, UsageError
    from guardapi.findings import (
        Confidence,
        Cwe,
        Finding,
        Owasp,
        Related,
        RouteReference,
        Row,
        Severity,
        Suppression,
    )
    from guardapi.model import (
        App,
        Deployment,
        Inventory,
        Limit,
        Limiter,
        MethodLimits,
        Problem,
        Route,
        Setting,
        Undecided,
        View,
    )
    from guardapi.pipeline import Report, RuleFailure
    from guardapi.place import Place
    from guardapi.rule import Example, Rule
    from guardapi.sink import Access, Input, Kind, MethodWork, Sink, WorkClass

__version__ = "0.1.0"

__all__ = [
    "Access",
    "App",
    "Confidence",
    "ConfigurationError",
    "Cwe",
    "Deployment",
    "Example",
    "Finding",
    "GuardApiError",
    "Input",
    "Inventory",
    "Kind",
    "Limit",
    "Limiter",
    "MethodLimits",
    "MethodWork",
    "NothingToScanError",
    "Owasp",
    "Place",
    "PluginError",
    "Problem",
    "Profile",
    "Related",
    "Report",
    "Route",
    "RouteReference",
    "Row",
    "Rule",
    "RuleFailure",
    "Setting",
    "Severity",
    "Sink",
    "Suppression",
    "Undecided",
    "UsageError",
    "View",
    "WorkClass",
    "__version__",
    "inventory",
    "scan",
]

# Where the types come from; the vocabulary first, so that a type alone does not load the engine.
_TYPES = ("place", "errors", "config", "findings", "model", "sink", "rule", "pipeline")


def __getattr__(name: str) -> object:
    if name in __all__:
        for home in ("api",) if name.islower() else _TYPES:
            module = import_module(f"{__name__}.{home}")
            if name in vars(module):
                return vars(module)[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
