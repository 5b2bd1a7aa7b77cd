"""What requests store: files on the disk, objects in a bucket, files in a database.

Facts: `where` (`disk`, `bucket`, `database`), `name` (`constant`: always the same; `caller`: the caller has a part in
it; `fresh`: another for each request; `temporary`: that of a temporary file; `unknown`), `removed` (whether the same
function removes files again), `quota` (whether it looks at what space is left).
"""

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from guardapi.python.values import Function
from guardapi.sink import Kind, Role, WorkClass
from guardapi.work.flow import Flow, all_taints
from guardapi.work.specs import Facts, Inspect, Invocation, Spec

if TYPE_CHECKING:
    from guardapi.work.run import Run

FRESH: Final = frozenset(
    {
        *(
            "uuid1",
            "uuid4",
            "uuid6",
            "uuid7",
            "time",
            "time_ns",
            "now",
            "utcnow",
            "today",
            "random",
            "randint",
            "choice",
        ),
        *(
            "choices",
            "token_hex",
            "token_urlsafe",
            "token_bytes",
            "urandom",
            "randrange",
            "getrandbits",
            "shortuuid",
        ),
        *("ulid", "ULID", "generate"),
        *("secure_filename", "ObjectId", "sample", "monotonic", "perf_counter", "strftime"),
    }
)
"""Last names of functions that answer something else each time."""
TEMPORARY: Final = frozenset(
    {"mkstemp", "mkdtemp", "mktemp", "NamedTemporaryFile", "TemporaryDirectory", "gettempdir"}
)
HARMLESS: Final = frozenset(
    {"open", "fdopen", "close", "write", "print", "flush", "str", "len", "dump", "save", "info", "debug"}
)
"""Calls that leave a temporary file where it is."""
REMOVING: Final = frozenset(
    {"remove", "unlink", "rmtree", "rmdir", "cleanup", "removedirs", "delete_file", "call_on_close"}
)
MOVING: Final = frozenset({"move", "rename", "replace"})
REMOVAL: Final = re.compile(r"(?:^|_)(?:rm|remove|delete|clean)_?(?:up_?)?\w*(?:file|dir|folder|tmp|temp)")
SPACE: Final = frozenset({"disk_usage", "statvfs", "free_space", "quota", "check_quota", "get_quota"})
STORED: Final = ("w", "a", "x")
MAX_DEPTH: Final = 3


def _stored(where: str, *names: int | str) -> Inspect:
    """`names`: the argument that says under which name it is stored."""

    def inspect(call: Invocation) -> Facts | None:
        return _facts(call, where, call.argument(*names), _node_of(call, *names))

    return inspect


def _facts(call: Invocation, where: str, name: Flow | None, node: ast.expr | None) -> Facts:
    called = _called_names(call.run)
    return {
        "where": where,
        "name": _kind_of(call.run, name, node),
        "removed": bool(REMOVING & called) or _removed_around(call.run) or _removed_by_taker(call.run),
        "quota": bool(SPACE & called),
    }


def _removed_around(run: "Run") -> bool:
    """Whether a function that leads here removes files by name."""
    memo = run.reader.memo
    for function in run.reader.running[:-1]:
        key = ("removes", function)
        if key not in memo:
            body = _body(run, function) if isinstance(function, Function) else []
            calls = (part for statement in body for part in ast.walk(statement) if isinstance(part, ast.Call))
            memo[key] = any(_is_removal(found) for found in calls)
        if memo[key]:
            return True
    return False


def _removed_by_taker(run: "Run") -> bool:
    """Whether a function that is given what this one gives removes files: `restored(copied(path))`."""
    while run.call is not None:
        outer, inner = run.call.run, run.call.node
        for taking in _statements(outer):
            if isinstance(taking, ast.Call) and any(_is_at(part, inner) for part in _arguments(taking)):
                taker = outer.evaluate(taking.func).value
                body = _body(outer, taker) if isinstance(taker, Function) else []
                parts = (part for statement in body for part in ast.walk(statement))
                if any(isinstance(part, ast.Call) and _is_removal(part) for part in parts):
                    return True
        run = outer
    return False


