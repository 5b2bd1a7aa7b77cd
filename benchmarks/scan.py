"""Measures what a cold `guardapi scan` costs, against a floor and against other analysers.

F, the floor, is one process of the same interpreter that runs ast.parse over every .py file and keeps
nothing. A figure is CPU time, user and system, children included: wall time says little on a shared machine.
Every tool is run in turn with F; the ratio is taken pair by pair, and the median goes to docs/performance.md.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from applications import CACHE, ROOT, fetch, read_manifest

PAGE = ROOT / "docs" / "performance.md"
PEERS = CACHE.with_name("guardapi-bench") / "peers"
TREES = {"medium": ("octoprint",), "large": ("superset", "airflow", "mlflow")}
GUARDAPI = Path(sys.executable).with_name("guardapi")
STARTS = 15

FLOOR = """
import ast, os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.endswith(".py"):
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read()
            try:
                ast.parse(content)
            except (SyntaxError, ValueError):
                pass
"""

SEMGREP_RULE = """
rules:
  - id: route-without-limit
    languages: [python]
    severity: WARNING
    message: a route without a limit
    patterns:
      - pattern: |
          @$APP.route(...)
          def $VIEW(...): ...
      - pattern-not: |
          @$LIMITER.limit(...)
          def $VIEW(...): ...
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run of a command took."""

    seconds: float
    mebibytes: float
    """Of its largest process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A command to measure."""

    name: str
    command: tuple[str, ...]
    """The scanned folder is added to it."""
    accepted: frozenset[int] = frozenset({0})
    """Exit statuses of a run that did its work."""
    environment: Mapping[str, str] = field(default_factory=dict)
    is_slow: bool = False
    """Whether fewer rounds have to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Medians of one tool on one tree."""

    name: str
    seconds: float
    ratio: float
    """To F, pair by pair."""
    mebibytes: float
    rounds: int


class RunFailedError(Exception):
    """A measured command did not do its work."""


def run(command: Sequence[str], *, environment: Mapping[str, str], accepted: frozenset[int]) -> Cost:
    """Run a command to its end; its output goes nowhere."""
    null = os.open(os.devnull, os.O_RDWR)
    try:
        redirected = [(os.POSIX_SPAWN_DUP2, null, descriptor) for descriptor in (0, 1, 2)]
        process = os.posix_spawnp(
            command[0], list(command), {**os.environ, **environment}, file_actions=redirected
        )
        _, status, usage = os.wait4(process, 0)
    finally:
        os.close(null)
    if os.waitstatus_to_exitcode(status) not in accepted:
        raise RunFailedError(f"exit status {os.waitstatus_to_exitcode(status)} of: {' '.join(command)}")
    return Cost(seconds=usage.ru_utime + usage.ru_stime, mebibytes=usage.ru_maxrss / 1024)


def run_cold(tool: Tool, folder: Path) -> Cost:
    """Run a tool on a folder, with an empty cache directory."""
    with tempfile.TemporaryDirectory() as caches:
        environment = {"XDG_CACHE_HOME": caches, **tool.environment}
        return run([*tool.command, str(folder)], environment=environment, accepted=tool.accepted)


def measure(tool: Tool, floor: Tool, folder: Path, rounds: int) -> Figures:
    """Tool and floor in turn."""
    pairs = [(run_cold(floor, folder), run_cold(tool, folder)) for _ in range(rounds)]
    return Figures(
        name=tool.name,
        seconds=median(cost.seconds for _, cost in pairs),
        ratio=median(cost.seconds / base.seconds for base, cost in pairs),
        mebibytes=max(cost.mebibytes for _, cost in pairs),
        rounds=rounds,
    )


def measure_start(rounds: int = STARTS) -> tuple[float, float]:
    """CPU seconds of `guardapi --version` above an empty interpreter, and their ratio."""
    commands = [(sys.executable, "-c", "pass"), (str(GUARDAPI), "--version")]
    pairs = [
        [run(command, environment={}, accepted=frozenset({0})).seconds for command in commands]
        for _ in range(rounds)
    ]
    return median(start - bare for bare, start in pairs), median(start / bare for bare, start in pairs)


def make_peers() -> Path:
    """The other analysers, in an environment of their own; those that cannot be installed are left out."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        venv.create(PEERS, with_pip=True)
    for name in ("ruff", "bandit", "semgrep"):
        if not (PEERS / "bin" / name).exists():
            subprocess.run(
                [str(python), "-m", "pip", "install", "-qq", name], check=False, stdin=subprocess.DEVNULL
            )
    return PEERS / "bin"


