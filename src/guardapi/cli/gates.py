"""A scan between its settings and its report: what is excluded, known already, kept for later, or accepted."""

from dataclasses import dataclass, replace
from pathlib import Path

from guardapi import baseline
from guardapi.cli.accepting import add_comments, checked_reason
from guardapi.cli.outputs import replace_file
from guardapi.cli.streams import STANDARD_INPUT, read_target
from guardapi.errors import UsageError
from guardapi.findings import Finding, Severity, counted
from guardapi.pipeline import Report, scan_tree
from guardapi.progress import Progress
from guardapi.selection import chosen
from guardapi.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """What the command line alone can ask for."""

    target: str
    baseline_commit: str | None = None
    write_baseline: str | None = None
    add_ignore: str | None = None

    def check(self, *, has_baseline: bool) -> None:
        """Raises UsageError for options that do not go together."""
        if has_baseline and self.baseline_commit is not None:
            raise UsageError("--baseline and --baseline-commit exclude each other.")
        if self.write_baseline is not None and (
            has_baseline or self.add_ignore is not None or self.baseline_commit is not None
        ):
            raise UsageError("--write-baseline goes with no other baseline, and not with --add-ignore.")
        if self.target == STANDARD_INPUT and (
            self.add_ignore is not None or self.baseline_commit is not None
        ):
            raise UsageError("Standard input has no earlier state, and no comments can be added to it.")
        if self.add_ignore is not None:
            checked_reason(self.add_ignore)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a scan came to."""

    report: Report
    failing: tuple[Finding, ...]
    """Those that the threshold is held against."""
    text: str | None = None
    """What is written in place of the report."""
    remarks: tuple[str, ...] = ()
    """What else is to be said, a sentence each."""


def passed(gates: Gates, settings: Settings, progress: Progress) -> Outcome:
    """Scan, and hold the findings against what is known and accepted."""
    tree = settings.included(read_target(gates.target))
    if gates.add_ignore is not None:
        from guardapi.files.overlaid import remembered  # noqa: PLC0415  # only where something is written

        tree = remembered(tree)
    earlier = None if gates.write_baseline is not None else _earlier(gates, settings, progress)
    report = chosen(scan_tree(tree, settings.options, progress=progress), settings.selection)
    if settings.verdicts is not None:
        from guardapi.prove.recorded import with_verdicts  # noqa: PLC0415  # only where something was proved

        report = with_verdicts(report, settings.verdicts)
    if gates.write_baseline is not None:
        return _written(report, gates.write_baseline)
    remarks: tuple[str, ...] = ()
    if earlier is not None:
        compared = baseline.compared(report, earlier)
        report = compared.report
        if compared.stale and gates.baseline_commit is None:
            entries = counted(compared.stale, "finding") + (" is" if compared.stale == 1 else " are")
            remarks = (f"{entries} in the baseline and not found any more; --write-baseline writes it anew",)
    if gates.add_ignore is None:
        return Outcome(report=report, failing=report.findings, remarks=remarks)
    left, text = add_comments(tree, report.findings, checked_reason(gates.add_ignore))
    return Outcome(report=report, failing=left, text=text, remarks=remarks)


def _earlier(gates: Gates, settings: Settings, progress: Progress) -> dict[str, Severity] | None:
    """The state to compare with."""
    if gates.baseline_commit is not None:
        from guardapi.files.revision import open_revision  # noqa: PLC0415  # only where a commit is read

        tree = settings.included(open_revision(Path(gates.target), gates.baseline_commit))
        before = chosen(scan_tree(tree, settings.options, progress=progress), settings.selection)
        return baseline.severities(before.findings)
    return None if settings.baseline is None else baseline.load(settings.baseline)


def _written(report: Report, name: str) -> Outcome:
    replace_file(Path(name), baseline.render(report))
    text = f"{counted(len(report.findings), 'finding')} kept in {name}\n"
    return Outcome(report=replace(report, findings=()), failing=(), text=text)
