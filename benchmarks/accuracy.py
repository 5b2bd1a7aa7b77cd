"""Measures how accurate `guardapi routes` is on real applications, against what they serve when they run.

  recall      units of the truth that are reported, with the view in the right place
  precision   reported units that the truth has
  endpoints   matched units with the right endpoint name
  lines       matched units with the exact line (the others: right file, right name)
  limits      matched units with exactly the truth's limits, in applications with a limiter
  dangerous   matched units said to be limited that nothing limits
  missed      matched units said to be unlimited that are limited

A crash or a time-out is an empty answer. Exit status: 0; 1 below a floor; 2 wrong usage, nothing to measure.
"""

import argparse
import csv
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from applications import CACHE, ROOT, TRUTH, read_manifest
from comparison import FIGURES, Score, Unit, compare, mean, pooled, read_truth, reported_units, truth_units

FLOORS = ROOT / "tests" / "corpus" / "floors.tsv"
PAGE = ROOT / "docs" / "accuracy.md"
FLOOR_FIGURES = ("recall", "precision")
FAULTS = ("dangerous", "missed")
DEFAULT_TOOL = shlex.quote(str(Path(sys.executable).with_name("guardapi")))


def ask(tool: str, root: Path, seconds: float) -> tuple[list[list[Unit]], str]:
    """The units of each application that the tool reports, and "ok" or what went wrong."""
    command = [*shlex.split(tool), "routes", str(root), "--format", "json"]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return [], f"no answer in {seconds:g} s"
    if process.returncode:
        last = err.decode(errors="replace").strip().rpartition("\n")[2]
        return [], f"exit status {process.returncode}: {last}"
    try:
        return reported_units(json.loads(out)), "ok"
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return [], f"not the format: {type(error).__name__}: {error}"


def score_application(name: str, truth: Path, cache: Path, tool: str, seconds: float) -> Score:
    """Ask the tool for one application and compare."""
    root, expected = cache / name, read_truth(truth / f"{name}.json")
    began = time.monotonic()
    apps, status = ask(tool, root, seconds)
    took = time.monotonic() - began
    score = compare(name, truth_units(expected), apps, has_limiter=bool(expected["limiters"]))
    return replace(score, status="".join(c if c.isprintable() else "?" for c in status), seconds=took)


def percent(value: float | None) -> str:
    """Rounded down: only all of them is 100."""
    return "-" if value is None else f"{int(1000 * value + 1e-9) / 10:.1f}"


def cells(score: Score) -> list[str]:
    """One line of the table."""
    return [
        score.name,
        *(str(score.counts[count]) for count in ("truth", "matched", "reported")),
        *(percent(score.figure(key)) for key in FIGURES),
        *(str(score.counts[fault]) for fault in FAULTS),
    ]


INTRODUCTION = """\
# Accuracy

<!-- Written by scripts/accuracy --write-docs; do not edit. -->

How much of what real applications serve `guardapi routes` finds without running them.

Each of these {count} applications was started once, with its dependencies, and its URL map and limits were
written down: the truth.
The unit is one HTTP method of one rule.
It is found if the rule, the method and the place of the view are right.
Static files and views that only a dependency brings count on neither side.

* `recall`, `precision`: found units of the truth's, and of the reported ones, in per cent.
* `endpoints`, `lines`, `limits`: found units with the right endpoint name, the exact line, exactly the right
  limits (only in applications that have a limiter).
* `dangerous`: units said to be limited that nothing limits. `missed`: the reverse.

A truth is one configuration of an application; what it serves only under another counts as wrongly reported.
"""
HEADER = ["application", "truth", "matched", "reported", *FIGURES, *FAULTS]


def rows(scores: Sequence[Score]) -> list[list[str]]:
    """The whole table below its header."""
    means = ["mean of applications", "", "", "", *(percent(mean(scores, key)) for key in FIGURES), "", ""]
    return [*map(cells, scores), cells(pooled(scores)), means]


def print_table(scores: Sequence[Score]) -> None:
    """For a terminal."""
    for line in [HEADER, *rows(scores)]:
        print(f"{line[0]:<28}{''.join(f'{cell:>11}' for cell in line[1:])}".rstrip())
    for score in scores:
        if score.status != "ok":
            print(f"{score.name}: {score.status}")


def read_floors(path: Path = FLOORS) -> dict[str, dict[str, float]]:
    """The least that each application of the floors must reach, in per cent."""
    with path.open(newline="", encoding="utf-8") as file:
        return {
            row["name"]: {key: float(row[key]) for key in FLOOR_FIGURES}
            for row in csv.DictReader(file, delimiter="\t")
        }


