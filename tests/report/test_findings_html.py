"""The page: what it shows, what it is made of, and that text of the project is nothing but text in it."""

import base64
import hashlib
import html
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from findings_sample import COSTLY, REPORT
from hostile_sample import HOSTILE, all_hostile, hostile
from sample import APP, INVENTORY, ROUTES

from guardapi.config import Profile
from guardapi.files import open_tree
from guardapi.model import Inventory
from guardapi.pipeline import Report, scan_tree
from guardapi.remedy import Remedy, Safety
from guardapi.report.findings_html import render
from guardapi.rule import catalogue
from guardapi.verdict import Mode, Ruling, Verdict

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "shop_vulnerable"
VOID = {"meta", "link", "input"}
TEXT_LEVEL = {"code", "mark", "pre", "span"}
"""What a text may be split into, by its backticks and by what of it is marked."""
HOSTS = ("https://cwe.mitre.org/", "https://owasp.org/")


@dataclass(frozen=True, slots=True)
class Element:
    """An element with what stands in it."""

    tag: str
    attributes: dict[str, str | None]
    children: list["Element | str"] = field(default_factory=list)

    @property
    def elements(self) -> list["Element"]:
        """It and all below it."""
        below = [found for child in self.children if isinstance(child, Element) for found in child.elements]
        return [self, *below]

    @property
    def text(self) -> str:
        """What a reader sees, on one line."""
        return " ".join(self.content.split())

    @property
    def content(self) -> str:
        """All text in it, as it is."""
        return "".join(child if isinstance(child, str) else child.content for child in self.children)

    def find(self, tag: str, **attributes: str) -> list["Element"]:
        """The elements below with a tag and attributes; `class_` names one class."""
        return [one for one in self.elements if one.tag == tag and one.has(attributes)]

    def has(self, attributes: dict[str, str]) -> bool:
        """Whether its attributes are like that."""
        return all(
            value in (self.attributes.get(name.rstrip("_")) or "").split()
            for name, value in attributes.items()
        )


class Reader(HTMLParser):
    """A tree of elements; it fails where tags do not match."""

    def __init__(self, page: str):
        super().__init__()
        self.open = [Element("page", {})]
        self.feed(page)
        self.close()
        assert len(self.open) == 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(page: str) -> Element:
    return Reader(page).open[0]


def one(found: list[Element]) -> Element:
    (element,) = found
    return element


PAGE = render(REPORT, target="shop")
TREE = read(PAGE)


@pytest.fixture(scope="module")
def shop() -> Element:
    return read(render(scan_tree(open_tree(EXAMPLE)), target="examples/shop_vulnerable"))


def finding(tree: Element, rule: str) -> Element:
    return one(tree.find("details", class_="finding", **{"data-rule": rule}))


def test_overview_has_grade_and_counts(shop: Element) -> None:
    overview = one(shop.find("section", id="overview"))

    assert one(overview.find("div", class_="letter")).text == "Grade F"
    assert one(overview.find("h1")).text == "shop:create_app"
    assert "9 findings: 2 critical, 4 high, 2 medium, 1 low. Nothing limits 7 of 8 routes." in overview.text
    assert [tile.text for tile in one(overview.find("ul", class_="tiles")).find("li")] == [
        *("2 critical", "4 high", "2 medium", "1 low", "0 info"),
    ]
    assert "shop:limiter (active)" in overview.text


def test_ring_is_divided_by_coverage(shop: Element) -> None:
    (ring,) = shop.find("svg", class_="ring")
    arcs = {arc.attributes["class"]: arc.attributes for arc in ring.find("circle")}

    assert ring.attributes["aria-label"] == "1 limited, 0 exempt, 0 undecided, 7 unlimited"
    assert set(arcs) == {"track", "limited", "unlimited"}
    assert arcs["unlimited"]["stroke-dasharray"] == "87.5 100"
    assert arcs["unlimited"]["stroke-dashoffset"] == "-12.5"


def test_worst_findings_are_where_to_begin(shop: Element) -> None:
    links = one(shop.find("div", class_="first")).find("a")

    assert [link.attributes["href"] for link in links] == ["#finding-1", "#finding-2", "#finding-3"]


def test_blueprints_are_ordered_by_risk(shop: Element) -> None:
    rows = one(shop.find("table", class_="risk")).find("tr")[1:]
    cells = [[cell.text for cell in row.find("td")] for row in rows]

    assert [one(row.find("th")).text for row in rows] == [
        *("accounts", "partners", "catalog", "media", "orders", "health"),
    ]
    assert cells[0][2:] == ["1 critical", "POST /accounts/login checks a password high"]
    assert cells[-1][2:] == ["none", "nothing"]


