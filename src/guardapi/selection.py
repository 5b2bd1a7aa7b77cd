"""Which findings of a scan are shown: rules by id, family or name, and how sure a finding has to be."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from guardapi.catalogue import FAMILIES, find_rule
from guardapi.errors import ConfigurationError
from guardapi.findings import Confidence, Finding
from guardapi.pipeline import Report
from guardapi.rule import catalogue, family_of
from guardapi.suppression import nearest_name

ALL: Final = "ALL"
_EVERY, _FAMILY, _RULE, _NOT_NAMED = 0, 1, 2, -1
"""How closely a name fits a rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A choice of findings; the names are ids, families (`GA6`) or `ALL`."""

    select: tuple[str, ...] = (ALL,)
    """Only these rules."""
    ignore: tuple[str, ...] = ()
    """Without these; a rule named by itself outvotes its family."""
    extend_select: tuple[str, ...] = ()
    """These as well, with what the profile leaves out of them."""
    min_confidence: Confidence = Confidence.TENTATIVE

    def includes(self, finding: Finding) -> bool:
        """Whether a finding is among those chosen."""
        return finding.confidence >= self.min_confidence and self._is_selected(finding.rule)

    def extends_to(self, finding: Finding) -> bool:
        """Whether a finding is chosen although the profile leaves it out."""
        return self.includes(finding) and _closeness(finding.rule, self.extend_select) > _NOT_NAMED

    def _is_selected(self, rule: str) -> bool:
        selected = _closeness(rule, (*self.select, *self.extend_select))
        return selected > _closeness(rule, self.ignore)


def chosen(report: Report, selection: Selection) -> Report:
    """The report with the findings that a selection includes."""
    extended = report.also(selection.extends_to) if selection.extend_select else report
    return extended.only(selection.includes)


def resolved(names: Iterable[str], *, where: str) -> tuple[str, ...]:
    """Ids, families and rule names, in any case, as ids and families. Raises ConfigurationError, which says `where`."""
    return tuple(dict.fromkeys(map(partial(_resolved, where=where), names)))


def _resolved(name: str, *, where: str) -> str:
    wanted = name.strip()
    if wanted.upper() in {ALL, *FAMILIES}:
        return wanted.upper()
    ids = {spelled: rule.id for rule in catalogue() for spelled in (rule.id.lower(), rule.name)}
    found = ids.get(wanted.lower())
    if found is not None:
        return found
    families = {*FAMILIES, *map(family_of, ids.values())}
    if wanted.upper() in families:
        return wanted.upper()
    near = nearest_name(wanted, [*ids, *(family.lower() for family in sorted(families))])
    rule = find_rule(near) if near else None
    meant = f"{rule.id} {rule.name}" if rule else (near or "").upper()
    hint = f"nearest: {meant}" if meant else "'guardapi rules' lists all"
    raise ConfigurationError(f"{where}: there is no rule or family '{wanted[:60]}'; {hint}.")


def _closeness(rule: str, names: Iterable[str]) -> int:
    return max(
        (
            _RULE if name == rule else _FAMILY if name == family_of(rule) else _EVERY
            for name in names
            if name in {rule, family_of(rule), ALL}
        ),
        default=_NOT_NAMED,
    )
