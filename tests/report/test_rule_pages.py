"""The pages of rules: Markdown that shows what was written, and text for terminals of any width."""

import re
from collections.abc import Iterator
from typing import ClassVar

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from guardapi.catalogue import families, nearest_rules
from guardapi.findings import Cwe, Probe, Severity
from guardapi.report import rule_text, rules_text
from guardapi.report.rule_markdown import language, page_name, prose, render, render_index
from guardapi.report.terminal import Terminal
from guardapi.rule import HEADINGS, Example, Rule, catalogue

RULES = catalogue()


class OddRule(Rule):
    """A route `<int:n>` outside of code: <int:n>, __init__ and *args.

    ## What it finds
    * An item with `a | b`, and one that goes on
      in the next line.
    * Another item.

    ## Why it is bad
    It is <b>bad</b>.

        limit = "5 per minute"  # <as it is>

    ## How to fix it
    See [the index](index.md).

    ## What it leaves alone
    Nothing.
    """

    id = "GA999"
    name = "odd-rule"
    severity = Severity.LOW
    is_advisory = True
    cwe = (Cwe.INTERACTION_FREQUENCY,)
    probes: ClassVar = (Probe.FLOOD, Probe.BOOT)
    vulnerable = (
        Example(
            title="__init__ of <a> `b_c`",
            files={"notes.md": "```python\nx = '\x1b[31m'  # finds: GA999\n```\n"},
            fixed={"notes.md": ""},
        ),
    )
    secure = ()

    def check(self, app: object, deployment: object) -> Iterator[object]:
        yield from ()


ODD = OddRule()


def tokens(text: str) -> list[Token]:
    parsed = MarkdownIt("commonmark").enable("table").parse(text)
    return [*parsed, *(child for token in parsed for child in token.children or ())]


def shown(text: str) -> str:
    """The text that a reader sees."""
    return "".join(
        token.content
        for token in tokens(text)
        if token.type in {"text", "code_inline", "code_block", "fence"}
    )


@pytest.mark.parametrize("rule", [*RULES, ODD], ids=lambda rule: rule.id)
def test_page_renders_as_written(rule: Rule) -> None:
    """No HTML, no emphasis; every example stands in a fence of its own, unchanged."""
    page = tokens(render(rule))
    fences = [token for token in page if token.type == "fence" and token.info]
    examples = [*rule.vulnerable, *rule.secure]

    assert {token.type for token in page} & {"html_inline", "html_block", "em_open", "strong_open"} == set()
    assert [(fence.info, fence.content.rstrip("\n")) for fence in fences] == [
        (language(path), text.rstrip("\n")) for example in examples for path, text in example.project.items()
    ]
    assert [link.attrs["href"] for link in page if link.type == "link_open"][-1].startswith(
        "https://owasp.org/"
    )


@pytest.mark.parametrize("rule", [*RULES, ODD], ids=lambda rule: rule.id)
def test_page_has_every_heading(rule: Rule) -> None:
    headings = re.findall(
        r"^## ([^:\n]+?)(?=:|$)", re.sub(r"(?ms)^```.*?^```$", "", render(rule)), re.MULTILINE
    )

    assert headings[:4] == list(HEADINGS)
    assert headings[4:].count("Vulnerable") == len(rule.vulnerable)
    assert headings[4:].count("Secure") == len(rule.secure)
    assert ("How to prove it" in headings) == bool(rule.probes)
    assert headings[-1] == "References"


def test_index_links_every_page() -> None:
    links = [token.attrs["href"] for token in tokens(render_index(families())) if token.type == "link_open"]

    assert links == [page_name(rule) for rule in RULES]


def test_odd_page_is_escaped() -> None:
    page = render(ODD)

    assert "A route <int:n> outside of code: <int:n>, __init__ and *args." in shown(page)
    assert 'limit = "5 per minute"  # <as it is>' in page
    assert "## Vulnerable: \\_\\_init\\_\\_ of \\<a> `b_c`" in page
    assert "[the index](index.md)" in page
    assert "| Profile | `pedantic` and `audit`: advice |" in page
    assert "| Fix | offered |" in page
    assert "| Proof | `flood`, `boot` |" in page
    assert f"* `boot`: {Probe.BOOT.how}" in page
    assert "\n````text\n```python\n" in page


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("shop/app.py", "python"),
        ("gunicorn.conf.py", "python"),
        ("Dockerfile", "dockerfile"),
        ("docker/Dockerfile.prod", "dockerfile"),
        ("compose.yaml", "yaml"),
        ("nginx.conf", "nginx"),
        (".env", "sh"),
        (".env.example", "sh"),
        ("Procfile", "text"),
        ("requirements.txt", "text"),
    ],
)
def test_fences_name_the_language(path: str, name: str) -> None:
    assert language(path) == name


def test_code_is_left_alone() -> None:
    text = "a ``x ` <y>`` and\n```\n<z>\n```\n<b> * c *d*"

    assert prose(text) == "a ``x ` <y>`` and\n```\n<z>\n```\n\\<b> * c \\*d\\*"


@pytest.mark.parametrize("width", [60, 100])
def test_terminal_page_keeps_within_width(width: int) -> None:
    for rule in (*RULES, ODD):
        assert max(map(len, rule_text.render(rule, Terminal(width=width)).splitlines())) <= width


def test_terminal_page_of_odd_rule() -> None:
    text = rule_text.render(ODD)

    assert "  * An item with `a | b`, and one that goes on in the next line.\n  * Another item.\n" in text
    assert '      limit = "5 per minute"  # <as it is>\n' in text
    assert "  > 2 | x = '\\x1b[31m'\n      | ^^^^^^^^^^^^^^\n" in text
    assert "proof      flood: One client asks" in text
    assert "\x1b" not in text
    assert "more example" not in text


def test_list_of_rules_marks_advice() -> None:
    (family,) = families([ODD])

    assert family.prefix == "GA9"
    assert "GA999  odd-rule  low  advice, fixable  A route" in rules_text.render([family])
    assert max(map(len, rules_text.render(families(), Terminal(width=60)).splitlines())) <= 60


def test_nearest_rules_are_few() -> None:
    assert nearest_rules("route-without-limits")[0].id == "GA102"
    assert 0 < len(nearest_rules("GA100")) <= 3
    assert nearest_rules("xyzzy") == ()
