"""What changes do, looked at before anyone sees them: changed files compile, and the changed tree is scanned again."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from guardapi.config import Profile
from guardapi.files import Tree
from guardapi.files.overlaid import overlaid
from guardapi.findings import Finding, Severity
from guardapi.fix.changes import Change, Fixes, LeftOpen
from guardapi.fix.composing import composed, touched
from guardapi.fix.project import Project
from guardapi.fix.source import NotFixableError, Source
from guardapi.model import Inventory
from guardapi.pipeline import Report, is_shown

MAX_SCANS: Final = 24
"""How often the tree is scanned, to tell changes that do harm from the others."""
Scan = Callable[[Tree], Report]


def checked(fixes: Fixes, project: Project, report: Report, scan: Scan) -> Fixes:
    """The changes that do what they say and nothing else; the findings of the others stay open.

    `report` is that of the tree as it is, with everything in it that `scan` would find.
    """
    check = _Check(project=project, report=report, scan=scan)
    check.settle(fixes.changes)
    order = {change.remedy.edits: number for number, change in enumerate(fixes.changes)}
    changes = sorted(check.accepted, key=lambda change: order[change.remedy.edits])
    return Fixes(changes=tuple(changes), left=(*fixes.left, *check.left))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    """Why changes cannot be written together."""

    why: str
    unclosed: Sequence[Finding] = ()
    """What they claim to close, and do not."""
    suspects: Sequence[Change] = ()
    """Those that most likely cause it, as they have to do with what is wrong."""


@dataclass(slots=True, kw_only=True)
class _Check:
    project: Project
    report: Report
    scan: Scan
    accepted: list[Change] = field(default_factory=list)
    left: list[LeftOpen] = field(default_factory=list)
    reports: dict[frozenset[tuple[str, bytes]], Report] = field(default_factory=dict)
    """What scans have found, by the contents of the changed files."""

    def settle(self, changes: Sequence[Change]) -> None:
        """Accept what does no harm together with what is accepted already, and withdraw the rest."""
        while changes:
            fault = self._fault(changes)
            if fault is None:
                self.accepted += changes
                return
            if fault.unclosed:
                changes = list(self._without(fault.unclosed, changes, fault.why))
            elif len(changes) > 1:
                first, changes = _divided(changes, fault.suspects)
                self.settle(first)
            else:
                changes = list(self._without(changes[0].findings, changes, fault.why))

    def _without(
        self, open_findings: Sequence[Finding], changes: Sequence[Change], why: str
    ) -> Iterator[Change]:
        """The changes with what they close; the findings that stay open are noted."""
        for change in changes:
            self.left += [LeftOpen(finding=one, why=why) for one in change.findings if one in open_findings]
            closed = tuple(one for one in change.findings if one not in open_findings)
            if closed:
                yield replace(change, findings=closed)

    def _fault(self, changes: Sequence[Change]) -> _Fault | None:
        """What is wrong with changes beside those that are accepted."""
        together = [*self.accepted, *changes]
        try:
            contents = composed(together, self.project)
        except NotFixableError as error:
            return _Fault(why=str(error))
        for path in touched(changes):
            if not _is_sound(path, contents[path], self.project):
                concerned = [change for change in changes if path in change.files]
                return _Fault(why=f"{path} would not compile", suspects=concerned)
        asked = frozenset(contents.items())
        if asked not in self.reports:
            if len(self.reports) >= MAX_SCANS:
                return _Fault(why="what the change does could not be looked at; fix again without the others")
            self.reports[asked] = self.scan(overlaid(self.project.tree, contents))
        return _difference(self.report, self.reports[asked], together, changes)


def _divided(
    changes: Sequence[Change], suspects: Sequence[Change]
) -> tuple[Sequence[Change], Sequence[Change]]:
    """The changes in two parts: those without blame first, or else the first half."""
    first = [change for change in changes if change not in suspects]
    if not first or len(first) == len(changes):
        half = len(changes) // 2
        return changes[:half], changes[half:]
    return first, [change for change in changes if change in suspects]


def _is_sound(path: str, content: bytes, project: Project) -> bool:
    """Whether a changed file can be read; one for a newer Python than this is read by LibCST alone."""
    if not project.is_python(path) and not path.endswith(".py"):
        return True
    if _compiles(content):
        return True
    if not project.has(path) or _compiles(project.read(path)):
        return False
    try:
        Source(path, content)
    except NotFixableError:
        return False
    return True


def _compiles(content: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # Not `ast.parse`, which does not see a `return` outside of a function.
            compile(content, "<fixed>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


# -- what a second scan says -----------------------------------------------------------------------


def _difference(
    before: Report, after: Report, together: Sequence[Change], changes: Sequence[Change]
) -> _Fault | None:
    if after.failures and not before.failures:
        return _Fault(why="a rule fails on the changed files")
    if _routes(before.inventory) != _routes(after.inventory):
        return _Fault(why="the change would alter the routes")
    closing = [finding for change in together for finding in change.findings]
    closed = Counter((finding.rule, finding.app) for finding in closing)
    faults = {f.fingerprint for change in together for f in change.findings if not f.is_advisory}
    # Of a fault, a remark may be left.
    found = [f for f in _all(after) if not (f.is_advisory and f.fingerprint in faults)]
    old, new = _counted(_all(before)), _counted(found)
    there = {where for finding in found for where in _whereabouts(finding, after)}
    for kind, number in new.items():
        if number > max(old[kind] - closed[kind], 0):
            claimed = [f for change in changes for f in change.findings if (f.rule, f.app) == kind]
            if unclosed := [f for f in claimed if not there.isdisjoint(_whereabouts(f, before))]:
                return _Fault(why="the change would not close it", unclosed=unclosed)
            if grave := _grave(kind, before, after, closing):
                why = f"the change would bring up a finding of {kind[0]}"
                return _Fault(why=why, suspects=_suspects(grave, changes))
    return None


def _whereabouts(finding: Finding, report: Report) -> tuple[tuple[str, ...], ...]:
    """By what a finding is known again: its fingerprint, and its line, as routes that reach it may be fewer."""
    line = report.source_lines.get((finding.place.file, finding.place.line), "").strip()
    return (finding.fingerprint,), (finding.rule, finding.app, finding.place.file, line)


def _suspects(found: Sequence[Finding], changes: Sequence[Change]) -> list[Change]:
    """The changes that close findings of the same rules, or else those that touch the same files."""
    rules = {finding.rule for finding in found}
    files = {finding.place.file for finding in found}
    of_rule = [change for change in changes if any(finding.rule in rules for finding in change.findings)]
    return of_rule or [change for change in changes if not files.isdisjoint(change.files)]


def _routes(inventory: Inventory) -> set[tuple[object, ...]]:
    return {
        (app.id, route.rule, route.methods, route.endpoint, route.blueprint, route.view.name)
        for app in inventory.apps
        for route in app.routes
    }


def _all(report: Report) -> Iterable[Finding]:
    return (*report.findings, *report.hidden, *report.suppressed, *report.known)


def _counted(findings: Iterable[Finding]) -> Counter[tuple[str, str]]:
    return Counter((finding.rule, finding.app) for finding in findings)


def _grave(kind: tuple[str, str], before: Report, after: Report, closing: Sequence[Finding]) -> list[Finding]:
    """The new findings that are more than a remark, not merely likely, and not what is left of another."""
    old = {finding.fingerprint for finding in _all(before)}
    return [
        finding
        for finding in _all(after)
        if (finding.rule, finding.app) == kind
        and finding.severity >= Severity.LOW
        and is_shown(finding, Profile.DEFAULT)
        and finding.fingerprint not in old
        and not any(_is_left_of(finding, one) for one in closing)
    ]


def _is_left_of(finding: Finding, closed: Finding) -> bool:
    """Whether it is a lesser fault of the same route: the worse one, which is closed, spoke for it."""
    if finding.route is None or closed.route is None:
        return False
    is_same = (finding.app, finding.route.endpoint) == (closed.app, closed.route.endpoint)
    return is_same and finding.severity <= closed.severity
