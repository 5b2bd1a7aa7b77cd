"""uWSGI: its command line and its INI, JSON and YAML files."""

import re
from collections.abc import Mapping

from guardapi.deployment.file import DeploymentFile, Facts, joined_lines
from guardapi.deployment.ini import entries
from guardapi.deployment.options import Invocation, count_of, module_of, read_arguments, target_of
from guardapi.deployment.yamltree import documents
from guardapi.model import ProcessCount, ServerSetting
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
_PLACEHOLDER = re.compile(r"%\((\w++)\)|%v|%n")
_EXTENSIONS = (".json", ".yml", ".yaml")

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
    has_file = any(name.endswith((".ini", ".xml", *_EXTENSIONS)) for name in arguments.positionals)
    configured = has_file or any(kind in options for kind in ("ini", "json", "yaml", "yml", "xml"))
    # The file that the command names speaks for itself; without one, uWSGI starts one process.
    return _facts(options, default=None if configured else call.place)


def read(file: DeploymentFile) -> Facts:
    """A file of options."""
    options = _ini_options(file) if file.name.endswith(".ini") else _tree_options(file)
    return _facts(options, default=None)


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


def _facts(options: _Options, *, default: Place | None) -> Facts:
    target = _target(options)
    counted = next((options[name] for name in ("processes", "workers", "cheaper") if name in options), None)
    processes: tuple[ProcessCount, ...] = ()
    if counted is not None:
        text, place = counted
        processes = (ProcessCount(count=count_of(text), server="uwsgi", place=place, target=target),)
    elif default is not None:
        processes = (ProcessCount(count=1, server="uwsgi", place=default, target=target),)
    return Facts(
        processes=processes,
        entry_points=(target,) if target else (),
        settings=tuple(
            ServerSetting(server="uwsgi", name=name, value=options[name][0], place=options[name][1])
            for name in _SETTINGS
            if name in options
        ),
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
