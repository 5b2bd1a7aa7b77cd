"""The pipeline, from a tree of files to findings: the one place that wires the layers together."""

import gc
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING

from guardapi.config import DEFAULT_OPTIONS, Options, Profile
from guardapi.coverage import is_for_documentation, is_of_example
from guardapi.deployment import (
    DeploymentFile,
    is_deployment_file,
    is_nginx_file,
    linked,
    read_deployment,
    with_edge_limits,
)
from guardapi.files import Tree
from guardapi.files.tree import Content
from guardapi.findings import Confidence, Finding, Related, fingerprint, worst_first
from guardapi.model import App, Inventory, Problem
from guardapi.place import Place
from guardapi.progress import Progress
from guardapi.rule import Rule, catalogue
from guardapi.suppression import accepted, read_comments

if TYPE_CHECKING:
    from guardapi.frameworks.served import Served

Discover = Callable[[Tree, Options], Inventory]
"""What turns files into an inventory."""
MAX_SHOWN_LINE = 500
CONTEXT = 2
"""Lines before and behind a finding that are kept with it."""
MAX_QUOTED = 20
"""Lines of one place, and further places of one finding, whose text is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFailure:
    """A rule that broke down on an application: its findings there are not known."""

    rule: str
    app: App
    error: Exception

    @property
    def problem(self) -> Problem:
        """The failure as one of the things that went wrong."""
        what = f"rule {self.rule} failed on {self.app.id}: {type(self.error).__name__}: {self.error}"
        return Problem(file=self.app.place.file, line=self.app.place.line, message=what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a scan found."""

    inventory: Inventory
    findings: tuple[Finding, ...] = ()
    """Those of the chosen profile, worst first."""
    hidden: tuple[Finding, ...] = ()
    """Those that the chosen profile, or a choice of rules, leaves out."""
    suppressed: tuple[Finding, ...] = ()
    """Those that would be shown, if comments of the project did not accept them."""
    known: tuple[Finding, ...] = ()
    """Those that would be shown, if the state the run is compared with had not had them already."""
    remarks: tuple[Problem, ...] = ()
    """Comments, and entries of the configuration, that do not do what they say."""
    failures: tuple[RuleFailure, ...] = ()
    source_lines: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """The text at and around the findings and the places that belong to them, by file and line."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that could not be read or checked."""
        return (*self.remarks, *self.inventory.problems, *(failure.problem for failure in self.failures))

    @property
    def graded(self) -> tuple[Finding, ...]:
        """What the grade of an application is made of: everything that no comment accepts."""
        return (*self.findings, *self.hidden, *self.known)

    def only(self, is_wanted: Callable[[Finding], bool]) -> "Report":
        """The same, of which only some findings are shown."""
        return replace(
            self,
            findings=tuple(filter(is_wanted, self.findings)),
            suppressed=tuple(filter(is_wanted, self.suppressed)),
            hidden=(*self.hidden, *(finding for finding in self.findings if not is_wanted(finding))),
        )

    def also(self, is_wanted: Callable[[Finding], bool]) -> "Report":
        """The same, of which some findings are shown that were left out."""
        shown = sorted((*self.findings, *filter(is_wanted, self.hidden)), key=worst_first)
        hidden = tuple(finding for finding in self.hidden if not is_wanted(finding))
        return replace(self, findings=tuple(shown), hidden=hidden)


