"""Configuration values: changed, renamed and taken away where they are set, added where the others are."""

import pytest
from writing import place, planned

from guardapi.files import from_mapping
from guardapi.fix.composing import composed
from guardapi.fix.project import Project
from guardapi.pipeline import inventory_tree
from guardapi.remedy import Edit, RenameSetting, SetSetting, UnsetSetting

KEY = "MAX_CONTENT_LENGTH"
MADE = "from flask import Flask\napp = Flask(__name__)\n"
VIEW = "@app.get('/')\ndef index(): return 'x'\n"


def set_up(files: dict[str, str], edit: Edit) -> dict[str, str] | str:
    """What is written to the files of an application, or why nothing is."""
    tree = from_mapping(files)
    project = Project(tree=tree, inventory=inventory_tree(tree))
    changes, why = planned(project, (edit,))
    return why[0] if why else {path: text.decode() for path, text in composed(changes, project).items()}


def with_setting(body: str, entry: str = "") -> str:
    edit = SetSetting(app="shop:app", key=KEY, value="9", entry=entry)
    written = set_up({"shop.py": f"{MADE}{body}{VIEW}"}, edit)
    return written if isinstance(written, str) else written["shop.py"].removeprefix(MADE).removesuffix(VIEW)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'app.config["MAX_CONTENT_LENGTH"] = 9\n'.replace('"', "'")),
        ("app.config['A_B'] = 1\n", "app.config['A_B'] = 1\napp.config['MAX_CONTENT_LENGTH'] = 9\n"),
        ("app.config.update(A_B=1)\n", "app.config.update(A_B=1, MAX_CONTENT_LENGTH=9)\n"),
        ("app.config.update({'A_B': 1})\n", "app.config.update({'A_B': 1, 'MAX_CONTENT_LENGTH': 9})\n"),
        (
            "app.config.from_mapping(\n    A_B=1,\n)\n",
            "app.config.from_mapping(\n    A_B=1,\n    MAX_CONTENT_LENGTH=9,\n)\n",
        ),
        (
            "class C:\n    A_B = 1\n\napp.config.from_object(C)\n",
            "class C:\n    A_B = 1\n    MAX_CONTENT_LENGTH = 9\n\napp.config.from_object(C)\n",
        ),
        (
            "if app.debug:\n    app.config['A_B'] = 1\n",
            "app.config['MAX_CONTENT_LENGTH'] = 9\nif app.debug:\n    app.config['A_B'] = 1\n",
        ),
        ("app.config['MAX_CONTENT_LENGTH'] = None  # any\n", "app.config['MAX_CONTENT_LENGTH'] = 9  # any\n"),
        (
            "app.config.update(A=1, MAX_CONTENT_LENGTH=None)\n",
            "app.config.update(A=1, MAX_CONTENT_LENGTH=9)\n",
        ),
        (
            "app.config.update({'MAX_CONTENT_LENGTH': None})\n",
            "app.config.update({'MAX_CONTENT_LENGTH': 9})\n",
        ),
    ],
)
def test_setting_written_as_others(before: str, after: str) -> None:
    assert with_setting(before) == after


def test_setting_in_module_of_its_own() -> None:
    files = {
        "shop.py": f"{MADE}app.config.from_object('settings')\n{VIEW}",
        "settings.py": 'A_B = 1\nC_D = "x"\n',
    }

    assert set_up(files, SetSetting(app="shop:app", key=KEY, value="9")) == {
        "settings.py": 'A_B = 1\nC_D = "x"\nMAX_CONTENT_LENGTH = 9\n'
    }


def test_setting_that_is_not_understood() -> None:
    assert with_setting("values = {'MAX_CONTENT_LENGTH': 1}\napp.config.update(values)\n") == (
        "how MAX_CONTENT_LENGTH is set at shop.py:4 is not understood"
    )
    nameless = "from flask import Flask\ndef create_app():\n    return Flask(__name__)\n"
    edit = SetSetting(app="shop:create_app", key=KEY, value="9")
    assert set_up({"shop.py": nameless}, edit) == "the application has no name at shop.py:3"


def test_no_setting_in_another_function() -> None:
    """Whether that function runs for every application is not known."""
    files = {
        "shop.py": f"{MADE}from ldap import set_up\nset_up(app)\n{VIEW}",
        "ldap.py": "def set_up(app):\n    app.config['A_B'] = 1\n",
    }

    written = set_up(files, SetSetting(app="shop:app", key=KEY, value="9"))
    assert isinstance(written, dict)
    assert list(written) == ["shop.py"]


def test_entry_of_a_mapping() -> None:
    one = "app.config['MAX_CONTENT_LENGTH'] = {'a': None}\n"

    assert with_setting(one, "a") == "app.config['MAX_CONTENT_LENGTH'] = {'a': 9}\n"
    assert with_setting(one, "b") == "app.config['MAX_CONTENT_LENGTH'] = {'a': None, 'b': 9}\n"
    assert with_setting("", "a") == "where MAX_CONTENT_LENGTH is set is not known"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("app.config['A_B'] = None\n", ""),
        ("app.config.update(A_B=None)\n", ""),
        ("app.config.update(A_B=None, C=1)\n", "app.config.update(C=1)\n"),
    ],
)
def test_setting_taken_away(before: str, after: str) -> None:
    written = set_up({"shop.py": f"{MADE}{before}{VIEW}"}, UnsetSetting(app="shop:app", keys=("A_B",)))

    assert written == {"shop.py": f"{MADE}{after}{VIEW}"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("app.config['OLD'] = env['OLD']\n", "app.config['NEW'] = env['OLD']\n"),
        ("app.config.update(OLD=1)\n", "app.config.update(NEW=1)\n"),
        ("app.config.update({'OLD': OLD})\n", "app.config.update({'NEW': OLD})\n"),
        ("OLD: int = 1\n", "NEW: int = 1\n"),
    ],
)
def test_key_gets_other_name(before: str, after: str) -> None:
    edit = RenameSetting(statement=place(before, before.strip()), key="OLD", new="NEW")

    assert set_up({"shop.py": before}, edit) == {"shop.py": after}
