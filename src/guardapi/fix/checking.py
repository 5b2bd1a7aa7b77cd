"""What changes do, looked at before anyone sees them: changed files compile, and the changed tree is scanned again."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from guardapi.config import Profile
from guardapi.files import Tree
from guardapi.files.replacing import overlaid
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
    changes = tuple(change for change in fixes.changes if change in check.accepted)
    return Fixes(changes=changes, left=(*fixes.left, *check.left))


@dataclass(slots=True, kw_only=True)
class _Check:
    project: Project
    report: Report
    scan: Scan
    accepted: list[Change] = field(default_factory=list)
    left: list[LeftOpen] = field(default_factory=list)
    scans: int = 0

    def settle(self, changes: Sequence[Change]) -> None:
        """Accept what does no harm together with what is accepted already, and withdraw the rest."""
        while changes:
            why, blamed = self._fault(changes)
            if not why:
                self.accepted += changes
                return
            guilty = [change for change in changes if change in blamed]
            if not guilty and len(changes) > 1:
                half = len(changes) // 2
                self.settle(changes[:half])
                changes = changes[half:]
                continue
            for change in guilty or changes:
                self.left += [LeftOpen(finding=finding, why=why) for finding in change.findings]
            changes = [change for change in changes if change not in guilty] if guilty else ()

    def _fault(self, changes: Sequence[Change]) -> tuple[str, Sequence[Change]]:
        """Why changes cannot be written beside those that are accepted, and which of them cause that, if known."""
        together = [*self.accepted, *changes]
        try:
            contents = composed(together, self.project)
        except NotFixableError as error:
            return str(error), ()
        for path in touched(changes):
            if not _is_sound(path, contents[path], self.project):
                return f"{path} would not compile", ()
        if self.scans >= MAX_SCANS:
            return "what the change does could not be looked at; fix again without the others", ()
        self.scans += 1
        return _difference(self.report, self.scan(overlaid(self.project.tree, contents)), together, changes)


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
) -> tuple[str, Sequence[Change]]:
    if after.failures and not before.failures:
        return "a rule fails on the changed files", ()
    if _routes(before.inventory) != _routes(after.inventory):
        return "the change would alter the routes", ()
    closing = [finding for change in together for finding in change.findings]
    closed = Counter((finding.rule, finding.app) for finding in closing)
    faults = {f.fingerprint for change in together for f in change.findings if not f.is_advisory}
    # Of a fault, a remark may be left.
    found = [f for f in _all(after) if not (f.is_advisory and f.fingerprint in faults)]
    old, new = _counted(_all(before)), _counted(found)
    still = {finding.fingerprint for finding in found}
    for kind, number in new.items():
        if number > max(old[kind] - closed[kind], 0):
            blamed = [
                change
                for change in changes
                if any((f.rule, f.app) == kind and f.fingerprint in still for f in change.findings)
            ]
            if blamed:
                return "the change would not close it", blamed
            if _is_grave(kind, before, after, closing):
                return f"the change would bring up a finding of {kind[0]}", ()
    return "", ()


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


def _is_grave(kind: tuple[str, str], before: Report, after: Report, closing: Sequence[Finding]) -> bool:
    """Whether one of the new findings is more than a remark, not merely likely, and not what is left of another."""
    old = {finding.fingerprint for finding in _all(before)}
    return any(
        finding.severity >= Severity.LOW
        and is_shown(finding, Profile.DEFAULT)
        and finding.fingerprint not in old
        and not any(_is_left_of(finding, one) for one in closing)
        for finding in _all(after)
        if (finding.rule, finding.app) == kind
    )


def _is_left_of(finding: Finding, closed: Finding) -> bool:
    """Whether it is a lesser fault of the same route: the worse one, which is closed, spoke for it."""
    if finding.route is None or closed.route is None:
        return False
    is_same = (finding.app, finding.route.endpoint) == (closed.app, closed.route.endpoint)
    return is_same and finding.severity <= closed.severity
