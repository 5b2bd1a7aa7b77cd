"""`guardapi explain`."""

import click

from guardapi.cli.outcome import ExitCode

EXIT_STATUS = """\b
Exit status:
  0  the rule was explained
  2  wrong usage (there is no such rule), or an internal failure"""


@click.command("explain", short_help="Explain a rule.", epilog=EXIT_STATUS)
@click.argument("rule")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "markdown"]),
    default="text",
    show_default=True,
    help="How it is written; in markdown with all its examples.",
)
def command(rule: str, *, output_format: str) -> ExitCode:
    """Explain RULE, by its id or name: what it finds, why that is bad, and how to fix it."""
    from guardapi.cli.rule_names import named_rule  # noqa: PLC0415  # not for --help
    from guardapi.cli.streams import terminal, write  # noqa: PLC0415  # not for --help

    found = named_rule(rule)
    if output_format == "markdown":
        from guardapi.report import rule_markdown  # noqa: PLC0415  # one writer a run

        write(rule_markdown.render(found))
    else:
        from guardapi.report import rule_text  # noqa: PLC0415  # one writer a run

        write(rule_text.render(found, terminal()))
    return ExitCode.CLEAN
