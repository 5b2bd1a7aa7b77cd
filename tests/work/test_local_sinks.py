"""Local work: processes, images, documents, hashes, stored files, and reads of the body."""

import pytest
from reading import sinks_of

from guardapi.sink import Kind, Role, Sink, WorkClass


def sinks(lines: str, *kinds: Kind, before: str = "", route: str = "POST /x") -> tuple[Sink, ...]:
    """What a view of some lines does."""
    body = "\n".join(f"    {line}" for line in lines.split("\n"))
    return sinks_of(f'{before}\n@app.post("/x")\ndef x():\n{body}\n', *kinds, route=route)


@pytest.mark.parametrize(
    ("imported", "call", "kind"),
    [
        ("import subprocess", 'subprocess.run(["convert", "a", "b"])', Kind.PROCESS),
        ("from subprocess import Popen as start", 'start("make")', Kind.PROCESS),
        ("import os", 'os.system("make")', Kind.PROCESS),
        ("import ffmpeg", 'ffmpeg.input("a").output("b").run()', Kind.PROCESS),
        ("from git import Repo", 'Repo.clone_from("https://example.com/x", "y")', Kind.PROCESS),
        ("from PIL import Image", 'Image.open("a").convert("L").resize((9, 9))', Kind.IMAGE),
        ("from PIL import Image, ImageOps", 'ImageOps.fit(Image.open("a"), (9, 9))', Kind.IMAGE),
        ("import cv2", 'cv2.resize(cv2.imread("a"), (9, 9))', Kind.IMAGE),
        ("import qrcode", 'qrcode.make("x")', Kind.IMAGE),
        ("import matplotlib.pyplot as plt", 'plt.savefig("a.png")', Kind.PLOT),
        ("import matplotlib.pyplot as plt", 'f, a = plt.subplots()\nf.savefig("a.png")', Kind.PLOT),
        ("from matplotlib.figure import Figure", 'Figure().savefig("a.png")', Kind.PLOT),
        ("import plotly.graph_objects as go", "go.Figure().to_image()", Kind.PLOT),
        ("from weasyprint import HTML", 'HTML(string="x").write_pdf()', Kind.DOCUMENT),
        ("import pdfkit", 'pdfkit.from_string("x", False)', Kind.DOCUMENT),
        ("from reportlab.pdfgen import canvas", 'c = canvas.Canvas("a")\nc.save()', Kind.DOCUMENT),
        ("from pypdf import PdfReader", 'PdfReader("a").pages[0].extract_text()', Kind.DOCUMENT),
        ("import openpyxl", 'openpyxl.load_workbook("a")', Kind.SPREADSHEET),
        ("from openpyxl import Workbook", 'w = Workbook()\nw.save("a")', Kind.SPREADSHEET),
        ("import pandas as pd", 'pd.read_csv("a").to_excel("b")', Kind.SPREADSHEET),
        ("from selenium import webdriver", "webdriver.Chrome()", Kind.BROWSER),
        ("import shutil", 'shutil.make_archive("a", "zip", "b")', Kind.ARCHIVE),
        ("import zipfile", 'with zipfile.ZipFile("a", "w") as z:\n    z.write("b")', Kind.ARCHIVE),
        ("from transformers import pipeline\npipe = pipeline('x')", 'pipe("text")', Kind.INFERENCE),
        ("import joblib\nmodel = joblib.load('m')", "model.predict([[1]])", Kind.INFERENCE),
        ("import spacy\nnlp = spacy.load('en')", 'nlp("text")', Kind.INFERENCE),
        ("import torch\nmodel = torch.load('m')", "model([1])", Kind.INFERENCE),
        (
            "from werkzeug.security import generate_password_hash",
            'generate_password_hash("x")',
            Kind.PASSWORD_HASH,
        ),
        ("import bcrypt", 'bcrypt.hashpw(b"x", bcrypt.gensalt())', Kind.PASSWORD_HASH),
        ("from argon2 import PasswordHasher", 'PasswordHasher().hash("x")', Kind.PASSWORD_HASH),
        ("from passlib.hash import pbkdf2_sha256", 'pbkdf2_sha256.hash("x")', Kind.PASSWORD_HASH),
        ("from passlib.context import CryptContext\nc = CryptContext()", 'c.hash("x")', Kind.PASSWORD_HASH),
        (
            "from flask_bcrypt import Bcrypt\nb = Bcrypt(app)",
            'b.generate_password_hash("x")',
            Kind.PASSWORD_HASH,
        ),
        ("import hashlib", 'hashlib.scrypt(b"x", salt=b"s", n=2, r=8, p=1)', Kind.PASSWORD_HASH),
    ],
)
def test_library_is_heavy(imported: str, call: str, kind: Kind) -> None:
    found = sinks(call, kind, before=imported)

    assert found
    assert max(sink.work for sink in found) is WorkClass.HEAVY


