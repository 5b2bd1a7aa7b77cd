"""`guardapi lsp`."""

import click

from guardapi.cli.outcome import ExitCode
from guardapi.errors import UsageError


@click.command("lsp", short_help="Serve an editor: findings, rule pages and fixes while you type.")
def command() -> ExitCode:
    """Speak the Language Server Protocol over standard input and output; an editor starts this.

    It needs the extra `lsp`: pip install 'guardapi[lsp]'.
    """
    try:
        from guardapi.lsp.server import made  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise UsageError("The language server needs pygls: pip install 'guardapi[lsp]'.") from None
    made().start_io()
    return ExitCode.CLEAN