def test_finding_shows_code_around_it(shop: Element) -> None:
    frame = finding(shop, "GA603").find("pre")[0]
    lines = frame.find("span", class_="line")

    assert [line.text for line in lines][1:3] == [
        "16 try:",
        '17 with urlopen(f"http://{host}/stock/{sku}") as answer:',
    ]
    assert [one(line.find("mark")).text for line in frame.find("span", class_="found")] == [
        'urlopen(f"http://{host}/stock/{sku}")'
    ]
    assert len(lines) == 5


def test_finding_gives_its_reasons(shop: Element) -> None:
    text = finding(shop, "GA603").text

    assert (
        "How a request gets there GET /partners/stock/<sku> is served here shop/partners.py:13 def stock(sku):"
        in text
    )
    assert "What limits this route GET unlimited" in text
    assert (
        "Why it ranks here calls another server; the caller picks the input; anyone may call it (score 11)"
        in text
    )


def test_lost_limit_is_explained(shop: Element) -> None:
    assert "it is not the limited function that is registered" in finding(shop, "GA202").text


def test_finding_says_how_to_go_on(shop: Element) -> None:
    found = finding(shop, "GA603")
    (rule,) = (rule for rule in catalogue() if rule.id == "GA603")

    assert "Fix Give the route a limit of its own" in found.text
    assert all(probe.how in found.text for probe in rule.probes)
    assert (
        one(found.find("p", **{"data-remedy": "rule-GA603"})).find("a")[0].attributes["href"] == "#rule-GA603"
    )


@pytest.mark.parametrize(("safety", "option"), [(Safety.SAFE, ""), (Safety.UNSAFE, " --unsafe")])
def test_offered_change_names_its_command(safety: Safety, option: str) -> None:
    remedy = Remedy(safety=safety, reason="Puts `timeout=10` into the call.", edits=())
    tree = read(render(replace(REPORT, findings=(replace(COSTLY, remedy=remedy),)), target="my shop"))
    commands = [line.text for line in tree.find("p", class_="command")]

    assert commands == [f"guardapi fix 'my shop' --select GA603{option}"]
    assert "Puts timeout=10 into the call." in finding(tree, "GA603").text
    assert not TREE.find("p", class_="command")


def test_verdict_is_shown_with_its_evidence() -> None:
    verdict = Verdict(
        claim="`GET /stock` is never refused",
        ruling=Ruling.PROVED,
        mode=Mode.IN_PROCESS,
        route="/stock",
        methods=("GET",),
        app=APP.id,
        way="flood",
        detail="all of 40 requests were served",
        fingerprint=COSTLY.fingerprint,
    )
    found = finding(read(render(replace(REPORT, findings=(replace(COSTLY, verdict=verdict),)))), "GA603")

    assert [mark.text for mark in found.find("span", class_="mark")] == ["proved"]
    assert "GET /stock is never refused: all of 40 requests were served" in found.text


def test_rules_show_both_sides(shop: Element) -> None:
    sides = one(shop.find("div", id="rule-GA603")).find("figure")

    assert [side.attributes["class"] for side in sides] == ["vulnerable", "secure"]
    assert len(sides[0].find("span", class_="found")) == 1
    assert "timeout" in sides[1].text
    assert "finds: GA" not in shop.text