def peers(scratch: Path) -> list[Tool]:
    """What there is to compare with."""
    folder = make_peers()
    rule = scratch / "rule.yaml"
    rule.write_text(SEMGREP_RULE, encoding="utf-8")
    ruff = ("check", "--select", "S", "--isolated", "--no-cache", "--exit-zero", "--output-format", "json")
    semgrep = (
        "scan",
        "--config",
        str(rule),
        "--metrics",
        "off",
        "--disable-version-check",
        "--no-git-ignore",
    )
    tools = [
        Tool(name="ruff `check --select S`", command=(str(folder / "ruff"), *ruff)),
        Tool(
            name="semgrep, one rule",
            command=(str(folder / "semgrep"), *semgrep, "--jobs", "2", "--json"),
            environment={
                "SEMGREP_SETTINGS_FILE": str(scratch / "semgrep.yaml"),
                "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            },
            is_slow=True,
        ),
        Tool(
            name="bandit",
            command=(str(folder / "bandit"), "--quiet", "--exit-zero", "--format", "json", "--recursive"),
            is_slow=True,
        ),
    ]
    return [tool for tool in tools if Path(tool.command[0]).exists()]


@contextmanager
def tree(name: str) -> Iterator[Path]:
    """The applications of a tree, side by side in a folder of their own."""
    applications = [app for app in read_manifest() if app.name in TREES[name]]
    missing = fetch(applications)
    if missing:
        raise RunFailedError(f"could not be fetched: {', '.join(missing)}")
    with tempfile.TemporaryDirectory() as scratch:
        for app in applications:
            shutil.copytree(CACHE / app.name, Path(scratch) / app.name)
        yield Path(scratch)


def size(folder: Path) -> str:
    """How much there is to read, in words."""
    contents = [path.read_bytes() for path in folder.rglob("*.py")]
    lines, megabytes = sum(c.count(b"\n") for c in contents), sum(map(len, contents)) / 1e6
    return f"{len(contents):,} Python files, {lines:,} lines, {megabytes:.1f} MB"


def section(name: str, folder: Path, figures: Sequence[Figures]) -> list[str]:
    """The table of one tree."""
    requirements = [app.requirement for app in read_manifest() if app.name in TREES[name]]
    return [
        f"## {name.capitalize()}: {', '.join(requirements)}",
        "",
        f"{size(folder)}.",
        "",
        "| | CPU s | / F | peak MiB | rounds |",
        "| --- | ---: | ---: | ---: | ---: |",
        *(
            f"| {f.name} | {f.seconds:.2f} | {f.ratio:.2f} | {f.mebibytes:.0f} | {f.rounds} |"
            for f in figures
        ),
        "",
    ]


INTRODUCTION = """\
# Performance

<!-- Written by scripts/bench; do not edit. -->

What a cold `guardapi scan` costs: CPU time, user and system, of the process and its children.
Seconds are those of one machine; the ratios are the result.
F is one process of the same interpreter that runs `ast.parse` over every `.py` file and keeps nothing.
Each tool is run in turn with F, the ratio is taken pair by pair, and medians are shown; the peak is that of
the largest process.
semgrep runs a single rule here, ruff and bandit their security rules.

The goals: a scan within 3 F and 400 MiB, `guardapi --version` within 5.5 times an empty interpreter.
"""


def measure_tree(name: str, tools: Sequence[Tool], rounds: int, say: Callable[[str], None]) -> list[str]:
    """All tools on one tree, as a section of the page."""
    floor = Tool(name="F: `ast.parse`", command=(sys.executable, "-c", FLOOR))
    with tree(name) as folder:
        run_cold(floor, folder)  # brings the files into the disk cache
        figures = [measure(floor, floor, folder, rounds)]
        for tool in tools:
            say(f"{name}: {tool.name}")
            figures.append(measure(tool, floor, folder, min(rounds, 2) if tool.is_slow else rounds))
        return section(name, folder, figures)


def main() -> int:
    """Exit status 0, or 1 if a command failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="scripts/bench"
    )
    parser.add_argument("trees", nargs="*", metavar="TREE", help="medium, large; default: both")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="default: 5; slow tools 2")
    parser.add_argument("--no-peers", action="store_true", help="measure GuardAPI and the floor only")
    parser.add_argument(
        "--output", type=Path, default=PAGE, metavar="FILE", help="default: docs/performance.md"
    )
    args = parser.parse_args()
    if unknown := set(args.trees) - set(TREES):
        parser.error(f"no such tree: {', '.join(sorted(unknown))}")

    machine = f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores."
    page = [INTRODUCTION, machine, ""]
    with tempfile.TemporaryDirectory() as scratch:
        scan = Tool(name="**guardapi scan**", command=(str(GUARDAPI), "scan"), accepted=frozenset({0, 1}))
        try:
            tools = [scan, *([] if args.no_peers else peers(Path(scratch)))]
            for name in args.trees or TREES:
                page += measure_tree(name, tools, args.rounds, lambda text: print(text, file=sys.stderr))
            added, ratio = measure_start()
        except RunFailedError as error:
            print(f"scripts/bench: {error}", file=sys.stderr)
            return 1
    page += [
        "## Start",
        "",
        f"`guardapi --version`: {1000 * added:.0f} ms above an empty interpreter, {ratio:.1f} times it.",
    ]
    args.output.write_text("\n".join(page) + "\n", encoding="utf-8")
    print(f"written: {args.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
