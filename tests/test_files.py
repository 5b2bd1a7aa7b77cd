"""Which files belong to a scan, and reading them."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardapi.errors import NothingToScanError, UsageError
from guardapi.files import ReadOptions, Tree, candidates, from_mapping, from_text, open_tree


def write(root: Path, *paths: str, text: str = "x = 1\n") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def python(root: Path) -> list[str]:
    return [file.path for file in open_tree(root).python]


def messages(tree: Tree) -> dict[str, str]:
    return {problem.file: problem.message for problem in tree.problems}


def test_python_files_are_sorted(tmp_path: Path) -> None:
    write(
        tmp_path,
        "b.py",
        "a/z.py",
        "a.py",
        "a/b/c.py",
        "wsgi/app.wsgi",
        "notes.ipynb",
        "page.html",
        "stub.pyi",
    )
    assert python(tmp_path) == ["a.py", "a/b/c.py", "a/z.py", "b.py", "wsgi/app.wsgi"]


def test_deployment_files_are_others(tmp_path: Path) -> None:
    wanted = [
        *(
            ".env",
            ".env.production",
            ".flaskenv",
            "Dockerfile",
            "Dockerfile.dev",
            "Makefile",
            "Pipfile",
            "Procfile",
        ),
        *(
            "deploy/app.service",
            "deploy/nginx.conf",
            "deploy/site.conf.template",
            "docker-compose.yml",
            "openapi.json",
        ),
        *(
            "pyproject.toml",
            "requirements-dev.txt",
            "requirements.txt",
            "requirements/base.txt",
            "run.sh",
            "uwsgi.ini",
        ),
    ]
    write(tmp_path, "app.py", "gunicorn.conf.py", "README.md", "words.txt", *wanted)
    tree = open_tree(tmp_path)
    assert [file.path for file in tree.others] == sorted(wanted)
    assert [file.path for file in tree.python] == ["app.py", "gunicorn.conf.py"]


@pytest.mark.parametrize(
    "path",
    [
        *(
            ".git/hook.py",
            "lib/python3/site-packages/flask/app.py",
            "ui/node_modules/gyp/gyp.py",
            ".tox/x.py",
        ),
        *("pkg/__pycache__/x.py", "shop.egg-info/x.py", "build/lib/app.py", "dist/app.py", "venv/bin/x.py"),
        *(
            "shop/_vendor/six.py",
            "third_party/x.py",
            "vendored/x.py",
            "vendor/x.py",
            "env/bin/activate_this.py",
        ),
    ],
)
def test_folders_of_tools_are_left_out(tmp_path: Path, path: str) -> None:
    write(tmp_path, "app.py", path)
    assert python(tmp_path) == ["app.py"]


@pytest.mark.parametrize("name", ["build", "dist", "vendor", "venv", "env"])
def test_package_of_doubtful_name_stays(tmp_path: Path, name: str) -> None:
    write(tmp_path, f"shop/{name}/__init__.py", f"shop/{name}/routes.py")
    assert python(tmp_path) == [f"shop/{name}/__init__.py", f"shop/{name}/routes.py"]


def test_environment_of_any_name_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, "app.py", "py3/pyvenv.cfg", "py3/bin/tool.py", "env/production.py")
    assert python(tmp_path) == ["app.py", "env/production.py"]


def test_copied_distributions_are_left_out(tmp_path: Path) -> None:
    installed = ("libs/flask/app.py", "libs/flask-3.0.3.dist-info/RECORD", "libs/six-1.0.dist-info/RECORD")
    unpacked = ("wheel/shop/app.py", "wheel/shop-1.0.dist-info/RECORD")
    write(tmp_path, "app.py", *installed, *unpacked)
    assert python(tmp_path) == ["app.py", "wheel/shop/app.py"]


@pytest.mark.parametrize("name", ["site-packages", "build", "tests", ".venv"])
def test_name_of_root_is_irrelevant(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, "app.py", "pkg/views.py")
    tree = open_tree(tmp_path / name)
    assert [(file.path, file.is_test) for file in tree.python] == [("app.py", False), ("pkg/views.py", False)]


def test_test_files_are_marked() -> None:
    tests = [
        "conftest.py",
        "pkg/test_views.py",
        "pkg/views_test.py",
        "tests/app.py",
        "test/app.py",
        "a/tests/b/c.py",
    ]
    others = [
        "pkg/testing.py",
        "testing/app.py",
        "examples/app.py",
        "latest/app.py",
        "contest.py",
        "attest_x.py",
    ]
    tree = from_mapping(dict.fromkeys(tests + others, ""))
    assert sorted(file.path for file in tree.python if file.is_test) == sorted(tests)
    assert sorted(file.path for file in tree.python if not file.is_test) == sorted(others)


def test_git_ignores_are_honoured(tmp_path: Path) -> None:
    write(
        tmp_path, "app.py", "a/gen/x.py", "a/keep.py", "a/local.py", "b/local.py", "b/gen/keep.py", "old/z.py"
    )
    (tmp_path / ".gitignore").write_text("# comment\n/old/\nlocal.py\n**/gen/*\n!**/gen/keep.py\n\n!\n[\n")
    (tmp_path / "b/.gitignore").write_text("!local.py\n/nothing.py\n")
    assert python(tmp_path) == ["a/keep.py", "app.py", "b/gen/keep.py", "b/local.py"]


def test_own_ignore_file_outvotes(tmp_path: Path) -> None:
    write(tmp_path, "app.py", "local.py", "generated.py", "scratch/x.py")
    (tmp_path / ".gitignore").write_text("local.py\n")
    (tmp_path / ".ignore").write_text("scratch\n")
    (tmp_path / ".guardapiignore").write_text("!local.py\ngenerated.py\n")
    assert python(tmp_path) == ["app.py", "local.py"]


def test_ignored_folder_stays_ignored(tmp_path: Path) -> None:
    """Git never looks into an ignored folder, so nothing in it can be taken back."""
    write(tmp_path, "app.py", "old/keep.py")
    (tmp_path / ".gitignore").write_text("old/\n!old/keep.py\n")
    assert python(tmp_path) == ["app.py"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs git as on POSIX")
def test_ignores_agree_with_git(tmp_path: Path) -> None:
    names = [
        "a.py",
        "b.py",
        "x/a.py",
        "x/y/a.py",
        "x/y/b.py",
        "z/a b.py",
        "z/#c.py",
        "z/k1.py",
        "z/k2.py",
        "log/a.py",
    ]
    write(tmp_path, *names)
    (tmp_path / ".gitignore").write_text("/a.py\nx/**/b.py\n\\#c.py\nk[!2].py\n*.log\nlog\na b.py  \n")
    (tmp_path / "x/.gitignore").write_text("a.py\n!y/a.py\n")
    try:
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    except FileNotFoundError:
        pytest.skip("needs git")
    command = ["git", "-c", "core.excludesFile=", "ls-files", "-z", "-o", "--exclude-standard", "--", "*.py"]
    listed = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert python(tmp_path) == sorted(listed.split("\0")[:-1])


def test_costly_patterns_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "app.py", "a" * 200 + ".py")
    (tmp_path / ".gitignore").write_text("*a*a*a*a*a*a*a*a*b\n" + "**/a/" * 9 + "\napp.py\n")
    tree = open_tree(tmp_path)
    assert [file.path for file in tree.python] == ["a" * 200 + ".py"]
    assert "2 patterns" in messages(tree)[".gitignore"]


def test_large_files_are_problems(tmp_path: Path) -> None:
    write(tmp_path, "app.py")
    write(tmp_path, "big.py", "big.yml", "data.json", text="x" * 50)
    tree = open_tree(tmp_path, options=ReadOptions(max_file_bytes=20, max_other_bytes=30))
    assert [file.path for file in tree.python] == ["app.py"]
    assert tree.others == ()
    assert sorted(messages(tree)) == ["big.py", "big.yml"]


def test_number_of_files_is_bounded(tmp_path: Path) -> None:
    write(tmp_path, *(f"p{i}/m{i}.py" for i in range(20)), "a.toml")
    tree = open_tree(tmp_path, options=ReadOptions(max_files=5))
    assert len(tree.python) + len(tree.others) == 5
    assert "more than 5 files" in tree.problems[0].message
    assert not open_tree(tmp_path, options=ReadOptions(max_files=21)).problems


def test_links_stay_inside_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(tmp_path, "secret.py", "outside/x.py")
    write(root, "real/a.py", "real/sub/b.py", ".cache/kept/c.py")
    (root / "linked.py").symlink_to("real/a.py")
    (root / "out.py").symlink_to(tmp_path / "secret.py")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "again").symlink_to("real")
    (root / "real/up").symlink_to("..")
    (root / "reached").symlink_to(".cache/kept")
    (root / "loop.py").symlink_to("loop.py")
    (root / "gone").symlink_to("nowhere")
    tree = open_tree(root)
    assert [file.path for file in tree.python] == ["linked.py", "reached/c.py", "real/a.py", "real/sub/b.py"]
    assert sorted(messages(tree)) == ["loop.py", "out", "out.py"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX file types")
def test_special_files_do_not_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "app.py")
    os.mkfifo(tmp_path / "pipe.py")
    os.mkfifo(tmp_path / ".gitignore")
    (tmp_path / "link.py").symlink_to("pipe.py")
    (tmp_path / "zero.py").symlink_to("/dev/zero")
    monkeypatch.chdir(tmp_path)  # the path of a socket has to be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("sock.py")
        tree = open_tree(tmp_path)
    assert [file.path for file in tree.python] == ["app.py"]
    assert sorted(messages(tree)) == [".gitignore"]


def test_replaced_file_does_not_block(tmp_path: Path) -> None:
    write(tmp_path, "app.py", "other.py")
    tree = open_tree(tmp_path)
    assert not tree.problems
    (tmp_path / "app.py").unlink()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "app.py")
    (tmp_path / "other.py").unlink()
    assert [tree.read(file) for file in tree.python] == [b"", b""]
    assert sorted(messages(tree)) == ["app.py", "other.py"]


if hasattr(os, "geteuid") and os.geteuid() != 0:  # root may read everything; the next test covers it too

    def test_unreadable_entries_are_problems(tmp_path: Path) -> None:
        write(tmp_path, "app.py", "locked.py", "closed/x.py")
        (tmp_path / "locked.py").chmod(0)
        (tmp_path / "closed").chmod(0)
        try:
            tree = open_tree(tmp_path)
        finally:
            (tmp_path / "closed").chmod(0o700)
        assert [file.path for file in tree.python] == ["app.py"]
        assert sorted(messages(tree)) == ["closed", "locked.py"]


def test_folder_error_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "app.py", "closed/x.py")
    scandir = os.scandir

    def refusing(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    tree = open_tree(tmp_path)
    assert [file.path for file in tree.python] == ["app.py"]
    assert messages(tree) == {"closed": "the folder cannot be read: permission denied"}


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="the file system refuses such names")
def test_undecodable_names_can_be_shown(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.py")).write_text("y = 2\n")
    (tmp_path / "two\nlines\x1b[31m\u202e.py").write_text("z = 3\n")
    (tmp_path / "übung.py").write_text("x = 1\n")
    tree = open_tree(tmp_path)
    assert [file.path for file in tree.python] == [
        "caf\\xe9.py",
        "two\\nlines\\x1b[31m\\u202e.py",
        "übung.py",
    ]
    assert [tree.read(file) for file in tree.python] == [b"y = 2\n", b"z = 3\n", b"x = 1\n"]
    assert all(file.path.encode() for file in tree.python)


def test_single_file_is_alone(tmp_path: Path) -> None:
    write(tmp_path, "app.py", "other.py", "pyproject.toml", "venv/x.py")
    tree = open_tree(tmp_path / "app.py")
    assert tree.root == tmp_path
    assert [file.path for file in tree.python] == ["app.py"]
    assert tree.others == ()
    assert tree.read(tree.python[0]) == b"x = 1\n"
    assert [file.path for file in open_tree(tmp_path / "venv/x.py").python] == ["x.py"]


def test_long_files_are_read_whole(tmp_path: Path) -> None:
    content = os.urandom(300_000)
    (tmp_path / "app.py").write_bytes(content)
    tree = open_tree(tmp_path)
    assert tree.read(tree.python[0]) == content
    (tmp_path / "app.py").write_bytes(content * 20)
    assert tree.read(tree.python[0]) == b""
    assert "more than 5000000" in messages(tree)["app.py"]


def test_missing_path_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="absent"):
        open_tree(tmp_path / "absent")
    with pytest.raises(UsageError):
        open_tree(tmp_path / "a\0b")
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        open_tree(Path(os.devnull))


def test_empty_folder_is_nothing(tmp_path: Path) -> None:
    write(tmp_path, "README.md")
    with pytest.raises(NothingToScanError, match=tmp_path.name):
        open_tree(tmp_path)
    write(tmp_path, "big.py", text="x" * 50)
    with pytest.raises(NothingToScanError, match=r"big\.py: 50 bytes"):
        open_tree(tmp_path, options=ReadOptions(max_file_bytes=20))
    with pytest.raises(NothingToScanError, match=r"big\.py: 50 bytes"):
        open_tree(tmp_path / "big.py", options=ReadOptions(max_file_bytes=20))


def test_candidates_contain_a_word() -> None:
    tree = from_mapping(
        {"a.py": "import flask", "b.py": "import os", "c.py": b"from fastapi import x", "d.txt": "flask"}
    )
    assert [file.path for file in candidates(tree, (b"flask", b"fastapi"))] == ["a.py", "c.py"]


def test_standard_input_is_a_tree() -> None:
    tree = from_text(b"x = 1")
    assert [(file.path, file.size, file.is_test) for file in tree.python] == [("stdin.py", 5, False)]
    assert tree.read(tree.python[0]) == b"x = 1"
    assert [file.path for file in from_text(b"", "shop/app.py").python] == ["shop/app.py"]


def test_pathspec_is_loaded_on_demand(tmp_path: Path) -> None:
    write(tmp_path, "app.py")
    code = (
        "import sys; from pathlib import Path; from guardapi.files import open_tree\n"
        f"open_tree(Path({os.fspath(tmp_path)!r})); sys.exit('pathspec' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), st.binary(), max_size=5))
def test_any_mapping_is_a_tree(files: dict[str, bytes]) -> None:
    tree = from_mapping(files)
    assert all(tree.read(file) == files[file.path] for file in tree.python + tree.others)
