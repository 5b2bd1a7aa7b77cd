"""Runs other analysers on the examples of all rules, and writes who finds what to docs/comparison.md.

A mark `# finds: ID` says where a fault stands. It counts as found if an analyser reports something about resources on
that line, or on the same statement; what it reports about other matters (injection, assertions) is not counted, and
what it reports elsewhere in the example is shown, and not counted. Where what found a mark reports a secure example of
the same rule, too, that is a false alarm; for GuardAPI anything it reports there is one. No analyser is told anything
about the examples, and none uses the network while it runs.
"""

import argparse
import ast
import json
import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from guardapi import __version__
from guardapi.catalogue import families
from guardapi.config import Options, Profile
from guardapi.files import open_tree
from guardapi.pipeline import is_shown, scan_tree
from guardapi.rule import Rule, catalogue

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "comparison.md"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "guardapi-compare"
SEMGREP_RULES = Path(__file__).with_name("semgrep_rules.yaml")
PACKAGES = ("bandit", "ruff", "flake8", "dlint", "semgrep")
ABOUT_RESOURCES = {
    "bandit": re.compile(r"B113|B201|B31[3-9]|B320"),
    "ruff": re.compile(r"S113|S201|S31[3-9]|S320"),
    "dlint": re.compile(r"DUO107|DUO138"),
    "semgrep": re.compile(r".*"),
}
"""Timeouts, the development server, XML that expands; regular expressions; of semgrep all, see its file."""
MARK = re.compile(r"#\s*finds: (GA\d{3})\b")
TIMEOUT = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What an analyser says about a line."""

    path: Path
    """Below the scratch folder."""
    line: int
    """The first of those it is about."""
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An example of a rule, written to a folder of its own."""

    rule: str
    folder: Path
    """Below the scratch folder."""
    is_vulnerable: bool
    marks: tuple[tuple[Path, range], ...] = ()
    """Files with the lines of the statements that are marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How an analyser did on the examples of one rule."""

    found: int
    marks: int
    at: tuple[str, ...]
    """Ids at the marks."""
    elsewhere: tuple[str, ...]
    """Ids in the vulnerable examples beside them."""
    alarmed: int
    """Secure examples that are reported by what found the marks."""
    secure: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """An analyser on everything; `alarms` is None where it could not be run."""

    name: str
    version: str
    alarms: tuple[Alarm, ...] | None


class RunFailedError(Exception):
    """An analyser did not do its work."""


def write_samples(scratch: Path, rules: Iterable[Rule]) -> list[Sample]:
    """The examples of all rules, each a project in a folder."""
    samples = []
    for rule in rules:
        for kind, examples in (("vulnerable", rule.vulnerable), ("secure", rule.secure)):
            for number, example in enumerate(examples, start=1):
                folder = Path(rule.id, f"{kind}-{number}")
                marks: list[tuple[Path, range]] = []
                for name, text in example.project.items():
                    path = scratch / folder / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text, encoding="utf-8")
                    marks += [(folder / name, lines) for lines in marked(name, text, rule.id)]
                samples.append(
                    Sample(
                        rule=rule.id, folder=folder, is_vulnerable=kind == "vulnerable", marks=tuple(marks)
                    )
                )
    return samples


def marked(name: str, text: str, rule: str) -> Iterator[range]:
    """The lines of each statement with a mark of the rule; of other files than Python the line alone."""
    numbers = [n for n, line in enumerate(text.splitlines(), start=1) if rule in MARK.findall(line)]
    statements = list(_statements(text)) if name.endswith(".py") else []
    for number in numbers:
        around = [lines for lines in statements if number in lines]
        yield min(around, key=len, default=range(number, number + 1))


