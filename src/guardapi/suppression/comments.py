"""The text of one comment: `# guardapi: ignore[GA101, no-limiter] because the gateway limits it`."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from guardapi.place import Place

FORM: Final = "# guardapi: ignore[GA101] because REASON"
FILE_FORM: Final = "# guardapi: ignore-file[GA101] because REASON"
MARK: Final = b"guardapi"
"""A file without this word has no comment for us."""
MAX_COMMENT: Final = 2_000
_MEANT: Final = re.compile(
    r"#[ \t]*guardapi(?:[ \t]*:|[ \t-]+(?:ignore|disable|no-?qa|no-?sec|skip|suppress)\b)", re.IGNORECASE
)
_WORD: Final = re.compile(r"#[ \t]*guardapi[ \t]*:[ \t]*(?P<word>[\w-]*)")
_RULES: Final = re.compile(r"[ \t]*\[(?P<rules>[^\[\]]*)\]")
_BECAUSE: Final = re.compile(r"[ \t]+because\b[ \t:]*(?P<reason>.*)")
_NEXT_COMMENT: Final = re.compile(r"[ \t]#[ \t]")
"""What follows is for another tool: `# noqa: E501`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment that accepts the findings of some rules on some lines."""

    rules: tuple[str, ...]
    """Their ids."""
    reason: str
    place: Place
    first: int
    last: int
    """The lines it speaks of; it may speak of none."""
    is_for_file: bool = False

    def covers(self, rule: str, line: int) -> bool:
        """Whether it accepts a finding of a rule at a line of its file."""
        return rule in self.rules and (self.is_for_file or self.first <= line <= self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the text of a comment says."""

    rules: tuple[str, ...] = ()
    reason: str = ""
    is_for_file: bool = False
    fault: str = ""
    """Why it accepts nothing, a sentence with the right form; empty where it is well formed."""


def understood(text: str, names: Mapping[str, str]) -> Iterator[Said]:
    """What a comment says to us. `names`: ids by each rule's id and name, in lower case."""
    for meant in _MEANT.finditer(text[:MAX_COMMENT]):
        yield _said(text[meant.start() : MAX_COMMENT], names)


def _said(text: str, names: Mapping[str, str]) -> Said:
    word = _WORD.match(text)
    if word is None or word["word"] not in {"ignore", "ignore-file"}:
        return Said(fault=f"this comment accepts nothing; the form is `{FORM}`, or `{FILE_FORM}`")
    is_for_file = word["word"] == "ignore-file"
    form = FILE_FORM if is_for_file else FORM
    listed = _RULES.match(text, word.end())
    if listed is None or not listed["rules"].strip(" \t,"):
        return Said(fault=f"this comment names no rule in brackets; the form is `{form}`")
    because = _BECAUSE.match(text, listed.end())
    reason = _NEXT_COMMENT.split(because["reason"], maxsplit=1)[0].strip() if because else ""
    if not reason:
        return Said(fault=f"this comment gives no reason; the form is `{form}`")
    rules: list[str] = []
    for name in filter(None, (part.strip() for part in listed["rules"].split(","))):
        if name.lower() not in names:
            near = nearest_name(name, names)
            hint = f"the nearest is `{names[near]}`" if near else "`guardapi rules` lists all"
            return Said(fault=f"there is no rule `{name[:60]}`; {hint}")
        rules.append(names[name.lower()])
    return Said(rules=tuple(dict.fromkeys(rules)), reason=reason, is_for_file=is_for_file)


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name that is most like one that is not known; of several, one that begins alike."""
    wanted = name[:80].lower()
    close = difflib.get_close_matches(wanted, list(known), n=8, cutoff=0.5)
    return max(close, key=lambda found: _likeness(wanted, found), default=None)


def _likeness(wanted: str, found: str) -> tuple[float, int]:
    alike = list(takewhile(lambda pair: pair[0] == pair[1], zip(wanted, found, strict=False)))
    return difflib.SequenceMatcher(None, found, wanted).ratio(), len(alike)
