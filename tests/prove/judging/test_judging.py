"""What answers mean for a claim."""

from collections.abc import Sequence

import pytest

from guardapi.prove.exchange import Answer
from guardapi.prove.judging.answers import Reach
from guardapi.prove.judging.limits import (
    Judge,
    another_is_served,
    hides_refusals,
    more_than,
    never_refused,
    refused_after,
    served_again,
    works_while_refusing,
)
from guardapi.prove.judging.measures import (
    exponent,
    falls,
    grows,
    hangs,
    large_is_refused,
    large_is_taken,
    takes_memory,
)
from guardapi.prove.plans import Judgement

REACH = Reach()
LOGIN = Reach(accepts_refusals=True)


def judged(judge: Judge, *statuses: int, **more: object) -> Judgement:
    return on(judge, [Answer(status=status, **more) for status in statuses])  # type: ignore[arg-type]


def on(judge: Judge, answers: Sequence[Answer]) -> Judgement:
    return judge([(answer,) for answer in answers])


@pytest.mark.parametrize(
    ("statuses", "ruling"),
    [
        ((200, 200, 429), "proved"),
        ((404, 404, 429), "proved"),
        ((200, 200, 413), "proved"),
        ((200, 200, 200), "refuted"),
        ((200, 429, 429), "inconclusive"),
        ((429, 429, 429), "inconclusive"),
        ((401, 401, 401), "inconclusive"),
        ((404, 404, 404), "inconclusive"),
        ((0, 0, 0), "inconclusive"),
    ],
)
def test_limit_is_judged_by_its_number(statuses: tuple[int, ...], ruling: str) -> None:
    assert judged(refused_after(2, REACH), *statuses).ruling == ruling


@pytest.mark.parametrize(
    ("statuses", "ruling"),
    [
        ((200, 200, 429, 429, 429), "proved"),
        ((200, 200, 429, 200, 200), "refuted"),
        ((200, 200, 429, 429, 200), "refuted"),
        ((200, 200, 429, 429, 0), "inconclusive"),
    ],
)
def test_each_process_has_to_refuse(statuses: tuple[int, ...], ruling: str) -> None:
    assert judged(refused_after(2, REACH, workers=3), *statuses).ruling == ruling


def test_slow_requests_refute_no_window() -> None:
    """What is served after the window was not to be refused."""
    judge = refused_after(2, REACH, window=2.0)

    assert judged(judge, 200, 200, 200, seconds=0.1).ruling == "refuted"
    assert judged(judge, 200, 200, 200, seconds=0.6).ruling == "inconclusive"


def test_refusal_that_says_200_refuses() -> None:
    """What the limiter says counts, and not what the answer says."""
    hidden = [Answer(status=200), Answer(status=200), Answer(status=200, limited_by="2 per 1 minute")]
    found = on(refused_after(2, REACH), hidden)

    assert (found.ruling, found.detail) == (
        "proved",
        "2 of 3 requests were served, then a refusal that says 200",
    )
    assert on(hides_refusals(2, REACH), hidden).ruling == "proved"
    assert (
        on(hides_refusals(1, REACH), [Answer(status=200), Answer(status=429, limited_by="x")]).ruling
        == "refuted"
    )


@pytest.mark.parametrize(("by", "ruling"), [("2 per 1 minute", "refuted"), ("1 per 1 day", "inconclusive")])
def test_limit_of_refusals_is_another(by: str, ruling: str) -> None:
    burst = [Answer(status=status) for status in (200, 200, 429, 429)]
    found = on(
        served_again(2, 60, REACH, limit="2 per 1 minute"), [*burst, Answer(status=429, limited_by=by)]
    )

    assert found.ruling == ruling


def test_failure_is_no_bound_on_growth() -> None:
    """A request that fails after it has caused calls says nothing of larger ones."""
    sizes = (1.0, 2.0, 3.0)
    failed = [Answer(status=500, calls=1), Answer(status=500), Answer(status=500)]
    refused = [Answer(status=200, calls=1), Answer(status=400), Answer(status=400)]

    assert on(grows(sizes, REACH), failed).ruling == "inconclusive"
    assert on(grows(sizes, REACH), refused).ruling == "refuted"


def test_login_turns_away_by_itself() -> None:
    """401 is the work of a view that checks passwords, and elsewhere a guard in front of the view."""
    assert judged(never_refused(LOGIN), 401, 401).ruling == "proved"
    assert judged(never_refused(REACH), 401, 401).ruling == "inconclusive"
    assert judged(refused_after(1, LOGIN), 401, 401).ruling == "refuted"


@pytest.mark.parametrize(
    ("status", "hint"),
    [(401, "--header"), (404, "[values]"), (400, "[values]"), (405, "method"), (500, "failed")],
)
def test_hint_says_what_to_give(status: int, hint: str) -> None:
    assert hint in judged(never_refused(REACH), status, status).detail


def test_redirect_to_login_is_no_view() -> None:
    away = {"headers": {"location": "/auth/login?next=/"}}
    elsewhere = {"headers": {"location": "/orders/7"}}

    assert judged(never_refused(REACH), 302, 302, **away).ruling == "inconclusive"
    assert judged(never_refused(REACH), 302, 302, **elsewhere).ruling == "proved"


