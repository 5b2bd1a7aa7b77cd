"""GA804: compressed data of the caller is unpacked without a look at its size."""

from collections.abc import Iterator
from typing import Final

from guardapi.findings import Cwe, Finding, Probe, Severity
from guardapi.model import App, Deployment
from guardapi.place import Place
from guardapi.reached import Reached, by_audience, called, chooses_freely, reached, source_of
from guardapi.remedy import Delete, Import, Insert, Remedy, Safety, SetArgument, Where
from guardapi.rule import Example, Rule
from guardapi.sink import Kind, Sink

MOST: Final = "100 * 1024 * 1024"


class DecompressionUnbounded(Rule):
    """An archive or compressed stream of the caller is unpacked without a bound on what it becomes.

    ## What it finds
    Data of the request in `zipfile`, `tarfile`, `gzip`, `zlib`, `shutil.unpack_archive`, Brotli, Zstandard, 7z and the
    like, and in readers of office files, where nothing looks at unpacked sizes. And `Image.open` where
    `Image.MAX_IMAGE_PIXELS` was lifted.

    ## Why it is bad
    Zeros pack a thousandfold: 48 kB become 50 MB, and 10 MB fill the memory or the disk. A limit on the body does
    not see it.

    ## How to fix it
    Add up the unpacked sizes first (`sum(i.file_size for i in archive.infolist())`) and refuse what is too much; for
    streams pass `max_length`, or read in pieces with a running total.

    ## What it leaves alone
    Code that looks at unpacked sizes or reads in pieces, archives of the project's own, and Pillow's default, which
    refuses such images.
    """

    id = "GA804"
    name = "decompression-unbounded"
    severity = Severity.HIGH
    cwe = (Cwe.DATA_AMPLIFICATION,)
    probes = (Probe.GROWTH, Probe.MEMORY)
    vulnerable = (
        Example(
            title="an archive in the body",
            files={
                "shop.py": """
                    import io
                    import zipfile

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.post("/unzip")
                    def unzip():
                        archive = zipfile.ZipFile(io.BytesIO(request.get_data()))
                        return str(sum(len(archive.read(name)) for name in archive.namelist()))  # finds: GA804
                """,
            },
            fixed={
                "shop.py": """
                    import io
                    import zipfile

                    from flask import Flask, abort, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.post("/unzip")
                    def unzip():
                        archive = zipfile.ZipFile(io.BytesIO(request.get_data()))
                        unpacked_size = sum(member.file_size for member in archive.infolist())
                        if unpacked_size > 100 * 1024 * 1024:
                            abort(413)
                        return str(sum(len(archive.read(name)) for name in archive.namelist()))  # finds: GA804
                """,
            },
        ),
        Example(
            title="an upload that is saved, then unpacked",
            files={
                "shop.py": """
                    import os
                    import tarfile
                    import tempfile

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.post("/theme")
                    def theme():
                        upload = request.files["theme"]
                        with tempfile.TemporaryDirectory() as folder:
                            path = os.path.join(folder, "theme.tar.gz")
                            upload.save(path)
                            with tarfile.open(path) as archive:
                                archive.extractall(folder)  # finds: GA804
                            return jsonify(len(os.listdir(folder)))
                """,
            },
            fixed={
                "shop.py": """
                    import os
                    import tarfile
                    import tempfile

                    from flask import Flask, abort, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.post("/theme")
                    def theme():
                        upload = request.files["theme"]
                        with tempfile.TemporaryDirectory() as folder:
                            path = os.path.join(folder, "theme.tar.gz")
                            upload.save(path)
                            with tarfile.open(path) as archive:
                                unpacked_size = sum(member.size for member in archive.getmembers())
                                if unpacked_size > 100 * 1024 * 1024:
                                    abort(413)
                                archive.extractall(folder)  # finds: GA804
                            return jsonify(len(os.listdir(folder)))
                """,
            },
        ),
        Example(
            title="compressed streams",
            files={
                "shop.py": """
                    import gzip
                    import zlib

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.post("/events")
                    def events():
                        return str(len(gzip.decompress(request.get_data())))  # finds: GA804


                    @app.post("/metrics")
                    def metrics():
                        reader = zlib.decompressobj()
                        return str(len(reader.decompress(request.data)))  # finds: GA804
                """,
            },
        ),
        Example(
            title="Pillow's limit is lifted",
            files={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from PIL import Image

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    Image.MAX_IMAGE_PIXELS = None


                    @app.post("/size")
                    def size():
                        return jsonify(Image.open(request.files["image"]).size)  # finds: GA804
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from PIL import Image

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.post("/size")
                    def size():
                        return jsonify(Image.open(request.files["image"]).size)  # finds: GA804
                """,
            },
        ),
    )
    secure = (
        Example(
            title="unpacked sizes are added up first",
            files={
                "shop.py": """
                    import io
                    import zipfile

                    from flask import Flask, abort, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.post("/unzip")
                    def unzip():
                        archive = zipfile.ZipFile(io.BytesIO(request.get_data()))
                        if sum(item.file_size for item in archive.infolist()) > 5_000_000:
                            abort(413)
                        return str(sum(len(archive.read(name)) for name in archive.namelist()))
                """,
            },
        ),
        Example(
            title="a limit of the library",
            files={
                "shop.py": """
                    import zlib

                    from flask import Flask, abort, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.post("/metrics")
                    def metrics():
                        reader = zlib.decompressobj()
                        found = reader.decompress(request.data, 1_000_000)
                        if reader.unconsumed_tail:
                            abort(413)
                        return str(len(found))
                """,
            },
        ),
        Example(
            title="an archive of the project's own",
            files={
                "shop.py": """
                    import zipfile

                    from flask import Flask, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/licences")
                    def licences():
                        with zipfile.ZipFile("licences.zip") as archive:
                            return jsonify(archive.read("MIT.txt").decode())
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for found in reached(app, deployment, Kind.DECOMPRESS, accepts=chooses_freely):
            yield self._finding(app, found)

    def _finding(self, app: App, found: Reached) -> Finding:
        what, source = found.sink.facts.get("what"), source_of(found.sink)
        if what == "an image":
            message = f"opens images of any size (`{source}`), since Pillow's limit is lifted"
        else:
            message = f"unpacks {what} from `{source}` with `{called(found.sink)}`, however large it becomes"
        return self.finding(
            found.sink.place,
            f"`{found.title}`{found.others} {message}.",
            app=app,
            identity=(found.sink.function, found.sink.name),
            severity=by_audience(found.worst, anyone=Severity.HIGH, account=Severity.MEDIUM),
            confidence=found.confidence,
            route=found.reference,
            related=found.related(),
            why=found.worst.stake.why,
            remedy=_remedy(found.sink),
        )


def _remedy(sink: Sink) -> Remedy | None:
    """Pillow's limit again, or a look at the size of an archive, or of what comes out of a stream."""
    lifted, size = sink.facts.get("lifted_at"), sink.facts.get("unpacked_size")
    if isinstance(lifted, Place):
        if sink.facts.get("pixels") is not None:
            return None
        reason = "Pillow's own limit holds again: it refuses images of more than 179 million pixels."
        return Remedy(safety=Safety.SAFE, reason=reason, edits=(Delete(statement=lifted),))
    if isinstance(size, str):
        refused = Insert(
            anchor=sink.place,
            where=Where.BEFORE,
            text=f"unpacked_size = {size}\nif unpacked_size > {MOST}:\n    abort(413)",
            imports=(Import(module="flask", name="abort"),),
        )
        reason = "Archives that would take more than 100 MB are refused with status 413."
        return Remedy(safety=Safety.UNSAFE, reason=reason, edits=(refused,))
    if sink.name == "zlib.decompressobj().decompress":
        edit = SetArgument(call=sink.place, name="max_length", value=MOST)
        reason = "Nothing is unpacked beyond 100 MB: what is longer is cut there."
        return Remedy(safety=Safety.UNSAFE, reason=reason, edits=(edit,))
    return None
