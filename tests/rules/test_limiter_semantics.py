"""What the rules on Flask-Limiter say of it, beside what the installed one does with the same source."""

import textwrap
from collections.abc import Sequence

import flask_limiter
import pytest
from flask import Flask
from flask_limiter.constants import ConfigVars
from flask_limiter.util import get_remote_address
from limits import parse_many
from limits.errors import ConfigurationError
from limits.storage import MemoryStorage

from guardapi.files import from_mapping
from guardapi.findings import Finding
from guardapi.frameworks.flask.limiter_settings import NEVER_READ, PREFIX, READ_SINCE, READ_UNTIL
from guardapi.frameworks.flask.removed_api import ARGUMENTS, ELASTIC, IMPORTS, MODULES
from guardapi.frameworks.limit_text import suggestion
from guardapi.pipeline import scan_tree

PRELUDE = """
from functools import wraps

from flask import Blueprint, Flask, request
from flask_limiter import ExemptionScope, Limit, Limiter
from flask_limiter.util import get_remote_address as by_ip

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 100_000
"""
WORK = """
import sqlite3
def heavy():
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE payments (item)")
        database.execute("INSERT INTO payments VALUES (?)", (request.form.get("item"),))
    return "heavy"
"""
LIMITER = "limiter = Limiter(by_ip, app=app, default_limits=['3/minute'], storage_uri='memory://')\n"
BARE = "limiter = Limiter(by_ip, app=app, storage_uri='memory://')\n"
TRACED = (
    WORK
    + """
def traced(f):
    def wrapper(*a, **k):
        return f(*a, **k)
    return wrapper
def ping(): return "pong"
"""
)
REFUSED = [200, 200, 200, 429, 429]
FREE = [200] * 5


def source_of(body: str) -> str:
    return PRELUDE + textwrap.dedent(body)


def found(body: str, rule: str, **files: str) -> list[Finding]:
    report = scan_tree(from_mapping({"shop.py": source_of(body), **files}))
    assert report.problems == ()
    return [finding for finding in report.findings if finding.rule == rule]


def statuses(body: str, requests: Sequence[str]) -> list[int]:
    """What the application answers, as it is installed."""
    names: dict[str, object] = {"__name__": "shop"}
    exec(compile(source_of(body), "shop.py", "exec"), names)  # the test's own text
    app = names["app"]
    assert isinstance(app, Flask)
    client = app.test_client()
    return [client.post(path).status_code for path in requests]


# -- texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("10/s", "10/second"),
        ("2/min", "2/minute"),
        ("5 per hr", "5 per hour"),
        ("3/h", "3/hour"),
        ("1 per week", "1 per 7 days"),
        ("1_000/day", "1000/day"),
        ("10,000/hour", "10000/hour"),
        ("many/hour", None),
        ("1.5/minute", None),
        ("10 per fortnight", None),
    ],
)
def test_known_slips_are_corrected(text: str, meant: str | None) -> None:
    with pytest.raises(ValueError, match=r"parse|granularity"):
        parse_many(text)
    assert suggestion(text) == meant
    if meant is not None:
        assert parse_many(meant)


@pytest.mark.parametrize("text", ["10/s", "1,000/hour", "x", "", "2/minute;"])
def test_invalid_text_limits_nothing(text: str) -> None:
    body = f"""
    {BARE}
    @app.post("/pay")
    @limiter.limit({text!r})
    def pay(): return "paid"
    """
    assert statuses(body, ["/pay"] * 5) == FREE
    assert [finding.place.line for finding in found(body, "GA203")] == [14]


def test_invalid_default_fails_requests() -> None:
    body = """
    limiter = Limiter(by_ip, app=app, default_limits=["10/s"], storage_uri="memory://")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    @app.post("/pay")
    def pay(): return "paid"
    """
    assert statuses(body, ["/pay"] * 2) == [500, 500]
    assert "status 500" in found(body, "GA203")[0].message


def test_invalid_text_falls_to_defaults() -> None:
    body = f"""
    {LIMITER}
    @app.post("/pay")
    @limiter.limit("1/min")
    def pay(): return "paid"
    """
    assert statuses(body, ["/pay"] * 5) == REFUSED
    assert [finding.severity.label for finding in found(body, "GA203")] == ["low"]


