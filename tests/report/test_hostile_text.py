"""Names and code of a scanned project that want to act: no writer lets them."""

import json
import re
import unicodedata
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pytest
from findings_sample import COSTLY, MANY, SCHEMAS, faults, schema, written
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from sample import APP, INVENTORY

from guardapi.findings import Finding, Suppression
from guardapi.model import Problem
from guardapi.place import Place
from guardapi.report import formats
from guardapi.report.inert import code, html_code, inert
from guardapi.scan import Report

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</code></summary></details><b>",
    "\x1b[31mred\x1b[0m \x9b2J",
    "a\r\nb\n::error file=x::taken\n##[error]taken",
    "::set-output name=a::b",
    "\u202egnp.exe\u2066 \u200b\u2028\ufeff",
    "`code` `` ``` ~~~ `",
    "a | b \\| c \\\\| d |",
    "[click](javascript:alert(1)) ![i](http://evil.example/i.png) [a][b]",
    "http://evil.example www.evil.example mail@evil.example <https://evil.example>",
    "@octocat @org/team #1 GH-1 !1 ~label %1 &1 $1 owner/repo#1 JIRA-1",
    "# heading\n> quote\n* item\n1. item\n---\n| a |\n| - |",
    "*bold* _italic_ ~~gone~~ $x$ :tada: &lt;b&gt; &#60;b&#62; \\<b\\>",
    "]]> <!-- --> <![CDATA[ <?xml?> &amp; &entity; '\"",
    "\x00\x0b\ufffe\uffff\ud800",
    "%0A%0D,:=%25 {0} {{x}} {% raw %}",
    "x" * 10_000,
    " ",
)
ALLOWED_HTML = re.compile(r"</?(?:details|summary|b|code)>|<!-- -->")
FORMATS = [name for name in formats.names() if name != "html"]
"""The page has tests of its own, in a browser."""


def hostile(text: str) -> Report:
    place = replace(COSTLY.place, file=f"{text}/{text}.py")
    return Report(
        inventory=replace(
            INVENTORY,
            apps=(replace(APP, id=text),),
            problems=(Problem(file=text, line=1, message=text),),
        ),
        findings=(accused(COSTLY, text), accused(MANY, text)),
        suppressed=(accused(replace(COSTLY, suppressed=Suppression(reason=text, place=place)), text),),
        known=(accused(replace(MANY, baseline="unchanged"), text),),
        source_lines={(f"{text}/{text}.py", COSTLY.place.line): text},
    )


def accused(finding: Finding, text: str) -> Finding:
    place = replace(finding.place, file=f"{text}/{text}.py")
    return replace(
        finding,
        app=text,
        message=f"`{text}` and {text} do it.",
        why=text,
        place=place,
        route=finding.route and replace(finding.route, rule=text, endpoint=text),
        related=tuple(
            replace(
                related,
                place=Place(file=text, line=1),
                message=f"`{text}` {text}",
                row=related.row and replace(related.row, route=text, work=text),
            )
            for related in finding.related
        ),
    )


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

    assert len(lines) == 3
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
