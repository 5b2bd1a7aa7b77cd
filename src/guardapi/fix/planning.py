"""From findings to changes: which remedies are written, what each does to which file, and why others are not."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations

from guardapi.findings import Finding
from guardapi.fix.changes import Change, FileChange, Fixes, LeftOpen
from guardapi.fix.project import Project
from guardapi.fix.source import NotFixableError, Splice
from guardapi.fix.writers import written
from guardapi.remedy import Remedy


@dataclass(slots=True)
class _Plan:
    project: Project
    changes: list[Change] = field(default_factory=list)
    left: list[LeftOpen] = field(default_factory=list)

    def add(self, finding: Finding, remedy: Remedy) -> None:
        for index, change in enumerate(self.changes):
            if change.remedy.edits == remedy.edits:
                self.changes[index] = replace(change, findings=(*change.findings, finding))
                return
        try:
            files, notes = written(remedy, self.project)
            self._check(files)
        except NotFixableError as error:
            self.left.append(LeftOpen(finding=finding, why=str(error)))
            return
        self.changes.append(Change(remedy=remedy, findings=(finding,), files=files, notes=notes))

    def _check(self, files: Mapping[str, FileChange]) -> None:
        """Whether the change goes together with itself and with those before it. Raises NotFixableError."""
        for path, file in files.items():
            if any(_overlap(one, other) for one, other in combinations(dict.fromkeys(file.splices), 2)):
                raise NotFixableError(f"parts of the change fall together in {path}")
            if any(path in change.files and _collide(file, change.files[path]) for change in self.changes):
                raise NotFixableError(
                    f"another change is written to the same place of {path}; fix again after it"
                )


def plan(findings: Iterable[Finding], project: Project, refusal: Callable[[Remedy], str]) -> Fixes:
    """The changes for findings, in their order; `refusal` says why a remedy is not wanted, or nothing."""
    made = _Plan(project)
    for finding in findings:
        if finding.remedy is None:
            made.left.append(
                LeftOpen(finding=finding, why="what is right here is a decision about the design")
            )
        elif why := refusal(finding.remedy):
            made.left.append(LeftOpen(finding=finding, why=why))
        else:
            made.add(finding, finding.remedy)
    return Fixes(changes=tuple(made.changes), left=tuple(made.left))


def _collide(new: FileChange, old: FileChange) -> bool:
    if new.created is not None or old.created is not None:
        return new.created != old.created
    known = set(old.splices)
    return any(_overlap(one, other) for one in new.splices if one not in known for other in old.splices)


def _overlap(one: Splice, other: Splice) -> bool:
    """Whether one changes what the other does; texts that are put in at one place stand one behind the other."""
    if one.start == one.end and other.start == other.end:
        return one.start == other.start and one.rank == other.rank and (one.is_alone or other.is_alone)
    if one.start == one.end:
        return other.start < one.start < other.end
    if other.start == other.end:
        return one.start < other.start < one.end
    return one.start < other.end and other.start < one.end