def _statements(text: str) -> Iterator[range]:
    """The lines of each statement; of one that holds others only its head, decorators included."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.stmt):
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
            body = getattr(node, "body", [])
            last = body[0].lineno - 1 if body else node.end_lineno or node.lineno
            yield range(first, max(last, node.lineno) + 1)


def make_environment(folder: Path, packages: Sequence[str], say: Callable[[str], None]) -> Path:
    """The other analysers, in an environment of their own; one that cannot be installed is left out."""
    python = folder / "bin" / "python"
    if not python.exists():
        say(f"making {folder}")
        venv.create(folder, with_pip=True)
    known = versions(folder)
    for name in packages:
        if name not in known:
            say(f"installing {name}")
            command = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", name]
            subprocess.run(command, check=False, stdin=subprocess.DEVNULL)
    return folder / "bin"


def versions(folder: Path) -> Mapping[str, str]:
    """What is installed in an environment."""
    command = [str(folder / "bin" / "python"), "-m", "pip", "list", "--format", "json"]
    listed = subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout
    return {item["name"].lower(): item["version"] for item in json.loads(listed)}


def run(command: Sequence[str], folder: Path, accepted: Sequence[int] = (0, 1), **environment: str) -> str:
    """What a command writes. Raises RunFailedError."""
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=TIMEOUT,
    )
    if done.returncode not in accepted:
        raise RunFailedError(f"exit status {done.returncode} of {command[0]}: {done.stderr[-500:]}")
    return done.stdout


def run_bandit(binaries: Path, scratch: Path) -> list[Alarm]:
    """Every test of Bandit."""
    written = run([str(binaries / "bandit"), "-q", "-r", "-f", "json", "."], scratch)
    return [
        Alarm(
            path=Path(item["filename"]),
            line=min(item["line_range"]),
            id=item["test_id"],
        )
        for item in json.loads(written)["results"]
    ]


def run_ruff(binaries: Path, scratch: Path) -> list[Alarm]:
    """All S rules of Ruff, those in preview included."""
    options = ("--select", "S", "--preview", "--isolated", "--no-cache", "--output-format", "json")
    written = run([str(binaries / "ruff"), "check", *options, "."], scratch)
    return [
        Alarm(
            path=Path(item["filename"]).relative_to(scratch.resolve()),
            line=item["location"]["row"],
            id=item["code"],
        )
        for item in json.loads(written)
        if item["code"]
    ]


def run_dlint(binaries: Path, scratch: Path) -> list[Alarm]:
    """All rules of dlint, a plugin of flake8."""
    options = ("--isolated", "--select", "DUO", "--format", "%(path)s:%(row)d:%(code)s")
    written = run([str(binaries / "flake8"), *options, "."], scratch)
    rows = [line.rsplit(":", 2) for line in written.splitlines()]
    return [Alarm(path=Path(path), line=int(row), id=code) for path, row, code in rows]


def run_semgrep(binaries: Path, scratch: Path) -> list[Alarm]:
    """Semgrep with the rules beside this file."""
    quiet = ("--metrics", "off", "--disable-version-check", "--no-git-ignore", "--quiet", "--json")
    written = run(
        [str(binaries / "semgrep"), "scan", "--config", str(SEMGREP_RULES), *quiet, "--jobs", "2", "."],
        scratch,
        SEMGREP_SETTINGS_FILE=str(scratch.parent / "semgrep.yaml"),
        PATH=f"{binaries}{os.pathsep}{os.environ['PATH']}",
    )
    return [
        Alarm(
            path=Path(item["path"]),
            line=item["start"]["line"],
            id=item["check_id"].rpartition(".")[2],
        )
        for item in json.loads(written)["results"]
    ]


PEERS: Mapping[str, Callable[[Path, Path], list[Alarm]]] = {
    "bandit": run_bandit,
    "ruff": run_ruff,
    "dlint": run_dlint,
    "semgrep": run_semgrep,
}


def run_guardapi(scratch: Path, samples: Iterable[Sample], advisory: Container[str]) -> list[Alarm]:
    """GuardAPI, a project at a time; rules that only advise are asked for their advice on their own examples."""
    alarms = []
    for sample in samples:
        profile = Profile.AUDIT if sample.rule in advisory else Profile.DEFAULT
        tree = open_tree(scratch / sample.folder)
        for finding in scan_tree(tree, Options(profile=profile)).findings:
            if finding.rule == sample.rule or is_shown(finding, Profile.DEFAULT):
                path = sample.folder / finding.place.file
                alarms.append(Alarm(path=path, line=finding.place.line, id=finding.rule))
    return alarms


def run_peers(folder: Path, scratch: Path, say: Callable[[str], None]) -> list[Column]:
    """The columns of the other analysers."""
    binaries = make_environment(folder, PACKAGES, say)
    known = versions(folder)
    columns = []
    for name, runner in PEERS.items():
        if name not in known:
            columns.append(Column(name=name, version="could not be installed", alarms=None))
            continue
        say(f"running {name}")
        alarms = [a for a in runner(binaries, scratch) if ABOUT_RESOURCES[name].fullmatch(a.id)]
        columns.append(Column(name=name, version=known[name], alarms=tuple(alarms)))
    return columns


def judge(rule: str, samples: Iterable[Sample], alarms: Iterable[Alarm], *, is_own: bool) -> Result:
    """What the alarms are worth on the examples of one rule; of our own only that very rule finds a mark."""
    samples = [sample for sample in samples if sample.rule == rule]
    vulnerable = [sample for sample in samples if sample.is_vulnerable]
    secure = [sample for sample in samples if not sample.is_vulnerable]
    marks = [mark for sample in vulnerable for mark in sample.marks]
    candidates = [alarm for alarm in alarms if alarm.path.parts[:1] == (rule,)]
    counted = [alarm for alarm in candidates if not is_own or alarm.id == rule]
    hits = {mark: [alarm for alarm in counted if _is_at(alarm, *mark)] for mark in marks}
    at = {alarm.id for found in hits.values() for alarm in found}
    beside = {
        alarm.id for alarm in counted if any(sample.folder in alarm.path.parents for sample in vulnerable)
    }
    false = [alarm for alarm in candidates if is_own or alarm.id in at]
    return Result(
        found=sum(bool(found) for found in hits.values()),
        marks=len(marks),
        at=tuple(sorted(at)),
        elsewhere=() if is_own else tuple(sorted(beside - at)),
        alarmed=sum(any(sample.folder in alarm.path.parents for alarm in false) for sample in secure),
        secure=len(secure),
    )


def _is_at(alarm: Alarm, path: Path, lines: range) -> bool:
    # By its first line: a report about a whole function is about its head, not about all that is in it.
    return alarm.path == path and alarm.line in lines


INTRODUCTION = """\
# Comparison with other analysers