def test_zero_cost_counts_as_one() -> None:
    body = f"""
    {BARE}
    @app.post("/pay")
    @limiter.limit("3/minute", cost=0)
    def pay(): return "paid"
    @app.post("/closed")
    @limiter.limit("0/minute")
    def closed(): return "never"
    """
    assert statuses(body, ["/pay"] * 5) == REFUSED
    assert statuses(body, ["/closed"] * 2) == [429, 429]
    assert {finding.severity.label for finding in found(body, "GA203")} == {"low"}
    assert len(found(body, "GA203")) == 2


def test_guarded_empty_answer_is_advice() -> None:
    body = f"""
    {BARE}
    def allowance():
        if request.headers.get("X-Staff"):
            return ""
        return "5/minute"
    @app.post("/pay")
    @limiter.limit(allowance)
    def pay(): return "paid"
    """
    assert found(body, "GA203") == []


def test_odd_method_text_is_found() -> None:
    """Also where some other method of the view is limited by another text."""
    body = f"""
    {BARE}
    from flask.views import MethodView
    class Payments(MethodView):
        @limiter.limit("2/minutes and more")
        def post(self): return "paid"
        @limiter.limit("2/minutes")
        def put(self): return "changed"
    app.add_url_rule("/pay", view_func=Payments.as_view("payments"))
    """
    assert statuses(body, ["/pay"] * 5) == FREE
    assert len(found(body, "GA203")) == 1


# -- limits that take others away ----------------------------------------------------------------


def looser(limit: str) -> str:
    return f"""
    import sqlite3
    {LIMITER}
    @app.post("/pay")
    @limiter.limit({limit})
    def pay():
        with sqlite3.connect(":memory:") as database:
            database.execute("CREATE TABLE payments (item)")
            database.execute("INSERT INTO payments VALUES (?)", (request.form.get("item"),))
        return "paid"
    """


@pytest.mark.parametrize(
    ("limit", "answers", "findings"),
    [
        ("'1000/second'", FREE, 1),
        ("'31/minute'", FREE, 1),
        ("'30/minute'", FREE, 0),
        ("'1000/second', override_defaults=False", REFUSED, 0),
        ("'1000/second', methods=['GET']", REFUSED, 0),
        ("'1000/second', key_func=lambda: 'one'", FREE, 0),
        ("'1000/second; 3/minute'", REFUSED, 0),
        ("lambda: '1000/second'", FREE, 0),
    ],
)
def test_looser_limit_replaces_defaults(limit: str, answers: list[int], findings: int) -> None:
    assert statuses(looser(limit), ["/pay"] * 5) == answers
    assert len(found(looser(limit), "GA204")) == findings


INNER = """
@app.post("/pay")
def pay():
    {body}
    return "some"
"""


@pytest.mark.parametrize(
    ("inner", "is_lost"),
    [
        ("if request.args:\n        with limiter.limit('2/minute'): return 'all'", True),
        (
            "if request.args:\n        with limiter.limit('2/minute', override_defaults=False): return 'all'",
            False,
        ),
        ("if request.args: return helper()", True),
        ("pass", False),
    ],
)
def test_inner_limit_ends_defaults(inner: str, is_lost: bool) -> None:
    body = (
        LIMITER
        + "\n@limiter.limit('2/minute')\ndef helper(): return 'helped'\n"
        + INNER.replace("{body}", inner)
    )
    answers = statuses(body, ["/pay?x=1", *["/pay"] * 5])
    assert (answers[1:] == FREE) is is_lost
    assert len(found(body, "GA205")) == is_lost


def test_blueprint_limit_ends_as_well() -> None:
    body = (
        BARE
        + """
b = Blueprint("b", __name__)
limiter.limit("3/minute")(b)
@b.post("/pay")
def pay():
    if request.args:
        with limiter.limit("9/minute"): return "all"
    return "some"
app.register_blueprint(b)
"""
    )
    assert statuses(body, ["/pay?x=1", *["/pay"] * 5])[1:] == FREE
    assert "blueprint limits" in found(body, "GA205")[0].message


# -- names ---------------------------------------------------------------------------------------


def test_exemption_reaches_namesakes() -> None:
    body = (
        LIMITER
        + TRACED
        + """
app.add_url_rule("/heavy", "heavy", traced(heavy), methods=["POST"])
app.add_url_rule("/ping", "ping", limiter.exempt(traced(ping)), methods=["POST"])
"""
    )
    assert statuses(body, ["/heavy"] * 5) == FREE
    (finding,) = found(body, "GA206")
    assert "/heavy" in finding.message

    wrapped = body.replace("    def wrapper", "    @wraps(f)\n    def wrapper")
    assert statuses(wrapped, ["/heavy"] * 5) == REFUSED
    assert found(wrapped, "GA206") == []


