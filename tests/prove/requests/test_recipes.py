"""`prove.toml`: what it may say, and how what is wrong in it is told."""

from pathlib import Path

import pytest

from guardapi.errors import ConfigurationError
from guardapi.prove.requests.recipes import Recipe, parsed, read_recipe

FULL = b"""
start = "start:make"
python = ".venv/bin/python"
url = "http://127.0.0.1:5000"
max-requests = 60
[env]
DATABASE_URL = "sqlite:///x.db"
[headers]
Authorization = "Bearer x"
[values]
product_id = 7
[login]
path = "/login"
form = { username = "ann", password = "secret" }
token = "data.access"
[second.cookies]
session = "other"
"""


def test_recipe_is_read_in_full() -> None:
    recipe = parsed(FULL, "prove.toml")

    assert (recipe.python, recipe.max_requests, recipe.values) == (
        ".venv/bin/python",
        60,
        {"product_id": "7"},
    )
    assert recipe.start == "start:make"
    assert recipe.login is not None
    assert recipe.login.token == "data.access"
    assert recipe.login.request.form == {"username": "ann", "password": "secret"}
    assert recipe.second_cookies == {"session": "other"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("heders = {}", "no key 'heders'; the nearest is 'headers'"),
        ("[login]\npaht = '/'", "login: there is no key 'paht'; the nearest is 'path'"),
        ("[login]\npath = 'login'", "login.path: expected is a path"),
        ("start = 'make'", "start: expected is module:function, not 'make'"),
        ("max-requests = 0", "max-requests: expected is a number above 0"),
        ("env = 3", "env: expected is a table, not 3"),
        ("[values]\na = [1]", "values.a: expected is a text"),
        ("x", "cannot be read"),
    ],
)
def test_wrong_recipe_is_told(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^prove\.toml") as caught:
        parsed(text.encode(), "prove.toml")
    assert said in str(caught.value)


def test_command_line_wins() -> None:
    recipe = Recipe(env={"A": "1", "B": "1"}, python="one").with_options(
        env={"A": "2"}, headers={}, cookies={}, python="two"
    )

    assert (recipe.env, recipe.python) == ({"A": "2", "B": "1"}, "two")


def test_missing_recipe_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_recipe(tmp_path / "prove.toml")
