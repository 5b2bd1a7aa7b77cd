"""Sends what is planned, and says what came of it. Pure but for the transport, which carries the requests."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from guardapi.errors import TargetError
from guardapi.prove.exchange import Answer, Sent
from guardapi.prove.plans import Judgement, Plan
from guardapi.prove.requests.aims import CLIENT
from guardapi.verdict import Mode, Ruling, Verdict

STEPS: Final = (0.001, 0.01, 0.1, 1.0)
"""Seconds up to which an answer counts, by place in a histogram."""
ENDED_BY: Final = frozenset({"growth", "memory", "outage"})
"""Ways to which an application that is gone is an answer."""
Carry = Callable[[Plan], Iterator[tuple[Answer, ...]]]
"""Sends what a plan says to an application that is in the state it asks for (`prove.transports.opening`)."""
Progress = Callable[[Plan], None]


def silent(_plan: Plan) -> None:
    """No progress is shown."""


def prove(plans: Sequence[Plan], carry: Carry, mode: Mode, progress: Progress = silent) -> Iterator[Verdict]:
    """Try each plan, and yield what its claim came to; a finding that is proved is not tried again."""
    proved: set[str] = set()
    for number, plan in enumerate(plans):
        if plan.rule is not None and plan.fingerprint in proved:
            continue
        progress(plan)
        verdict = tried(_from(plan, number) if mode is Mode.URL else plan, carry, mode)
        if verdict.ruling is Ruling.PROVED:
            proved.add(plan.fingerprint)
        yield verdict


def tried(plan: Plan, carry: Carry, mode: Mode) -> Verdict:
    """Send one plan, and judge. An application that breaks down on the way leaves the claim open."""
    answers: list[tuple[Answer, ...]] = []
    failure: TargetError | None = None
    if plan.exchanges:
        try:
            for received in carry(plan):
                answers.append(received)  # noqa: PERF402  # what came before a failure counts
        except TargetError as error:
            failure = error
    judgement = plan.judge(answers)
    if failure is not None and plan.way not in ENDED_BY:
        judgement = Judgement(ruling=Ruling.INCONCLUSIVE, detail=f"the application broke down: {failure}")
    flat = tuple(chain.from_iterable(answers))
    return Verdict(
        claim=plan.claim,
        ruling=judgement.ruling,
        mode=mode,
        route=plan.route,
        methods=plan.methods,
        app=plan.app,
        way=plan.way,
        detail=judgement.detail,
        fingerprint=plan.fingerprint,
        rule=plan.rule,
        is_stated=plan.is_stated,
        requests=len(flat),
        statuses=dict(sorted(Counter(answer.status for answer in flat).items())),
        timings=_histogram(flat),
    )


def _histogram(answers: Sequence[Answer]) -> tuple[int, ...]:
    counts = [0] * (len(STEPS) + 1)
    for answer in answers:
        counts[sum(answer.seconds > step for step in STEPS)] += 1
    return tuple(counts)


def _from(plan: Plan, number: int) -> Plan:
    """The plan as a client that no earlier one was: a server that goes on running remembers."""
    network, _, last = CLIENT.rpartition(".")
    first = network.partition(".")[0]

    def moved(sent: Sent) -> Sent:
        before, _, host = sent.client.rpartition(".")
        if before != network:
            return sent
        return replace(sent, client=f"{first}.{100 + number // 250 % 100}.{number % 250 + 1}.{host or last}")

    exchanges = tuple(replace(one, sent=tuple(map(moved, one.sent))) for one in plan.exchanges)
    return replace(plan, exchanges=exchanges)
