"""click: a command that is started without arguments has the defaults of its options."""

import functools

from click.core import _NotModelled

NOT_GIVEN = object()


class Context(_NotModelled):
    def __init__(self):
        self.obj = None
        self.params = {}
        self.args = []
        self.invoked_subcommand = None

    def ensure_object(self, object_type):
        if self.obj is None:
            self.obj = object_type()
        return self.obj

    def invoke(self, function, *args, **kwargs):
        return getattr(function, "callback", function)(*args, **kwargs)

    def exit(self, code=0):
        raise SystemExit(code)


_context = Context()


def get_current_context(silent=False):
    return _context


def pass_context(function):
    @functools.wraps(function)
    def with_context(*args, **kwargs):
        return function(_context, *args, **kwargs)

    return with_context


def pass_obj(function):
    @functools.wraps(function)
    def with_object(*args, **kwargs):
        return function(_context.obj, *args, **kwargs)

    return with_object


def option(*declarations, **options):
    """A value that is asked for (`prompt`, `required`) stays unknown."""
    name = _name_of(declarations)
    default = options.get("default", NOT_GIVEN)
    if default is NOT_GIVEN and not options.get("required") and not options.get("prompt"):
        default = _unset(declarations, options)
    return _parameter(name, default)


def argument(*declarations, **options):
    default = options.get("default", NOT_GIVEN)
    if default is NOT_GIVEN and options.get("nargs") == -1:
        default = ()
    elif default is NOT_GIVEN and options.get("required") is False:
        default = None
    return _parameter(_name_of(declarations), default)


def _unset(declarations, options):
    if options.get("is_flag") or any("/" in text for text in declarations):
        return False
    if options.get("multiple"):
        return ()
    return 0 if options.get("count") else None


def _name_of(declarations):
    for text in declarations:
        if text.isidentifier():
            return text
    texts = [text.split("/")[0].strip() for text in declarations]
    long = [text for text in texts if text.startswith("--")]
    return (long or texts)[0].lstrip("-").replace("-", "_").lower()


def _parameter(name, default):
    def decorator(function):
        known = getattr(function, "__click_params__", None) or []
        function.__click_params__ = [*known, (name, default)]
        return function

    return decorator


def command(name=None, cls=None, **options):
    if callable(name):
        return _started(name)
    return _started


group = command


def _started(function):
    parameters = getattr(function, "__click_params__", None) or []

    @functools.wraps(function)
    def started(*args, **options):
        """What is passed is for click (`obj`, `prog_name`), not for the function."""
        if options.get("obj") is not None:
            _context.obj = options["obj"]
        values = {}
        for name, default in parameters:
            if default is not NOT_GIVEN:
                values[name] = default() if callable(default) else default
        return function(**values)

    started.callback = function
    started.command = command
    started.group = group
    started.add_command = _nothing
    started.main = started
    return started


def _nothing(*args, **kwargs):
    return None


def version_option(*args, **options):
    return _as_it_is


help_option = confirmation_option = version_option


def _as_it_is(function):
    return function


class Group(_NotModelled):
    def __init__(self, name=None, *args, **options):
        self.name = name

    def command(self, *args, **options):
        return command(*args[:1], **options)

    def group(self, *args, **options):
        return command(*args[:1], **options)

    def add_command(self, *args, **options):
        return None


MultiCommand = Group
echo = secho = _nothing