<!-- Written by scripts/compare; do not edit. -->

What other analysers say about the examples of GuardAPI's rules. The examples were written for these rules, so the table
says what the others do not look for, and nothing about how well they do what they are made for.

A mark in an example counts as found if something about resources is reported on its line or on the same statement.
*Beside* is what is reported elsewhere in the vulnerable examples; it is not counted. Where what found a mark reports a
secure example of the same rule, too, it cannot tell them apart: that is a false alarm. For GuardAPI anything that it
reports in a secure example is one; its own tests demand that it finds every mark, and nothing there.

* Bandit: all tests; counted are B113 (no timeout), B201 (debugger), B313 to B320 (XML that expands).
* Ruff: all S rules, in preview, too; the same are counted.
* dlint, a plugin of flake8: all rules; counted are DUO107 (XML) and DUO138 (regular expressions).
* Semgrep: [rules written here](../benchmarks/semgrep_rules.yaml) in the style of those that its community shares; all
  are counted. They read the text and do not know what an application builds.
"""


def page(samples: Sequence[Sample], columns: Sequence[Column], rules: Sequence[Rule]) -> str:
    """The page with totals, and a table a family."""
    results = {
        column.name: {
            rule.id: judge(rule.id, samples, column.alarms, is_own=column.name == "guardapi")
            for rule in rules
        }
        for column in columns
        if column.alarms is not None
    }
    lines = [INTRODUCTION, *_totals(columns, results, len(rules))]
    names = [column.name for column in columns]
    for family in families(rules):
        lines += ["", f"## {family.prefix}: {family.title}", ""]
        lines += [f"| rule | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
        for rule in family.rules:
            cells = [_cell(results[name][rule.id]) if name in results else "not run" for name in names]
            lines.append(f"| {rule.id} `{rule.name}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _totals(
    columns: Sequence[Column], results: Mapping[str, Mapping[str, Result]], number: int
) -> Iterator[str]:
    yield "| analyser | version | marks found | rules with a mark found | secure examples alarmed |"
    yield "| --- | --- | ---: | ---: | ---: |"
    for column in columns:
        if column.name not in results:
            yield f"| {column.name} | {column.version} | not run | not run | not run |"
            continue
        of_rules = results[column.name].values()
        found, marks = sum(r.found for r in of_rules), sum(r.marks for r in of_rules)
        alarmed, secure = sum(r.alarmed for r in of_rules), sum(r.secure for r in of_rules)
        rules = sum(r.found > 0 for r in of_rules)
        yield (
            f"| {column.name} | {column.version} | {found} of {marks} | {rules} of {number} "
            f"| {alarmed} of {secure} |"
        )


def _cell(result: Result) -> str:
    parts = [f"**{result.found}** of {result.marks}" if result.found else f"0 of {result.marks}"]
    if result.found and not (len(result.at) == 1 and result.at[0].startswith("GA")):
        parts.append(", ".join(f"`{name}`" for name in result.at))
    if result.elsewhere:
        parts.append(f"beside: {', '.join(f'`{name}`' for name in result.elsewhere)}")
    if result.alarmed:
        parts.append(f"{result.alarmed} of {result.secure} secure alarmed")
    return "; ".join(parts)


def main() -> int:
    """Exit status 0, or 1 if an analyser failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="scripts/compare"
    )
    parser.add_argument(
        "--output", type=Path, default=PAGE, metavar="FILE", help="default: docs/comparison.md"
    )
    parser.add_argument(
        "--environment",
        type=Path,
        default=CACHE,
        metavar="FOLDER",
        help="where the others are installed; default: guardapi-compare in the user's cache",
    )
    args = parser.parse_args()
    rules = catalogue()
    advisory = {rule.id for rule in rules if rule.is_advisory}
    with tempfile.TemporaryDirectory() as holder:
        scratch = Path(holder).resolve() / "examples"
        samples = write_samples(scratch, rules)
        try:
            peers = run_peers(args.environment, scratch, lambda text: print(text, file=sys.stderr))
        except (RunFailedError, subprocess.SubprocessError) as error:
            print(f"scripts/compare: {error}", file=sys.stderr)
            return 1
        own = Column(
            name="guardapi", version=__version__, alarms=tuple(run_guardapi(scratch, samples, advisory))
        )
    args.output.write_text(page(samples, [own, *peers], rules), encoding="utf-8")
    print(f"written: {args.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
