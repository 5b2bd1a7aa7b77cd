"""One rule on the terminal: facts, the parts of its documentation, and what it finds in an example."""

import re
from collections.abc import Iterator
from typing import Final

from rich.text import Text

from guardapi.findings import counted
from guardapi.report.escape import visible
from guardapi.report.fold import fold, shortened
from guardapi.report.frame import STYLES
from guardapi.report.rule_marks import ITEM, MARK
from guardapi.report.terminal import Terminal, draw
from guardapi.rule import HEADINGS, Example, Rule

LABEL: Final = 11
WIDEST_PROSE: Final = 100


def render(rule: Rule, terminal: Terminal = Terminal()) -> str:  # noqa: B008  # frozen
    """The page of a rule, with the first vulnerable and the first secure example."""
    return draw(_page(rule, terminal.width), terminal)


def _page(rule: Rule, width: int) -> Iterator[Text]:
    yield Text(f"{rule.id} {rule.name}", style="bold", no_wrap=True)
    yield from _prose(rule.summary(), width)
    yield Text()
    for label, texts in _facts(rule):
        for index, text in enumerate(texts):
            lines = fold(text, width - LABEL)
            yield Text(f"{'' if index else label:<{LABEL}}{lines[0]}", no_wrap=True)
            yield from (Text(f"{'':{LABEL}}{line}", no_wrap=True) for line in lines[1:])
    for heading in HEADINGS:
        yield from (Text(), Text(heading, style="bold", no_wrap=True))
        yield from _prose(rule.section(heading), width)
    for kind, examples in (("Vulnerable", rule.vulnerable), ("Secure", rule.secure)):
        for example in examples[:1]:
            yield Text()
            yield from (Text(line, style="bold") for line in fold(f"{kind}: {example.title}", width))
            yield from _example(rule, example, width)
    yield Text()
    hidden = max(len(rule.vulnerable) - 1, 0) + max(len(rule.secure) - 1, 0)
    if hidden:
        yield Text(
            f"{counted(hidden, 'more example')}: guardapi explain {rule.id} --format markdown", style="dim"
        )


def _facts(rule: Rule) -> Iterator[tuple[str, list[str]]]:
    if rule.origin:
        yield "origin", [visible(rule.origin)]
    profile = "pedantic, audit (it is advice)" if rule.is_advisory else "default"
    yield "severity", [f"usually {rule.severity.label}"]
    yield "profile", [profile]
    yield "fix", ["offered" if rule.is_fixable() else "none yet"]
    yield "proof", [f"{probe}: {probe.how}" for probe in rule.probes] or ["none"]
    yield "weakness", [f"{item.id} {item.title}" for item in rule.cwe]
    yield "risk", [f"{item.id} {item.title}" for item in rule.owasp]


def _prose(text: str, width: int) -> Iterator[Text]:
    """Paragraphs and list items folded; what is indented as code stays as it is."""
    for index, block in enumerate(re.split(r"\n\s*\n", text)):
        if index:
            yield Text()
        if block.startswith("    "):
            yield from (Text(f"  {line}", no_wrap=True) for line in block.splitlines())
            continue
        for item in re.split(rf"\n(?={ITEM.pattern})", block):
            bullet = ITEM.match(item)
            indent = 2 + (len(bullet[0]) if bullet else 0)
            lines = fold(item[len(bullet[0]) :] if bullet else item, min(width, WIDEST_PROSE) - indent)
            yield Text(f"  {bullet[0] if bullet else ''}{lines[0]}", no_wrap=True)
            yield from (Text(f"{'':{indent}}{line}", no_wrap=True) for line in lines[1:])


def _example(rule: Rule, example: Example, width: int) -> Iterator[Text]:
    """Each file with line numbers; lines that the rule finds have a mark in front and below."""
    for path, text in example.project.items():
        yield Text(f"  {visible(path)}", style="dim", no_wrap=True)
        lines = text.splitlines()
        digits = len(str(len(lines)))
        for number, line in enumerate(lines, start=1):
            is_found = f"finds: {rule.id}" in line
            code = MARK.sub("", line) if "finds: " in line or "misses: " in line else line
            start = f"  {'>' if is_found else ' '} {number:>{digits}} | "
            style = STYLES[rule.severity] if is_found else ""
            drawn = shortened(visible(code.expandtabs(4)), max(width - len(start), 1))
            yield Text(start, style="dim", no_wrap=True).append(drawn, style="not dim")
            if is_found:
                indent = len(drawn) - len(drawn.lstrip())
                marks = "^" * max(len(drawn) - indent, 1)
                below = Text(f"{'':{len(start) - 2}}| {'':{indent}}", style="dim", no_wrap=True)
                yield below.append(marks, style=f"not dim {style}")