def _arguments(call: ast.Call) -> Iterator[ast.AST]:
    for value in (*call.args, *(keyword.value for keyword in call.keywords)):
        yield from ast.walk(value)


def _is_at(node: ast.AST, other: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(other, ast.Call)
        and ((node.lineno, node.col_offset) == (other.lineno, other.col_offset))
    )


def _is_removal(node: ast.Call) -> bool:
    name = _last(node)
    if name == "remove":
        func = node.func
        return isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id == "os"
    return name in {"unlink", "rmtree", "removedirs"} or REMOVAL.search(name) is not None


def _node_of(call: Invocation, *names: int | str) -> ast.expr | None:
    for name in names:
        if isinstance(name, int):
            if name < len(call.node.args) and not isinstance(call.node.args[name], ast.Starred):
                return call.node.args[name]
        else:
            found = next((k.value for k in call.node.keywords if k.arg == name), None)
            if found is not None:
                return found
    return None


def _kind_of(run: "Run", name: Flow | None, node: ast.expr | None) -> str:
    if name is None:
        return "unknown"
    if name.is_constant:
        return "constant"
    taints = [taint for taint in all_taints(name) if taint.kind != "identity" and taint.bound != "value"]
    # A number, or what the address names, mostly is that of something that is there already.
    if any(t.kind not in {"amount", "length"} and not t.source.startswith("view argument") for t in taints):
        return "caller"
    sources = set(_sources(run, node)) if node is not None else set()
    return "temporary" if TEMPORARY & sources else "fresh" if FRESH & sources else "unknown"


