"""GA702: multipart forms of any size and number of fields."""

import re
from collections.abc import Iterator
from typing import Final

from guardapi.coverage import is_of_project
from guardapi.findings import Confidence, Cwe, Finding, Probe, Related, Severity
from guardapi.model import App, Deployment, Route, Setting
from guardapi.rank import open_reads
from guardapi.reached import body_reads
from guardapi.remedy import Remedy, RewriteLine, Safety, UnsetSetting
from guardapi.rule import Example, Rule
from guardapi.sink import Audience, Kind

MEGA: Final = 1024 * 1024
LARGEST: Final = {"max_form_memory_size": 50 * MEGA, "max_form_parts": 10_000}
SMALL_BODY: Final = 16 * MEGA
WHAT: Final = {"max_form_memory_size": "fields of any size", "max_form_parts": "any number of fields"}
DEFAULTS: Final = {"MAX_FORM_MEMORY_SIZE": "500 kB in a field", "MAX_FORM_PARTS": "1000 parts"}
FORMS: Final = (Kind.FORM, Kind.UPLOAD_READ)
FIXED: Final = (
    ((2, 2, 3), "any number of parts (CVE-2023-25577)"),
    ((2, 3, 8), "parts that take it minutes to read (CVE-2023-46136)"),
    ((3, 0, 6), "fields of any size, whatever is set (CVE-2024-49767)"),
    ((3, 1, 0), "fields of any size, since it has no bound by itself"),
)
"""By the release of Werkzeug that ended it: what its parser took before."""
BOUNDED: Final = (3, 1, 0)
SLOW_AGAIN: Final = (3, 0, 0)
"""This release has the slow parser, too."""
PINNED: Final = re.compile(r"(==|<=|<|~=)\s*v?(\d{1,4}(?:\.\d{1,4}){0,3})(\.\*)?")
SHOP: Final = """
    import sqlite3

    from flask import Flask, request
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address

    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 50 * 1024 * 1024
    limiter = Limiter(
        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
    )


    @app.post("/notes")
    def note():
        with sqlite3.connect("shop.db") as database:
            database.execute("INSERT INTO notes VALUES (?)", (request.form["text"][:1000],))
        return "noted"
"""
LENGTH: Final = '    app.config["MAX_CONTENT_LENGTH"] = 50 * 1024 * 1024\n'
MADE: Final = "app = Flask(__name__)\n"


