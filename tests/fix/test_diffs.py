"""Diffs that `git apply` and `patch` take, for files and names of all kinds."""

import shutil
import subprocess
from pathlib import Path

import pytest
from writing import finding, place, planned, project_of

from guardapi.fix.composing import composed
from guardapi.fix.diff import diffs, reasons, written
from guardapi.fix.planning import plan
from guardapi.remedy import (
    Create,
    Edit,
    Import,
    Insert,
    Remedy,
    Rewrite,
    RewriteLine,
    Safety,
    SetArgument,
    Where,
)

CONTENTS = {
    "plain": b"import os\n\n\nx = f(a)\n" + b"y = 1\n" * 20 + b"z = 2\n",
    "carriage returns": b"import os\r\n\r\nx = f(a)\r\nz = 2\r\n",
    "no newline at the end": b"x = f(a)",
    "a mark": b"\xef\xbb\xbfx = f(a)\n",
    "latin-1": b"# coding: latin-1\nx = f(a)  # \xe9\n",
    "form feeds": b"a\n\x0c\nx = f(a)\n",
}
NAMES = ("shop.py", "a b.py", "caf\u00e9.py", 'we"ird.py', "back\\slash.py")


def git(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    return subprocess.run(
        ["git", *arguments], cwd=folder, input=given, check=True, capture_output=True
    ).stdout


def edits_of(content: bytes, file: str) -> tuple[Edit, ...]:
    source = content.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    call = place(source, "f(a)", file=file)
    return (
        SetArgument(call=call, name="t", value="10", imports=(Import(module="re"),)),
        Insert(anchor=call, text="w = 3", where=Where.AFTER),
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", CONTENTS)
def test_git_applies_what_is_shown(tmp_path: Path, kind: str, name: str) -> None:
    content = CONTENTS[kind]
    project = project_of({name: content})
    changes, why = planned(project, edits_of(content, name))
    assert why == []
    text = b"".join(line for diff in diffs(changes, project) for line in written(diff))
    (tmp_path / name).write_bytes(content)

    git(tmp_path, "init", "--quiet")
    git(tmp_path, "apply", "--check", "--whitespace=nowarn", "-", given=text)
    git(tmp_path, "apply", "--whitespace=nowarn", "-", given=text)
    assert (tmp_path / name).read_bytes() == composed(changes, project)[name]


def test_patch_applies_what_is_shown(tmp_path: Path) -> None:
    assert shutil.which("patch")
    content = CONTENTS["plain"]
    project = project_of({"shop.py": content})
    changes, _ = planned(
        project, edits_of(content, "shop.py"), (Create(file="new/limits.py", text="a = 1\n"),)
    )
    text = b"".join(line for diff in diffs(changes, project) for line in written(diff))
    (tmp_path / "shop.py").write_bytes(content)

    subprocess.run(["patch", "-p1", "--quiet"], cwd=tmp_path, input=text, check=True)
    assert (tmp_path / "shop.py").read_bytes() == composed(changes, project)["shop.py"]
    assert (tmp_path / "new" / "limits.py").read_text() == "a = 1\n"


def test_hunks_name_their_reasons() -> None:
    source = "x = f(a)\n" + "y = 1\n" * 20 + "z = g(b)\n"
    project = project_of({"shop.py": source})
    fixes = plan(
        [
            finding(1, Remedy(safety=Safety.SAFE, reason="It\nends.", edits=(rewritten(source, "a"),))),
            finding(2, Remedy(safety=Safety.UNSAFE, reason="It is less.", edits=(rewritten(source, "b"),))),
        ],
        project,
        lambda _: "",
    )
    [diff] = diffs(fixes.changes, project)

    lines = b"".join(written(diff)).decode().splitlines()
    assert [line for line in lines if line.startswith("@@")] == [
        "@@ -1,4 +1,4 @@ GA901 (safe): It ends",
        "@@ -19,4 +19,4 @@ GA901 (unsafe): It is less",
    ]


def test_same_reason_is_told_once() -> None:
    source = "x = f(a)\nz = g(b)\n"
    project = project_of({"shop.py": source})
    changes, _ = planned(project, (rewritten(source, "a"),), (rewritten(source, "b"),))
    [diff] = diffs(changes, project)

    assert len(diff.hunks) == 1
    assert reasons(changes, "shop.py") == ["GA901 (safe): It ends"]


def test_lines_of_other_files() -> None:
    project = project_of({"Procfile": b"a\n\xff: 1\nb"})
    edit = RewriteLine(line=place("a\n.: 1\nb", "b", file="Procfile"), old="b", new="c")
    changes, _ = planned(project, (edit,))
    [diff] = diffs(changes, project)

    assert b"".join(written(diff, "backend/")) == (
        b"--- a/backend/Procfile\n+++ b/backend/Procfile\n@@ -1,3 +1,3 @@ GA901 (safe): It ends\n"
        b" a\n \xff: 1\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"
    )


def rewritten(source: str, part: str) -> Rewrite:
    return Rewrite(expression=place(source, part), text="min({}, 3)")


def test_reason_of_several_hunks_stands_once() -> None:
    source = "x = f(a)\n" + "y = 1\n" * 20 + "z = g(b)\n"
    changes, _ = planned(project_of({"shop.py": source}), (rewritten(source, "a"), rewritten(source, "b")))
    [diff] = diffs(changes, project_of({"shop.py": source}))

    lines = b"".join(written(diff)).decode().splitlines()
    assert [line for line in lines if line.startswith("@@")] == [
        "@@ -1,4 +1,4 @@ GA901 (safe): It ends",
        "@@ -19,4 +19,4 @@ GA901 (safe): as above",
    ]
