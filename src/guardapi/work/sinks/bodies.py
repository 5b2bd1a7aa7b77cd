"""Reading what was sent: the body, forms and uploads.

Facts: `of` (what is read: `json`, `data`, `form`, `files`, `stream`, `parser`, `schema`), `checked` (whether the
function has compared the announced length, or that of the file, before), `max_content_length` (the bound that the
code on the way has set for this request: a number, None for no bound, `unknown`; missing where none is set).
"""

import ast
from typing import TYPE_CHECKING, Final

from guardapi.sink import Kind, Role, WorkClass
from guardapi.work.expressions import STORE_OBSERVERS
from guardapi.work.flow import Flow
from guardapi.work.schemas import LOCATIONS, Sent, validated
from guardapi.work.specs import Answer, Facts, Inspect, Invocation, Spec

if TYPE_CHECKING:
    from guardapi.work.run import Run

REQUEST: Final = "{flask,flask.globals,flask.wrappers,quart,quart.globals}.{request,Request()}"
FILES: Final = (
    "{flask,flask.globals,quart}.request.files[]",
    "werkzeug.datastructures.FileStorage()",
    "werkzeug.datastructures.file_storage.FileStorage()",
)
FORM_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})
BOUNDS: Final = frozenset({"max_content_length", "max_form_memory_size", "max_form_parts"})
"""Attributes of a request that bound it, for the one request only."""
REQUESTS: Final = frozenset({"flask.request", "flask.globals.request", "quart.request"})


def _read(of: str) -> Inspect:
    def inspect(call: Invocation) -> Facts | None:
        return {"of": of, "checked": _is_checked(call)}

    return inspect


def _values(call: Invocation) -> Facts | None:
    """`request.values` takes the form in only where the method has a body."""
    call.run.result.reads_request.add("method")
    if call.run.reader.request.get("method", "POST") not in FORM_METHODS:
        return None
    return {"of": "form", "checked": _is_checked(call)}


def _is_whole(call: Invocation) -> bool:
    """Whether `.read()` is called without a size."""
    size = call.argument(0, "size", "n")
    return size is None or size.value is None or size.value == -1


def _upload(call: Invocation) -> Facts | None:
    if not _is_whole(call) or call.is_open or not _is_file(call.receiver, call.path):
        return None
    return {"of": "files", "checked": _is_checked(call)}


def _is_file(flow: Flow, path: str) -> bool:
    return any(taint.kind == "file" for taint in flow.taints) and "builtins.bytes()" not in path


def _stream(call: Invocation) -> Facts | None:
    if not _is_whole(call) or call.is_open:
        return None
    return {"of": "stream", "checked": _is_checked(call)}


def _loaded(call: Invocation) -> Facts | None:
    """A library that reads a file at once is given an upload."""
    first = call.argument(0, "filepath_or_buffer", "io", "file", "stream", "fp", "path_or_buf")
    if first is None or not _is_file(first, first.path):
        return None
    return {"of": "files", "checked": _is_checked(call)}


def _is_checked(call: Invocation) -> bool:
    """Whether the announced length, or the position at the end of the file, was compared before."""
    called = (result for _, result, _ in call.run.result.calls)
    return any(result.compares_length and result.may_abort for result in called) or any(
        flow.taints and flow.is_bounded and flow.path.endswith((".content_length", ".tell()", ".st_size"))
        for flow in call.run.env.values()
    )


def _parser(call: Invocation) -> Facts | None:
    """webargs' `parser.parse(schema, request, location=...)`."""
    kind = LOCATIONS.get(location_of(call) or "")
    return {"of": "schema", "kind": kind, "checked": _is_checked(call)} if kind is not None else None


def location_of(call: Invocation) -> str | None:
    """The part of a request that webargs looks at; `json` where nothing says otherwise."""
    found = call.argument("location", "locations")
    if found is None or found.value is None:
        return "json"
    if found.items:
        found = found.items[0]
    return found.value if isinstance(found.value, str) else None


def _parsed(call: Invocation) -> Flow | None:
    schema = call.argument("argmap", 0)
    if schema is None:
        return None
    return validated(call.run, schema, Sent(f"request.{location_of(call) or 'json'}"))


