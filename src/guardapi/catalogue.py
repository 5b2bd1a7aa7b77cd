"""The catalogue as readers look things up in it: a rule by its name, its family, what they are told of it."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from guardapi.rule import Rule, catalogue, family_of

FAMILIES: Final = {
    "GA1": "Limits that are missing",
    "GA2": "Limits that do not hold",
    "GA3": "Who is limited: identity and proxies",
    "GA4": "Where limits are counted: storage and outages",
    "GA5": "Credentials and sensitive flows",
    "GA6": "Expensive work within reach of a route",
    "GA7": "Bounds of a request",
    "GA8": "Algorithms and responses that grow",
    "GA9": "Timeouts, servers, GraphQL, sockets",
}
"""By the first digit of the id, which says nothing else."""
NEAREST: Final = 3
CLOSE_ENOUGH: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Rules about one side of the matter."""

    prefix: str
    title: str
    rules: tuple[Rule, ...]


def families(rules: Iterable[Rule] | None = None) -> Iterator[Family]:
    """The rules, in their order, family by family."""
    known = catalogue() if rules is None else rules
    for (prefix, origin), members in groupby(known, key=lambda rule: (family_of(rule.id), rule.origin)):
        title = FAMILIES.get(prefix, f"Rules of {origin}")
        yield Family(prefix=prefix, title=title, rules=tuple(members))


def find_rule(name: str) -> Rule | None:
    """The rule of an id or a name, in any case."""
    wanted = name.strip().lower()
    return next((rule for rule in catalogue() if wanted in {rule.id.lower(), rule.name}), None)


def nearest_rules(name: str) -> tuple[Rule, ...]:
    """The rules whose id or name is most like a text that is neither."""
    known = {spelled: rule for rule in catalogue() for spelled in (rule.id.lower(), rule.name)}
    close = difflib.get_close_matches(name[:80].strip().lower(), known, n=2 * NEAREST, cutoff=CLOSE_ENOUGH)
    return tuple({known[spelled].id: known[spelled] for spelled in close}.values())[:NEAREST]
