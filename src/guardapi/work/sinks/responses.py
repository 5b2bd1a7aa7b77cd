"""Responses that are built as a whole in memory before the first byte is sent.

Facts of BUILD: `of`, what holds the whole (`io.BytesIO`, `to_csv`).
"""

import re
from typing import Final

from guardapi.sink import Kind, WorkClass
from guardapi.work.specs import Facts, Invocation, Spec

HOLDERS: Final = re.compile(
    r"(?:io\.)(?P<io>BytesIO|StringIO)\(\)|\.(?P<frame>to_csv|to_excel|to_json|to_html|to_parquet|to_xml)\(\)"
    r"|tempfile\.(?P<spooled>SpooledTemporaryFile)\(\)|tablib\.(?:\w+\.)*(?P<dataset>Dataset)\(\)\.export\(\)"
)


def _built(call: Invocation) -> Facts | None:
    content = call.argument(0, "response", "path_or_file", "filename_or_fp")
    found = HOLDERS.search(content.path) if content is not None else None
    return {"of": next(part for part in found.groups() if part)} if found is not None else None


SINKS = (
    Spec(
        kind=Kind.BUILD,
        work=WorkClass.LIGHT,
        names=(
            "flask.{helpers.,}{send_file,make_response}",
            "{flask,quart}.{wrappers.,}Response",
            "werkzeug.{wrappers.,utils.,}{Response,send_file}",
        ),
        inspect=_built,
    ),
)