def test_failure_in_the_work_counts() -> None:
    """Whatever fails behind a call that costs has reached the view."""
    assert judged(never_refused(REACH), 500, 500, calls=1).ruling == "proved"
    assert judged(never_refused(REACH), 500, 500).ruling == "inconclusive"


@pytest.mark.parametrize(
    ("told", "halfway", "after", "ruling"),
    [
        ("60", 429, 200, "proved"),
        ("61", 429, 200, "proved"),
        ("", 429, 200, "proved"),
        ("3600", 429, 200, "refuted"),
        ("0", 429, 200, "refuted"),
        ("5", 429, 200, "refuted"),
        ("5", 200, 200, "proved"),
        ("60", 429, 429, "refuted"),
    ],
)
def test_retry_after_has_to_be_honest(told: str, halfway: int, after: int, ruling: str) -> None:
    said = {"retry-after": told} if told else {}
    later = {"retry-after": "30"} if told else {}
    answers = [
        Answer(status=200),
        Answer(status=429, headers=said),
        Answer(status=halfway, headers=later),
        Answer(status=after),
    ]

    assert on(served_again(1, 60.0, REACH), answers).ruling == ruling


def test_other_client_has_its_own_count() -> None:
    assert judged(another_is_served(1, REACH), 200, 429, 200).ruling == "proved"
    assert judged(another_is_served(1, REACH), 200, 429, 429).ruling == "refuted"
    assert judged(another_is_served(1, REACH), 200, 200, 200).ruling == "inconclusive"


def test_more_than_admitted_is_counted() -> None:
    assert judged(more_than(2, REACH), 200, 429, 200, 200).ruling == "proved"
    assert judged(more_than(2, REACH), 200, 200, 429).ruling == "refuted"
    assert judged(works_while_refusing(1, REACH), 200, 429, calls=1).ruling == "proved"


def test_large_bodies_get_413() -> None:
    assert judged(large_is_taken(REACH), 200, 200).ruling == "proved"
    assert judged(large_is_taken(REACH), 413, 200).ruling == "refuted"
    assert judged(large_is_taken(REACH), 413, 413).ruling == "refuted"
    assert judged(large_is_taken(REACH), 400, 400).ruling == "inconclusive"
    assert judged(large_is_refused(), 413, 413).ruling == "proved"
    assert judged(large_is_refused(), 413, 411).ruling == "proved"
    assert judged(large_is_refused(), 200, 413).ruling == "refuted"
    assert judged(large_is_refused(), 400, 400).ruling == "inconclusive"


def test_exponent_is_fitted() -> None:
    assert exponent((1, 2, 4), (10, 20, 40)) == pytest.approx(1.0)
    assert exponent((1, 2, 4), (10, 40, 160)) == pytest.approx(2.0)
    assert exponent((1, 2, 4), (10, 10, 10)) == pytest.approx(0.0)


def test_growth_is_of_size_or_time() -> None:
    def sizes(*numbers: int) -> Judgement:
        return on(grows((25, 50, 100), REACH), [Answer(status=200, size=number) for number in numbers])

    def times(*numbers: float, **options: float) -> Judgement:
        answers = [Answer(status=200, seconds=number) for number in numbers]
        return on(grows((25, 50, 100), REACH, **options), answers)

    assert sizes(100, 200, 400).ruling == "proved"
    assert sizes(100, 100, 100).ruling == "refuted"
    assert times(0.1, 0.2, 0.4).ruling == "proved"
    assert times(0.001, 0.002, 0.004).ruling == "refuted"
    assert times(0.1, 0.2, 0.4, least=1.6).ruling == "refuted"
    assert times(0.1, 0.4, 1.6, least=1.6).ruling == "proved"


def test_no_answer_in_time_is_growth() -> None:
    answers = [Answer(status=200, seconds=0.01), Answer(status=0, seconds=10.0, error="no answer in time")]

    assert on(grows((20, 22), REACH), answers).ruling == "proved"
    assert on(hangs(), answers).ruling == "proved"
    assert on(hangs(), answers[:1]).ruling == "refuted"


def test_refused_sizes_do_not_grow() -> None:
    assert judged(grows((25, 50, 100), REACH), 200, 200, 400).ruling == "refuted"
    assert judged(falls(REACH), 200, 500).ruling == "proved"
    assert judged(falls(REACH), 200, 400).ruling == "inconclusive"


def test_memory_is_compared_with_before() -> None:
    def peaks(*numbers: int) -> str:
        return on(takes_memory(100, REACH), [Answer(status=200, peak=number) for number in numbers]).ruling

    assert (peaks(1000, 1200), peaks(1000, 1050), peaks(0, 0)) == ("proved", "refuted", "inconclusive")


@pytest.mark.parametrize(("may_lack", "ruling"), [(True, "inconclusive"), (False, "refuted")])
def test_rows_that_lack_show_no_bound(*, may_lack: bool, ruling: str) -> None:
    answers = [Answer(status=200, size=size) for size in (12, 12, 13)]
    judge = grows((25.0, 50.0, 100.0), REACH, may_lack=may_lack)

    assert on(judge, answers).ruling == ruling
    assert on(judge, [Answer(status=200, size=100 * size) for size in (25, 50, 100)]).ruling == "proved"
