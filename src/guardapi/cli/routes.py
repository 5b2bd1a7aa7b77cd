"""`guardapi routes`."""

import click

from guardapi.cli.outcome import ExitCode

EXIT_STATUS = """\b
Exit status:
  0  the inventory was written
  2  wrong usage, nothing to scan, or an internal failure"""


@click.command("routes", short_help="List every route and the limits that really hold.", epilog=EXIT_STATUS)
@click.argument("path", default=".")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the inventory is written.",
)
@click.option("--unlimited", is_flag=True, help="List only what nothing limits (text).")
@click.option(
    "--include-tests/--no-include-tests", default=None, help="Look at the project's own tests as well."
)
def command(path: str, *, output_format: str, unlimited: bool, include_tests: bool | None) -> ExitCode:
    """List every route of the application in PATH, and the limits that really hold on each.

    PATH is a folder or a file; the default is the current folder, and - reads standard input.
    """
    from guardapi.choices import Given, settled  # noqa: PLC0415  # not for --help
    from guardapi.cli.notices import tell_no_application, tell_problems  # noqa: PLC0415  # not for --help
    from guardapi.cli.streams import (  # noqa: PLC0415  # not for --help
        place_of,
        read_target,
        terminal,
        working,
        write,
    )
    from guardapi.pipeline import inventory_tree  # noqa: PLC0415  # not for --help

    settings = settled(place_of(path), Given(include_tests=include_tests))
    with working("Looking for files") as progress:
        known = inventory_tree(settings.included(read_target(path)), settings.options, progress=progress)
    if output_format == "json":
        from guardapi.report import routes_json  # noqa: PLC0415  # one writer a run

        write(routes_json.render(known))
    else:
        from guardapi.report import routes_text  # noqa: PLC0415  # one writer a run

        write(routes_text.render(known, terminal(), unlimited=unlimited))
        tell_problems(known.problems)
    tell_no_application(known, path)
    return ExitCode.CLEAN
