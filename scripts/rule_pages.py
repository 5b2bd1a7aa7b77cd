"""Writes docs/rules from the rules: a page each, and the index. With --check: fails where these are not up to date."""

import argparse
import sys
from pathlib import Path

from guardapi.catalogue import families
from guardapi.report.rule_markdown import page_name, render, render_index
from guardapi.rule import built_in

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "rules"
GENERATED = "\n<!-- Written by scripts/rule-pages from the rule; do not edit. -->\n"


def pages() -> dict[str, str]:
    """What the folder has to hold, by file name."""
    return {
        "index.md": render_index(families(built_in())),
        **{page_name(rule): f"{render(rule)}{GENERATED}" for rule in built_in()},
    }


def stale(folder: Path, wanted: dict[str, str]) -> list[str]:
    """Files that are missing, differ, or belong to no rule."""
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def main() -> int:
    """Exit status 0, or 1 if a page is stale with --check."""
    parser = argparse.ArgumentParser(description=__doc__, prog="scripts/rule-pages")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a page is stale")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="default: docs/rules")
    args = parser.parse_args()
    wanted = pages()
    different = stale(args.folder, wanted)
    if args.check:
        for name in different:
            sys.stderr.write(f"scripts/rule-pages: {name} is not up to date; run scripts/rule-pages\n")
        return 1 if different else 0
    args.folder.mkdir(parents=True, exist_ok=True)
    for name in different:
        if name in wanted:
            (args.folder / name).write_text(wanted[name], encoding="utf-8")
        else:
            (args.folder / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
