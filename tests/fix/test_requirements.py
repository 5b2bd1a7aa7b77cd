"""A distribution is required where the project lists its others, and nothing else of the file changes."""

import ast
import configparser
import tomllib
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardapi.files import from_mapping
from guardapi.fix.changes import Change
from guardapi.fix.composing import composed
from guardapi.fix.project import Project
from guardapi.fix.source import NotFixableError
from guardapi.fix.writers import written
from guardapi.model import Inventory
from guardapi.remedy import Remedy, Require, Safety

LIMITER = "Flask-Limiter[redis]>=3.8"


def required(files: Mapping[str, str | bytes], distribution: str = LIMITER) -> dict[str, str]:
    """The files that a requirement changes."""
    return dict(required_with_notes(files, distribution)[0])


def required_with_notes(
    files: Mapping[str, str | bytes], distribution: str = LIMITER
) -> tuple[dict[str, str], tuple[str, ...]]:
    project = Project(tree=from_mapping({"app.py": "", **files}), inventory=Inventory())
    remedy = Remedy(safety=Safety.UNSAFE, reason="", edits=(Require(distribution=distribution),))
    changed, notes = written(remedy, project)
    notes = (*notes, *(note for file in changed.values() for note in file.notes))
    change = Change(remedy=remedy, findings=(), files=changed)
    return {path: text.decode() for path, text in composed([change], project).items()}, notes


def added_lines(before: str, after: str) -> list[str]:
    """The lines that are new, where all others stay as they are and in order."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found = []
    for line in new:
        if old and line == old[0]:
            old.pop(0)
        else:
            found.append(line)
    assert old == []
    return found


@pytest.mark.parametrize(
    ("before", "line"),
    [
        ("flask\nredis\n", "flask-limiter[redis]\n"),
        ("Flask>=3.0\ngunicorn>=23\n", "Flask-Limiter[redis]>=3.8\n"),
        ("alembic==1.13\nFlask==3.0.3\nFlask-Login==0.6.3\n", "Flask-Limiter[redis]==4.1.1\n"),
        ("flask==2.2.5\nwerkzeug==2.2.3\n", "flask-limiter[redis]==3.8.0\n"),
        ("# what the shop needs\nzope\nflask >= 3  # the framework\nabc\n", "flask-limiter[redis] >= 3.8\n"),
        ("-r base.txt\nFlask~=3.0\n\n# tools\nrequests[socks]~=2.32\n", "Flask-Limiter[redis]>=3.8\n"),
    ],
    ids=["bare", "bounds", "exact", "exact and old", "blanks and comments", "options and extras"],
)
def test_line_is_in_style_of_others(before: str, line: str) -> None:
    after = required({"requirements.txt": before})["requirements.txt"]

    assert added_lines(before, after) == [line]


def test_order_of_names_is_kept() -> None:
    before = "aiohttp\nflask\nflask-babel\nflask-wtf\nzeep\n"

    after = required({"requirements.txt": before})["requirements.txt"]

    assert after.splitlines() == sorted(after.splitlines())


def test_last_line_without_end_keeps_none() -> None:
    assert required({"requirements.txt": "flask>=3"}) == {
        "requirements.txt": "flask>=3\nflask-limiter[redis]>=3.8"
    }


def test_line_ends_of_file_are_used() -> None:
    after = required({"requirements.txt": b"flask>=3\r\nzeep>=1\r\n"})["requirements.txt"]

    assert after == "flask>=3\r\nflask-limiter[redis]>=3.8\r\nzeep>=1\r\n"


PYPROJECT = """\
[build-system]
requires = ["hatchling"]

[project]
name = "shop"  # [project]
dependencies = [
    'alembic>=1.13',
    "flask>=3.0",  # the framework
    "redis>=5",
]

