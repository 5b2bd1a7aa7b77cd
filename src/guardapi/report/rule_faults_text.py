"""Rules as they were held against their examples: a line for each that does what it says, and what others do."""

from collections.abc import Iterable, Iterator, Sequence

from rich.text import Text

from guardapi.findings import counted
from guardapi.report.escape import visible
from guardapi.report.fold import fold
from guardapi.report.terminal import Terminal, draw
from guardapi.rule import Rule
from guardapi.rule_examples import Fault

MAX_FAULTS = 20


def render(
    judged: Iterable[tuple[Rule, Sequence[Fault]]],
    terminal: Terminal = Terminal(),  # noqa: B008  # frozen
) -> str:
    """Each rule with what is wrong with it."""
    return draw(_lines(tuple(judged), terminal.width), terminal)


def _lines(judged: Sequence[tuple[Rule, Sequence[Fault]]], width: int) -> Iterator[Text]:
    for rule, faults in judged:
        examples = counted(len(rule.vulnerable) + len(rule.secure), "example")
        verdict = counted(len(faults), "fault") if faults else "ok"
        line = Text(f"{rule.id} {rule.name}  {examples}  ", no_wrap=True)
        yield line.append(verdict, style="bold red" if faults else "green")
        for fault in faults[:MAX_FAULTS]:
            first, *others = fold(visible(str(fault)), width - 4)
            yield Text(f"  {first}", no_wrap=True)
            yield from (Text(f"    {other}", no_wrap=True) for other in others)
        if len(faults) > MAX_FAULTS:
            yield Text(f"  and {len(faults) - MAX_FAULTS} more", style="dim", no_wrap=True)
    wrong = sum(bool(faults) for _, faults in judged)
    summary = f"{wrong} with faults" if wrong else "each does what its examples say"
    yield Text(f"{counted(len(judged), 'rule')}; {summary}.", style="bold", no_wrap=True)
