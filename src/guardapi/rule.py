"""The contract a rule fulfils, and the catalogue of all rules."""

import importlib
import inspect
import pkgutil
import re
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import ClassVar, Final

from guardapi.findings import (
    Confidence,
    Cwe,
    Finding,
    Owasp,
    Probe,
    Related,
    RouteReference,
    Severity,
    fingerprint,
)
from guardapi.model import App, Deployment
from guardapi.place import Place

_MODULE: Final = re.compile(r"^[^\W\d][\w.]*:(?=[^\W\d]|<)")
_LINE: Final = re.compile(r"(?<=<lambda>)@\d+\Z")
HEADINGS: Final = ("What it finds", "Why it is bad", "How to fix it", "What it leaves alone")
"""The parts of a rule's docstring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A small project that a rule is shown, and tested, on."""

    title: str
    files: Mapping[str, str]
    """By path; as written in the rule, indented."""
    fixed: Mapping[str, str] = field(default_factory=dict)
    """The files that the fix changes, as it leaves them; empty where no fix is offered."""

    @property
    def project(self) -> dict[str, str]:
        """The files without the indentation."""
        return {path: textwrap.dedent(text).lstrip("\n") for path, text in self.files.items()}


class Rule(ABC):
    """One kind of fault: facts, documentation, examples and the check."""

    id: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    """The usual one; a finding may differ."""
    is_advisory: ClassVar[bool] = False
    """All it finds is advice, which the default profile leaves out."""
    cwe: ClassVar[tuple[Cwe, ...]]
    owasp: ClassVar[tuple[Owasp, ...]] = (Owasp.RESOURCE_CONSUMPTION,)
    probes: ClassVar[tuple[Probe, ...]] = ()
    """What can prove its findings on a running service."""
    vulnerable: ClassVar[tuple[Example, ...]]
    """The lines it finds are marked `# finds: ID`."""
    secure: ClassVar[tuple[Example, ...]]
    """No rule finds anything in these."""

    @abstractmethod
    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        """The faults of one application."""

    @classmethod
    def summary(cls) -> str:
        """The first line of the documentation."""
        return _documentation(cls).partition("\n")[0]

    @classmethod
    def is_fixable(cls) -> bool:
        """Whether a change is offered that closes what it finds."""
        return any(example.fixed for example in cls.vulnerable)

    @classmethod
    def section(cls, heading: str) -> str:
        """The text below a heading of the documentation."""
        _, _, after = _documentation(cls).partition(f"## {heading}\n")
        return after.partition("\n## ")[0].strip()

    def finding(  # noqa: PLR0913  # facts, by their names
        self,
        place: Place,
        message: str,
        *,
        app: App,
        identity: Sequence[str] = (),
        severity: Severity | None = None,
        confidence: Confidence = Confidence.CERTAIN,
        route: RouteReference | None = None,
        related: Sequence[Related] = (),
        why: str = "",
        is_advisory: bool | None = None,
    ) -> Finding:
        """A finding of this rule; `identity` tells it from others on the same application and route.

        What is not given comes from the rule: `severity`, `is_advisory`.
        """
        named = (route.endpoint, *route.methods) if route else ()
        return Finding(
            rule=self.id,
            name=self.name,
            severity=confidence.cap(self.severity if severity is None else severity),
            confidence=confidence,
            message=message,
            place=place,
            app=app.id,
            fingerprint=fingerprint(self.id, _unplaced(app.id), *named, *map(_unplaced, identity)),
            cwe=self.cwe,
            owasp=self.owasp,
            route=route,
            related=tuple(related),
            why=why,
            advice=" ".join(self.section("How to fix it").partition("\n\n")[0].split()),
            is_advisory=self.is_advisory if is_advisory is None else is_advisory,
        )


@cache
def catalogue() -> tuple[Rule, ...]:
    """Every rule of `guardapi.rules`, by id."""
    package = importlib.import_module("guardapi.rules")
    rules = [
        rule()
        for found in pkgutil.iter_modules(package.__path__)
        for rule in _rules_of(f"{package.__name__}.{found.name}")
    ]
    return tuple(sorted(rules, key=lambda rule: rule.id))


def _rules_of(module: str) -> list[type[Rule]]:
    return [
        value
        for value in vars(importlib.import_module(module)).values()
        if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == module
    ]


def _unplaced(name: str) -> str:
    """`module:name` without the module, and a lambda without its line: both may move, and the fault stays."""
    return _MODULE.sub("", _LINE.sub("", name))


def _documentation(rule: type[Rule]) -> str:
    # Not `inspect.getdoc`: it would answer with the base class's where a rule has none.
    return inspect.cleandoc(rule.__doc__ or "")
