"""uWSGI: its command line and its INI, JSON and YAML files."""

import re
from collections.abc import Mapping

from guardapi.deployment.file import DeploymentFile, Facts, joined_lines
from guardapi.deployment.ini import entries
from guardapi.deployment.options import Invocation, count_of, module_of, read_arguments, target_of
from guardapi.deployment.yamltree import documents
from guardapi.model import ProcessCount, ServerSetting, Start
from guardapi.place import Place

_SHORT = {
    "p": "processes",
    "w": "module",
    "M": "master",
    "T": "threads",
    "s": "socket",
    "L": "disable_logging",
}
_FLAGS = frozenset(
    {"master", "disable_logging", "enable_threads", "vacuum", "die_on_term", "need_app", "lazy_apps", "lazy"}
)
_SETTINGS = ("buffer_size", "cheaper", "harakiri", "http_timeout", "limit_post", "threads")
_HOW_IT_SERVES = ("async", "gevent", "http", "http_socket", "https", "ini", "socket", "uwsgi_socket")
_PLACEHOLDER = re.compile(r"%\((\w++)\)|%v|%n")
_EXTENSIONS = (".json", ".yml", ".yaml")
_FILE_OPTIONS = ("ini", "json", "yaml", "yml", "xml")

_Options = Mapping[str, tuple[str, Place]]


def is_config(file: DeploymentFile) -> bool:
    """Whether the file is one that uWSGI reads its options from."""
    if file.name.endswith(".ini"):
        return b"[uwsgi]" in file.content
    return "uwsgi" in file.name and file.name.endswith(_EXTENSIONS) and b"uwsgi" in file.content


def read_invocation(call: Invocation) -> Facts:
    """`uwsgi --http :8000 --module shop.wsgi:app --processes 4`."""
    arguments = read_arguments(call.arguments, flags=_FLAGS, short=_SHORT)
    options = {name: (text, call.place) for name, text in arguments.options.items()}
    named = next(
        (name for name in arguments.positionals if name.endswith((".ini", ".xml", *_EXTENSIONS))), None
    )
    config = named or next((options[kind][0] for kind in _FILE_OPTIONS if kind in options), None)
    # The file that the command names speaks for itself; without one, uWSGI starts one process.
    return _facts(options, call.place, default=None if config else call.place, config=config)


def read(file: DeploymentFile) -> Facts:
    """A file of options."""
    options = _ini_options(file) if file.name.endswith(".ini") else _tree_options(file)
    opening = next((n for n, line in enumerate(file.lines, start=1) if "uwsgi" in line.split("#")[0]), 1)
    return _facts(options, file.place(opening), default=None) if options else Facts()


def _ini_options(file: DeploymentFile) -> _Options:
    found: dict[str, tuple[str, Place]] = {}
    for entry in entries(joined_lines(file.lines, escape="")):
        if entry.section != "uwsgi":
            continue
        value = _PLACEHOLDER.sub(lambda match: found.get(_name(match[1] or ""), (match[0],))[0], entry.value)
        found[_name(entry.key)] = (value[:1000], file.place(entry.line))
    return found


def _tree_options(file: DeploymentFile) -> _Options:
    if not any(line.strip().strip("\"'{").startswith("uwsgi") for line in file.lines):
        return {}
    found: dict[str, tuple[str, Place]] = {}
    for document in documents(file):  # JSON is YAML, too
        section = document.get("uwsgi")
        for name, node in section.entries() if section is not None else ():
            found[_name(name)] = (node.text or "", file.place(node.line))
    return found


def _name(option: str) -> str:
    return option.replace("-", "_")


def _facts(options: _Options, place: Place, *, default: Place | None, config: str | None = None) -> Facts:
    target = _target(options)
    counted = next((options[name] for name in ("processes", "workers", "cheaper") if name in options), None)
    processes: tuple[ProcessCount, ...] = ()
    if counted is not None:
        processes = (
            ProcessCount(count=count_of(counted[0]), server="uwsgi", place=counted[1], target=target),
        )
    elif default is not None:
        processes = (ProcessCount(count=1, server="uwsgi", place=default, target=target),)
    start = Start(
        server="uwsgi",
        place=place,
        target=target,
        settings=_settings(options, (*_SETTINGS, *_HOW_IT_SERVES)),
        config=config,
        is_file=place != default and config is None,
    )
    return Facts(
        processes=processes,
        entry_points=(target,) if target else (),
        settings=_settings(options, _SETTINGS),
        starts=(start,),
    )


def _settings(options: _Options, names: tuple[str, ...]) -> tuple[ServerSetting, ...]:
    return tuple(
        ServerSetting(server="uwsgi", name=name, value=options[name][0], place=options[name][1])
        for name in names
        if name in options
    )


def _target(options: _Options) -> str | None:
    name = options.get("callable", ("application",))[0]
    for option in ("module", "wsgi"):
        if option in options:
            return target_of(options[option][0], default_object=name)
    for option in ("wsgi_file", "file"):
        if option in options:
            return target_of(f"{module_of(options[option][0])}:{name}")
    if "mount" in options:
        mounted = options["mount"][0].partition("=")[2]
        return target_of(mounted, default_object=name)
    return None
