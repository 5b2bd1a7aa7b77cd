"""Which names of distributions that are not known mean applications, by the use that a project makes of them."""

import re
from collections.abc import Iterable
from typing import Final

IMPORTED: Final = re.compile(
    rb"^[ \t]*+from[ \t]++([\w.]++)[ \t]++import[ \t]++(?:\(([^()]{0,2000}+)\)|([^\n#(]{1,500}+))",
    re.MULTILINE,
)
NAMED: Final = re.compile(rb"(\w++)(?:\s++as\s++(\w++))?+")
MADE: Final = rb"^[ \t]*+([\w.]++)[ \t]*+(?::[^=\n]{1,80}+)?=[ \t]*+%s[ \t]*+\("
USED: Final = rb"^[^#\n]*?(?<![\w.])%s[ \t]*+\.[ \t]*+(?:%s)\b"
OF_APPLICATIONS: Final = (
    rb"app_context|register_blueprint|teardown_appcontext|test_client|test_request_context|url_map|wsgi_app"
)
"""What only applications have (and blueprints, which distributions rarely derive)."""
OF_OTHERS_TOO: Final = rb"add_url_rule|before_request|errorhandler|route"
"""What extensions have as well: enough where the name itself speaks of Flask."""


def presumed_applications(contents: Iterable[bytes], known: Iterable[str]) -> set[str]:
    """Names imported from elsewhere, other than the known ones, whose calls give what is used as an application;
    and what they are called instead."""
    left_out = {name.encode() for name in known}
    found: set[str] = set()
    for content in contents:
        if b"lask" not in content or b"import" not in content:
            continue
        for name, alias in _imported_for_flask(content):
            if name not in left_out and _makes_application(content, name, alias):
                found |= {name.decode(), alias.decode()}
    return found


def speaks_of_flask(name: str) -> bool:
    """Whether a distribution or a name of it says that it is about Flask."""
    return "flask" in name.lower()


def _imported_for_flask(content: bytes) -> Iterable[tuple[bytes, bytes]]:
    for module, in_brackets, on_line in IMPORTED.findall(content):
        if module == b"flask" or module.startswith((b".", b"flask.")):
            continue
        for name, alias in NAMED.findall(in_brackets or on_line):
            if speaks_of_flask(f"{module.decode()}.{name.decode()}"):
                yield name, alias or name


def _makes_application(content: bytes, name: bytes, alias: bytes) -> bool:
    members = OF_APPLICATIONS + b"|" + OF_OTHERS_TOO if b"Flask" in name else OF_APPLICATIONS
    holders = re.findall(MADE % re.escape(alias), content, re.MULTILINE)
    return any(re.search(USED % (re.escape(held), members), content, re.MULTILINE) for held in holders)
