"""Columns of findings count characters, as editors do, whatever the encoding of the file is."""

import pytest

from guardapi.files import from_mapping
from guardapi.pipeline import scan_tree

APP = """\
from flask import Flask, request

app = Flask(__name__)


@app.get("/sizes")
def sizes():
    return {"größe": "é", "n": len(list(range(int(request.args["n"]))))}
"""


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_columns_count_characters(encoding: str) -> None:
    content = f"# coding: {encoding}\n{APP}"
    report = scan_tree(from_mapping({"app.py": content.encode(encoding)}))

    places = [found.place for found in report.findings if found.rule == "GA801"]
    lines = content.splitlines()
    marked = [lines[place.line - 1][place.column - 1 : place.end_column - 1] for place in places]
    assert marked == ['range(int(request.args["n"]))']
