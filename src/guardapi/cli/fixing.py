"""A run of `guardapi fix`: changes found, shown, asked about and written."""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TextIO

import click

from guardapi.cli.notices import tell_no_application
from guardapi.cli.outcome import say
from guardapi.cli.outputs import prefix_of
from guardapi.cli.streams import terminal, write_bytes
from guardapi.errors import GuardApiError
from guardapi.files import Tree, open_tree
from guardapi.files.git import unsaved
from guardapi.files.overlaid import remembered
from guardapi.findings import counted
from guardapi.fix.applying import apply
from guardapi.fix.changes import Change, Fixes
from guardapi.fix.checking import checked
from guardapi.fix.composing import composed, touched
from guardapi.fix.diff import diffs, written
from guardapi.fix.fixes_json import render
from guardapi.fix.planning import plan
from guardapi.fix.project import Project
from guardapi.pipeline import Report, scan_tree
from guardapi.progress import Progress
from guardapi.remedy import Remedy, Safety
from guardapi.report.escape import visible
from guardapi.selection import chosen
from guardapi.settings import Settings

MAX_TOLD: Final = 10
"""Findings that stay open, told one by one."""
COLOURS: Final = {"+": "green", "-": "red", "@": "cyan"}
LEFT_OUT: Final = "the change alters more than usual requests see; --unsafe makes it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is found out about a target."""

    target: str
    project: Project
    report: Report
    scan: Callable[[Tree], Report]
    fixes: Fixes


def found(target: str, settings: Settings, progress: Progress, *, with_unsafe: bool) -> Run:
    """Scan, and plan the changes that close what is found; each is checked by a second scan."""
    tree = remembered(settings.included(open_tree(Path(target))))

    def scan(changed: Tree) -> Report:
        return scan_tree(changed, settings.options)

    report = scan_tree(tree, settings.options, progress=progress)
    project = Project(tree=tree, inventory=report.inventory)

    def refusal(remedy: Remedy) -> str:
        return "" if with_unsafe or remedy.safety is Safety.SAFE else LEFT_OUT

    fixes = plan(chosen(report, settings.selection).findings, project, refusal)
    progress.enter("Checking the changes")
    fixes = checked(fixes, project, report, scan)
    return Run(target=target, project=project, report=report, scan=scan, fixes=fixes)


def check_clean(run: Run) -> None:
    """Raises GuardApiError where git could not tell the changes from others, or not restore a file."""
    paths = touched(run.fixes.changes)
    dirty = unsaved(run.project.tree.root, paths)
    if dirty:
        more = f" and {counted(len(dirty) - 1, 'more file')}" if len(dirty) > 1 else ""
        raise GuardApiError(
            f"git has uncommitted changes here ({dirty[0]}{more}); commit or stash them, or give --allow-dirty."
        )


def show(run: Run) -> None:
    """The diff of all changes on standard output: as bytes, or coloured and escaped where someone reads it."""
    _show(run.fixes.changes, run)


def show_json(run: Run, *, is_written: bool) -> None:
    """All changes, and the findings that stay open, on standard output."""
    text = render(run.fixes, run.project, prefix=prefix_of(run.target), is_written=is_written)
    write_bytes(text.encode())


def chosen_changes(run: Run) -> Run:
    """Ask for each change, and keep those that are wanted; together they are checked once more."""
    wanted: list[Change] = []
    changes = run.fixes.changes
    for index, change in enumerate(changes):
        _show([change], run)
        answer = click.prompt(
            f"Write change {index + 1} of {len(changes)}? yes, no, all of the rest, quit",
            type=click.Choice(["y", "n", "a", "q"]),
            err=True,
        )
        if answer in {"a", "q"}:
            wanted += changes[index:] if answer == "a" else ()
            break
        wanted += [change] if answer == "y" else []
    fixes = replace(run.fixes, changes=tuple(wanted))
    if len(wanted) not in {0, len(changes)}:
        fixes = checked(fixes, run.project, run.report, run.scan)
    return replace(run, fixes=fixes)


def apply_all(run: Run) -> None:
    """Write all changes. Raises GuardApiError, and then nothing is written."""
    apply(composed(run.fixes.changes, run.project), run.project)


def tell(run: Run, *, offered: int, is_written: bool) -> None:
    """What was done, what stays open and why, and what to type next."""
    tell_no_application(run.report.inventory, run.target)
    changes = run.fixes.changes
    closed = counted(sum(len(change.findings) for change in changes), "finding")
    size = f"{counted(len(changes), 'change')} in {counted(len(touched(changes)), 'file')}"
    if is_written and offered:
        say(f"{size} written; {'they close' if len(changes) != 1 else 'it closes'} {closed}. Run your tests.")
    elif changes:
        say(f"{size} would close {closed}; --apply writes {'them' if len(changes) != 1 else 'it'}.")
    else:
        say("There is nothing that a change would close.")
    _tell_left(run)


def _tell_left(run: Run) -> None:
    left = run.fixes.left
    if not left:
        return
    say(f"{counted(len(left), 'finding')} {'stays' if len(left) == 1 else 'stay'} open:")
    for one in left[:MAX_TOLD]:
        say(f"  {one.finding.rule} {one.finding.place}: {one.why}")
    if len(left) > MAX_TOLD:
        reasons = Counter(one.why for one in left[MAX_TOLD:])
        for why, number in reasons.most_common(3):
            say(f"  and {number} more: {why}")
    rules = dict.fromkeys(one.finding.rule for one in left)
    say(f"'guardapi explain {next(iter(rules))}' shows how it is done right.")


def _show(changes: Sequence[Change], run: Run) -> None:
    prefix = prefix_of(run.target)
    lines = [line for diff in diffs(changes, run.project) for line in written(diff, prefix)]
    stream: TextIO | None = sys.stdout
    if stream is None or not stream.isatty():
        # Bytes, and not text: the diff of a file in Latin-1 is one of its bytes.
        write_bytes(b"".join(lines))
        return
    is_coloured = terminal().colour
    for line in lines:
        text = "\t".join(visible(part) for part in line.decode("utf-8", "replace").rstrip("\r\n").split("\t"))
        click.echo(_styled(text) if is_coloured else text, color=is_coloured)


def _styled(line: str) -> str:
    if line.startswith(("--- ", "+++ ")):
        return click.style(line, bold=True)
    return click.style(line, fg=COLOURS.get(line[:1]))
