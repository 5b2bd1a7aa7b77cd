"""Compressed data of the caller, unpacked without a look at how large it becomes.

Facts: `what`, a phrase (`an archive`, `a compressed stream`, `a spreadsheet`, `an image`); for images `pixels`, the
limit that the project has set in place of Pillow's own, None for none, and `lifted_at`, where; for archives with a name
`unpacked_size`, the Python that says how large their contents are.
"""

import ast
import re
from collections.abc import Callable
from typing import Final

from guardapi.place import Place
from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.flow import Flow, Taint, all_taints
from guardapi.work.specs import Facts, Invocation, Spec

CONTENTS: Final = frozenset({"bytes", "file", "text"})
CHECK: Final = re.compile(
    r"\bfile_size\b|\bgetinfo\(.*size|\.size\s*[<>+]|\b(?:total|uncompressed|unpacked|extracted)_?(?:size|bytes)\b"
    r"|\bmax_length\b|\bmax_output_size\b|\bMAX_\w*(?:UNPACK|UNCOMPRESS|EXTRACT|DECOMPRESS|ZIP)\w*"
    r"|\b(?:zip|decompression)_?bomb",
    re.IGNORECASE,
)
"""What code that looks at the size of what it unpacks is sure to mention."""
SURE_CHECK: Final = ".file_size"
"""Nothing else has an attribute of that name: wherever it stands, a function of the project looks at sizes."""
PIXELS: Final = re.compile(r"MAX_IMAGE_PIXELS\s*=\s*(None|[\d_]+(?:\s*\*+\s*[\d_]+)*)")
MANY_PIXELS: Final = 500_000_000


def _contents(*flows: Flow | None) -> list[Input]:
    taints = {taint for flow in flows if flow is not None for taint in all_taints(flow)}
    return [
        Input(role=Role.DATA, source=taint.source, kind=taint.kind, is_bounded=taint.bound == "value")
        for taint in sorted(taints)
        if _is_content(taint)
    ]


def _is_content(taint: Taint) -> bool:
    """Something that the caller sends; the name of a file of ours would be text of the URL."""
    if taint.kind not in CONTENTS or taint.bound == "value":
        return False
    return taint.kind != "text" or any(
        word in taint.source for word in ("files", "data", "body", "stream", "json")
    )


def _is_checked(made: Invocation, what: str) -> bool:
    """Whether a function on the way here, or the module of one, or a helper of the project looks at unpacked sizes."""
    run = made.run
    texts = {run.module.name: run.module.text}
    for active in run.reader.running:
        texts[active.module.name] = active.module.text
    if any(CHECK.search(text) for text in texts.values()):
        return True
    modules = run.reader.ev.modules.values() if what == "an archive" else ()
    return any(SURE_CHECK in module.text for module in modules if not module.is_model)


def _of(
    what: str, *names: int | str, limit: tuple[int | str, ...] = ()
) -> Callable[[Invocation], Facts | None]:
    """A sink where one of these holds contents of the caller, and no argument of `limit` is given."""

    def inspect(made: Invocation) -> Facts | None:
        if limit and (made.argument(*limit) is not None or made.is_open):
            return None
        flows = [made.receiver if name == -1 else made.argument(name) for name in names]
        found = _contents(*flows)
        if not found or _is_checked(made, what):
            return None
        return {"inputs": found, "what": what, "unpacked_size": _unpacked_size(made)}

    return inspect


def _unpacked_size(made: Invocation) -> str | None:
    owner = made.node.func.value if isinstance(made.node.func, ast.Attribute) else None
    if not isinstance(owner, ast.Name) or not made.path.startswith(("zipfile.", "tarfile.")):
        return None
    if made.path.startswith("zipfile."):
        return f"sum(member.file_size for member in {owner.id}.infolist())"
    return f"sum(member.size for member in {owner.id}.getmembers())"