@pytest.mark.parametrize(
    ("imported", "call"),
    [
        ("from PIL import Image", 'Image.open("a").verify()'),
        ("from PIL import Image", 'image = Image.open("a")\nreturn str(image.size)'),
        ("import hashlib", 'hashlib.sha256(b"x").hexdigest()'),
        ("import bcrypt", "bcrypt.gensalt()"),
        ("import shutil", 'shutil.which("git")'),
        ("import pandas as pd", "pd.Timestamp.now()"),
        ("import cv2", "cv2.getTickCount()"),
    ],
)
def test_light_calls_are_not(imported: str, call: str) -> None:
    assert not [sink for sink in sinks(call, before=imported) if sink.work is WorkClass.HEAVY]


@pytest.mark.parametrize(
    ("command", "work"),
    [
        ('["git", "rev-parse", "HEAD"]', WorkClass.LIGHT),
        ('["ffmpeg", "-version"]', WorkClass.LIGHT),
        ('"hostname"', WorkClass.LIGHT),
        ('["git", "gc"]', WorkClass.HEAVY),
        ('["git", "log", request.args["path"]]', WorkClass.HEAVY),
        ("COMMAND", WorkClass.HEAVY),
    ],
)
def test_constant_quick_command_is_light(command: str, work: WorkClass) -> None:
    (sink,) = sinks(
        f"subprocess.run({command})", Kind.PROCESS, before="import subprocess\nfrom x import COMMAND"
    )

    assert sink.work is work


def test_process_without_timeout() -> None:
    first, second = sinks(
        'subprocess.run(["make"])\nsubprocess.check_output(["make"], timeout=5)',
        Kind.PROCESS,
        before="import subprocess",
    )

    assert (first.facts["timeout"], second.facts["timeout"]) == ("none", 5)


def test_image_knows_what_it_was_opened_from() -> None:
    (sink,) = sinks(
        'image = Image.open(request.files["photo"])\nimage.thumbnail((9, 9))',
        Kind.IMAGE,
        before="from PIL import Image",
    )

    assert [(given.source, given.kind) for given in sink.inputs] == [("request.files['photo']", "file")]


@pytest.mark.parametrize(
    "rounds",
    ['int(request.form["n"])', 'request.args.get("n", 1, int)', 'int(request.get_json()["n"])'],
)
def test_rounds_from_caller(rounds: str) -> None:
    (sink,) = sinks(
        f'hashlib.pbkdf2_hmac("sha256", b"x", b"s", {rounds})', Kind.PASSWORD_HASH, before="import hashlib"
    )

    assert sink.unbounded is not None


def test_fast_hash_repeated_by_caller() -> None:
    loop = "value = b''\nfor _ in range({}):\n    value = hashlib.sha256(value).digest()"

    assert sinks(loop.format('int(request.form["n"])'), Kind.PASSWORD_HASH, before="import hashlib")
    assert not sinks(loop.format("1000"), Kind.PASSWORD_HASH, before="import hashlib")


