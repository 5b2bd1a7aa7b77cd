"""What `guardapi scan` finds in real applications, kept as text: one line a finding, a file an application.

A change of the engine shows here in the findings of code that nobody wrote for it. Read the difference before it is
kept.
"""

import argparse
import sys
from pathlib import Path

from applications import CACHE, fetch, read_manifest

from guardapi.files import open_tree
from guardapi.findings import Finding
from guardapi.pipeline import scan_tree

SNAPSHOTS = Path(__file__).resolve().parents[1] / "tests" / "corpus" / "findings"


def lines_of(folder: Path) -> list[str]:
    """The findings of the default profile in a folder, the worst first, and every rule that failed."""
    report = scan_tree(open_tree(folder))
    return [*(_line(finding) for finding in report.findings), *(f.problem.message for f in report.failures)]


def _line(finding: Finding) -> str:
    level = f"{finding.severity.label} {finding.confidence.label}"
    return f"{finding.rule} {level} {finding.place}: {finding.message}".encode("unicode_escape").decode()


def kept(name: str) -> list[str]:
    """The findings of an application as they were read last."""
    return (SNAPSHOTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def names() -> list[str]:
    """The applications with a snapshot, or a truth to come with one."""
    return sorted(path.stem for path in SNAPSHOTS.parent.glob("truth/*.json"))


def main() -> int:
    """Write the snapshots anew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="applications; all by default")
    wanted = parser.parse_args().names or names()
    missing = fetch([app for app in read_manifest() if app.name in wanted])
    if missing:
        sys.exit(f"could not be fetched: {missing}")
    SNAPSHOTS.mkdir(exist_ok=True)
    for name in wanted:
        found = lines_of(CACHE / name)
        (SNAPSHOTS / f"{name}.txt").write_text("".join(f"{line}\n" for line in found), encoding="utf-8")
        print(f"{name}: {len(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
