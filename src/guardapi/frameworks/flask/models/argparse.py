"""argparse: a program that is started without arguments has the defaults of its options."""

SUPPRESS = "==SUPPRESS=="


class Namespace:
    def __init__(self, **values):
        for name, value in values.items():
            setattr(self, name, value)


class _Action:
    def __init__(self, dest, default):
        self.dest = dest
        self.default = default


class _Arguments:
    def __init__(self, *args, **options):
        self._defaults = {}

    def add_argument(self, *names, **options):
        dest = options.get("dest")
        if dest is None:
            long = [name for name in names if name.startswith("--")]
            dest = (long or list(names))[0].lstrip("-").replace("-", "_")
        action = options.get("action")
        default = options.get("default")
        if "default" not in options and action == "store_true":
            default = False
        if "default" not in options and action == "store_false":
            default = True
        if names and not names[0].startswith("-") and "default" not in options:
            return _Action(dest, default)
        if default != SUPPRESS:
            self._defaults.setdefault(dest, default)
        return _Action(dest, default)

    def set_defaults(self, **values):
        self._defaults.update(values)

    def add_argument_group(self, *args, **options):
        group = _Arguments()
        group._defaults = self._defaults
        return group

    add_mutually_exclusive_group = add_argument_group


class _SubParsers:
    def add_parser(self, *args, **options):
        # Its options exist only when its command is named; a program started without arguments has none.
        return ArgumentParser()


class ArgumentParser(_Arguments):
    def __init__(self, *args, parents=(), **options):
        _Arguments.__init__(self)
        for parent in parents:
            self._defaults.update(parent._defaults)

    def add_subparsers(self, **options):
        return _SubParsers()

    def parse_args(self, args=None, namespace=None):
        found = namespace if namespace is not None else Namespace()
        for name, value in self._defaults.items():
            setattr(found, name, value)
        return found

    def parse_known_args(self, args=None, namespace=None):
        return self.parse_args(args, namespace), []

    def print_help(self, file=None):
        return None

    def error(self, message):
        raise SystemExit(2)


class HelpFormatter:
    pass


RawDescriptionHelpFormatter = HelpFormatter
ArgumentDefaultsHelpFormatter = HelpFormatter
RawTextHelpFormatter = HelpFormatter