STORE = """
import io, os, shutil, tempfile, time, uuid
from pathlib import Path
from werkzeug.utils import secure_filename
"""


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        ('request.files["f"].save("logo.png")', "constant"),
        ('request.files["f"].save(os.path.join("up", uuid.uuid4().hex))', "fresh"),
        ('name = f"{time.time()}.png"\nrequest.files["f"].save("up/" + name)', "fresh"),
        ('f = request.files["f"]\nf.save(os.path.join("up", secure_filename(f.filename)))', "caller"),
        ('for f in request.files.getlist("f"):\n    f.save(f.filename)', "caller"),
        ("for key, f in request.files.items():\n    f.save(f.filename)", "caller"),
        ('with open("log.txt", "a") as out:\n    out.write("x")', "constant"),
        ('with open(request.form["name"], mode="wb") as out:\n    out.write(b"x")', "caller"),
        ('(Path("up") / str(uuid.uuid4())).write_bytes(request.get_data())', "fresh"),
        ('shutil.copyfile("a", "b")', "constant"),
        ('request.files["f"].save(app.config["PLACE"])', "unknown"),
        ('request.files["f"].save(fresh(".png"))', "fresh"),
    ],
)
def test_name_of_stored_file(lines: str, name: str) -> None:
    helper = "def fresh(ending):\n    return uuid.uuid4().hex + ending\n"
    (sink,) = sinks(lines, Kind.FILE_WRITE, before=STORE + helper)

    assert (sink.facts["where"], sink.facts["name"]) == ("disk", name)


@pytest.mark.parametrize(
    ("imported", "call"),
    [
        ("import boto3\ns3 = boto3.client('s3')", 's3.put_object(Bucket="b", Key=key, Body=b"")'),
        ("import boto3\ns3 = boto3.client('s3')", 's3.upload_fileobj(request.files["f"], "b", key)'),
        ("import boto3\ns3 = boto3.resource('s3')", 's3.Bucket("b").put_object(Key=key, Body=b"")'),
        ("from minio import Minio\nm = Minio('x')", 'm.put_object("b", key, request.stream, 5)'),
        (
            "from google.cloud import storage\nc = storage.Client()",
            'c.bucket("b").blob(key).upload_from_string("x")',
        ),
    ],
)
def test_objects_are_stored(imported: str, call: str) -> None:
    (sink,) = sinks(f'key = request.form["key"]\n{call}', Kind.FILE_WRITE, before=imported)

    assert (sink.facts["where"], sink.work) == ("bucket", WorkClass.DATA)


def test_reading_a_file_stores_nothing() -> None:
    assert not sinks('open("a").read()\nopen("a", "rb")\nPath("a").open()', Kind.FILE_WRITE, before=STORE)


@pytest.mark.parametrize(("ends", "is_removed"), [("os.unlink(path)", True), ("print(path)", False)])
def test_file_is_removed_by_who_gets_it(ends: str, is_removed: bool) -> None:
    before = (
        "import os, uuid\n\ndef copied():\n    path = f'{uuid.uuid4()}'\n    open(path, 'wb').write(b'')\n"
    )
    before += f"    return path\n\ndef restored(path):\n    {ends}\n    return 'done'\n"
    (sink,) = sinks("return restored(copied())", Kind.FILE_WRITE, before=before)
    assert sink.facts["removed"] is is_removed


def test_removed_file_is_known_to_be() -> None:
    (sink,) = sinks("handle, name = tempfile.mkstemp()\nos.remove(name)", Kind.FILE_WRITE, before=STORE)

    assert sink.facts["removed"] is True


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        ("request.get_json()", Kind.BODY),
        ("request.json", Kind.BODY),
        ("request.data", Kind.BODY),
        ("request.get_data(as_text=True)", Kind.BODY),
        ("request.stream.read()", Kind.BODY),
        ('request.form["a"]', Kind.FORM),
        ('request.form.get("a")', Kind.FORM),
        ('request.files["a"]', Kind.FORM),
        ('request.values["a"]', Kind.FORM),
        ('request.files["a"].read()', Kind.UPLOAD_READ),
        ('request.files["a"].stream.read()', Kind.UPLOAD_READ),
        ('request.files.get("a").read()', Kind.UPLOAD_READ),
    ],
)
def test_body_is_read(read: str, kind: Kind) -> None:
    assert sinks(read, kind)
    assert sinks(f"return helper({read})", kind, before="def helper(sent):\n    return str(sent)")


