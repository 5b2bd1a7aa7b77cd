"""The command line: arguments, exit codes, progress. The only place that prints or exits."""


def main() -> None:
    """Run the command that the arguments name, and exit."""
    import gc  # noqa: PLC0415  # a module of this package may be used alone

    from guardapi.cli.group import guardapi  # noqa: PLC0415

    gc.disable()  # one run of a command leaves less garbage than looking for it costs
    try:
        guardapi.main(prog_name="guardapi")
    finally:
        gc.freeze()  # or the end of the process would look at every object once more