def _image(made: Invocation) -> Facts | None:
    """`Image.open` where the project has lifted Pillow's limit."""
    found = _contents(made.argument(0, "fp"))
    if not found:
        return None
    for module in made.run.reader.ev.modules.values():
        if module.is_model or "MAX_IMAGE_PIXELS" not in module.text:
            continue
        written = PIXELS.search(module.text)
        if written is not None:
            pixels = None if written[1] == "None" else _number(written[1])
            if pixels is None or pixels > MANY_PIXELS:
                line = module.text.count("\n", 0, written.start()) + 1
                column = written.start() - module.text.rfind("\n", 0, written.start())
                place = Place(file=module.path, line=line, column=column)
                return {"inputs": found, "what": "an image", "pixels": pixels, "lifted_at": place}
    return None


def _number(text: str) -> int:
    parts = [int(part.replace("_", "")) for part in re.findall(r"[\d_]+", text)[:4]]
    product = 1
    for part in parts:
        product *= min(part, 10**12)
    return product


def _spec(inspect: Callable[[Invocation], Facts | None], *names: str) -> Spec:
    return Spec(kind=Kind.DECOMPRESS, work=WorkClass.HEAVY, names=names, inspect=inspect)


ZIP: Final = "{zipfile,zipfile36,pyzipper}.{ZipFile,AESZipFile,PyZipFile}()"
TAR: Final = "tarfile.{open,TarFile,TarFile.open}()"
SINKS = (
    _spec(_of("an archive", -1), f"{ZIP}.{{read,extract,extractall}}", f"{TAR}.{{extract,extractall}}"),
    _spec(
        _of("an archive", -1, limit=(0, "size", "n")),
        f"{ZIP}.open().{{read,readlines,readall}}",
        f"{TAR}.extractfile().{{read,readlines}}",
    ),
    _spec(
        _of("an archive", 0, "filename"), "shutil.unpack_archive", "setuptools.archive_util.unpack_archive"
    ),
    _spec(_of("an archive", 0), "patoolib.extract_archive", "pyunpack.Archive"),
    _spec(_of("an archive", -1), "py7zr.SevenZipFile().{extractall,extract,readall,read}"),
    _spec(_of("an archive", -1), "rarfile.RarFile().{extractall,extract,read}"),
    _spec(_of("a compressed stream", 0, "data"), "{gzip,bz2,lzma,zlib}.decompress"),
    _spec(_of("a compressed stream", 0, limit=(1, "max_length")), "zlib.decompressobj().decompress"),
    _spec(
        _of("a compressed stream", 0, limit=(1, "max_length")),
        "{bz2.BZ2Decompressor,lzma.LZMADecompressor}().decompress",
    ),
    _spec(
        _of("a compressed stream", -1, limit=(0, "size")),
        "gzip.{open,GzipFile}().{read,readlines}",
        "bz2.{open,BZ2File}().{read,readlines}",
        "lzma.{open,LZMAFile}().{read,readlines}",
    ),
    _spec(
        _of("a compressed stream", 0),
        "{brotli,brotlicffi}.decompress",
        "{snappy,cramjam.snappy}.{uncompress,decompress}",
    ),
    _spec(_of("a compressed stream", 0), "{lz4.frame,lz4.block,blosc,isal.igzip,isal.isal_zlib}.decompress"),
    _spec(
        _of("a compressed stream", 0, limit=(1, "max_output_size")), "zstandard.ZstdDecompressor().decompress"
    ),
    _spec(_of("a compressed stream", 0), "{zstandard,zstd,pyzstd,compression.zstd}.decompress"),
    _spec(
        _of("a spreadsheet", 0, "filename", "io"),
        "openpyxl.load_workbook",
        "openpyxl.reader.excel.load_workbook",
    ),
    _spec(_of("a spreadsheet", 0, "io", "path_or_buffer"), "{pandas,polars}.read_excel", "pandas.ExcelFile"),
    _spec(_of("a document", 0, "docx", "pptx"), "docx.Document", "docx.api.Document", "pptx.Presentation"),
    _spec(_image, "PIL.Image.open"),
)