[project.optional-dependencies]
dev = ["pytest", "flask-debugtoolbar"]
"""


def test_array_of_project_gets_line() -> None:
    after = required({"pyproject.toml": PYPROJECT})["pyproject.toml"]

    assert added_lines(PYPROJECT, after) == ['    "flask-limiter[redis]>=3.8",\n']
    assert tomllib.loads(after)["project"]["dependencies"][2] == "flask-limiter[redis]>=3.8"


def test_array_on_one_line_gets_item() -> None:
    before = '[project]\nname = "shop"\ndependencies = ["Flask>=3", "zeep"]\n'

    after = required({"pyproject.toml": before})["pyproject.toml"]

    assert after == before.replace('"Flask>=3",', '"Flask>=3", "Flask-Limiter[redis]>=3.8",')


def test_last_item_without_comma_gets_one() -> None:
    before = '[project]\nname = "shop"\ndependencies = [\n  "flask"\n]\n'

    after = required({"pyproject.toml": before})["pyproject.toml"]

    assert after == before.replace('  "flask"\n', '  "flask",\n  "flask-limiter[redis]"\n')


def test_table_of_poetry_gets_line() -> None:
    before = """\
[tool.poetry]
name = "shop"

[tool.poetry.dependencies]
python = "^3.11"
Flask = "^3.0"
gunicorn = {version = "^23", optional = true}

