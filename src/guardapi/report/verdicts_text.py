"""What proving has shown, for people: limits first, then findings, each with what decided."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from guardapi.findings import counted
from guardapi.report.escape import visible
from guardapi.report.fold import fold
from guardapi.report.terminal import Terminal, draw
from guardapi.verdict import Ruling, Verdict

MAX_LISTED: Final = 10
MAX_TEXT: Final = 500
INDENT: Final = " " * 14
STEPS: Final = ("1 ms", "10 ms", "100 ms", "1 s", "more")


def render(
    verdicts: Sequence[Verdict],
    left_out: Sequence[tuple[str, str]] = (),
    facts: Sequence[str] = (),
    terminal: Terminal = Terminal(),  # noqa: B008  # frozen
) -> str:
    """A line or two for each claim; then what was not tried, and what else is to be known of the run."""
    return draw(_lines(verdicts, left_out, facts, terminal.width), terminal)


def _lines(
    verdicts: Sequence[Verdict], left_out: Sequence[tuple[str, str]], facts: Sequence[str], width: int
) -> Iterator[Text]:
    limits = [verdict for verdict in verdicts if verdict.rule is None and verdict.is_stated]
    around = [verdict for verdict in verdicts if not verdict.is_stated]
    faults = [verdict for verdict in verdicts if verdict.rule is not None]
    sections = {"Limits": limits, "Ways around them": around, "Findings": faults}
    for title, section in sections.items():
        yield from _section(title, section, width)
    yield from _listed(
        "Not tried", [f"{what}: {reason}" if what else reason for what, reason in left_out], width
    )
    yield from _listed("The run", facts, width)
    yield Text(_total(sections), style="bold")


def _listed(title: str, texts: Sequence[str], width: int) -> Iterator[Text]:
    if not texts:
        return
    yield Text(title, style="bold")
    for text in texts[:MAX_LISTED]:
        yield from _folded(text[:MAX_TEXT], width, indent="  ", style="dim")
    if len(texts) > MAX_LISTED:
        yield Text(f"  and {len(texts) - MAX_LISTED} more", style="dim")
    yield Text()


def _section(title: str, verdicts: Sequence[Verdict], width: int) -> Iterator[Text]:
    if not verdicts:
        return
    yield Text(title, style="bold")
    for verdict in verdicts:
        yield from _verdict(verdict, width)
    yield Text()


def _verdict(verdict: Verdict, width: int) -> Iterator[Text]:
    rule = f"{verdict.rule} " if verdict.rule else ""
    first, *others = fold(visible(f"{rule}{verdict.claim[:MAX_TEXT]}"), width - len(INDENT))
    line = Text(no_wrap=True).append(f"{verdict.ruling.value:<14}", style=_style(verdict))
    yield line.append(first)
    yield from (Text(f"{INDENT}{text}", no_wrap=True) for text in others)
    times = histogram(verdict.timings) if sum(verdict.timings) > 1 else ""
    detail = verdict.detail[:MAX_TEXT]
    yield from _folded(f"{detail}; {times}" if times else detail, width, indent=INDENT, style="dim")


def histogram(timings: Sequence[int]) -> str:
    """`answers within 10 ms: 5, 100 ms: 1`: each step that some answer fell into."""
    shown = [f"{step}: {number}" for step, number in zip(STEPS, timings, strict=False) if number]
    return f"answers within {', '.join(shown)}" if shown else ""


def _folded(text: str, width: int, *, indent: str, style: str) -> Iterable[Text]:
    lines = fold(visible(text), width - cell_len(indent))
    return (Text(f"{indent}{line}", style=style, no_wrap=True) for line in lines)


def _style(verdict: Verdict) -> str:
    if verdict.ruling is Ruling.INCONCLUSIVE:
        return "dim"
    is_good = (verdict.ruling is Ruling.PROVED) == (verdict.rule is None)
    return "green" if is_good else "bold red"


def _total(sections: Mapping[str, Sequence[Verdict]]) -> str:
    sent = sum(verdict.requests for section in sections.values() for verdict in section)
    parts = [f"{title}: {_counts(section)}" for title, section in sections.items() if section]
    return f"{counted(sent, 'request')} sent. {'. '.join(parts)}." if parts else "Nothing was tried."


def _counts(verdicts: Sequence[Verdict]) -> str:
    rulings = Counter(verdict.ruling for verdict in verdicts)
    return ", ".join(f"{rulings[ruling]} {ruling.value}" for ruling in Ruling if rulings[ruling])
