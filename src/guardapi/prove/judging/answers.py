"""The words for answers: which refuse, which came from the view, and what a number of them says in a sentence."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from guardapi.prove.exchange import Answer
from guardapi.prove.plans import Answers, Judgement
from guardapi.verdict import Ruling

REFUSALS: Final = frozenset({429, 413, 503})
TURNED_AWAY: Final = frozenset({401, 403})
MISSED: Final = frozenset({400, 404, 405, 415, 422})
"""The request did not reach the work of the view: it does not have what the view asks for."""
NO_ANSWER: Final = "no answer"
"""How the transports begin to say that they have waited long enough."""
FAILED: Final = frozenset({0, 500, 501})
"""Nothing was done: it broke, or lacks what it needs."""
MARKUP: Final = re.compile(r"(?is)<(head|style|script)\b.*?(</\1>|\Z)|<[^>]*(>|\Z)")
MOST_WORDS: Final = 120
LOGIN_WORDS: Final = ("login", "signin", "sign-in", "sign_in", "auth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What shows that a request came as far as the view."""

    accepts_refusals: bool = False
    """401 and 403 are answers of the view itself: it checks who somebody is."""

    def of(self, answer: Answer) -> bool:
        """Whether a request came so far."""
        if answer.calls:
            return True
        if answer.status in TURNED_AWAY:
            return self.accepts_refusals
        if answer.status in FAILED or answer.status in MISSED:
            return False
        return not _is_sent_to_login(answer)

    def missing(self, answers: Sequence[Answer]) -> Judgement | None:
        """That no request reached the view, and what the user can give; None where one did."""
        if any(map(self.of, answers)):
            return None
        return inconclusive(f"no request reached the view: {said(answers)}. {hint(answers)}")


def served(answers: Sequence[Answer]) -> int:
    """How many requests were not refused."""
    return sum(not is_refused(answer) for answer in answers)


def flat(answers: Answers) -> list[Answer]:
    return [answer for exchange in answers for answer in exchange]


def first_refusal(answers: Sequence[Answer]) -> int | None:
    return next((index for index, answer in enumerate(answers) if is_refused(answer)), None)


def is_refused(answer: Answer) -> bool:
    return bool(answer.limited_by) or answer.status in REFUSALS


def is_late(answer: Answer) -> bool:
    """Whether no answer came in the time that there was."""
    return answer.status == 0 and (answer.seconds >= 1.0 or answer.error.startswith(NO_ANSWER))


def _is_sent_to_login(answer: Answer) -> bool:
    where = answer.headers.get("location", "").lower()
    return answer.status in (301, 302, 303, 307, 308) and any(word in where for word in LOGIN_WORDS)


def broken(answers: Sequence[Answer]) -> Judgement | None:
    """That some requests have no answer: what the others say is not what was asked."""
    missing = [answer for answer in answers if not answer.status]
    if answers and not missing:
        return None
    why = next((answer.error for answer in missing if answer.error), "nothing was sent")
    where = f"{len(missing)} of {len(answers)} requests" if answers else "any request"
    return inconclusive(f"no answer came to {where}: {why[:300]}")


def said(answers: Sequence[Answer]) -> str:
    """`60 times 200, once 500`."""
    statuses = Counter(answer.status for answer in answers)
    return ", ".join(f"{_times(n)} {status or 'no answer'}" for status, n in statuses.most_common())


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def status(answer: Answer) -> str:
    if is_hidden(answer):
        return f"a refusal that says {answer.status}"
    return str(answer.status) if answer.status else "no answer"


def is_hidden(answer: Answer) -> bool:
    """Whether it is a refusal, and says that it is none."""
    return bool(answer.limited_by) and answer.status not in REFUSALS


HINTS: Final[tuple[tuple[Collection[int], str], ...]] = (
    (TURNED_AWAY, "Give who may ask: --header, --cookie, or [login] in prove.toml"),
    ((301, 302, 303, 307, 308), "Give who may ask: --cookie, or [login] in prove.toml"),
    ((404,), "Give a value that exists: [values] in prove.toml"),
    ((400, 415, 422), "Give the fields that it asks for: [values] in prove.toml"),
    ((405,), "The application does not serve this method"),
)


def hint(answers: Sequence[Answer]) -> str:
    statuses = {answer.status for answer in answers}
    for known, hint in HINTS:
        if statuses & set(known):
            return f"{hint}{_said_of(known, answers)}"
    error = next((answer.error for answer in answers if answer.error), "").strip()
    last = error.splitlines()[-1][:200] if error else ""
    return f"The application failed: {last}" if last else f"The application failed{_said_of(FAILED, answers)}"


def _said_of(known: Collection[int], answers: Sequence[Answer]) -> str:
    """The words of the first answer with one of these statuses: it tells best what a request lacks."""
    text = next((answer.text for answer in answers if answer.status in known), "")
    words = " ".join(MARKUP.sub(" ", text).split())
    return f". It says: {words[:MOST_WORDS]}" if words else ""


def proved(detail: str) -> Judgement:
    return Judgement(ruling=Ruling.PROVED, detail=detail)


def refuted(detail: str) -> Judgement:
    return Judgement(ruling=Ruling.REFUTED, detail=detail)


def inconclusive(detail: str) -> Judgement:
    return Judgement(ruling=Ruling.INCONCLUSIVE, detail=detail)
