"""`guardapi prove`."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from guardapi.cli.outcome import ExitCode
from guardapi.errors import UsageError

EXIT_STATUS: Final = """\b
Exit status:
  0  everything was tried that was asked for
  1  with --gate: a limit that is stated does not hold;
     with --gate-bypasses: a way leads around one
  2  wrong usage, an application that does not start, or an internal failure"""
MODES: Final = ("in-process", "served")


def _pairs(
    separator: str, form: str
) -> Callable[[click.Context, click.Parameter, tuple[str, ...]], dict[str, str]]:
    def convert(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
        found = {}
        for value in values:
            name, given, content = value.partition(separator)
            if not given or not name.strip():
                raise click.BadParameter(f"'{value[:60]}' is not of the form {form}", ctx=ctx, param=param)
            found[name.strip()] = content.strip()
        return found

    return convert


@click.command("prove", short_help="Run an application and show whether it refuses.", epilog=EXIT_STATUS)
@click.argument("target", default=".")
@click.option(
    "--route", "routes", multiple=True, metavar="RULE", help="Only this route, such as /users/<id>."
)
@click.option("--all", "every_route", is_flag=True, help="Try each limit on every route that it holds for.")
@click.option("--bypasses", is_flag=True, help="Try the ways around each limit as well.")
@click.option("--select", multiple=True, metavar="RULES", help="Only findings of these rules, and no limits.")
@click.option("--python", metavar="PY", help="The interpreter that has the packages of the application.")
@click.option(
    "--env",
    "environment",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_pairs("=", "NAME=VALUE"),
    help="A variable of its environment.",
)
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="NAME:VALUE",
    callback=_pairs(":", "NAME:VALUE"),
    help="A header of every request.",
)
@click.option(
    "--cookie",
    "cookies",
    multiple=True,
    metavar="NAME=VALUE",
    callback=_pairs("=", "NAME=VALUE"),
    help="A cookie of every request.",
)
@click.option(
    "--recipe", metavar="FILE", help="What requests need, as TOML.  [default: prove.toml beside the target]"
)
@click.option("--dry-run", is_flag=True, help="Show what would be sent, and start nothing.")
@click.option("--gate", is_flag=True, help="Exit with 1 where a limit that is stated does not hold.")
@click.option(
    "--gate-bypasses", is_flag=True, help="With --bypasses: exit with 1 where a way leads around a limit."
)
@click.option(
    "--max-requests",
    type=click.IntRange(2, 100_000),
    help="The most that one claim may send.  [default: 120]",
)
@click.option(
    "--mode",
    type=click.Choice(MODES),
    default=MODES[0],
    show_default=True,
    help="Call the application in a process of its own, or start its server.",
)
@click.option("--workers", type=click.IntRange(1, 32), help="Processes of the server (served).")
@click.option("--store", metavar="URL", help="The store of the limits (served), on this machine.")
@click.option("--url", metavar="URL", help="Ask a server that runs already, on this machine.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the verdicts are written.",
)
@click.option("--output", metavar="FILE", help="Write them to a file as well, as JSON, for scan --verdicts.")
def command(  # noqa: PLR0913  # an option each
    target: str,
    *,
    routes: tuple[str, ...],
    every_route: bool,
    bypasses: bool,
    select: tuple[str, ...],
    python: str | None,
    environment: dict[str, str],
    headers: dict[str, str],
    cookies: dict[str, str],
    recipe: str | None,
    dry_run: bool,
    gate: bool,
    gate_bypasses: bool,
    max_requests: int | None,
    mode: str,
    workers: int | None,
    store: str | None,
    url: str | None,
    output_format: str,
    output: str | None,
) -> ExitCode:
    """Run an application, send it requests, and show whether it refuses what it should.

    TARGET is a folder, or `module:app` or `module:factory()` of the current folder. The application runs as a copy in
    a temporary folder, without a way to the network; requests go to this machine alone.
    """
    from guardapi.cli.proving import Asked, proved  # noqa: PLC0415  # not for --help
    from guardapi.cli.streams import terminal, write  # noqa: PLC0415  # not for --help

    if (workers or store) and mode != "served":
        raise UsageError("--workers and --store go with --mode served.")
    asked = Asked(
        target=target,
        routes=frozenset(routes),
        every_route=every_route,
        bypasses=bypasses,
        select=select,
        python=python,
        environment=environment,
        headers=headers,
        cookies=cookies,
        recipe=None if recipe is None else Path(recipe),
        max_requests=max_requests,
        mode=mode,
        workers=workers,
        store=store,
        url=url,
        dry_run=dry_run,
    )
    outcome = proved(asked)
    if outcome.dry_run is not None:
        write(outcome.dry_run)
        return ExitCode.CLEAN
    from guardapi.report import verdicts_json, verdicts_text  # noqa: PLC0415  # one writer a run

    document = verdicts_json.render(outcome.verdicts, outcome.left_out, outcome.facts)
    if output is not None:
        from guardapi.cli.outputs import replace_file  # noqa: PLC0415  # only where a file is written

        replace_file(Path(output), document)
    text = verdicts_text.render(outcome.verdicts, outcome.left_out, outcome.facts, terminal())
    write(document if output_format == "json" else text)
    is_refused = any(
        (gate and verdict.is_broken_limit) or (gate_bypasses and verdict.is_bypass)
        for verdict in outcome.verdicts
    )
    return ExitCode.FINDINGS if is_refused else ExitCode.CLEAN
