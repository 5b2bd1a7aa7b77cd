"""The page of a rule, and the index of all pages, as Markdown."""

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from guardapi.catalogue import Family
from guardapi.rule import HEADINGS, Example, Rule

LANGUAGES: Final = {
    ".cfg": "ini",
    ".conf": "nginx",
    ".env": "sh",
    ".html": "html",
    ".ini": "ini",
    ".json": "json",
    ".py": "python",
    ".service": "ini",
    ".sh": "sh",
    ".sql": "sql",
    ".toml": "toml",
    ".yaml": "yaml",
    ".yml": "yaml",
}
NAMES: Final = {".env": "sh", "Dockerfile": "dockerfile", "supervisord.conf": "ini"}
CODE: Final = re.compile(
    r"^(?P<fence>`{3,}|~{3,}).*?^(?P=fence)[^\n]*$"  # a fenced block
    r"|(?:^|(?<=\n\n))(?: {4}[^\n]*\n?)+"  # an indented block
    r"|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)",  # a code span
    re.MULTILINE | re.DOTALL,
)
INDEX_INTRODUCTION: Final = """\
What `guardapi scan` looks for. `guardapi rules` lists the same, and `guardapi explain ID` shows a page in the terminal.

*Severity* is the usual one; a finding ranks higher or lower by what the route does and who may call it.
*Profile* says which runs show a rule: all of them, or only `--profile pedantic` and `--profile audit`.
*Proof* names the ways in which a finding can be shown on a running service.
"""


def page_name(rule: Rule) -> str:
    """The file of a rule's page."""
    return f"{rule.id}-{rule.name}.md"


def render(rule: Rule) -> str:
    """The page of a rule."""
    return "\n".join(_page(rule))


def render_index(families: Iterable[Family]) -> str:
    """The table of all rules, with links to their pages."""
    return "\n".join(_index(families))


def _page(rule: Rule) -> Iterator[str]:
    yield f"# {rule.id} `{rule.name}`"
    yield from ("", prose(rule.summary()), "", "| | |", "| --- | --- |")
    yield from (f"| {title} | {value.replace('|', BAR)} |" for title, value in _facts(rule))
    for heading in HEADINGS:
        yield from ("", f"## {heading}", "", prose(rule.section(heading)))
    yield from _examples("Vulnerable", rule.vulnerable)
    yield from _examples("Secure", rule.secure)
    if rule.probes:
        yield from ("", "## How to prove it", "")
        yield from (f"* `{probe}`: {probe.how}" for probe in rule.probes)
    yield from ("", "## References", "")
    yield from (f"* [{item.id}: {item.title}]({item.url})" for item in rule.cwe)
    yield from (f"* [{item.id}: {item.title}]({item.url})" for item in rule.owasp)
    yield ""


BAR: Final = r"\|"


def _facts(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.origin:
        yield "Origin", prose(rule.origin)
    yield "Severity", f"usually {rule.severity.label}"
    yield "Profile", "`pedantic` and `audit`: advice" if rule.is_advisory else "`default`"
    yield "Fix", "offered" if rule.is_fixable() else "none yet"
    yield "Proof", ", ".join(f"`{probe}`" for probe in rule.probes) or "none"
    yield "Weakness", ", ".join(item.id for item in rule.cwe)
    yield "Risk", ", ".join(item.id for item in rule.owasp)


def _examples(kind: str, examples: Iterable[Example]) -> Iterator[str]:
    for example in examples:
        yield from ("", f"## {kind}: {prose(example.title)}")
        for path, text in example.project.items():
            yield from ("", f"`{path}`", "", *fenced(text, language(path)))


def fenced(text: str, name: str) -> Iterator[str]:
    """A block with a fence that nothing in it closes."""
    longest = max((len(found) for found in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    yield from (f"{fence}{name}", text.rstrip("\n"), fence)


def language(path: str) -> str:
    """What a file is written in, as fences name it."""
    file = PurePosixPath(path)
    by_name = NAMES.get(file.name) or next(
        (named for start, named in NAMES.items() if file.name.startswith(f"{start}.")), None
    )
    return by_name or LANGUAGES.get(file.suffix, "text")


def prose(text: str) -> str:
    """A text in which `<int:n>` and `__init__` outside of code stand for themselves.

    Rules are written with code spans, lists and links; HTML and emphasis are never meant.
    """
    parts, end = [], 0
    for code in CODE.finditer(text):
        parts += [_escaped(text[end : code.start()]), code[0]]
        end = code.end()
    return "".join((*parts, _escaped(text[end:])))


def _escaped(text: str) -> str:
    return re.sub(r"(?<!\\)[<_]|(?<![\\\n])\*(?!\s)", r"\\\g<0>", text)


def _index(families: Iterable[Family]) -> Iterator[str]:
    yield from ("# Rules", "", "<!-- Written by scripts/rule-pages; do not edit. -->", "", INDEX_INTRODUCTION)
    for family in families:
        yield from (f"## {family.prefix}: {family.title}", "")
        yield from (
            "| rule | finds | severity | profile | fix | proof |",
            "| --- | --- | --- | --- | --- | --- |",
        )
        for rule in family.rules:
            cells = (
                f"[{rule.id} {rule.name}]({page_name(rule)})",
                prose(rule.summary()),
                rule.severity.label,
                "pedantic" if rule.is_advisory else "default",
                "yes" if rule.is_fixable() else "",
                ", ".join(rule.probes),
            )
            yield f"| {' | '.join(cell.replace('|', BAR) for cell in cells)} |"
        yield ""