[tool.poetry.group.dev.dependencies]
pytest = "*"
"""

    changed, notes = required_with_notes({"pyproject.toml": before})

    line = 'Flask-Limiter = {version = ">=3.8", extras = ["redis"]}\n'
    assert added_lines(before, changed["pyproject.toml"]) == [line]
    assert notes == ("Renew poetry.lock with `poetry lock`.",)


def test_packages_of_pipfile_get_line() -> None:
    before = '[[source]]\nurl = "https://pypi.org/simple"\n\n[packages]\nflask = "*"\n\n[dev-packages]\npytest = "*"\n'

    changed, notes = required_with_notes({"Pipfile": before})

    assert added_lines(before, changed["Pipfile"]) == [
        'flask-limiter = {version = "*", extras = ["redis"]}\n'
    ]
    assert notes == ("Renew Pipfile.lock with `pipenv lock`.",)


def test_option_of_setup_cfg_gets_line() -> None:
    before = "[metadata]\nname = shop\n\n[options]\ninstall_requires =\n    flask>=3\n    redis\npackages = find:\n"

    after = required({"setup.cfg": before})["setup.cfg"]

    assert added_lines(before, after) == ["    flask-limiter[redis]>=3.8\n"]
    parser = configparser.ConfigParser()
    parser.read_string(after)
    assert parser["options"]["packages"] == "find:"


@pytest.mark.parametrize(
    "before",
    [
        "import setuptools\n\nsetuptools.setup(\n    install_requires=[\n        'Flask>=3',\n        'a'\n    ]\n)\n",
        "from setuptools import setup\n\nneeds = ['Flask>=3', 'redis']\nsetup(name='shop', install_requires=needs)\n",
    ],
    ids=["list in the call", "list with a name"],
)
def test_list_of_setup_gets_item(before: str) -> None:
    after = required({"setup.py": before})["setup.py"]

    assert "'Flask>=3',{}'Flask-Limiter[redis]>=3.8'" in after.replace("\n        ", "{}").replace(
        ", ", ",{}"
    )
    ast.parse(after)


def test_optional_group_with_flask_gets_it() -> None:
    before = '[project]\ndependencies = ["click"]\n\n[project.optional-dependencies]\nserver = ["Flask>=3"]\n'

    after = required({"pyproject.toml": before})["pyproject.toml"]

    assert after == before.replace('"Flask>=3"]', '"Flask>=3", "Flask-Limiter[redis]>=3.8"]')


def test_missing_extra_is_added_alone() -> None:
    files = {"requirements.txt": "flask>=3\nflask-limiter==4.1.1  # limits\n"}

    assert required(files) == {"requirements.txt": "flask>=3\nflask-limiter[redis]==4.1.1  # limits\n"}


def test_missing_extra_of_table_is_added() -> None:
    before = '[tool.poetry.dependencies]\nflask = "^3"\nflask-limiter = "^4.0"\n'

    after = required({"pyproject.toml": before})["pyproject.toml"]

    assert after == before.replace('"^4.0"', '{version = "^4.0", extras = ["redis"]}')


@pytest.mark.parametrize(
    "text",
    ["flask\nflask-limiter[redis]\n", "flask\nFlask_Limiter>=4\nredis>=5\n"],
    ids=["the extra", "the client"],
)
def test_nothing_changes_where_it_is_required(text: str) -> None:
    assert required({"requirements.txt": text}) == {}


def test_compiled_list_is_left_and_named() -> None:
    files = {
        "requirements.in": "flask\nredis\n",
        "requirements.txt": "# This file is autogenerated by pip-compile\nflask==3.0.3\n    # via -r requirements.in\n",
    }

    changed, notes = required_with_notes(files)

    assert changed == {"requirements.in": "flask\nflask-limiter[redis]\nredis\n"}
    assert notes == ("requirements.txt is compiled: renew it.",)


def test_hashes_without_their_source_are_refused() -> None:
    locked = "flask==3.0.3 \\\n    --hash=sha256:34e815dfaa43340d1d15a5c3a02b8476004037eb4840b34910c6e21679d288f3\n"

    with pytest.raises(NotFixableError, match=r"requirements\.txt is compiled from a list that is not there"):
        required({"requirements.txt": locked})


def test_old_flask_is_refused() -> None:
    with pytest.raises(NotFixableError, match="requires a Flask before 2"):
        required({"requirements.txt": "flask==1.1.4\n"})


def test_lists_for_development_are_left() -> None:
    files = {
        "requirements.txt": "flask\n",
        "requirements-dev.txt": "flask\npytest\n",
        "docs/requirements.txt": "flask\n",
    }

    assert list(required(files)) == ["requirements.txt"]


def test_manifest_and_list_both_get_it() -> None:
    files = {
        "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["flask"]\n',
        "requirements.txt": "flask==3.0.3\n",
    }

    assert sorted(required(files)) == ["pyproject.toml", "requirements.txt"]


def test_project_without_list_is_told() -> None:
    changed, notes = required_with_notes({})

    assert changed == {}
    assert notes == (
        "No list of what the project requires names Flask: install Flask-Limiter[redis] where it runs.",
    )


NAMES = st.sampled_from(
    ["alembic", "Flask", "flask_babel", "gunicorn", "PyYAML", "redis", "requests[socks]", "zeep"]
)
VERSIONS = st.sampled_from(["", "==3.1.0", ">=2,<4", " ~= 3.0", "; python_version > '3.8'"])
REQUIREMENTS = st.lists(st.builds("{}{}".format, NAMES, VERSIONS), min_size=1, max_size=6, unique=True)
ODD_LINES = st.sampled_from(["", "# a comment", "--index-url https://pypi.org/simple", "-e .", "   "])


@settings(max_examples=30, deadline=None)
@given(
    lines=st.lists(st.one_of(REQUIREMENTS.map("\n".join), ODD_LINES), min_size=1, max_size=6),
    end=st.booleans(),
)
def test_one_line_of_any_list_changes(lines: list[str], end: bool) -> None:
    before = "\n".join(["flask>=3", *lines]) + "\n" * end

    after = required({"requirements.txt": before})["requirements.txt"]

    [line] = added_lines(before + "\n" * (not end), after + "\n" * (not end))
    assert line.strip().lower().startswith("flask-limiter[redis]")


@settings(max_examples=30, deadline=None)
@given(
    names=REQUIREMENTS,
    indent=st.sampled_from(["", "  ", "    ", "\t"]),
    quote=st.sampled_from(["'", '"']),
    comma=st.booleans(),
    own_lines=st.booleans(),
)
def test_any_array_stays_as_it_was(
    names: list[str], indent: str, quote: str, comma: bool, own_lines: bool
) -> None:
    items = [f"{quote}{name}{quote}" for name in ["flask", *names] if quote not in name]
    between, ends = (f",\n{indent}", f"\n{indent}") if own_lines else (", ", "")
    array = f"[{ends}{between.join(items)}{',' * comma}{ends}]"
    before = f'[project]\nname = "shop"\ndependencies = {array}\n\n[tool.x]\ny = [1]  # kept\n'

    after = required({"pyproject.toml": before})["pyproject.toml"]

    old, new = tomllib.loads(before), tomllib.loads(after)
    [added] = [item for item in new["project"]["dependencies"] if item not in old["project"]["dependencies"]]
    assert added.lower().startswith("flask-limiter[redis]")
    new["project"]["dependencies"].remove(added)
    assert new == old
