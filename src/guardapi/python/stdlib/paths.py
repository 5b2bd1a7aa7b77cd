"""`os`, `os.path`, `pathlib` and `glob`, played against the scanned tree."""

import fnmatch
import posixpath
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from guardapi.python.imports import ROOT
from guardapi.python.native import native
from guardapi.python.values import (
    Call,
    Class,
    DictValue,
    Instance,
    NativeFunction,
    Property,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

NATIVES: Final[dict[str, Value]] = {"os.sep": "/", "os.path.sep": "/", "os.linesep": "\n", "os.name": "posix"}


def _on_texts(name: str, function: Callable[..., Value]) -> None:
    @native(f"os.path.{name}", f"posixpath.{name}", into=NATIVES)
    def run(ev: "Evaluator", *args: Value) -> Value:
        plain = [ev.plain(arg) for arg in args]
        if not all(isinstance(arg, str) for arg in plain):
            return Unknown("a path that is not known")
        return function(*plain)


def _absolute(path: str) -> str:
    return posixpath.normpath(posixpath.join(ROOT, path))


for _name in ("join", "dirname", "basename", "split", "splitext", "normpath", "commonprefix", "isabs"):
    _on_texts(_name, getattr(posixpath, _name))
for _name in ("abspath", "realpath"):
    _on_texts(_name, _absolute)
_on_texts("expanduser", lambda path: path)
_on_texts("expandvars", lambda path: path)  # as Python leaves it where the variables are not set
_on_texts("normcase", lambda path: path)
_on_texts("relpath", lambda path, start=ROOT: posixpath.relpath(_absolute(path), _absolute(start)))


@native("os.getcwd", into=NATIVES)
def _getcwd(_ev: "Evaluator") -> Value:
    return ROOT


@native("os.fspath", into=NATIVES)
def _fspath(ev: "Evaluator", path: Value) -> Value:
    return ev.plain(path)


@native("os.path.exists", "os.path.lexists", into=NATIVES)
def _exists(ev: "Evaluator", path: Value) -> Value:
    return _is_there(ev, path, files=True, folders=True)


@native("os.path.isfile", into=NATIVES)
def _isfile(ev: "Evaluator", path: Value) -> Value:
    return _is_there(ev, path, files=True, folders=False)


@native("os.path.isdir", into=NATIVES)
def _isdir(ev: "Evaluator", path: Value) -> Value:
    return _is_there(ev, path, files=False, folders=True)


def _is_there(ev: "Evaluator", path: Value, *, files: bool, folders: bool) -> Value:
    found = ev.tree_path(path)
    if found is None:
        return Unknown("whether a path outside the tree is there", truth=False)
    tree = ev.tree_listing
    return (files and found in tree.files) or (folders and (found in tree.folders or not found))


@native("os.listdir", into=NATIVES)
def _listdir(ev: "Evaluator", path: Value = ROOT) -> Value:
    found = ev.tree_path(path)
    names = ev.tree_listing.listing(found) if found is not None else None
    return Unknown("a folder outside the tree") if names is None else list(names)


@native("os.walk", into=NATIVES)
def _walk(ev: "Evaluator", top: Value, *_args: Value, **_options: Value) -> Value:
    found = ev.tree_path(top)
    if found is None:
        return Unknown("a folder outside the tree")
    rows: list[Value] = []
    pending = [found]
    while pending:
        folder = pending.pop(0)
        names = ev.tree_listing.listing(folder) or []
        below = [n for n in names if f"{folder}/{n}".strip("/") in ev.tree_listing.folders]
        rows.append((f"{ROOT}/{folder}".rstrip("/"), below, [n for n in names if n not in below]))
        pending.extend(f"{folder}/{name}".strip("/") for name in below)
    return rows


@native("os.scandir", into=NATIVES)
def _scandir(ev: "Evaluator", path: Value = ROOT) -> Value:
    names = ev.iterate(_listdir(ev, path))
    folder = ev.plain(path)
    if not all(isinstance(name, str) for name in names) or not isinstance(folder, str):
        return Unknown("a folder outside the tree")
    return [make_path(ev, posixpath.join(folder, name)) for name in names]


@native("glob.glob", "glob.iglob", into=NATIVES)
def _glob(ev: "Evaluator", pattern: Value, **_options: Value) -> Value:
    found = ev.tree_path(pattern)
    if found is None:
        return Unknown("files outside the tree")
    return [f"{ROOT}/{path}" for path in matching(ev, found)]


def matching(ev: "Evaluator", pattern: str) -> list[str]:
    """Paths of the tree that a pattern matches, part by part; `**` any folders."""
    wanted = pattern.split("/")
    every = sorted(ev.tree_listing.files | ev.tree_listing.folders)
    return [path for path in every if _matches(path.split("/"), wanted)]


def _matches(parts: list[str], wanted: list[str]) -> bool:
    if not wanted:
        return not parts
    if wanted[0] == "**":
        return any(_matches(parts[skip:], wanted[1:]) for skip in range(len(parts) + 1))
    return bool(parts) and fnmatch.fnmatchcase(parts[0], wanted[0]) and _matches(parts[1:], wanted[1:])


@native("os.environ.get", "os.getenv", "os.environ.setdefault", into=NATIVES)
def _environ_get(_ev: "Evaluator", name: Value = None, default: Value = None) -> Value:
    """What nothing is seen to set counts as unset: then its default, or nothing."""
    return default if default is not None else Unknown(f"the environment variable {name}", truth=False)


def _environ_item(ev: "Evaluator", call: Call) -> Value:
    return ev.fails("KeyError", f"the environment variable {call.args[-1]}")


def _environ_method(name: str) -> NativeFunction:
    """`get` and its like, called on `os.environ`: the receiver says nothing."""
    run = NATIVES[f"os.environ.{name}"].run
    return NativeFunction(name, lambda ev, call: run(ev, Call(call.args[1:], call.kwargs, call.open)))


ENVIRON: Final = Class(
    "Environ",
    [],
    {
        "get": _environ_method("get"),
        "setdefault": _environ_method("setdefault"),
        "__getitem__": NativeFunction("__getitem__", _environ_item),
        "__setitem__": NativeFunction("__setitem__", lambda _ev, _call: None),
        "__contains__": NativeFunction(
            "__contains__", lambda _ev, _call: Unknown("the environment", truth=False)
        ),
        "items": NativeFunction("items", lambda _ev, _call: Unknown("the environment")),
        "keys": NativeFunction("keys", lambda _ev, _call: Unknown("the environment")),
        "copy": NativeFunction("copy", lambda _ev, _call: _open_environment()),
        "update": NativeFunction("update", lambda _ev, _call: None),
    },
)


def _open_environment() -> DictValue:
    environment = DictValue()
    environment.open = "the environment"
    return environment


NATIVES["os.environ"] = Instance(ENVIRON)


# -- pathlib ------------------------------------------------------------------------------------


def make_path(ev: "Evaluator", text: str) -> Value:
    """A `pathlib.Path`."""
    made = Instance(PATH, ev.here())
    made.payload = text
    return made


@native("pathlib.Path", into=NATIVES)
def _path(ev: "Evaluator", *parts: Value) -> Value:
    plain = [ev.plain(part) for part in parts]
    if not all(isinstance(part, str) for part in plain):
        return Unknown("a path that is not known")
    return make_path(ev, posixpath.join(*plain) if plain else ".")


def _method(name: str) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    def register(function: Callable[..., Value]) -> Callable[..., Value]:
        holder: dict[str, Value] = {}

        def run(ev: "Evaluator", path: Value, *args: Value, **kwargs: Value) -> Value:
            return function(ev, path.payload, *args, **kwargs)

        native(name, into=holder)(run)
        PATH.namespace[name] = holder[name]
        return function

    return register


def _fact(name: str, function: Callable[["Evaluator", str], Value]) -> None:
    getter = NativeFunction(name, lambda ev, call: function(ev, call.args[0].payload))
    PATH.namespace[name] = Property(getter)


PATH: Final = Class("Path", [], {"__construct__": NATIVES["pathlib.Path"]})
for _alias in ("pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath"):
    NATIVES[_alias] = PATH
_fact("name", lambda _ev, path: posixpath.basename(path))
_fact("stem", lambda _ev, path: posixpath.splitext(posixpath.basename(path))[0])
_fact("suffix", lambda _ev, path: posixpath.splitext(path)[1])
_fact("parent", lambda ev, path: make_path(ev, posixpath.dirname(path)))
_fact("parts", lambda _ev, path: tuple(part for part in path.split("/") if part))
_fact("path", lambda _ev, path: path)


def _parents(ev: "Evaluator", path: str) -> Value:
    found = []
    while path not in {"/", ""}:
        path = posixpath.dirname(path)
        found.append(make_path(ev, path))
    return found


_fact("parents", _parents)


@_method("__truediv__")
def _divide(ev: "Evaluator", path: str, other: Value) -> Value:
    text = ev.plain(other)
    return make_path(ev, posixpath.join(path, text)) if isinstance(text, str) else Unknown("a path")


@_method("joinpath")
def _joinpath(ev: "Evaluator", path: str, *others: Value) -> Value:
    texts = [ev.plain(other) for other in others]
    known = all(isinstance(text, str) for text in texts)
    return make_path(ev, posixpath.join(path, *texts)) if known else Unknown("a path")


@_method("resolve")
@_method("absolute")
def _resolve(ev: "Evaluator", path: str, **_options: Value) -> Value:
    return make_path(ev, _absolute(path))


@_method("expanduser")
def _expanduser(ev: "Evaluator", path: str) -> Value:
    return make_path(ev, path)


@_method("as_posix")
@_method("__str__")
@_method("__fspath__")
def _as_text(_ev: "Evaluator", path: str) -> Value:
    return path


@_method("with_suffix")
def _with_suffix(ev: "Evaluator", path: str, suffix: Value) -> Value:
    return (
        make_path(ev, posixpath.splitext(path)[0] + suffix) if isinstance(suffix, str) else Unknown("a path")
    )


@_method("relative_to")
def _relative_to(ev: "Evaluator", path: str, other: Value) -> Value:
    start = ev.plain(other)
    return make_path(ev, posixpath.relpath(path, start)) if isinstance(start, str) else Unknown("a path")


@_method("exists")
def _path_exists(ev: "Evaluator", path: str) -> Value:
    return _is_there(ev, path, files=True, folders=True)


@_method("is_file")
def _path_is_file(ev: "Evaluator", path: str, **_options: Value) -> Value:
    return _is_there(ev, path, files=True, folders=False)


@_method("is_dir")
def _path_is_dir(ev: "Evaluator", path: str, **_options: Value) -> Value:
    return _is_there(ev, path, files=False, folders=True)


@_method("iterdir")
def _iterdir(ev: "Evaluator", path: str) -> Value:
    return _scandir(ev, path)


@_method("glob")
def _path_glob(ev: "Evaluator", path: str, pattern: Value) -> Value:
    found = ev.tree_path(path)
    if found is None or not isinstance(pattern, str):
        return Unknown("files outside the tree")
    return [make_path(ev, f"{ROOT}/{entry}") for entry in matching(ev, f"{found}/{pattern}".strip("/"))]


@_method("rglob")
def _path_rglob(ev: "Evaluator", path: str, pattern: Value) -> Value:
    return _path_glob(ev, path, f"**/{pattern}" if isinstance(pattern, str) else pattern)


@_method("open")
def _path_open(ev: "Evaluator", path: str, *_args: Value, **_options: Value) -> Value:
    return ev.open_file(path)


@_method("read_text")
@_method("read_bytes")
def _read_text(ev: "Evaluator", path: str, *_args: Value, **_options: Value) -> Value:
    opened = ev.open_file(path)
    return opened.attributes["text"] if type(opened) is Instance else opened


@_method("mkdir")
@_method("touch")
@_method("unlink")
def _nothing(_ev: "Evaluator", _path: str, *_args: Value, **_options: Value) -> Value:
    return None


@native("os.makedirs", "os.mkdir", "os.chdir", "os.remove", "os.chmod", "os.umask", into=NATIVES)
def _no_effect(_ev: "Evaluator", *_args: Value, **_options: Value) -> Value:
    return None
