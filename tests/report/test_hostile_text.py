"""Names and code of a scanned project that want to act: no writer lets them."""

import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from findings_sample import SCHEMAS, faults, schema, written
from hostile_sample import HOSTILE, hostile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from guardapi.report import formats
from guardapi.report.inert import code, html_code, inert

ALLOWED_HTML = re.compile(r"</?(?:details|summary|b|code)>|<!-- -->")
FORMATS = formats.names()


def tokens(text: str) -> list[Token]:
    parsed = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(text)
    return [*parsed, *(child for token in parsed for child in token.children or ())]


def texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [text for key, value in node.items() for text in (key, *texts(value))]
    if isinstance(node, list):
        return [text for value in node for text in texts(value)]
    return [node] if isinstance(node, str) else []


def acts(text: str) -> set[str]:
    """The characters that move a cursor, turn a line around, or cannot be encoded."""
    return {
        character
        for character in text
        if character != "\n"
        and (
            unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
            or unicodedata.bidirectional(character) in {"RLO", "LRO", "RLE", "LRE", "RLI", "LRI", "FSI"}
        )
    }


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_character_acts(name: str, text: str) -> None:
    shown = written(name, hostile(text))

    assert acts(shown) == set()
    shown.encode()


@pytest.mark.parametrize("name", ["gitlab-codequality", "gitlab-sast", "sarif"])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_json_holds_nothing_that_acts(name: str, text: str) -> None:
    """Whoever reads these prints them: the texts in them are harmless as well."""
    document = json.loads(written(name, hostile(text)))
    found = (
        [document]
        if name != "sarif"
        else [document["runs"][0]["results"], document["runs"][0]["invocations"]]
    )

    assert set().union(*map(acts, texts(found))) == set()
    if name != "sarif":
        assert faults(document, schema(SCHEMAS / f"{name}.json")) == []


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_sarif_messages_hold_no_foreign_link(text: str) -> None:
    (run,) = json.loads(written("sarif", hostile(text)))["runs"]
    messages = [message["text"] for message in _messages(run["results"])]

    assert messages
    for message in messages:
        assert all(target.isdigit() for target in re.findall(r"\]\(([^)]*)", message))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_sarif_uris_are_uris(text: str) -> None:
    log = json.loads(written("sarif", hostile(text)))
    (run,) = log["runs"]
    uris = {
        location["physicalLocation"]["artifactLocation"]["uri"]
        for result in run["results"]
        for location in result["locations"]
    }

    assert all(re.fullmatch(r"backend/(?:[\w.~/-]|%[0-9A-F]{2})+", uri, re.ASCII) for uri in uris)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_commands_stay_one_line(text: str) -> None:
    lines = written("github", hostile(text)).removesuffix("\n").split("\n")

    assert len(lines) == 4
    for line in lines:
        assert re.match(r"::(?:error|warning) file=[^:,]+,line=\d+[^:]*,title=[^:,]+::", line)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_markdown_keeps_its_structure(text: str) -> None:
    plain, odd = written("markdown", hostile("name")), written("markdown", hostile(text))
    kinds = [token.type for token in tokens(plain) if token.type.endswith("_open")]

    assert [token.type for token in tokens(odd) if token.type.endswith("_open")] == kinds
    for token in tokens(odd):
        assert token.type not in {"link_open", "image", "em_open", "s_open"}
        if token.type in {"html_block", "html_inline"}:
            assert "<" not in ALLOWED_HTML.sub("", token.content)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_markdown_mentions_stay_in_code(text: str) -> None:
    """GitHub and GitLab look for names and addresses in whatever is text."""
    page = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(written("markdown", hostile(text)))
    outside = re.sub(r"<(code|pre)\b.*?</\1>", "", page, flags=re.DOTALL)

    assert not re.search(r"[@#~$!%]\w|://|www\.|GH-\d|JIRA-\d|&amp;\d|:tada:", outside)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_junit_holds_no_markup(text: str) -> None:
    plain, odd = (ET.fromstring(written("junit", hostile(name))) for name in ("name", text))

    assert [element.tag for element in odd.iter()] == [element.tag for element in plain.iter()]
    assert written("junit", hostile(text)).isascii()


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.sampled_from("`|\\<>&[]()!*_~@#:/.-\"' \n\tab1é")))
def test_any_text_becomes_inert(text: str) -> None:
    for shown in (inert(text), code(text), html_code(text)):
        page = tokens(f"a {shown} b") + tokens(f"| a |\n| - |\n| {shown} |")
        assert {token.type for token in page} <= {
            *("paragraph_open", "paragraph_close", "inline", "text", "code_inline", "html_inline"),
            *(
                f"{part}_{end}"
                for part in ("table", "thead", "tbody", "tr", "th", "td")
                for end in ("open", "close")
            ),
        }
        assert all(ALLOWED_HTML.fullmatch(token.content) for token in page if token.type == "html_inline")
        assert sum(token.type == "td_open" for token in page) == 1


@given(st.text("ab`|\\ ", min_size=1))
def test_code_shows_what_was_written(text: str) -> None:
    table = f"| a | b |\n| - | - |\n| {code(text)} | z |"
    page = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(table)
    cells = re.findall(r"<td>(?:<code>)?(.*?)(?:</code>)?</td>", page)

    assert [cell.strip() for cell in cells] == [text.strip(), "z"]


def _messages(node: Any) -> list[Any]:
    if isinstance(node, dict):
        own = [node["message"]] if isinstance(node.get("message"), dict) else []
        return own + [found for value in node.values() for found in _messages(value)]
    return [found for value in node for found in _messages(value)] if isinstance(node, list) else []
