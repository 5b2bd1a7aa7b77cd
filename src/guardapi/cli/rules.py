"""`guardapi rules`."""

import click

from guardapi.cli.outcome import ExitCode

EXIT_STATUS = """\b
Exit status:
  0  the rules were written
  2  wrong usage, or an internal failure"""


@click.command("rules", short_help="List the rules.", epilog=EXIT_STATUS)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the list is written.",
)
def command(*, output_format: str) -> ExitCode:
    """List the rules: what each is called, how bad it is, and what it finds."""
    from guardapi.cli.streams import terminal, write  # noqa: PLC0415  # not for --help

    if output_format == "json":
        from guardapi.report import rules_json  # noqa: PLC0415  # one writer a run
        from guardapi.rule import catalogue  # noqa: PLC0415  # not for --help

        write(rules_json.render(catalogue()))
    else:
        from guardapi.catalogue import families  # noqa: PLC0415  # not for --help
        from guardapi.report import rules_text  # noqa: PLC0415  # one writer a run

        write(rules_text.render(families(), terminal()))
    return ExitCode.CLEAN
