"""`guardapi scan`."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from guardapi.cli.outcome import EXIT_STATUS, ExitCode, say
from guardapi.cli.outputs import Output, OutputType, distinct, prefix_of, write_all
from guardapi.config import Profile
from guardapi.errors import UsageError
from guardapi.findings import Confidence, Severity
from guardapi.report import formats

if TYPE_CHECKING:
    from guardapi.pipeline import Report

LEVELS: Final = [severity.label for severity in reversed(Severity)]
CONFIDENCES: Final = [confidence.label for confidence in reversed(Confidence)]


@click.command("scan", short_help="Find where callers can exhaust an application.", epilog=EXIT_STATUS)
@click.argument("path", default=".")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(formats.names()),
    default="text",
    show_default=True,
    help="How the findings are written to standard output.",
)
@click.option(
    "--output",
    "outputs",
    type=OutputType(),
    multiple=True,
    callback=distinct,
    help="Write them to a file as well, in a format of its own; may be given more than once.",
)
@click.option(
    "--fail-on",
    type=click.Choice(LEVELS),
    help="The least severity that makes the exit status 1.  [default: medium]",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@click.option(
    "--profile",
    type=click.Choice([profile.value for profile in Profile]),
    help="What is shown: sure and costly faults, all faults and advice, or what is undecided, too."
    "  [default: default]",
)
@click.option(
    "--select",
    "--rule",
    "select",
    multiple=True,
    metavar="RULES",
    help="Only findings of these rules, and all of them; ids, families (GA6) or names, with commas between.",
)
@click.option("--ignore", multiple=True, metavar="RULES", help="No findings of these rules.")
@click.option(
    "--extend-select",
    multiple=True,
    metavar="RULES",
    help="Findings of these rules as well, with what the profile leaves out of them.",
)
@click.option(
    "--min-confidence",
    type=click.Choice(CONFIDENCES),
    help="How sure a finding has to be.  [default: tentative]",
)
@click.option(
    "--baseline", metavar="FILE", help="Only findings that a file of --write-baseline does not know."
)
@click.option("--baseline-commit", metavar="REV", help="Only findings that a commit of git does not have.")
@click.option("--write-baseline", metavar="FILE", help="Write the findings to a file, and fail for none.")
@click.option(
    "--verdicts",
    metavar="FILE",
    help="Show beside the findings what 'guardapi prove --output FILE' has shown.",
)
@click.option(
    "--add-ignore", metavar="REASON", help="Write comments into the source that accept what is shown."
)
@click.option(
    "--include-tests/--no-include-tests", default=None, help="Look at the project's own tests as well."
)
def command(  # noqa: PLR0913  # an option each
    path: str,
    *,
    output_format: str,
    outputs: tuple[Output, ...],
    fail_on: str | None,
    exit_zero: bool,
    profile: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    extend_select: tuple[str, ...],
    min_confidence: str | None,
    baseline: str | None,
    baseline_commit: str | None,
    write_baseline: str | None,
    verdicts: str | None,
    add_ignore: str | None,
    include_tests: bool | None,
) -> ExitCode:
    """Find where callers of the application in PATH can exhaust it.

    PATH is a folder or a file; the default is the current folder, and - reads standard input.
    What is not given here may stand in guardapi.toml, or in [tool.guardapi] of pyproject.toml.
    """
    from guardapi.choices import Given, settled  # noqa: PLC0415  # not for --help
    from guardapi.cli.gates import Gates, passed  # noqa: PLC0415  # not for --help
    from guardapi.cli.streams import place_of, terminal, working, write  # noqa: PLC0415  # not for --help

    if outputs and (write_baseline is not None or add_ignore is not None):
        raise UsageError("--write-baseline and --add-ignore write no report that --output could take.")
    started = datetime.now(UTC)
    given = Given(
        profile=profile,
        fail_on=fail_on,
        select=select,
        ignore=ignore,
        extend_select=extend_select,
        min_confidence=min_confidence,
        include_tests=include_tests,
        baseline=baseline,
        verdicts=verdicts,
    )
    settings = settled(place_of(path), given)
    gates = Gates(
        target=path, baseline_commit=baseline_commit, write_baseline=write_baseline, add_ignore=add_ignore
    )
    gates.check(has_baseline=baseline is not None)
    with working("Looking for files") as progress:
        outcome = passed(gates, settings, progress)
    report = outcome.report
    facts: formats.Facts = {
        "profile": lambda: settings.options.profile,
        "target": lambda: path,
        "is_whole": lambda: bool(select),
        "prefix": lambda: prefix_of(path),
        "fail_on": lambda: None if exit_zero else settings.fail_on,
        "started": lambda: started,
        "ended": lambda: datetime.now(UTC),
    }
    write_all(outputs, report, facts)
    if outcome.text is None:
        write(formats.render(output_format, report, {**facts, "terminal": lambda: terminal(path)}))
    else:
        write(outcome.text)
    _tell(report, path, output_format)
    for remark in outcome.remarks:
        say(remark)
    if report.failures:
        return ExitCode.FAILURE
    found = any(finding.severity >= settings.fail_on for finding in outcome.failing)
    return ExitCode.FINDINGS if found and not exit_zero else ExitCode.CLEAN


def _tell(report: "Report", path: str, output_format: str) -> None:
    from guardapi.cli.group import is_debugging  # noqa: PLC0415  # the group imports this module
    from guardapi.cli.notices import tell_no_application, tell_problems  # noqa: PLC0415  # not for --help

    tell_no_application(report.inventory, path)
    if output_format == "text":
        tell_problems((*report.remarks, *report.inventory.problems))
    for failure in report.failures:
        if is_debugging():
            import traceback  # noqa: PLC0415  # on the rarest path

            traceback.print_exception(failure.error)
        say(f"{failure.problem.message}. Its findings there are missing; GUARDAPI_DEBUG=1 shows why.")
