"""The contract a rule fulfils, and the catalogue of all rules."""

import importlib
import inspect
import pkgutil
import re
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import ClassVar, Final

from guardapi import plugins
from guardapi.errors import PluginError
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
from guardapi.remedy import Remedy

_MODULE: Final = re.compile(r"^[^\W\d][\w.]*:(?=[^\W\d]|<)")
_LINE: Final = re.compile(r"(?<=<lambda>)@\d+\Z")
_RESERVED: Final = re.compile(r"GA\d")
"""How the ids of GuardAPI's own rules begin."""
ID_FORM: Final = re.compile(r"(?!ALL\d)[A-Z]{2,16}\d{1,6}")
NAME_FORM: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
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
        return _unindented(self.files)

    @property
    def fixed_project(self) -> dict[str, str]:
        """The files that the fix changes, without the indentation."""
        return _unindented(self.fixed)


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
    origin: str = ""
    """The package or file that brings it; empty for the rules of GuardAPI."""

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
        advice: str = "",
        remedy: Remedy | None = None,
    ) -> Finding:
        """A finding of this rule; `identity` tells it from others on the same application and route.

        What is not given comes from the rule: `severity`, `is_advisory`, and as
        `advice` the first paragraph of "How to fix it".
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
            remedy=remedy,
            advice=advice or " ".join(self.section("How to fix it").partition("\n\n")[0].split()),
            is_advisory=self.is_advisory if is_advisory is None else is_advisory,
        )


@cache
def built_in() -> tuple[Rule, ...]:
    """Every rule of `guardapi.rules`, by id."""
    package = importlib.import_module("guardapi.rules")
    modules = [
        importlib.import_module(f"{package.__name__}.{found.name}")
        for found in pkgutil.iter_modules(package.__path__)
    ]
    return tuple(sorted((rule() for rule in _defined(modules)), key=lambda rule: rule.id))


@cache
def catalogue() -> tuple[Rule, ...]:
    """Every rule: those of GuardAPI, then those of installed packages, each by id. Raises PluginError."""
    return beside(built_in(), (rule for source in plugins.installed() for rule in rules_of(source)))


def rules_of(source: plugins.Source) -> Iterator[Rule]:
    """The rules that somebody else wrote. Raises PluginError for one that lacks what every rule has."""
    for found in _defined(source.modules):
        fault = next(_faults(found), None)
        if fault:
            raise PluginError(f"The rule {found.__name__} of {source.origin} cannot be used: {fault}.")
        rule = found()
        rule.origin = source.origin
        yield rule


def beside(known: Iterable[Rule], others: Iterable[Rule]) -> tuple[Rule, ...]:
    """Rules and further ones, by id. Raises PluginError where two are called the same."""
    taken = {name: rule for rule in known for name in (rule.id, rule.name)}
    added = sorted(others, key=lambda rule: rule.id)
    for rule in added:
        for name in (rule.id, rule.name):
            other = taken.setdefault(name, rule)
            if other is not rule:
                raise PluginError(
                    f"The rule {type(rule).__name__} of {rule.origin} cannot be used: '{name}' is"
                    f" {type(other).__name__} of {other.origin or 'GuardAPI'}."
                )
    return (*known, *added)


def family_of(rule: str) -> str:
    """The family of an id: `GA6` of `GA601`, `ACME` of `ACME001`."""
    return rule[:3] if _RESERVED.match(rule) else rule.rstrip("0123456789")


def _defined(modules: Iterable[ModuleType]) -> Iterator[type[Rule]]:
    """The rules that modules define themselves; a base class that leaves the check open is none."""
    for module in modules:
        for value in vars(module).values():
            is_own = isinstance(value, type) and value.__module__ == module.__name__
            if is_own and issubclass(value, Rule) and not inspect.isabstract(value):
                yield value


def _faults(rule: type[Rule]) -> Iterator[str]:
    """What keeps a rule of somebody else from being used, a phrase each."""
    names = ("id", "name", "severity", "cwe", "vulnerable", "secure")
    facts = {name: getattr(rule, name, None) for name in names}
    if not isinstance(facts["id"], str) or not ID_FORM.fullmatch(facts["id"]):
        yield f"its id is {facts['id']!r:.60}, and an id is capital letters and digits, such as 'ACME001'"
    elif _RESERVED.match(facts["id"]):
        yield f"its id is {facts['id']}, and 'GA' with a digit is for the rules of GuardAPI"
    if not isinstance(facts["name"], str) or not NAME_FORM.fullmatch(facts["name"]):
        yield f"its name is {facts['name']!r:.60}, and a name is small words with hyphens, such as 'no-owner'"
    if not isinstance(facts["severity"], Severity):
        yield "its severity is none of guardapi.Severity"
    for name, kind in (("cwe", Cwe), ("vulnerable", Example), ("secure", Example)):
        values = facts[name]
        if not isinstance(values, tuple) or not all(isinstance(value, kind) for value in values):
            yield f"'{name}' is no tuple of guardapi.{kind.__name__}"
    if not facts["cwe"]:
        yield "it names no weakness in 'cwe'"
    if not rule.summary():
        yield "it has no docstring"


def _unindented(files: Mapping[str, str]) -> dict[str, str]:
    return {path: textwrap.dedent(text).lstrip("\n") for path, text in files.items()}


def _unplaced(name: str) -> str:
    """`module:name` without the module, and a lambda without its line: both may move, and the fault stays."""
    return _MODULE.sub("", _LINE.sub("", name))


def _documentation(rule: type[Rule]) -> str:
    # Not `inspect.getdoc`: it would answer with the base class's where a rule has none.
    return inspect.cleandoc(rule.__doc__ or "")
