"""The command `guardapi`: finds its subcommands, and turns every failure into a sentence and a status."""

import os
import sys
from importlib import import_module
from typing import Any, Final, NoReturn

import click

from guardapi import __version__
from guardapi.cli.outcome import EXIT_STATUS, ExitCode, say, say_lines
from guardapi.errors import GuardApiError, NothingToScanError, TargetError, UsageError

COMMANDS: Final = {
    "explain": "guardapi.cli.explain",
    "fix": "guardapi.cli.fix",
    "init": "guardapi.cli.init",
    "lsp": "guardapi.cli.lsp",
    "prove": "guardapi.cli.prove",
    "routes": "guardapi.cli.routes",
    "rules": "guardapi.cli.rules",
    "scan": "guardapi.cli.scan",
    "test": "guardapi.cli.test",
}
"""Where each is written; a module is imported when its command runs."""


class Commands(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click names it
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = import_module(module).command
        assert isinstance(command, click.Command)  # noqa: S101  # for the type checker
        return command

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run and exit, always with one of the documented statuses."""
        sys.exit(int(self._run(*args, **kwargs)))

    def _run(self, *args: Any, **kwargs: Any) -> ExitCode:
        try:
            return ExitCode(super().main(*args, **{**kwargs, "standalone_mode": False}) or ExitCode.CLEAN)
        except click.ClickException as error:
            say(f"{error.format_message().rstrip('.')}. {_usage_hint(error)}")
        except click.Abort:
            say("Interrupted.")
        except NothingToScanError as error:
            say(f"{error} Name a folder with Python files, or - to read standard input.")
        except UsageError as error:
            say(f"{error} Try 'guardapi --help'.")
        except TargetError as error:
            say_lines(str(error))
        except GuardApiError as error:
            say(str(error))
        except Exception as error:  # noqa: BLE001  # the border: our own fault is told, and never a traceback
            _tell_failure(error)
        return ExitCode.FAILURE


@click.command(
    cls=Commands,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXIT_STATUS,
)
@click.version_option(__version__, message="guardapi %(version)s")
def guardapi() -> None:
    """Finds missing rate limits and resource bounds in web APIs, without running them."""


def is_debugging() -> bool:
    """Whether whoever runs this wants tracebacks."""
    return os.environ.get("GUARDAPI_DEBUG") == "1"


def _usage_hint(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if isinstance(context, click.Context) else "guardapi"
    return f"Try '{command} --help'."


def _tell_failure(error: Exception) -> None:
    if is_debugging():
        import traceback  # noqa: PLC0415  # on the rarest path

        traceback.print_exception(error)
    say(
        f"Internal failure: {type(error).__name__}: {error}."
        " This is a fault of guardapi; GUARDAPI_DEBUG=1 shows where it happened."
    )
