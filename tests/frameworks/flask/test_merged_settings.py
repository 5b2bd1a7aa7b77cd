"""Settings that are merged into the configuration in place."""

from guardapi.files import from_mapping
from guardapi.pipeline import inventory_tree

APP = """
from flask import Flask


class Limits(list):
    def __iadd__(self, other):
        self.append(other)
        return self


app = Flask(__name__)
app.config |= {"MAX_CONTENT_LENGTH": 5}
limits = Limits()
limits += "5 per minute"
app.config["FIRST"] = limits[0]
"""


def test_configuration_is_merged_in_place() -> None:
    (app,) = inventory_tree(from_mapping({"app.py": APP})).apps
    assert app.settings["MAX_CONTENT_LENGTH"].value == 5
    assert app.settings["FIRST"].value == "5 per minute"