def _sources(run: "Run", node: ast.expr, depth: int = 0) -> Iterator[str]:
    """Last names of the functions that an expression calls, through local names and the project's own functions."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            func = part.func
            yield _last(part)
            called = run.evaluate(func).value if isinstance(func, ast.Name) else None
            if isinstance(called, Function) and not called.module.is_model and depth < MAX_DEPTH:
                for inner in _body(run, called):
                    yield from _names_called(inner)
        elif isinstance(part, ast.Name) and depth < MAX_DEPTH:
            for value in _assigned(run, part.id):
                yield from _sources(run, value, depth + 1)


def _assigned(run: "Run", name: str) -> list[ast.expr]:
    """What a function assigns to a name."""
    key = ("assigned", run.function)
    if key not in run.reader.memo:
        values: dict[str, list[ast.expr]] = {}
        for target, value in _assignments(run):
            values.setdefault(target, []).append(value)
        run.reader.memo[key] = values
    known: dict[str, list[ast.expr]] = run.reader.memo[key]
    return known.get(name, [])


def _assignments(run: "Run") -> Iterator[tuple[str, ast.expr]]:
    for statement in _statements(run):
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield target.id, statement.value
        elif isinstance(statement, ast.With):
            for item in statement.items:
                if isinstance(item.optional_vars, ast.Name):
                    yield item.optional_vars.id, item.context_expr


def _statements(run: "Run") -> Iterator[ast.AST]:
    if run.function is not None:
        for statement in _body(run, run.function):
            yield from ast.walk(statement)


def _body(run: "Run", function: Function) -> list[ast.AST]:
    if isinstance(function.node, ast.Lambda):
        return [function.node.body]
    return list(run.reader.ev.body_of(function)[0])


def _called_names(run: "Run") -> set[str]:
    key = ("called names", run.function)
    known = run.reader.memo.get(key)
    if not isinstance(known, set):
        known = {name for part in _statements(run) for name in _names_called(part, deep=False)}
        run.reader.memo[key] = known
    return known


def _names_called(node: ast.AST, *, deep: bool = True) -> Iterator[str]:
    for part in ast.walk(node) if deep else (node,):
        if isinstance(part, ast.Call):
            yield _last(part)


def _opened(call: Invocation) -> Facts | None:
    """`open(path, "wb")`."""
    mode = call.constant("mode", 1)
    if not isinstance(mode, str) or not any(letter in mode for letter in STORED):
        return None
    return _facts(call, "disk", call.argument(0, "file"), _node_of(call, 0, "file"))


def _path_opened(call: Invocation) -> Facts | None:
    """`Path(name).open("w")`, `.write_text(...)`: the name is what the path was made of."""
    if call.path.endswith(".open"):
        mode = call.constant("mode", 0)
        if not isinstance(mode, str) or not any(letter in mode for letter in STORED):
            return None
    func = call.node.func
    return _facts(call, "disk", call.receiver, func.value if isinstance(func, ast.Attribute) else None)


def _upload(call: Invocation) -> Facts | None:
    """`upload.save(path)`."""
    if not any(taint.kind == "file" for taint in call.receiver.taints):
        return None
    return _facts(call, "disk", call.argument("dst", 0), _node_of(call, "dst", 0))


def _temporary(call: Invocation) -> Facts | None:
    """A temporary file that nothing removes."""
    if call.path.endswith("NamedTemporaryFile") and call.constant("delete") is not False:
        return None
    called = _called_names(call.run)
    is_removed = bool((REMOVING | MOVING) & called) or _escapes(call)
    return {"where": "disk", "name": "fresh", "removed": is_removed, "quota": bool(SPACE & called)}


def _escapes(call: Invocation) -> bool:
    """Whether the name of a temporary file is handed on: whoever gets it may remove the file."""
    names: set[str] = set()
    for part in _statements(call.run):
        if isinstance(part, ast.Assign) and part.value.lineno == call.node.lineno:
            names |= {n.id for target in part.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
        elif isinstance(part, ast.withitem) and part.context_expr.lineno == call.node.lineno:
            names |= {n.id for n in ast.walk(part.optional_vars or ast.Pass()) if isinstance(n, ast.Name)}
    if not names:
        return True
    for part in _statements(call.run):
        handed: list[ast.AST] = []
        if isinstance(part, ast.Return | ast.Yield) and part.value is not None:
            handed = [part.value]
        elif isinstance(part, ast.Call) and _last(part) not in HARMLESS:
            handed = [*part.args, *(keyword.value for keyword in part.keywords)]
        elif isinstance(part, ast.Assign) and any(
            not isinstance(target, ast.Name | ast.Tuple) for target in part.targets
        ):
            handed = [part.value]
        if any(isinstance(n, ast.Name) and n.id in names for value in handed for n in ast.walk(value)):
            return True
    return False


def _last(node: ast.Call) -> str:
    func = node.func
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _blob(call: Invocation) -> Facts | None:
    """Google's and Azure's objects: the name was given to what is written to."""
    return {
        "where": "bucket",
        "name": _kind_of(call.run, call.receiver, call.node.func),
        "removed": False,
        "quota": False,
    }


CLOUD: Final = "{google.cloud.storage,gcloud.storage}.{Client,client.Client}"
SINKS = (
    Spec(
        kind=Kind.FILE_WRITE,
        work=WorkClass.DATA,
        names=("**.save", "data.save"),
        roles={Role.DATA: (-1,), Role.NAME: (0, "dst")},
        inspect=_upload,
    ),
    Spec(
        kind=Kind.FILE_WRITE,
        work=WorkClass.DATA,
        names=("builtins.open", "{io,codecs,gzip,bz2,lzma,aiofiles,smart_open,fsspec}.open"),
        roles={Role.NAME: (0, "file")},
        inspect=_opened,
    ),
    Spec(
        kind=Kind.FILE_WRITE,
        work=WorkClass.DATA,
        names=(
            "pathlib.{Path,PosixPath,PurePath,PurePosixPath,WindowsPath}{.*,}().{**.,}{open,write_text,write_bytes}",
        ),
        roles={Role.NAME: (-1,), Role.DATA: (0, "data")},
        inspect=_path_opened,
    ),
    Spec(
        kind=Kind.FILE_WRITE,
        work=WorkClass.DATA,
        names=("tempfile.{NamedTemporaryFile,mkstemp,mkdtemp}",),
        inspect=_temporary,
    ),
    Spec(
        kind=Kind.FILE_WRITE,
        work=WorkClass.DATA,
        names=("shutil.{copy,copy2,copyfile,copytree,move}", "os.link"),
        roles={Role.NAME: (1, "dst"), Role.DATA: (0, "src")},
        inspect=_stored("disk", 1, "dst"),
    ),
    Spec(
        kind=Kind.FILE_WRITE,
        work=WorkClass.DATA,
        names=(
            "PIL.Image.**.save",
            "numpy.{save,savez,savetxt,savez_compressed}",
            "{joblib,torch}.dump",
            "torch.save",
        ),
        roles={Role.NAME: (0, "fp")},
        inspect=_stored("disk", 0, "fp", "file"),
    ),
    Spec(
        kind=Kind.FILE_WRITE,
        work=WorkClass.DATA,
        names=("flask_uploads.UploadSet().save", "flask_reuploads.UploadSet().save", "flask_store.**.save"),
        roles={Role.DATA: (0, "storage"), Role.NAME: ("name",)},
        inspect=_stored("disk", "name", 0, "storage"),
    ),
    Spec(
        kind=Kind.FILE_WRITE,
        work=WorkClass.DATA,
        names=(
            "{boto3,aioboto3,flask_boto3}.**.{put_object,create_multipart_upload}",
            "boto3.**.Object().put",
        ),
        roles={Role.NAME: ("Key",), Role.DATA: ("Body",)},
        inspect=_stored("bucket", "Key"),
    ),
    Spec(
        kind=Kind.FILE_WRITE,
        work=WorkClass.DATA,
        names=("{boto3,aioboto3}.**.{upload_fileobj,upload_file}",),
        roles={Role.NAME: (2, 1, "Key"), Role.DATA: (0, "Fileobj", "Filename")},
        inspect=_stored("bucket", "Key", 2, 1),
    ),
    Spec(
        kind=Kind.FILE_WRITE,
        work=WorkClass.DATA,
        names=("minio.{api.,}Minio().{put_object,fput_object}",),
        roles={Role.NAME: (1, "object_name"), Role.DATA: (2, "data")},
        inspect=_stored("bucket", 1, "object_name"),
    ),
    Spec(
        kind=Kind.FILE_WRITE,
        work=WorkClass.DATA,
        names=(
            f"{CLOUD}.**.{{upload_from_file,upload_from_string,upload_from_filename}}",
            f"{CLOUD}().**.{{upload_from_file,upload_from_string,upload_from_filename}}",
            "firebase_admin.storage.bucket().blob().{upload_from_file,upload_from_string,upload_from_filename}",
            "azure.storage.blob.**.{upload_blob,create_blob_from_bytes,create_blob_from_stream}",
            "{cloudinary.uploader,pyrebase.**}.{upload,put}",
        ),
        roles={Role.DATA: (0, "file_obj", "data")},
        inspect=_blob,
    ),
    Spec(
        kind=Kind.FILE_WRITE,
        work=WorkClass.DATA,
        names=(
            "{gridfs,motor}.{GridFS().put,GridFSBucket().upload_from_stream,GridFSBucket().open_upload_stream}",
            "flask_pymongo.PyMongo().save_file",
            "mongoengine.**.{put,replace}",
        ),
        roles={Role.DATA: (0, 1), Role.NAME: ("filename", 0)},
        inspect=_stored("database", "filename", 0),
    ),
)
MAKERS = ("google.cloud.storage.**.blob",)