SINKS = (
    Spec(
        kind=Kind.BODY,
        work=WorkClass.LIGHT,
        names=(f"{REQUEST}.get_json",),
        inspect=_read("json"),
    ),
    Spec(
        kind=Kind.BODY,
        work=WorkClass.LIGHT,
        names=(f"{REQUEST}.get_data", "**.environ[].read"),
        inspect=_read("data"),
    ),
    Spec(
        kind=Kind.BODY,
        work=WorkClass.LIGHT,
        names=(f"{REQUEST}.{{stream,input_stream}}.{{read,readlines}}",),
        inspect=_stream,
    ),
    Spec(
        kind=Kind.UPLOAD_READ,
        work=WorkClass.LIGHT,
        names=(f"{REQUEST}.{{stream,input_stream}}.{{read,readlines}}",),
        inspect=_stream,
    ),
    Spec(
        kind=Kind.UPLOAD_READ,
        work=WorkClass.LIGHT,
        names=("**.{read,readlines,getvalue}", "data.{read,readlines,getvalue}"),
        roles={Role.DATA: (-1,)},
        inspect=_upload,
    ),
    Spec(
        kind=Kind.UPLOAD_READ,
        work=WorkClass.LIGHT,
        names=(
            "pandas.{read_csv,read_excel,read_json,read_parquet,read_table,read_feather,read_pickle,read_xml}",
            "{numpy,np}.{load,loadtxt,genfromtxt}",
            "{json,pickle,yaml,tomllib}.load",
            "openpyxl.load_workbook",
            "polars.{read_csv,read_excel,read_json,read_parquet}",
        ),
        roles={Role.DATA: (0, "filepath_or_buffer", "io")},
        inspect=_loaded,
    ),
    Spec(
        kind=Kind.FORM,
        work=WorkClass.LIGHT,
        names=(
            "werkzeug.formparser.parse_form_data",
            "werkzeug.formparser.FormDataParser().parse*",
            "cgi.FieldStorage",
        ),
        inspect=_read("form"),
    ),
    Spec(
        kind=Kind.BODY,
        work=WorkClass.LIGHT,
        names=(
            "webargs.flaskparser.parser.parse",
            "webargs.flaskparser.FlaskParser().parse",
            "webargs.flaskparser.parser.load_location_data",
        ),
        inspect=_parser,
    ),
)
READS = (
    Spec(kind=Kind.BODY, work=WorkClass.LIGHT, names=(f"{REQUEST}.json",), inspect=_read("json")),
    Spec(kind=Kind.BODY, work=WorkClass.LIGHT, names=(f"{REQUEST}.data",), inspect=_read("data")),
    Spec(kind=Kind.FORM, work=WorkClass.LIGHT, names=(f"{REQUEST}.form",), inspect=_read("form")),
    Spec(kind=Kind.FORM, work=WorkClass.LIGHT, names=(f"{REQUEST}.files",), inspect=_read("files")),
    Spec(kind=Kind.FORM, work=WorkClass.LIGHT, names=(f"{REQUEST}.values",), inspect=_values),
)
ANSWERS = (
    Answer(names=("webargs.flaskparser.{parser,FlaskParser()}.{parse,load_location_data}",), gives=_parsed),
)
MAKERS = (
    "{marshmallow,webargs,apiflask,flask_smorest,flask_marshmallow}.{fields,validate,validators}.*",
    "{flask_marshmallow.,}Marshmallow().*",
    "marshmallow_*.{fields.,}*",
    "wtforms.{validators.,fields.,fields.*.,}*",
    "{flask_wtf,wtforms_*}.{*.,}*",
    "flask_rest{ful,x,plus}.inputs.*",
)
SET_UP = (
    "flask_rest{ful,x,plus}.reqparse.RequestParser().{copy().,}{add_argument,replace_argument,remove_argument}",
)


def _bounds_request(run: "Run", target: ast.expr, flow: Flow) -> None:
    """`request.max_content_length = n`."""
    if not isinstance(target, ast.Attribute) or target.attr not in BOUNDS:
        return
    if run.evaluate(target.value).path not in REQUESTS:
        return
    value = flow.value if flow.is_constant else "unknown"
    run.sink(
        Kind.REQUEST_BOUND,
        WorkClass.NOTHING,
        f"request.{target.attr}",
        target,
        facts={"bounds": target.attr, "value": value},
    )


STORE_OBSERVERS.append(_bounds_request)