def test_limit_marks_namesakes() -> None:
    body = (
        LIMITER
        + WORK
        + """
app.add_url_rule("/heavy", "heavy", lambda: heavy(), methods=["POST"])
app.add_url_rule("/ping", "ping", limiter.limit("9/minute")(lambda: "pong"), methods=["POST"])
"""
    )
    assert statuses(body, ["/heavy"] * 5) == FREE
    assert [finding.severity.label for finding in found(body, "GA206")] == ["medium"]


def test_closures_pile_their_limits() -> None:
    body = (
        LIMITER
        + """
def add(name, limit):
    @limiter.limit(limit)
    def view(): return name
    app.add_url_rule("/" + name, name, view, methods=["POST"])
add("heavy", "9/minute")
add("ping", "1/minute")
"""
    )
    assert statuses(body, ["/heavy"] * 3) == [200, 429, 429]
    assert [finding.severity.label for finding in found(body, "GA206")] == ["low"]


BLUEPRINT = """
b = Blueprint("b", __name__)
@b.post("/pay")
def pay(): return "paid"
limiter.limit("3/minute"{options})(b)
app.register_blueprint(b{name})
"""


@pytest.mark.parametrize(
    ("options", "name", "is_lost"),
    [
        (", override_defaults=False", ", name='other'", True),
        (", override_defaults=False", "", False),
        ("", ", name='other'", False),
    ],
)
def test_renamed_blueprint_loses_limit(options: str, name: str, is_lost: bool) -> None:
    body = BARE + BLUEPRINT.format(options=options, name=name)
    assert statuses(body, ["/pay"] * 5) == (FREE if is_lost else REFUSED)
    assert len(found(body, "GA207")) == is_lost


def test_namesake_blueprints_share_exemption() -> None:
    body = (
        LIMITER
        + """
one, two = Blueprint("one", __name__, url_prefix="/one"), Blueprint("two", __name__, url_prefix="/two")
first, second = Blueprint("api", __name__), Blueprint("api", __name__)
@first.post("/pay")
def pay(): return "paid"
@second.post("/pay")
def refund(): return "refunded"
one.register_blueprint(first)
two.register_blueprint(second)
limiter.exempt(first)
app.register_blueprint(one)
app.register_blueprint(two)
"""
    )
    assert statuses(body, ["/two/pay"] * 5) == FREE
    (finding,) = found(body, "GA206")
    assert "/two/pay" in finding.message


# -- settings ------------------------------------------------------------------------------------


def test_read_settings_are_those_of_release() -> None:
    known = {value for name, value in vars(ConfigVars).items() if name.isupper()}

    assert {PREFIX + name for name in (*READ_SINCE, NEVER_READ)} == known
    assert not known & {PREFIX + name for name in READ_UNTIL}


VIEW = "@app.post('/pay')\ndef pay(): return 'paid'\n"


@pytest.mark.parametrize(
    ("settings", "answers", "findings"),
    [
        (BARE + "app.config['RATELIMIT_DEFAULT'] = '3/minute'\n", FREE, 1),
        ("app.config['RATELIMIT_DEFAULT'] = '3/minute'\n" + BARE, REFUSED, 0),
        ("app.config['RATELIMIT_DEFAULTS'] = '3/minute'\n" + BARE, FREE, 1),
        ("app.config['RATELIMIT_GLOBAL'] = '3/minute'\n" + BARE, FREE, 1),
        ("app.config['RATELIMIT_DEFAULT'] = '1/minute'\n" + LIMITER, REFUSED, 1),
        ("app.config['RATELIMIT_DEFAULT'] = '3 per minute'\n" + LIMITER, REFUSED, 0),
        ("app.config['RATELIMIT_KEY_FUNC'] = lambda: None\n" + LIMITER, REFUSED, 1),
        ("app.config['RATELIMIT_ENABLED'] = True\n" + LIMITER, REFUSED, 0),
        (LIMITER + "app.config['RATELIMIT_ENABLED'] = False\n", REFUSED, 1),
        (
            LIMITER + "app.config['RATELIMIT_MINE'] = '1/day'\nMINE = app.config['RATELIMIT_MINE']\n",
            REFUSED,
            0,
        ),
        (LIMITER + "app.config['RATELIMIT_MINE'] = '1/day'\n", REFUSED, 1),
        ("app.config['MAX_COMMENT_LENGTH'] = 9\n" + LIMITER, REFUSED, 0),
        ("app.config['MAX_CONTENT_LENTGH'] = 9\n" + LIMITER, REFUSED, 0),
    ],
)
def test_settings_without_effect_are_found(settings: str, answers: list[int], findings: int) -> None:
    assert statuses(settings + VIEW, ["/pay"] * 5) == answers
    assert len(found(settings + VIEW, "GA404")) == findings