@pytest.mark.parametrize(
    "read",
    [
        'request.args["a"]',
        "request.headers",
        "request.content_length",
        "request.is_json",
        "request.stream.read(99)",
    ],
)
def test_other_parts_are_no_body(read: str) -> None:
    assert not sinks(read, Kind.BODY, Kind.FORM, Kind.UPLOAD_READ)


def test_values_have_form_by_method() -> None:
    source = '@app.route("/x", methods=["GET", "POST"])\ndef x():\n    return request.values["a"]\n'

    assert sinks_of(source, Kind.FORM, route="POST /x")
    assert not sinks_of(source, Kind.FORM, route="GET /x")


def test_reads_in_pieces_are_no_upload_read() -> None:
    lines = 'f = request.files["f"]\nwhile chunk := f.read(4096):\n    pass'

    assert not sinks(lines, Kind.UPLOAD_READ)


@pytest.mark.parametrize(
    "check",
    [
        "if request.content_length > 1000: abort(413)",
        "if (request.content_length or 0) > 1000: abort(413)",
        "f.seek(0, 2)\nsize = f.tell()\nif size > 1000: abort(413)",
    ],
)
def test_length_checked_before(check: str) -> None:
    lines = f'f = request.files["f"]\n{check}\nf.read()'
    (checked,) = sinks(lines, Kind.UPLOAD_READ)
    (unchecked,) = sinks('request.files["f"].read()', Kind.UPLOAD_READ)

    assert (checked.facts["checked"], unchecked.facts["checked"]) == (True, False)


def test_bound_of_view_reaches_helper() -> None:
    helper = "def content():\n    return request.get_data()\n"
    (before,) = sinks("request.max_content_length = 9\nreturn content()", Kind.BODY, before=helper)
    (after,) = sinks(
        "found = content()\nrequest.max_content_length = 9\nreturn found", Kind.BODY, before=helper
    )

    assert before.facts["max_content_length"] == 9
    assert "max_content_length" not in after.facts


def test_bound_of_decorator_and_hook() -> None:
    source = """
        from functools import wraps

        @app.before_request
        def bound():
            request.max_form_parts = 5

        def small(function):
            @wraps(function)
            def wrapper(*args, **kwargs):
                request.max_content_length = 10
                return function(*args, **kwargs)
            return wrapper

        @app.post("/x")
        @small
        def x():
            return request.form["a"]
    """
    (sink,) = sinks_of(source, Kind.FORM, route="POST /x")

    assert (sink.facts["max_content_length"], sink.facts["max_form_parts"]) == (10, 5)
    assert not sinks_of(source, Kind.REQUEST_BOUND, route="POST /x")


def test_upload_through_spread_arguments() -> None:
    source = """
        import requests

        def ask(name, size=1):
            requests.get(name)

        @app.post("/x")
        def x():
            ask(**request.get_json())
    """
    (sink,) = sinks_of(source, Kind.HTTP, route="POST /x")
    given = sink.input(Role.URL)

    assert given is not None
    assert given.source == "request.get_json()['name']"


def test_option_that_is_not_passed() -> None:
    """What stands under a test of a parameter that is None by default does not happen."""
    source = """
        import shutil

        def add(name, seed=None):
            if seed and name:
                shutil.move(seed, name)

        @app.post("/x")
        def x():
            add(request.form["name"])

        @app.post("/y")
        def y():
            add(request.form["name"], "here")
    """

    assert not sinks_of(source, Kind.FILE_WRITE, route="POST /x")
    assert sinks_of(source, Kind.FILE_WRITE, route="POST /y")


@pytest.mark.parametrize(
    ("test", "is_checked"),
    [
        ('int(request.headers.get("Content-Length", "")) > limit', True),
        ("request.content_length > limit", True),
        ('int(request.headers.get("X-Length", "")) > limit', False),
    ],
)
def test_length_checked_by_helper(test: str, is_checked: bool) -> None:
    helper = f"def check(limit):\n    if {test}:\n        abort(413)\n"
    (found,) = sinks("check(100_000)\nreturn request.get_json()", Kind.BODY, before=helper)

    assert found.facts["checked"] is is_checked
