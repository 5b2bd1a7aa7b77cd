"""`guardapi scan`."""

from typing import TYPE_CHECKING, Final

import click

from guardapi.cli.outcome import EXIT_STATUS, ExitCode, say
from guardapi.config import Options, Profile
from guardapi.findings import Severity

if TYPE_CHECKING:
    from guardapi.scan import Report

LEVELS: Final = [severity.label for severity in reversed(Severity)]


@click.command("scan", short_help="Find where callers can exhaust an application.", epilog=EXIT_STATUS)
@click.argument("path", default=".")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the findings are written.",
)
@click.option(
    "--fail-on",
    type=click.Choice(LEVELS),
    default=Severity.MEDIUM.label,
    show_default=True,
    help="The least severity that makes the exit status 1.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@click.option(
    "--profile",
    type=click.Choice([profile.value for profile in Profile]),
    default=Profile.DEFAULT.value,
    show_default=True,
    help="What is shown: sure and costly faults, all faults and advice, or what is undecided, too.",
)
@click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="RULE",
    help="Only findings of this rule, by id or name, and all of them; may be given more than once.",
)
@click.option("--include-tests", is_flag=True, help="Look at the project's own tests as well.")
def command(  # an option each
    path: str,
    *,
    output_format: str,
    fail_on: str,
    exit_zero: bool,
    profile: str,
    rules: tuple[str, ...],
    include_tests: bool,
) -> ExitCode:
    """Find where callers of the application in PATH can exhaust it.

    PATH is a folder or a file; the default is the current folder, and - reads standard input.
    """
    from guardapi.cli.streams import read_target, working  # noqa: PLC0415  # not for --help
    from guardapi.scan import scan_tree  # noqa: PLC0415  # not for --help

    options = Options(include_tests=include_tests, profile=Profile(profile))
    chosen = _ids(rules)
    with working("Scanning"):
        report = scan_tree(read_target(path), options)
    if chosen:
        report = report.only(chosen)
    if output_format == "json":
        _write_json(report)
    else:
        _write_text(report, options.profile, path, is_whole=bool(chosen))
    _tell(report, path, output_format)
    if report.failures:
        return ExitCode.FAILURE
    threshold = Severity[fail_on.upper()]
    found = any(finding.severity >= threshold for finding in report.findings)
    return ExitCode.FINDINGS if found and not exit_zero else ExitCode.CLEAN


def _ids(rules: tuple[str, ...]) -> frozenset[str]:
    if not rules:
        return frozenset()
    from guardapi.cli.rule_names import named_rule  # noqa: PLC0415  # the rules, which --help has no need of

    return frozenset(named_rule(rule).id for rule in rules)


def _write_json(report: "Report") -> None:
    from guardapi.cli.streams import write  # noqa: PLC0415  # not for --help
    from guardapi.report import findings_json  # noqa: PLC0415  # one writer a run

    write(findings_json.render(report))


def _write_text(report: "Report", profile: Profile, path: str, *, is_whole: bool) -> None:
    from guardapi.cli.streams import terminal, write  # noqa: PLC0415  # not for --help
    from guardapi.report import text  # noqa: PLC0415  # one writer a run

    write(text.render(report, terminal(), profile=profile, target=path, is_whole=is_whole))


def _tell(report: "Report", path: str, output_format: str) -> None:
    from guardapi.cli.group import is_debugging  # noqa: PLC0415  # the group imports this module
    from guardapi.cli.notices import tell_no_application, tell_problems  # noqa: PLC0415  # not for --help

    tell_no_application(report.inventory, path)
    if output_format == "text":
        tell_problems(report.inventory.problems)
    for failure in report.failures:
        if is_debugging():
            import traceback  # noqa: PLC0415  # on the rarest path

            traceback.print_exception(failure.error)
        say(f"{failure.problem.message}. Its findings there are missing; GUARDAPI_DEBUG=1 shows why.")
