"""Imports that a text needs: found, added as the file writes them, or refused."""

import pytest
from writing import place, write

from guardapi.remedy import Import, RenameImport, Rewrite

ABORT = Import(module="flask", name="abort")


def needing(source: str, *needed: Import) -> str:
    """The source whose last line is rewritten to a text that needs imports, without that line."""
    whole = f"{source}\nQZ\n"
    text = write(whole, Rewrite(expression=place(whole, "QZ"), text="DONE", imports=needed))
    return text.removesuffix("\nDONE\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from flask import abort\n", "from flask import abort\n"),
        ("from flask import Flask, request\n", "from flask import Flask, abort, request\n"),
        ("from flask import request, Flask\n", "from flask import request, Flask, abort\n"),
        ("from flask import abort as a\n", "from flask import abort as a, abort\n"),
        ("from flask import (\n    Flask,\n)\n", "from flask import (\n    Flask,\n    abort,\n)\n"),
        ("from flask import (\n    Flask  # c\n)\n", "from flask import (\n    Flask,  # c\n    abort\n)\n"),
        (
            "from flask import (Flask,\n    request)\n",
            "from flask import (Flask,\n    abort,\n    request)\n",
        ),
        ("import os\n", "import os\n\nfrom flask import abort\n"),
        ("from .a import b\n", "from flask import abort\n\nfrom .a import b\n"),
        ("import os\nfrom x import y\n", "import os\nfrom flask import abort\nfrom x import y\n"),
        (
            "import celery\nfrom acme import x\nfrom zz import y\n",
            "import celery\nfrom acme import x\nfrom flask import abort\nfrom zz import y\n",
        ),
        (
            "import zope\nimport celery\nfrom zz import y\n",
            "import zope\nimport celery\nfrom zz import y\nfrom flask import abort\n",
        ),
        (
            "import flask\n\nfrom shop.a import b\n",
            "import flask\nfrom flask import abort\n\nfrom shop.a import b\n",
        ),
        ("'''doc'''\nx = 1\n", "'''doc'''\n\nfrom flask import abort\n\nx = 1\n"),
        ("# licence\n\nx = 1\n", "# licence\n\nfrom flask import abort\n\nx = 1\n"),
        (
            "from __future__ import annotations\nx = 1\n",
            "from __future__ import annotations\n\nfrom flask import abort\n\nx = 1\n",
        ),
        ("try:\n    from flask import abort\nexcept ImportError:\n    raise\n",) * 2,
        ("def f():\n    pass\n", "from flask import abort\n\n\ndef f():\n    pass\n"),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from flask import abort\n",
            "from typing import TYPE_CHECKING\n\nfrom flask import abort\n\n"
            "if TYPE_CHECKING:\n    from flask import abort\n",
        ),
    ],
)
def test_import_placed_as_file_does(before: str, after: str) -> None:
    assert needing(before, ABORT) == after
    assert needing(after, ABORT) == after


def test_line_ends_of_the_file() -> None:
    source = "import os\r\nQZ\r\n"
    edit = Rewrite(expression=place(source, "QZ"), text="DONE", imports=(ABORT,))

    assert write(source, edit) == "import os\r\n\r\nfrom flask import abort\r\n\r\nDONE\r\n"


def test_several_imports_at_once() -> None:
    needed = (
        ABORT,
        Import(module="os"),
        Import(module="re"),
        Import(module="functools", name="lru_cache"),
        Import(module="flask", name="Response"),
    )

    assert needing("import sys\n\nfrom flask import request\n", *needed) == (
        "import os\nimport re\nimport sys\nfrom functools import lru_cache\n\n"
        "from flask import Response, abort, request\n"
    )


def test_module_below_imported_package() -> None:
    assert needing("import os.path\n", Import(module="os")) == "import os.path\n"
    assert needing("import a\n", Import(module="a.b")) == "import a\nimport a.b\n"
    assert needing("import numpy as np\n", Import(module="numpy")) == "import numpy\nimport numpy as np\n"


def test_relative_import_is_the_same() -> None:
    known = "from .limits import limiter\n"

    assert needing(known, Import(module="limits", name="limiter")) == known


@pytest.mark.parametrize(
    "source",
    [
        "abort = 1\n",
        "def abort(): pass\n",
        "from werkzeug.exceptions import abort\n",
        "import x as abort\n",
        "def f():\n    global abort\n    abort = 1\n",
        "for abort in y: pass\n",
        "try: x\nexcept E as abort: pass\n",
        "with a as (b, abort): pass\n",
        "match a:\n    case [abort]: pass\n",
    ],
)
def test_name_of_another_thing_refused(source: str) -> None:
    assert needing(source, ABORT) == "not fixable: `abort` means something else in shop.py"


def test_names_of_other_functions_left_alone() -> None:
    source = "import flask\ndef f(abort): pass\nx = [abort for abort in y]\nclass A:\n    abort = 1\n"

    assert needing(source, ABORT).startswith("import flask\nfrom flask import abort\ndef f(abort)")


def test_shadowed_in_the_function_itself() -> None:
    source = "from flask import abort\ndef f(abort):\n    QZ\n"
    edit = Rewrite(expression=place(source, "QZ"), text="abort(413)", imports=(ABORT,))
    assert write(source, edit).startswith("not fixable")

    source = "def f():\n    QZ\n    from flask import abort\n"
    edit = Rewrite(expression=place(source, "QZ"), text="abort(413)", imports=(ABORT,))
    assert write(source, edit) == "not fixable: `abort` is imported further down in the function"


def test_import_gets_other_name() -> None:
    source = "from flask_limiter import HEADERS, Limiter\nx = {HEADERS.LIMIT: a.HEADERS, 'b': f(HEADERS=1)}\n"
    edit = RenameImport(statement=place(source, "from"), name="HEADERS", new="HeaderNames")

    assert write(source, edit) == (
        "from flask_limiter import HeaderNames, Limiter\n"
        "x = {HeaderNames.LIMIT: a.HEADERS, 'b': f(HEADERS=1)}\n"
    )


@pytest.mark.parametrize(
    "source",
    [
        "from m import old\ndef f(old): return old\n",
        "from m import old\nnew = 1\n",
        "from m import old, new\n",
    ],
)
def test_ambiguous_name_not_replaced(source: str) -> None:
    edit = RenameImport(statement=place(source, "from"), name="old", new="new")

    assert write(source, edit).startswith("not fixable")