def test_older_release_reads_older_names() -> None:
    body = "app.config['RATELIMIT_STORAGE_URL'] = 'redis://cache/0'\n" + LIMITER.replace(
        ", storage_uri='memory://'", ""
    )
    pinned = {"requirements.txt": "flask-limiter==2.9.2\n"}

    assert len(found(body + VIEW, "GA404")) == 1
    assert found(body + VIEW, "GA404", **pinned) == []


# -- outages -------------------------------------------------------------------------------------


class Unreachable(MemoryStorage):
    """A store that is away."""

    STORAGE_SCHEME = ["unreachable"]  # noqa: RUF012  # as the library declares it

    def incr(self, *_args: object, **_options: object) -> int:
        raise ConnectionError

    def check(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("options", "answers", "findings"),
    [
        ("swallow_errors=True", FREE, 1),
        ("swallow_errors=True, in_memory_fallback_enabled=True", REFUSED, 0),
        ("in_memory_fallback=['3/minute']", REFUSED, 0),
        ("in_memory_fallback=['900/minute']", FREE, 1),
        ("in_memory_fallback=[Limit('3/minute')]", [500] * 5, 1),
        ("in_memory_fallback=[Limit('3/minute', key_function=by_ip)]", REFUSED, 0),
    ],
)
def test_outage_lifts_limits(options: str, answers: list[int], findings: int) -> None:
    assert Unreachable.STORAGE_SCHEME == ["unreachable"]
    body = (
        f"limiter = Limiter(by_ip, app=app, default_limits=['3/minute'], storage_uri='unreachable://', {options})\n"
        "app.config['PROPAGATE_EXCEPTIONS'] = False\n"
    )
    view = WORK + "app.add_url_rule('/pay', 'pay', heavy, methods=['POST'])\n"
    assert statuses(body + view, ["/pay"] * 5) == answers
    assert len(found(body + view, "GA402")) == findings


# -- what is gone --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ARGUMENTS)
def test_former_arguments_are_refused(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        flask_limiter.Limiter(get_remote_address, **{name: None})


@pytest.mark.parametrize("module", [*MODULES, *dict.fromkeys(module for module, _ in IMPORTS)])
def test_former_modules_have_gone(module: str) -> None:
    """Or the names that they had."""
    try:
        imported = __import__(module, fromlist=["*"])
    except ModuleNotFoundError:
        return
    assert [name for known, name in IMPORTS if known == module and hasattr(imported, name)] == []
    assert module not in MODULES


def test_former_order_and_method_fail() -> None:
    app = Flask("shop")
    with pytest.raises(TypeError):
        flask_limiter.Limiter(app, key_func=get_remote_address)  # type: ignore[misc]
    with pytest.raises(TypeError):
        flask_limiter.Limiter(get_remote_address, app)  # type: ignore[misc]
    with pytest.raises(ConfigurationError):
        flask_limiter.Limiter(get_remote_address, app=app, strategy=ELASTIC, storage_uri="memory://")
    limiter = flask_limiter.Limiter(get_remote_address, app=app, storage_uri="memory://")
    assert not hasattr(limiter, "check")


def test_check_through_another_module_is_found() -> None:
    files = {
        "shop/__init__.py": PRELUDE
        + "from shop import extensions\nextensions.limiter.init_app(app)\n"
        + "@app.post('/pay')\ndef pay():\n    extensions.limiter.check()\n    return 'paid'\n",
        "shop/extensions.py": PRELUDE + "limiter = Limiter(by_ip, storage_uri='memory://')\n",
    }
    report = scan_tree(from_mapping(files))
    (finding,) = [finding for finding in report.findings if finding.rule == "GA981"]

    assert finding.severity.label == "medium"
    assert "each call fails" in finding.message
