"""`guardapi init`."""

from typing import Final

import click

from guardapi.cli.outcome import ExitCode

EXIT_STATUS = """\b
Exit status:
  0  the file was written
  2  wrong usage, the file is there already or cannot be written, or an internal failure"""
STARTER: Final = """\
# How GuardAPI looks at this project. Every key may be left out; what stands behind `#` is the default, or an example.
# The command line outvotes this file. The same keys may stand in [tool.guardapi] of pyproject.toml instead.

# How much is shown: default, pedantic (all faults and advice) or audit (what is undecided, too).
# profile = "default"

# The least severity that makes a scan fail: info, low, medium, high or critical.
# fail-on = "medium"

# Rules by id, family or name: only these; not these; these with what the profile leaves out of them.
# select = ["ALL"]
# ignore = ["GA809"]
# extend-select = ["GA8"]

# How sure a finding has to be: tentative, firm or certain.
# min-confidence = "tentative"

# Whether files of the test suite count as code of the application.
# include-tests = false

# Paths that are left out, written as in .gitignore, below the folder of this file.
# exclude = ["/legacy/", "scripts/"]

# The findings that are known already, as `guardapi scan --write-baseline FILE` writes them.
# baseline = "guardapi-baseline.json"

# What running the application has shown, as `guardapi prove --output FILE` writes it.
# verdicts = "verdicts.json"

# Decorators and functions of the project that limit callers by other means than an extension.
# limiters = ["shop.security:throttled"]

# Decorators, hooks and functions that let only callers pass who have signed in.
# authentication = ["shop.security:signed_in"]

# Calls that cost something, of the project (module:name) or of a library (a path).
# sinks = [
#     { name = "shop.billing:charge", kind = "payment", work = "money" },
#     { name = "acme.Client().render", kind = "document", work = "heavy" },
# ]

# Limits in front of the application, for each client. An nginx file of the project is compared with what is said here.
# edge-limits = [
#     { path = "/api/", limit = "10 per second", place = "cloudflare" },
# ]
"""


@click.command("init", short_help="Write a configuration file to start from.", epilog=EXIT_STATUS)
@click.argument("path", default=".")
def command(path: str) -> ExitCode:
    """Write a commented guardapi.toml into the folder PATH (the current one by default); nothing is overwritten."""
    from pathlib import Path  # noqa: PLC0415  # not for --help

    from guardapi.cli.streams import write  # noqa: PLC0415  # not for --help
    from guardapi.errors import GuardApiError, UsageError  # noqa: PLC0415  # not for --help
    from guardapi.settings import FILE  # noqa: PLC0415  # not for --help

    file = Path(path) / FILE
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(STARTER)
    except FileExistsError:
        raise UsageError(f"{file} is there already, and is not overwritten.") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise GuardApiError(f"{file} cannot be written: {reason}.") from None
    write(f"{file} is written; every key in it is explained, and none is set.\n")
    return ExitCode.CLEAN
