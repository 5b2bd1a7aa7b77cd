"""The findings as one page that needs nothing else: no network, no file beside it, and no script to be read."""

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from guardapi import __version__
from guardapi.config import Profile
from guardapi.pipeline import Report
from guardapi.report.escape import visible
from guardapi.report.html_view import view

PACKAGE: Final = "guardapi.report"
TEMPLATES: Final = "templates"
MAX_TEXT: Final = 2_000
"""Characters of one text; longer ones are meant to be a burden."""


def render(report: Report, *, profile: Profile = Profile.DEFAULT, target: str = ".") -> str:
    """The page. Its policy allows no source of anything but its own style and script, by their digests."""
    style, script = _asset("page.css"), _asset("page.js")
    page = (
        _environment()
        .get_template("page.html.j2")
        .render(
            page=view(report, profile=profile, target=target),
            version=__version__,
            style=style,
            style_digest=_digest(style),
            script=script,
            script_digest=_digest(script),
        )
    )
    # In ASCII it reads the same however it is stored and served.
    return page.encode("ascii", "xmlcharrefreplace").decode("ascii")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(PACKAGE, TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _harmless(value: object) -> object:
    """What a template is about to write: text of the project bounded, and nothing invisible in it."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return visible(value[:MAX_TEXT])


def _asset(name: str) -> Markup:
    text = resources.files(PACKAGE).joinpath(TEMPLATES, name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704  # ours, and the only text that is not escaped


def _digest(text: str) -> str:
    """As a content security policy names a source."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
