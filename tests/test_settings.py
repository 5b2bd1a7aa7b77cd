"""Configuration files: which one counts, what it may say, and how a wrong one is told."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardapi.cli.init import STARTER
from guardapi.config import DeclaredSink, EdgeLimit, Profile
from guardapi.errors import ConfigurationError
from guardapi.findings import Confidence, Severity
from guardapi.selection import Selection
from guardapi.settings import KEYS, SINK_KINDS, WORK, Settings, nearest, parsed
from guardapi.sink import Kind, WorkClass


def read(text: str, *, is_pyproject: bool = False) -> Settings:
    name = "pyproject.toml" if is_pyproject else "guardapi.toml"
    return parsed(text.encode(), Path("/shop") / name, is_pyproject=is_pyproject)


def repository(root: Path) -> Path:
    (root / ".git").mkdir()
    below = root / "src" / "shop"
    below.mkdir(parents=True)
    return below


def test_all_keys_are_read() -> None:
    settings = read(
        """
        profile = "audit"
        fail-on = "high"
        select = ["ga6", "no-limiter"]
        ignore = ["GA601"]
        extend-select = ["GA8"]
        min-confidence = "firm"
        include-tests = true
        exclude = ["/legacy/"]
        baseline = "known.json"
        limiters = ["shop.security:throttled"]
        authentication = ["shop.security:Guard.signed_in"]
        sinks = [{ name = "shop.billing:charge", kind = "payment", work = "money" }]
        edge-limits = [
            { path = "/api/", limit = "10/second", place = "cloudflare" },
        ]
        """
    )

    assert settings.selection == Selection(
        select=("GA6", "GA101"), ignore=("GA601",), extend_select=("GA8",), min_confidence=Confidence.FIRM
    )
    assert (settings.fail_on, settings.options.profile) == (Severity.HIGH, Profile.AUDIT)
    assert (settings.exclude, settings.baseline) == (("/legacy/",), Path("/shop/known.json"))
    assert settings.options.include_tests
    assert settings.options.limiters == ("shop.security:throttled",)
    assert settings.options.authentication == ("shop.security:Guard.signed_in",)
    assert settings.options.sinks == (DeclaredSink(name="shop.billing:charge", kind="payment", work="money"),)
    assert settings.options.edge_limits == (
        EdgeLimit(
            path="/api/",
            limit="10 per 1 second",
            place="cloudflare",
            rate=10,
            file="guardapi.toml",
            line=15,
        ),
    )


def test_pyproject_has_a_table() -> None:
    settings = read('[project]\nname = "x"\n[tool.guardapi]\nfail-on = "low"\n', is_pyproject=True)

    assert settings.fail_on is Severity.LOW


def test_sinks_can_be_tables() -> None:
    settings = read(
        '[[sinks]]\nname = "a:b"\nkind = "mail"\nwork = "money"\n'
        '[[sinks]]\nname = "c.d"\nkind = "http"\nwork = "heavy"\n'
    )

    assert [sink.name for sink in settings.options.sinks] == ["a:b", "c.d"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("fail_on = 1", "guardapi.toml:1: fail_on: there is no such key; the nearest is 'fail-on'."),
        ("\n%%% = 1", "guardapi.toml cannot be read: "),
        ("zzz = 1", "there is no such key; there are profile, fail-on,"),
        ('fail-on = "bad"', "expected is one of info, low, medium, high, critical, not 'bad'."),
        ("\n\nprofile = 3", "guardapi.toml:3: profile: expected is a text, not 3."),
        ('include-tests = "yes"', "include-tests: expected is true or false, not 'yes'."),
        ('select = "GA1"', "select: expected is a list of texts, not 'GA1'."),
        ('select = ["GA1", "no-limitr"]', "select: there is no rule or family 'no-limitr'; nearest: GA101"),
        ('ignore = ["GA0"]', "guardapi.toml:1: ignore: there is no rule or family 'GA0'"),
        ("baseline = []", "baseline: expected is a text, not []."),
        ('limiters = ["throttled"]', 'limiters: expected is a list of "module:name" texts'),
        ('authentication = ["a.b"]', 'authentication: expected is a list of "module:name" texts'),
        ('exclude = ["/"]', "exclude: '/' cannot be used"),
        ('exclude = ["a*b*c*d*e*f"]', "cannot be used; expected is a pattern as in .gitignore"),
        ("sinks = [1]", "sinks: expected is a list of tables"),
        ('sinks = [{ name = "a:b" }]', "guardapi.toml:1: sinks[1].kind: expected is one of archive,"),
        (
            'sinks = [\n{ name = "a:b", kind = "mail", work = "money" },\n{ name = "c", king = "http" }]',
            "sinks[2].king: there is no such key; the nearest is 'kind'.",
        ),
        (
            '[[sinks]]\nname = "a:b"\nkind = "mail"\nwork = "lots"',
            "guardapi.toml:4: sinks[1].work: expected is one",
        ),
        (
            '[[edge-limits]]\npath = "api"\nlimit = "1/s"\nplace = "x"',
            "guardapi.toml:2: edge-limits[1].path: expected",
        ),
        (
            '[[edge-limits]]\npath = "/api"\nlimit = "ten"\nplace = "x"',
            "guardapi.toml:3: edge-limits[1].limit: expected is a limit such as '10 per minute'; 'ten' does not",
        ),
        ('[[edge-limits]]\npath = "/api"\nlimit = "1/second"', "edge-limits[1].place: expected is a text."),
    ],
)
def test_wrong_configuration_is_told(text: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(text)

    assert sentence in str(refused.value)


def test_wrong_pyproject_names_line() -> None:
    with pytest.raises(ConfigurationError, match=r"pyproject.toml:5: fail-on: expected is one of"):
        read('[tool.other]\nfail-on = 1\n\n[tool.guardapi]\nfail-on = "x"\n', is_pyproject=True)


def test_nearest_file_wins(tmp_path: Path) -> None:
    below = repository(tmp_path)
    (tmp_path / "guardapi.toml").write_text('fail-on = "low"\n')
    outer = nearest(below)
    (tmp_path / "src" / "pyproject.toml").write_text("[project]\n")
    passed_over = nearest(below)
    (tmp_path / "src" / "pyproject.toml").write_text('[tool.guardapi]\nfail-on = "high"\n')
    shared = nearest(below)
    (tmp_path / "src" / "guardapi.toml").write_text('fail-on = "critical"\n')
    own = nearest(below)

    found = [settings.fail_on.label for settings in (outer, passed_over, shared, own)]
    assert found == ["low", "low", "high", "critical"]
    assert (outer.prefix(below), own.prefix(below), own.prefix(tmp_path / "src")) == (
        "src/shop/",
        "shop/",
        "",
    )


def test_search_ends_at_repository(tmp_path: Path) -> None:
    (tmp_path / "guardapi.toml").write_text("nonsense = 1\n")
    inner = tmp_path / "inner"
    inner.mkdir()

    assert nearest(repository(inner)) == Settings()


def test_no_repository_means_own_folder(tmp_path: Path) -> None:
    below = tmp_path / "shop"
    below.mkdir()
    (tmp_path / "guardapi.toml").write_text("nonsense = 1\n")

    assert nearest(below) == Settings()
    (below / "guardapi.toml").write_text('fail-on = "low"\n')
    (below / "app.py").touch()
    assert nearest(below / "app.py").fail_on is Severity.LOW


def test_broken_pyproject_of_others_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project\n")
    assert nearest(tmp_path) == Settings()

    (tmp_path / "pyproject.toml").write_text("[tool.guardapi\n")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        nearest(tmp_path)


def test_starter_explains_every_key() -> None:
    examples = re.sub(r"^# (?=[a-z-]+ = |\]|    \{)", "", STARTER, flags=re.MULTILINE)
    settings = read(examples)

    assert read(STARTER) == Settings(file=Path("/shop/guardapi.toml"))
    assert [key for key in KEYS if f"\n# {key} = " not in STARTER] == []
    assert (len(settings.options.sinks), len(settings.options.edge_limits)) == (2, 1)
    assert (settings.fail_on, settings.options.profile) == (Settings().fail_on, Profile.DEFAULT)


def test_declared_words_are_those_of_model() -> None:
    assert {kind.upper().replace("-", "_") for kind in SINK_KINDS} <= set(Kind.__members__)
    assert {work.upper() for work in WORK} <= set(WorkClass.__members__)


@given(
    st.text(max_size=60), st.sampled_from(KEYS), st.sampled_from(['"{}"', "[{}]", '["{}"]', "{}", "[[{}]]"])
)
def test_any_value_is_read_or_told(text: str, key: str, form: str) -> None:
    told = ""
    try:
        read(f"{key} = {form.format(text)}")
    except ConfigurationError as error:
        told = str(error)

    assert told == "" or told.startswith("guardapi.toml")
