"""Findings and the comments that accept them, matched; a comment that accepts nothing is told."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace

from guardapi.files import Tree
from guardapi.findings import Finding, Suppression
from guardapi.model import Problem
from guardapi.place import Place
from guardapi.suppression.comments import MARK, MAX_COMMENT, Comment, Said, understood
from guardapi.suppression.extents import PythonLines, Written, plain_comments


def read_comments(
    tree: Tree, names: Mapping[str, str], *, is_read: Container[str]
) -> tuple[tuple[Comment, ...], tuple[Problem, ...]]:
    """The comments for us in some files of a tree, by path, and those that are not well formed.

    `names`: ids by each rule's id and name, in lower case.
    """
    comments: list[Comment] = []
    problems: list[Problem] = []
    python = {file.path for file in tree.python}
    for file in (*tree.python, *tree.others):
        # JSON has no comments.
        if file.path not in is_read or file.path.endswith(".json"):
            continue
        content = tree.read(file)
        if MARK not in content.lower():
            continue
        found, faults = comments_of(content, file.path, names, is_python=file.path in python)
        comments += found
        problems += faults
    return tuple(comments), tuple(problems)


def comments_of(
    content: bytes, path: str, names: Mapping[str, str], *, is_python: bool
) -> tuple[list[Comment], list[Problem]]:
    """Those of one file."""
    comments: list[Comment] = []
    problems: list[Problem] = []
    written = (
        PythonLines(content, path).comments()
        if is_python
        else plain_comments(content.decode("utf-8", "replace"))
    )
    for one in written:
        if MARK.decode() not in one.text[:MAX_COMMENT].lower():
            continue
        for said in understood(one.text, names):
            fault = said.fault
            if not fault and said.is_for_file and not one.is_alone:
                fault = "a comment for the whole file stands on a line of its own"
            if fault:
                problems.append(Problem(file=path, line=one.line, message=fault))
            else:
                comments.append(_comment(one, said, path))
    return comments, problems


def _comment(one: Written, said: Said, path: str) -> Comment:
    return Comment(
        rules=said.rules,
        reason=said.reason,
        place=Place(file=path, line=one.line, column=one.column),
        first=one.first,
        last=one.last,
        is_for_file=said.is_for_file,
    )


def accepted(
    findings: Iterable[Finding], comments: Sequence[Comment], *, judged: Container[str]
) -> tuple[tuple[Finding, ...], tuple[Problem, ...]]:
    """The findings, those that a comment accepts marked so; and what is said in comments for nothing.

    `judged`: the rules (ids) of which all findings are known.
    """
    by_file: dict[str, list[Comment]] = defaultdict(list)
    for comment in comments:
        by_file[comment.place.file].append(comment)
    used: set[tuple[Place, str]] = set()
    marked: list[Finding] = []
    for finding in findings:
        covering = [
            c for c in by_file.get(finding.place.file, ()) if c.covers(finding.rule, finding.place.line)
        ]
        if not covering:
            marked.append(finding)
            continue
        comment = min(covering, key=lambda one: (one.is_for_file, one.last - one.first, one.place))
        used.add((comment.place, finding.rule))
        suppression = Suppression(reason=comment.reason, place=comment.place)
        marked.append(replace(finding, suppressed=suppression))
    return tuple(marked), tuple(_unused(comments, used, judged))


def _unused(
    comments: Iterable[Comment], used: Container[tuple[Place, str]], judged: Container[str]
) -> Iterable[Problem]:
    for comment in comments:
        idle = [rule for rule in comment.rules if rule in judged and (comment.place, rule) not in used]
        if idle:
            where = "in this file" if comment.is_for_file else "where this comment accepts it"
            message = f"{', '.join(idle)} is not found {where}; the comment can go"
            if len(idle) < len(comment.rules):
                message = f"{', '.join(idle)} is not found {where}; its id can go"
            yield Problem(file=comment.place.file, line=comment.place.line, message=message)