def test_rule_without_examples_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package may bring such a rule."""
    (rule,) = (rule for rule in catalogue() if rule.id == "GA603")
    monkeypatch.setattr(type(rule), "vulnerable", ())
    monkeypatch.setattr(type(rule), "secure", ())
    tree = read(render(replace(REPORT, findings=(COSTLY,))))

    assert not finding(tree, "GA603").find("p", **{"data-remedy": "rule-GA603"})
    assert not one(tree.find("div", id="rule-GA603")).find("figure")


def test_each_rule_stands_once() -> None:
    rules = [one.find("div")[0].attributes["id"] for one in TREE.find("details", class_="rule-page")]

    assert rules == ["rule-GA101", "rule-GA603"]


def test_routes_of_findings_are_folded() -> None:
    found = next(one for one in TREE.find("details", class_="finding") if one.attributes["id"] == "finding-2")
    folded = one(found.find("details", class_="more"))

    assert one(folded.find("summary")).text == "4 more routes"
    assert len(found.find("table")[0].find("tr")) == 11
    assert "GET /14" in folded.text


def test_table_has_each_group_of_methods() -> None:
    rows = one(TREE.find("table", class_="routes")).find("tr", **{"data-item": ""})
    states = {one.attributes["data-state"] for one in TREE.find("tr") if "data-item" in one.attributes}
    texts = [one.text for one in TREE.find("tr") if "data-item" in one.attributes]

    assert not rows
    assert states == {"limited", "unlimited", "exempt", "undecided"}
    assert len(texts) == len(ROUTES) + 1
    assert any("PUT /api/items/<int:number>" in text and "unlimited" in text for text in texts)
    assert any("Exempt: exempt by decorator" in text for text in texts)
    assert any("Undecided: the loop is too long" in text and "DEBUG is set" in text for text in texts)
    assert any("10 per 1 second (nginx)" in text for text in texts)


def test_accepted_findings_are_kept() -> None:
    folds = {one.find("summary")[0].text: one.text for one in TREE.find("details", class_="fold")}

    assert "Accepted at shop/app.py:70: an internal tool" in folds["Accepted by a comment 1"]
    assert "shop/app.py:80" in folds["Known to the baseline 1"]


def test_what_is_not_known_is_told() -> None:
    gaps = one(TREE.find("section", id="gaps")).text

    assert "the loop is too long GET /unknown" in gaps
    assert "a module could not be found shop/app.py:30" in gaps
    assert "shop/broken.py:7 invalid syntax" in gaps
    assert "rule GA999 failed" in gaps


def test_left_out_findings_are_counted() -> None:
    tentative = replace(REPORT.findings[-1], is_advisory=False)
    report = replace(REPORT, hidden=(tentative, replace(COSTLY, is_advisory=True)))
    text = read(render(report, profile=Profile.DEFAULT, target="shop")).text

    assert "advice: 1 (guardapi scan shop --profile pedantic)" in text
    assert "tentative findings: 1 (guardapi scan shop --profile audit)" in text


def test_several_applications_are_told_apart() -> None:
    other = replace(APP, id="shop.admin:app")
    report = replace(REPORT, inventory=replace(INVENTORY, apps=(APP, other)))
    tree = read(render(report, target="shop"))

    assert one(tree.find("h1")).text == "shop"
    assert [one(app.find("h2")).text for app in tree.find("article")] == [
        "F shop.app:create_app",
        "A shop.admin:app",
    ]
    assert "(none) in shop.admin:app" in tree.text


def test_no_application_is_said() -> None:
    tree = read(render(Report(inventory=Inventory(files=3)), target="empty"))

    assert "No application found in 3 Python files." in tree.text
    assert not tree.find("table", class_="routes")


def test_policy_allows_own_script_only() -> None:
    policy = one(TREE.find("meta", **{"http-equiv": "Content-Security-Policy"})).attributes["content"] or ""
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))

    assert directives["default-src"] == "'none'"
    for tag in ("style", "script"):
        content = one(TREE.find(tag)).content.encode()
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        assert directives[f"{tag}-src"] == f"'sha256-{digest}'"
    assert {source for name in directives for source in directives[name].split()} <= {
        *("'none'", "data:", "'script'", directives["style-src"], directives["script-src"]),
    }


@pytest.mark.parametrize("page", [PAGE, render(all_hostile())], ids=["usual", "hostile"])
def test_page_needs_nothing_else(page: str) -> None:
    """No attribute of any element acts, or loads anything from anywhere."""
    for element in read(page).elements:
        assert element.tag not in {"iframe", "object", "embed", "img", "form", "base", "video", "audio"}
        assert not {"style", "src", "srcset", "action"} & set(element.attributes)
        assert not [name for name in element.attributes if name.startswith("on")]
        target = element.attributes.get("href") or "#"
        assert target.startswith(("#", *HOSTS)) or (element.tag == "link" and target.startswith("data:"))
    assert not re.search(r"@import|url\(", one(read(page).find("style")).text)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_text_adds_no_element(text: str) -> None:
    plain, odd = (
        [element.tag for element in read(render(hostile(name))).elements if element.tag not in TEXT_LEVEL]
        for name in ("name", text)
    )

    assert odd == plain


def test_names_are_shown_as_written() -> None:
    text = read(render(hostile("<script>window.ran = true</script> & 'é'"))).text

    assert "<script>window.ran = true</script> & 'é'" in text


def test_invisible_text_is_shown() -> None:
    page = html.unescape(render(hostile("\u202egnp.exe\u2066\x1b[31m\ud800")))

    assert "\\u202egnp.exe\\u2066\\x1b[31m\\ud800" in page
    assert not re.search("[\u202e\u2066\x1b\ud800]", page)


def test_page_is_plain_ascii() -> None:
    assert render(hostile("Äpfel 蘋果")).isascii()


def test_large_application_stays_small() -> None:
    routes = tuple(
        replace(
            ROUTES[index % len(ROUTES)],
            rule=f"/api/v1/things/{index}/<int:number>",
            endpoint=f"things.{index}",
        )
        for index in range(1_000)
    )
    page = render(replace(REPORT, inventory=replace(INVENTORY, apps=(replace(APP, routes=routes),))))

    assert page.count("<tr data-item") == 1_200
    assert len(page) < 1_500_000
