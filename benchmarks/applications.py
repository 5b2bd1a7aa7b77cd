"""Fetches the pinned applications of tests/corpus/manifest.tsv and unpacks their sources and settings.

GuardAPI neither imports nor runs any of them. pip verifies an archive's SHA-256 before it looks inside; for a
source archive it then asks that package's build backend for its metadata, for a wheel nothing runs at all.
"""

import argparse
import csv
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
MANIFEST = ROOT / "tests" / "corpus" / "manifest.tsv"
TRUTH = ROOT / "tests" / "corpus" / "truth"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "guardapi-corpus"

KEPT_SUFFIXES = {".py", ".pyi", ".toml", ".cfg", ".ini", ".yml", ".yaml", ".json", ".txt", ".conf"}
LARGEST_FILE = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One line of the manifest."""

    name: str
    requirement: str
    kind: str
    """`wheel` or `sdist`."""
    sha256: str
    megabytes: float
    inside: PurePosixPath
    """The folder or file of the archive that is the scanned root."""

    def archive(self, cache: Path) -> Path:
        """Where its archive is kept; applications out of one archive share it."""
        return cache / ".archives" / self.sha256

    @property
    def stamp_text(self) -> str:
        """What the stamp of an unpacked application says."""
        return f"{self.sha256} {self.inside}\n"


def read_manifest(path: Path = MANIFEST) -> list[Application]:
    """All applications, in the order of the manifest."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Application(
                name=row["name"],
                requirement=row["requirement"],
                kind=row["kind"],
                sha256=row["sha256"],
                megabytes=float(row["mb"]),
                inside=PurePosixPath(row["inside"]),
            )
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]


def fetch(applications: list[Application], cache: Path = CACHE) -> list[str]:
    """Bring the applications into the cache; the names of those that could not be had."""
    for folder in (".archives", ".done"):
        (cache / folder).mkdir(parents=True, exist_ok=True)
    with locked(cache / ".lock"), ThreadPoolExecutor(3) as pool:
        missing = {app.sha256: app for app in applications if not app.archive(cache).is_file()}
        list(pool.map(lambda app: download(app, cache), missing.values()))
        there = list(pool.map(lambda app: unpack(app, cache), applications))
    return [app.name for app, unpacked in zip(applications, there, strict=True) if not unpacked]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time fills the cache; a second waits for the first."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def download(app: Application, cache: Path) -> None:
    """Download one archive. What has another hash than the manifest's is dropped."""
    project = app.requirement.partition("==")[0]
    form = ("--only-binary", ":all:") if app.kind == "wheel" else ("--no-binary", project)
    with tempfile.TemporaryDirectory(dir=cache / ".archives") as scratch:
        pinned = Path(scratch, "requirements.txt")
        pinned.write_text(f"{app.requirement} --hash=sha256:{app.sha256}\n", encoding="utf-8")
        target = Path(scratch, "archives")
        options = ("-qq", "--no-deps", "--ignore-requires-python", "--disable-pip-version-check", *form)
        files = ("--require-hashes", "--requirement", str(pinned), "--dest", str(target))
        subprocess.run(
            [sys.executable, "-m", "pip", "download", *options, *files],
            check=False,
            stdin=subprocess.DEVNULL,
        )
        for archive in target.iterdir() if target.is_dir() else ():
            if hashlib.sha256(archive.read_bytes()).hexdigest() == app.sha256:
                archive.replace(app.archive(cache))


def unpack(app: Application, cache: Path) -> bool:
    """Unpack one application to CACHE/NAME, unless it is there; whether it is there now."""
    target, stamp = cache / app.name, cache / ".done" / app.name
    if target.is_dir() and stamp.is_file() and stamp.read_text(encoding="utf-8") == app.stamp_text:
        return True
    if not app.archive(cache).is_file():
        return False
    made = stamp.with_name(f"{app.name}.part")
    for old in (target, made):
        shutil.rmtree(old, ignore_errors=True)
    for member, size, content in members(app.archive(cache)):
        path = kept_path(member, size, app.inside)
        if path is not None:
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            with (made / path).open("wb") as out:
                shutil.copyfileobj(content, out)
    made.replace(target)
    stamp.write_text(app.stamp_text, encoding="utf-8")
    return True


def kept_path(member: str, size: int, inside: PurePosixPath) -> PurePosixPath | None:
    """Where a member of an archive goes below the scanned root; None if it is left out."""
    path = PurePosixPath(member)
    leaves = path.is_absolute() or ".." in path.parts or "\\" in member
    if leaves or path.suffix not in KEPT_SUFFIXES or size > LARGEST_FILE:
        return None
    if path == inside:
        return PurePosixPath(path.name)
    return path.relative_to(inside) if inside in path.parents else None


def members(path: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Name, size and content of each regular file of an archive."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                with archive.open(info) as content:
                    yield info.filename, info.file_size, content
        return
    with tarfile.open(path) as tar:
        for entry in tar:
            file = tar.extractfile(entry) if entry.isreg() else None
            if file is not None:
                yield entry.name, entry.size, file


def selected(names: list[str], max_megabytes: float) -> list[Application]:
    """The applications of the manifest with these names; without names those that have a truth here."""
    wanted = set(names) or {path.stem for path in TRUTH.glob("*.json")}
    return [app for app in read_manifest() if app.name in wanted and app.megabytes <= max_megabytes]


def main() -> int:
    """Exit status 0, or 1 if an application is missing."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="scripts/corpus"
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: those of tests/corpus/truth")
    parser.add_argument("--all", action="store_true", help="the whole manifest, 0.6 GB of archives")
    parser.add_argument("--max-mb", type=float, default=float("inf"), help="leave larger archives out")
    parser.add_argument("--cache", type=Path, default=CACHE, help=f"default: {CACHE}")
    args = parser.parse_args()
    known = [app.name for app in read_manifest()]
    if unknown := sorted(set(args.names) - set(known)):
        parser.error(f"not in the manifest: {', '.join(unknown)}")

    applications = selected(known if args.all else args.names, args.max_mb)
    missing = fetch(applications, args.cache)
    print(f"{len(applications) - len(missing)} of {len(applications)} applications are in {args.cache}")
    if missing:
        print(f"no archive with the right hash: {', '.join(missing)}", file=sys.stderr)
    return 1 if missing or not applications else 0


if __name__ == "__main__":
    sys.exit(main())