class FormParserUnbounded(Rule):
    """A multipart form may hold fields of any size, or any number of them.

    ## What it finds
    `MAX_FORM_MEMORY_SIZE` or `MAX_FORM_PARTS` set to None or to very much, and releases of Werkzeug, as the
    project pins them, that have no such bound or a slow parser; where a view reads forms.

    ## Why it is bad
    Each field is held in memory and each part costs time to parse: one request keeps a worker busy for minutes or
    takes its memory, though a rate limit counts it once.

    ## How to fix it
    Remove the assignment, so that Flask's 500 kB and 1000 parts return; require `Flask>=3.1` and `Werkzeug>=3.1`.

    ## What it leaves alone
    Applications that read no form; releases that the project does not pin; a view that raises its own bound. Forms
    that are url-encoded obey neither setting: `MAX_CONTENT_LENGTH` bounds them.
    """

    id = "GA702"
    name = "form-parser-unbounded"
    severity = Severity.MEDIUM
    cwe = (Cwe.UNCONTROLLED_CONSUMPTION, Cwe.ALLOCATION_WITHOUT_LIMITS)
    probes = (Probe.BODY,)
    vulnerable = (
        Example(
            title="no bound by name",
            files={
                "shop.py": SHOP.replace(
                    LENGTH,
                    f"{LENGTH}    app.config.update(MAX_FORM_MEMORY_SIZE=None, MAX_FORM_PARTS=None)  # finds: GA702\n",
                )
            },
            fixed={"shop.py": SHOP},
        ),
        Example(
            title="a class of requests without a bound",
            files={
                "shop.py": SHOP.replace("import Flask, request", "import Flask, Request, request").replace(
                    MADE,
                    "\n    class ShopRequest(Request):  # finds: GA702\n        max_form_memory_size = None\n\n\n"
                    f"    {MADE}    app.request_class = ShopRequest\n",
                )
            },
        ),
        Example(
            title="a release with the old parser",
            files={
                "requirements.txt": "Flask==2.2.2\nWerkzeug==2.2.2\nFlask-Limiter==3.5.0\n",
                "shop.py": SHOP.replace(MADE, "app = Flask(__name__)  # finds: GA702\n"),
            },
            fixed={"requirements.txt": "Flask>=3.1\nWerkzeug>=3.1\nFlask-Limiter==3.5.0\n"},
        ),
    )
    secure = (
        Example(
            title="the framework's own bounds",
            files={"requirements.txt": "Flask==3.1.3\nWerkzeug==3.1.9\nFlask-Limiter\n", "shop.py": SHOP},
        ),
        Example(
            title="tighter bounds",
            files={
                "shop.py": SHOP.replace(
                    LENGTH,
                    f"{LENGTH}    app.config.update(MAX_FORM_MEMORY_SIZE=100_000, MAX_FORM_PARTS=50)\n",
                )
            },
        ),
        Example(
            title="no form is read",
            files={
                "shop.py": SHOP.replace(
                    LENGTH, f"{LENGTH}    app.config.update(MAX_FORM_MEMORY_SIZE=None, MAX_FORM_PARTS=None)\n"
                ).replace('request.form["text"][:1000]', 'request.args["text"][:1000]')
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        reading = [route for route in app.routes if is_of_project(route) and _reads_form(route)]
        if not reading:
            return
        severity, why = _ranked(app, reading)
        seen: set[object] = set()
        for name, largest in LARGEST.items():
            bound = app.request_bounds.get(name)
            if bound is None or bound.place is None or bound.place in seen or not _is_lifted(bound, largest):
                continue
            seen.add(bound.place)
            yield self.finding(
                bound.place,
                f"`{bound.key} = {bound.value}`: a multipart form for `{reading[0].rule}` may hold {WHAT[name]}.",
                app=app,
                identity=(bound.key,),
                severity=severity,
                related=body_reads(reading, "max_form_memory_size", FORMS),
                why=why,
                remedy=_remedy(app, bound),
            )
        yield from self._by_release(app, deployment, reading)

    def _by_release(self, app: App, deployment: Deployment, reading: list[Route]) -> Iterator[Finding]:
        specifier = deployment.packages.get("werkzeug", "")
        newest = newest_allowed(specifier)
        if newest is None:
            return
        taken = next((text for fixed, text in FIXED if newest < fixed), None)
        if newest[:3] == SLOW_AGAIN:
            taken = FIXED[1][1]
        if taken is None:
            return
        own = app.request_bounds.get("max_form_memory_size")
        if newest >= FIXED[2][0] and own is not None and "." in own.key and own.value is not None:
            return  # the project's own class of requests has what that release lacks
        severity, why = _ranked(app, reading)
        place = deployment.package_places.get("werkzeug")
        yield self.finding(
            app.place,
            f"Werkzeug{specifier} takes multipart forms with {taken}: `{reading[0].rule}` parses one.",
            app=app,
            identity=("release",),
            severity=severity,
            confidence=Confidence.CERTAIN,
            related=(
                *((Related(place=place, message="the release is chosen here"),) if place is not None else ()),
                *body_reads(reading, "max_form_memory_size", FORMS),
            ),
            why=why,
            advice="Require `Flask>=3.1` and `Werkzeug>=3.1`: a form may hold 500 kB and 1000 parts there.",
            remedy=_newer_release(deployment),
        )


def _remedy(app: App, bound: Setting) -> Remedy | None:
    """The default again, where nothing but None was chosen."""
    same = [
        other.key
        for name in LARGEST
        if (other := app.request_bounds.get(name)) is not None
        and other.place == bound.place
        and other.value is None
    ]
    if bound.value is not None or any(key not in DEFAULTS for key in same):
        return None
    said = " and ".join(f"{DEFAULTS[key]} (`{key}`)" for key in same)
    return Remedy(
        safety=Safety.SAFE,
        reason=f"The default holds again: a multipart form may hold {said}.",
        edits=(UnsetSetting(app=app.id, keys=tuple(same)),),
    )


def _newer_release(deployment: Deployment) -> Remedy | None:
    """Releases with these bounds, where a file of requirements names older ones."""
    edits: list[RewriteLine] = []
    for name in ("werkzeug", "flask"):
        specifier, place = deployment.packages.get(name, ""), deployment.package_places.get(name)
        newest = newest_allowed(specifier)
        if newest is None or newest >= BOUNDED:
            continue
        if place is None or not place.file.endswith((".txt", ".in")):
            return None
        edits.append(RewriteLine(line=place, old=specifier, new=">=3.1"))
    return Remedy(
        safety=Safety.UNSAFE,
        reason="Flask 3.1 and Werkzeug 3.1 bound each field and the number of parts; code for older ones may break.",
        edits=tuple(edits),
    )


def newest_allowed(specifier: str) -> tuple[int, ...] | None:
    """The newest release that a specifier allows, as far as it names an end; None where it is open."""
    found: tuple[int, ...] | None = None
    for operator, version, wildcard in PINNED.findall(specifier[:200]):
        parts = tuple(int(part) for part in version.split("."))
        end = (*parts, 0, 0, 0)[:3]
        if operator == "<":
            # Anything below: as good as the release itself, just before it.
            end = _before(end)
        elif operator == "~=" and len(parts) > 1:
            end = (*parts[:-1], 999, 999, 999)[:3]
        elif wildcard:
            end = (*parts, 999, 999, 999)[:3]
        found = end if found is None else min(found, end)
    return found


def _before(release: tuple[int, ...]) -> tuple[int, ...]:
    """The last release before one."""
    major, minor, patch = release[:3]
    if patch:
        return major, minor, patch - 1
    return (major, minor - 1, 999) if minor else (major - 1, 999, 999)


def _is_lifted(bound: Setting, largest: int) -> bool:
    if not bound.known:
        return False
    value = bound.value
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value > largest)


def _ranked(app: App, reading: list[Route]) -> tuple[Severity, str]:
    body = app.request_bounds.get("max_content_length")
    if body is not None and not body.known:
        return Severity.MEDIUM, "whether the body has a bound is not known"
    value = body.value if body is not None else None
    if isinstance(value, int) and value <= SMALL_BODY:
        return Severity.LOW, f"`{body.key if body is not None else ''}` bounds the whole body"
    anyone = next((route for route in reading if _is_open_to_anyone(route)), None)
    if anyone is not None and value is None:
        return Severity.HIGH, f"anyone may call `{anyone.rule}`, and nothing bounds the body"
    return (
        Severity.MEDIUM,
        "the body has a bound, which is a large one" if value else "nothing bounds the body",
    )


def _reads_form(route: Route) -> bool:
    return next(open_reads(route, "max_form_memory_size", *FORMS), None) is not None


def _is_open_to_anyone(route: Route) -> bool:
    accesses = (route.work[method].access for method, _ in open_reads(route, "max_form_memory_size", *FORMS))
    return any(access.is_known and access.audience is Audience.ANYONE for access in accesses)
