"""A finding as people read it: headline, code frame, the routes or places that belong to it, what to do."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from guardapi.findings import Confidence, Finding, Related, Row, Severity
from guardapi.pipeline import Report
from guardapi.report.escape import visible
from guardapi.report.fold import fold, padded, shortened, unbroken
from guardapi.report.terminal import linked

MAX_ROWS: Final = 10
FEW_ROWS: Final = 3
MAX_TEXT: Final = 500
LEAST_MESSAGE: Final = 34
"""Cells that a message needs beside the name of its rule; with less it starts a line of its own."""
LEAST_COLUMN: Final = 8
WIDE: Final = 110
"""From this width on, rows show where the view stands."""
TAB: Final = 4
INDENT: Final = " " * 9
STYLES: Final = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}


def headline(finding: Finding, width: int) -> list[Text]:
    """Severity, rule and message; folded here, so that the lines can be counted."""
    marks = [
        *(["tentative"] if finding.confidence is Confidence.TENTATIVE else []),
        *(["advice"] if finding.is_advisory else []),
    ]
    mark = f" ({', '.join(marks)})" if marks else ""
    title = f"{finding.rule} {finding.name}{mark}  "
    room = width - len(INDENT)
    beside = room - cell_len(title)
    message = visible(finding.message[:MAX_TEXT])
    lines = fold(message, room, first=beside) if beside >= LEAST_MESSAGE else ["", *fold(message, room)]
    first = Text(no_wrap=True).append(f"{finding.severity.label.upper():<8}", style=STYLES[finding.severity])
    first.append(f" {title}").append(lines[0], style="bold")
    return [first, *(_indented(line, style="bold") for line in lines[1:])]


def forms(report: Report, finding: Finding, width: int) -> list[list[Text]]:
    """What stands below the headline, from all of it to the mere place."""
    code = [*_code(report, finding, width), *_shown(finding, width)]
    why = _noted("why", finding.why, width)
    advice = _noted("help", f"{finding.advice} ({unbroken(f'guardapi explain {finding.rule}')})", width)
    return [
        [*code, *_belonging(finding, width, MAX_ROWS), *why, *advice, Text()],
        [*code, *_belonging(finding, width, FEW_ROWS), *why, *advice, Text()],
        [*code, *_belonging(finding, width, FEW_ROWS), Text()],
        [*code, Text()],
        code[:1],
    ]


def _shown(finding: Finding, width: int) -> list[Text]:
    """`proved: 60 of 60 requests were served`."""
    verdict = finding.verdict
    if verdict is None:
        return []
    claim = visible(f"{verdict.claim}: {verdict.detail}"[:MAX_TEXT])
    return _noted(verdict.ruling.value, claim, width)


def _code(report: Report, finding: Finding, width: int) -> list[Text]:
    """The place, its source line, and a mark under the span."""
    place = finding.place
    where = _indented(shortened(visible(str(place)), width - len(INDENT)), style="dim")
    linked(where, place, len(INDENT))
    source = report.source_lines.get((place.file, place.line), "").rstrip()
    if not source:
        return [where]
    number = str(place.line)
    start = len(source) - len(source.lstrip())
    first = max(place.column - 1, start)
    last = place.end_column - 1 if place.end_line == place.line and place.end_column else len(source)
    room = max(width - len(INDENT) - len(number) - 3, 1)
    line = _indented(f"{number} | {shortened(_drawn(source[start:]), room)}")
    before = cell_len(_drawn(source[start:first]))
    if before >= room:
        return [where, line]
    marks = "^" * min(max(cell_len(_drawn(source[first:last])), 1), room - before)
    below = _indented(f"{'':{len(number)}} | {'':{before}}")
    return [where, line, below.append(marks, style=STYLES[finding.severity])]


def _drawn(source: str) -> str:
    return visible(source.expandtabs(TAB))


def _belonging(finding: Finding, width: int, limit: int) -> list[Text]:
    """The routes it speaks of as a table, and other places with their phrases; the first few of each."""
    rows = [(related, related.row) for related in finding.related if related.row]
    others = [related for related in finding.related if related.row is None]
    return [*_places(others, width, limit), *_table(rows, width, limit)]


def _table(rows: Sequence[tuple[Related, Row]], width: int, limit: int) -> list[Text]:
    """Route, work, caller, score and rule; a column that no row fills is left out."""
    if not rows:
        return []
    shown = rows[:limit]
    columns = [
        ("route", [visible(row.route[:MAX_TEXT]) for _, row in shown]),
        ("work", [visible(row.work[:MAX_TEXT]) for _, row in shown]),
        ("caller", [row.caller for _, row in shown]),
        ("score", ["" if row.score is None else f"{row.score:>5}" for _, row in shown]),
        ("rule", [row.rule for _, row in shown]),
    ]
    columns = [(title, cells) for title, cells in columns if any(cells)]
    if width >= WIDE:
        places = [_end_of(visible(str(related.place)), width // 4) for related, _ in shown]
        columns.append(("view", places))
    widths = [max(cell_len(cell) for cell in (title, *cells)) for title, cells in columns]
    _fit(widths, width - len(INDENT) - 2 - 2 * (len(widths) - 1))
    lines = [
        _indented(
            f"  {'  '.join(padded(shortened(cell, w), w) for cell, w in zip(line, widths, strict=True))}"
        )
        for line in zip(*((title, *cells) for title, cells in columns), strict=True)
    ]
    lines[0].stylize("dim")
    if width >= WIDE:
        for line, (related, _), place in zip(lines[1:], shown, columns[-1][1], strict=True):
            linked(line, related.place, line.plain.rindex(place))
    hidden = len(rows) - limit
    return [*lines, _indented(f"  and {hidden} more", style="dim")] if hidden > 0 else lines


def _fit(widths: list[int], room: int) -> None:
    """Take from the wider of the first two columns, whose texts can be cut, until all fit."""
    while sum(widths) > room and max(widths[:2]) > LEAST_COLUMN:
        widths[widths.index(max(widths[:2]))] -= 1


def _places(others: Sequence[Related], width: int, limit: int) -> list[Text]:
    """The phrase first; the end of a place, its line, is not cut off."""
    if not others:
        return []
    room = width - len(INDENT) - 2
    phrases = [visible(related.message[:MAX_TEXT]) for related in others[:limit]]
    places = [visible(str(related.place)) for related in others[:limit]]
    widest = min(max(map(cell_len, phrases)), max(room - max(map(cell_len, places)) - 2, room // 2))
    lines = []
    for phrase, place, related in zip(phrases, places, others, strict=False):
        line = _indented(f"  {padded(shortened(phrase, widest), widest)}  ")
        start = len(line)
        line.append(_end_of(place, room - widest - 2), style="dim")
        lines.append(linked(line, related.place, start))
    hidden = len(others) - limit
    return [*lines, _indented(f"  and {hidden} more", style="dim")] if hidden > 0 else lines


def _end_of(place: str, width: int) -> str:
    if cell_len(place) <= width:
        return place
    kept = place[-(width - 1) :] if width > 1 else ""
    return f"\N{HORIZONTAL ELLIPSIS}{kept}"


def _noted(label: str, text: str, width: int) -> list[Text]:
    if not text:
        return []
    start = f"{label}: "
    first, *others = fold(visible(text), width - len(INDENT) - len(start))
    return [
        _indented(start, style="dim").append(first, style="not dim"),
        *(_indented(f"{'':{len(start)}}{line}") for line in others),
    ]


def _indented(text: str, *, style: str = "") -> Text:
    return Text(f"{INDENT}{text}", style=style, no_wrap=True)


def per_rule(findings: Iterable[Finding]) -> dict[tuple[str, str], list[Finding]]:
    """Findings by the id and name of their rule, the rule with most of them first."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        found.setdefault((finding.rule, finding.name), []).append(finding)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))