def scan_tree(
    tree: Tree,
    options: Options = DEFAULT_OPTIONS,
    *,
    discover: Discover | None = None,
    rules: Iterable[Rule] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Find the faults of a tree of files."""
    with _collector_off():
        progress = progress or Progress()
        known = inventory_tree(
            tree,
            options,
            discover=discover or partial(_discover_with_work, progress=progress),
            progress=progress,
        )
        asked = catalogue() if rules is None else tuple(rules)
        findings, failures = check(known, asked, progress)
        # Where no application is seen, the comments may speak of one that lies outside of the scan.
        judged = {rule.id for rule in asked if known.apps} - {failure.rule for failure in failures}
        findings, remarks = _with_comments(tree, options, findings, asked, judged)
        shown = [finding for finding in findings if is_shown(finding, options.profile)]
        return Report(
            inventory=known,
            findings=tuple(finding for finding in shown if finding.suppressed is None),
            hidden=tuple(
                finding
                for finding in findings
                if finding.suppressed is None and not is_shown(finding, options.profile)
            ),
            suppressed=tuple(finding for finding in shown if finding.suppressed is not None),
            remarks=remarks,
            failures=failures,
            source_lines=_source_lines(tree, findings),
        )


def inventory_tree(
    tree: Tree,
    options: Options = DEFAULT_OPTIONS,
    *,
    discover: Discover | None = None,
    progress: Progress | None = None,
) -> Inventory:
    """The applications of a tree of files, in an order that does not depend on how they were found."""
    with _collector_off():
        progress = progress or Progress()
        watched = replace(tree, content=_Watched(tree.content, progress))
        found = (discover or partial(_discover, progress=progress))(watched, options)
        problems = {*found.problems, *tree.problems}
        return replace(
            found,
            apps=tuple(sorted((_sorted(app) for app in found.apps), key=lambda app: (app.id, app.place))),
            problems=tuple(sorted(problems, key=lambda item: (item.file, item.line, item.message))),
        )


def check(
    known: Inventory, rules: Sequence[Rule], progress: Progress
) -> tuple[tuple[Finding, ...], tuple[RuleFailure, ...]]:
    """Ask every rule about every application."""
    findings: list[Finding] = []
    failures: list[RuleFailure] = []
    progress.enter("Checking rules", len(rules))
    for rule in rules:
        progress.step()
        for app in known.apps:
            try:
                findings += [_judged(one, app) for one in rule.check(app, known.deployment)]
            except Exception as error:  # noqa: BLE001  # the border: one rule on one application
                failures.append(RuleFailure(rule=rule.id, app=app, error=error))
    return _distinct(_once(sorted(findings, key=worst_first))), tuple(failures)


def is_shown(finding: Finding, profile: Profile) -> bool:
    """Whether a profile includes a finding."""
    match profile:
        case Profile.DEFAULT:
            return finding.confidence is not Confidence.TENTATIVE and not finding.is_advisory
        case Profile.PEDANTIC:
            return finding.confidence is not Confidence.TENTATIVE
        case Profile.AUDIT:
            return True


def _with_comments(
    tree: Tree,
    options: Options,
    findings: tuple[Finding, ...],
    rules: Iterable[Rule],
    judged: Container[str],
) -> tuple[tuple[Finding, ...], tuple[Problem, ...]]:
    """The findings, marked where comments accept them; and the comments that say nothing."""
    names = {name: rule.id for rule in (*catalogue(), *rules) for name in (rule.id.lower(), rule.name)}
    is_read = {
        *(file.path for file in tree.python if options.include_tests or not file.is_test),
        *(file.path for file in tree.others if is_deployment_file(file.path)),
        *(finding.place.file for finding in findings),
    }
    comments, faults = read_comments(tree, names, is_read=is_read)
    marked, idle = accepted(findings, comments, judged=judged)
    return marked, tuple(sorted((*faults, *idle), key=lambda found: (found.file, found.line, found.message)))


def _discover_with_work(tree: Tree, options: Options, *, progress: Progress) -> Inventory:
    from guardapi.work.declared import declared  # noqa: PLC0415  # only where handlers are read
    from guardapi.work.routes import with_work  # noqa: PLC0415

    said = declared(options.authentication, options.sinks)
    return _discover(tree, options, read=lambda served: with_work(served, said), progress=progress)


def _discover(
    tree: Tree,
    options: Options,
    *,
    read: "Callable[[Served], App]" = attrgetter("app"),
    progress: Progress,
) -> Inventory:
    from guardapi import frameworks  # noqa: PLC0415  # the evaluator: only where something is evaluated

    progress.enter("Reading deployment files")
    files = [
        DeploymentFile(path=file.path, content=tree.read(file))
        for file in (*tree.python, *tree.others)
        if is_deployment_file(file.path)
    ]
    deployment, deployment_problems = read_deployment(files)
    deployment, contradictions = with_edge_limits(
        deployment,
        options.edge_limits,
        nginx_files=tuple(file.path for file in files if is_nginx_file(file)) if options.edge_limits else (),
    )
    progress.enter("Evaluating the set-up")
    served, problems = frameworks.discover_served(
        tree,
        include_tests=options.include_tests,
        distribution=deployment.distribution,
        limiters=options.limiters,
    )
    progress.enter("Reading handlers", len(served))
    apps = []
    for found in served:
        progress.step()
        apps.append(read(found))
    return Inventory(
        apps=tuple(apps),
        deployment=linked(deployment, apps),
        problems=(*problems, *deployment_problems, *contradictions),
        files=sum(options.include_tests or not file.is_test for file in tree.python),
    )


class _Watched:
    """The content of a tree, counted as it is read."""

    def __init__(self, content: Content, progress: Progress) -> None:
        self._content = content
        self._progress = progress

    def read(self, path: str) -> bytes:
        self._progress.files += 1
        return self._content.read(path)

    def failures(self) -> tuple[Problem, ...]:
        return self._content.failures()


def _sorted(app: App) -> App:
    routes = sorted(
        app.routes, key=lambda route: (route.rule, route.methods, route.endpoint, str(route.place))
    )
    undecided = sorted(app.undecided, key=lambda item: (str(item.place), item.reason))
    return replace(app, routes=tuple(routes), undecided=tuple(undecided))


def _judged(finding: Finding, app: App) -> Finding:
    """What no server serves can be exhausted by nobody."""
    is_shown_only = is_for_documentation(app) or is_of_example(finding.place)
    return replace(finding, is_advisory=True) if is_shown_only else finding


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Of findings that one change closes in several applications the first, which names the others."""
    kept: list[Finding] = []
    known: dict[object, int] = {}
    for finding in findings:
        number = next((known[cause] for cause in _causes(finding) if cause in known), None)
        if number is None or kept[number].app == finding.app:
            known |= dict.fromkeys(_causes(finding), len(kept))
            kept.append(finding)
            continue
        earlier = kept[number]
        aside = Related(place=finding.flow[0].place, message=f"`{finding.app}` reaches it, too")
        kept[number] = replace(earlier, related=(*earlier.related, aside))
    return tuple(kept)


def _causes(finding: Finding) -> Iterator[object]:
    """What two findings have in common that are one: the way to a place, or the change there."""
    if finding.flow:
        fault = (finding.rule, finding.place, finding.is_advisory)
        yield (*fault, finding.flow[0].place)
        if finding.remedy is not None:
            yield (*fault, finding.remedy.edits)


def _distinct(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Tell apart, by application and then by number, the findings that names alone do not."""
    seen: dict[str, int] = {}
    distinct = []
    findings = tuple(findings)
    apps: dict[str, set[str]] = {}
    for finding in findings:
        apps.setdefault(finding.fingerprint, set()).add(finding.app)
    for finding in findings:
        own = finding.fingerprint
        if len(apps[own]) > 1:
            own = fingerprint(own, finding.app)
        earlier = seen.get(own, 0)
        seen[own] = earlier + 1
        distinct.append(replace(finding, fingerprint=fingerprint(own, str(earlier)) if earlier else own))
    return tuple(distinct)


def _source_lines(tree: Tree, findings: Iterable[Finding]) -> dict[tuple[str, int], str]:
    wanted: dict[str, set[int]] = {}
    for finding in findings:
        wanted.setdefault(finding.place.file, set()).update(_around(finding.place))
        for related in finding.related[:MAX_QUOTED]:
            wanted.setdefault(related.place.file, set()).add(related.place.line)
    lines: dict[tuple[str, int], str] = {}
    for file in (*tree.python, *tree.others):
        numbers = wanted.get(file.path)
        if numbers:
            # Bytes are split as Python splits source; str.splitlines knows more ends of lines.
            text = tree.read(file).removeprefix(b"\xef\xbb\xbf").splitlines()
            for number in numbers & set(range(1, len(text) + 1)):
                lines[file.path, number] = text[number - 1][:MAX_SHOWN_LINE].decode("utf-8", "replace")
    return lines


def _around(place: Place) -> range:
    """The lines of a place with some before and behind, as a reader needs them."""
    last = min(max(place.line, place.end_line), place.line + MAX_QUOTED)
    return range(place.line - CONTEXT, last + CONTEXT + 1)


@contextmanager
def _collector_off() -> Iterator[None]:
    """Syntax trees are many objects and hardly any cycles: collecting would double the time of a run."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
