"""The command line: arguments, exit codes, progress. The only place that prints or exits."""


def main() -> None:
    """Run the command that the arguments name, and exit."""
    from guardapi.cli.group import guardapi  # noqa: PLC0415  # a module of this package may be used alone

    guardapi.main(prog_name="guardapi")
