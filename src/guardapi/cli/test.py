"""`guardapi test`."""

import click

from guardapi.cli.outcome import ExitCode
from guardapi.errors import UsageError

EXIT_STATUS = """\b
Exit status:
  0  every rule does what its examples say
  1  one does not
  2  wrong usage, rules that cannot be loaded, or an internal failure"""


@click.command("test", short_help="Hold your own rules against their examples.", epilog=EXIT_STATUS)
@click.argument("what", nargs=-1, metavar="[PATH|RULE]...")
def command(what: tuple[str, ...]) -> ExitCode:
    """Hold rules against the examples they bring: each marked line is found, and nothing else.

    A rule is named by id or name, or by the Python file that defines it, or a folder of such files. These files are
    run, so name your own. Without an argument the rules of all installed packages are tested.
    """
    from guardapi.cli.rule_names import named_rules, own_rules  # noqa: PLC0415  # not for --help
    from guardapi.cli.streams import terminal, working, write  # noqa: PLC0415  # not for --help
    from guardapi.report import rule_faults_text  # noqa: PLC0415  # not for --help
    from guardapi.rule import built_in  # noqa: PLC0415  # not for --help
    from guardapi.rule_examples import faults  # noqa: PLC0415  # not for --help

    named = named_rules(what)
    own = own_rules(named)
    tested = named if what else own
    if not tested:
        raise UsageError("No installed package brings rules; name a Python file that defines some.")
    with working("Testing"):
        judged = [(rule, tuple(faults(rule, own if rule.origin else built_in()))) for rule in tested]
    write(rule_faults_text.render(judged, terminal()))
    return ExitCode.FINDINGS if any(found for _, found in judged) else ExitCode.CLEAN