def write_floors(scores: Sequence[Score], path: Path = FLOORS) -> None:
    """Make what was reached now the least from now on."""
    lines = ["\t".join(("name", *FLOOR_FIGURES))]
    lines += ["\t".join((s.name, *(percent(s.figure(key) or 0.0) for key in FLOOR_FIGURES))) for s in scores]
    lines += ["", REMAINING]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def below_floors(score: Score, floors: dict[str, float]) -> list[str]:
    """What is worse than the floor, in words."""
    found = {key: percent(score.figure(key) or 0.0) for key in floors}
    return [
        f"{score.name}: {key} {found[key]}, not {floor:g}"
        for key, floor in floors.items()
        if float(found[key]) < floor
    ]


REMAINING = """\
## What remains

* mlflow: most rules come out of serialized protobuf descriptors. Undecidable; noted where the table is built.
* invenio-app: the factory is another distribution's and names its parts by entry points outside the tree: a known miss.
* ckan: routes of a plugin that only the measured configuration switches on, and five of a default that it switches off.
* opencve, libretranslate: the measured process was told to limit (a configuration file, command-line arguments). By
  default they do not, and that is what is reported.
* specter: the truth was taken under its test configuration; the commands start another, without the REST API.
* potato: a factory builds a larger application than the object that was measured. canaille, lute3, pygeoapi, rucio,
  tensorhive, zou: routes of other entry points, or of settings that the measured configuration switches off."""


def write_page(scores: Sequence[Score], path: Path = PAGE) -> None:
    """Write docs/accuracy.md."""
    packages = {app.name: app.requirement for app in read_manifest()}
    header = [f"| {' | '.join(HEADER)} |", f"| --- |{' ---: |' * (len(HEADER) - 1)}"]
    lines = [INTRODUCTION.replace("{count}", str(len(scores))), *header]
    for line in rows(scores):
        named = f"{line[0]} (`{packages[line[0]]}`)" if line[0] in packages else f"**{line[0]}**"
        lines.append(f"| {' | '.join([named, *line[1:]])} |")
    if failed := [f"{score.name} ({score.status})" for score in scores if score.status != "ok"]:
        lines += ["", f"No answer, counted as nothing found: {', '.join(failed)}."]
    lines += ["", REMAINING]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="scripts/accuracy"
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these applications")
    parser.add_argument(
        "--truth", type=Path, default=TRUTH, metavar="DIR", help="default: tests/corpus/truth"
    )
    parser.add_argument(
        "--cache", type=Path, default=CACHE, metavar="DIR", help=f"the sources; default: {CACHE}"
    )
    parser.add_argument("--tool", default=DEFAULT_TOOL, help="command to measure in place of this GuardAPI")
    parser.add_argument(
        "--timeout", type=float, default=60, metavar="S", help="for one application; default: 60"
    )
    parser.add_argument("--show", action="store_true", help="print all that was wrong")
    parser.add_argument("--floors", action="store_true", help="fail below tests/corpus/floors.tsv")
    parser.add_argument("--write-floors", action="store_true", help="make these figures the floors")
    parser.add_argument("--write-docs", action="store_true", help="write docs/accuracy.md")
    args = parser.parse_args()
    known = sorted(path.stem for path in args.truth.glob("*.json"))
    if unknown := sorted(set(args.names) - set(known)):
        parser.error(f"no truth for {', '.join(unknown)}")
    if args.write_floors and (args.names or args.truth != TRUTH):
        parser.error("--write-floors writes them all: it goes with neither names nor --truth")
    args.names = args.names or known
    return args


def main() -> int:
    """Measure, print, and compare with the floors if asked to."""
    args = arguments()
    there = [name for name in args.names if (args.cache / name).is_dir()]
    if missing := [name for name in args.names if name not in there]:
        print(
            f"not fetched, left out: {', '.join(missing)} (scripts/corpus {' '.join(missing)})",
            file=sys.stderr,
        )
    if not there:
        print(f"no application to measure in {args.cache}", file=sys.stderr)
        return 2

    scores = [score_application(name, args.truth, args.cache, args.tool, args.timeout) for name in there]
    print_table(scores)
    if args.show:
        print(*(f"{score.name}: {fault}" for score in scores for fault in score.faults), sep="\n")
    if args.write_docs:
        write_page(scores)
    if args.write_floors:
        write_floors(scores)
    floors = read_floors() if args.floors else {}
    worse = [text for score in scores for text in below_floors(score, floors.get(score.name, {}))]
    for text in worse:
        print(f"below the floor: {text}", file=sys.stderr)
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
