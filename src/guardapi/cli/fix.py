"""`guardapi fix`."""

from typing import Final

import click

from guardapi.cli.outcome import ExitCode
from guardapi.errors import UsageError

STATUS: Final = """\b
Exit status:
  0  there is nothing to change, or all changes are written
  1  changes are shown that are not written
  2  wrong usage or configuration, nothing to scan, files that cannot be written, or an internal failure"""


@click.command("fix", short_help="Show, or write, the changes that close findings.", epilog=STATUS)
@click.argument("path", default=".")
@click.option("--apply", "is_applied", is_flag=True, help="Write the changes into the files.")
@click.option(
    "--interactive", is_flag=True, help="Ask for each change whether it is to be written, and write those."
)
@click.option(
    "--unsafe",
    is_flag=True,
    help="Make changes as well that alter an answer, a dependency or the deployment.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["diff", "json"]),
    default="diff",
    show_default=True,
    help="How the changes are written to standard output.",
)
@click.option("--allow-dirty", is_flag=True, help="Write although git has uncommitted changes.")
@click.option(
    "--select",
    "--rule",
    "select",
    multiple=True,
    metavar="RULES",
    help="Close only findings of these rules; ids, families (GA6) or names, with commas between.",
)
@click.option("--ignore", multiple=True, metavar="RULES", help="Close no findings of these rules.")
@click.option(
    "--include-tests/--no-include-tests", default=None, help="Look at the project's own tests as well."
)
def command(  # noqa: PLR0913  # an option each
    path: str,
    *,
    is_applied: bool,
    interactive: bool,
    unsafe: bool,
    output_format: str,
    allow_dirty: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    include_tests: bool | None,
) -> ExitCode:
    """Show what closes the findings in PATH, as a diff that `git apply` reads.

    PATH is a folder or a file; the default is the current folder. Nothing is written without --apply or --interactive.
    """
    from guardapi.choices import Given, settled  # noqa: PLC0415  # not for --help
    from guardapi.cli import fixing  # noqa: PLC0415  # not for --help
    from guardapi.cli.streams import STANDARD_INPUT, place_of, working  # noqa: PLC0415  # not for --help

    if path == STANDARD_INPUT:
        raise UsageError("Standard input cannot be fixed; name a folder or a file.")
    if is_applied and interactive:
        raise UsageError("--apply writes all changes, and --interactive asks for each.")
    if interactive and output_format == "json":
        raise UsageError("--interactive shows diffs; --format json goes without it.")
    settings = settled(place_of(path), Given(select=select, ignore=ignore, include_tests=include_tests))
    with working("Looking for files") as progress:
        run = fixing.found(path, settings, progress, with_unsafe=unsafe)
    offered = len(run.fixes.changes)
    is_written = is_applied or interactive
    if is_written and offered and not allow_dirty:
        fixing.check_clean(run)
    if interactive:
        run = fixing.chosen_changes(run)
    elif output_format == "diff":
        fixing.show(run)
    if is_written:
        fixing.apply_all(run)
    if output_format == "json":
        fixing.show_json(run, is_written=is_written)
    fixing.tell(run, offered=offered, is_written=is_written)
    left = offered - (len(run.fixes.changes) if is_written else 0)
    return ExitCode.FINDINGS if left else ExitCode.CLEAN
