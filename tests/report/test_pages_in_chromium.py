"""The page in a browser: it sorts, filters, searches, prints and fits; and hostile text runs nothing, in any writer."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pytest
from findings_sample import REPORT, written
from hostile_sample import all_hostile
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, BrowserContext, Page, Route, sync_playwright
from sample import APP, INVENTORY, ROUTES

from guardapi.files import open_tree
from guardapi.pipeline import scan_tree
from guardapi.report import formats
from guardapi.report.findings_html import render

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "shop_vulnerable"
ADDRESS = "http://report.invalid/"
"""What a page is served under; whatever else is asked for is refused and remembered."""
TYPES = {"html": "text/html", "junit": "application/xml", "markdown": "text/html", "text": "text/plain"}
ODD = all_hostile()
HOSTILE = render(ODD)
SHOP = render(scan_tree(open_tree(EXAMPLE)), target="examples/shop_vulnerable")
LARGE = render(
    replace(
        REPORT,
        inventory=replace(
            INVENTORY,
            apps=(
                replace(
                    APP,
                    routes=tuple(
                        replace(route, rule=f"/v{number}{route.rule}", blueprint=f"part {number % 7}")
                        for number in range(200)
                        for route in ROUTES
                    ),
                ),
            ),
        ),
    )
)


@dataclass(slots=True)
class Shown:
    """A page that is open, and what went wrong with it."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    """Of the console: errors of the script, breaches of the policy."""
    requests: list[str] = field(default_factory=list)
    """Beside that for the page itself."""

    def rows(self) -> list[str]:
        """The paths of the routes that are to be seen, in their order."""
        return self.page.locator(".routes tbody tr:visible td:first-child b").all_text_contents()


class Screens:
    """Opens pages in one browser."""

    def __init__(self, browser: Browser):
        self._browser = browser
        self._contexts: dict[tuple[bool, bool], BrowserContext] = {}

    def show(
        self,
        content: str,
        *,
        kind: str = "text/html",
        scheme: Literal["light", "dark"] = "light",
        script: bool = True,
        policy: bool = True,
        at: str = "",
    ) -> Shown:
        """A page with this content, and no other; without `policy` the one that it states does not hold."""
        context = self._context(script, policy)
        for earlier in context.pages:
            earlier.close()
        shown = Shown(page=context.new_page())

        def answer(route: Route) -> None:
            if route.request.url.partition("#")[0] == ADDRESS:
                route.fulfill(body=content, content_type=f"{kind}; charset=utf-8")
                return
            shown.requests.append(route.request.url)
            route.abort()

        shown.page.route("**/*", answer)
        shown.page.on("console", lambda message: shown.complaints.append(message.text))
        shown.page.on("pageerror", lambda error: shown.complaints.append(str(error)))
        shown.page.on("dialog", lambda dialog: shown.complaints.append(dialog.message))
        shown.page.emulate_media(color_scheme=scheme)
        shown.page.goto(f"{ADDRESS}{at}")
        return shown

    def _context(self, script: bool, policy: bool) -> BrowserContext:
        made = self._contexts.get((script, policy))
        if made is None:
            made = self._browser.new_context(
                viewport={"width": 1280, "height": 900}, java_script_enabled=script, bypass_csp=not policy
            )
            self._contexts[script, policy] = made
        return made


@pytest.fixture(scope="module")
def screens() -> Iterator[Screens]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield Screens(browser)
        browser.close()


def test_page_opens_without_complaint(screens: Screens) -> None:
    shown = screens.show(SHOP)

    assert shown.page.locator("h1").text_content() == "shop:create_app"
    assert (shown.complaints, shown.requests) == ([], [])


def test_headings_sort_the_routes(screens: Screens) -> None:
    shown = screens.show(SHOP)
    heading = shown.page.get_by_role("columnheader", name="Route").last
    assert shown.rows()[0] == "/accounts/login"

    heading.get_by_role("button").click()
    ascending = shown.rows()
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.get_by_role("button").click()

    assert ascending == sorted(ascending)
    assert shown.rows() == ascending[::-1]
    assert heading.get_attribute("aria-sort") == "descending"


def test_numbers_sort_as_numbers(screens: Screens) -> None:
    shown = screens.show(SHOP)
    cells = shown.page.locator(".routes tbody td.stake .figure")
    before = [int(text) for text in cells.all_text_contents()]

    shown.page.get_by_role("columnheader", name="At stake").get_by_role("button").click()

    assert before == sorted(before, reverse=True)
    assert [int(text) for text in cells.all_text_contents()] == sorted(before)


def test_filters_and_search_work_together(screens: Screens) -> None:
    shown = screens.show(SHOP)
    controls = shown.page.locator("#routes .controls")

    controls.get_by_label("Limits").select_option("unlimited")
    assert "/accounts/register" not in shown.rows()
    controls.get_by_label("Blueprint").select_option("catalog")
    controls.get_by_label("Search").fill("SEARCH rows")

    assert shown.rows() == ["/catalog/search"]
    assert controls.locator("output").text_content() == "1 of 8 rows"


def test_nothing_found_is_said(screens: Screens) -> None:
    page = screens.show(SHOP).page
    page.locator("#findings").get_by_label("Search").fill("no such thing")

    assert page.locator("#findings .nothing").is_visible()
    assert page.locator("#findings details.finding:visible").count() == 0


def test_tiles_filter_the_findings(screens: Screens) -> None:
    page = screens.show(SHOP).page
    page.locator(".tiles .critical a").click()

    assert page.locator("#findings details.finding:visible").count() == 2
    page.locator(".first a").nth(2).click()

    assert page.locator("#finding-3").is_visible()


def test_blueprints_filter_the_routes(screens: Screens) -> None:
    shown = screens.show(SHOP)
    shown.page.locator(".risk").get_by_role("link", name="media").click()

    assert shown.rows() == ["/media/upload"]


def test_keyboard_reaches_everything(screens: Screens) -> None:
    shown = screens.show(SHOP)
    page = shown.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"

    page.keyboard.press("/")
    page.keyboard.type("GA922")
    assert page.locator("#findings details.finding:visible").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("#findings details.finding:visible").count() == 9

    page.locator("#finding-2 > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#finding-2 .body").is_visible()
    page.get_by_role("columnheader", name="Limits").get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert shown.page.locator(".routes [aria-sort]").text_content() == "Limits"


def test_opened_finding_has_its_example(screens: Screens) -> None:
    page = screens.show(SHOP).page
    found = page.locator("#finding-2")
    assert found.locator(".sides").count() == 0

    found.locator("summary").first.click()
    found.locator(".sides").wait_for()

    assert found.locator("figure.vulnerable").is_visible()
    assert found.locator("figure.secure").is_visible()
    assert page.locator("#finding-1 .sides").count() == 1


def test_address_opens_what_it_names(screens: Screens) -> None:
    page = screens.show(SHOP, at="#finding-7").page

    assert page.locator("#finding-7 .body").is_visible()
    assert page.locator("#finding-6 .body").is_hidden()


def test_all_findings_open_at_once(screens: Screens) -> None:
    page = screens.show(SHOP).page
    page.get_by_role("button", name="Open all").click()
    assert page.locator("#findings details.finding[open]").count() == 9

    page.get_by_role("button", name="Close all").click()
    assert page.locator("#findings details.finding[open]").count() == 0


def test_page_is_read_without_script(screens: Screens) -> None:
    page = screens.show(SHOP, script=False).page
    assert page.locator(".controls:visible").count() == 0
    assert page.locator(".routes tbody tr:visible").count() == 8

    page.locator("#finding-2 > summary").click()
    page.locator("#finding-2").get_by_role("link", name="side by side").click()

    assert page.locator("#rule-GA603 figure.secure").is_visible()


def test_dark_scheme_is_dark(screens: Screens) -> None:
    brightness = """() => {
      const parts = (colour) => colour.match(/[0-9]+/g).slice(0, 3).map(Number);
      const of = (colour) => parts(colour).reduce((sum, part) => sum + part) / 3;
      const style = getComputedStyle(document.body);
      return [of(style.backgroundColor), of(style.color)];
    }"""
    page = screens.show(SHOP).page
    light = page.evaluate(brightness)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(brightness)

    assert light[0] - light[1] > 150
    assert dark[1] - dark[0] > 150


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(screens: Screens, scheme: Literal["light", "dark"]) -> None:
    """What stands out least against its background, of all text on the page, is still readable (WCAG AA)."""
    page = screens.show(SHOP, scheme=scheme).page
    page.get_by_role("button", name="Open all").click()
    faint = page.evaluate(
        """() => {
          const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
          const linear = (part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
          const light = (colour) => {
            const [red, green, blue] = parts(colour).map(linear);
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
          };
          const behind = (node) => {
            for (; node; node = node.parentElement) {
              const colour = getComputedStyle(node).backgroundColor;
              if (parts(colour)[3] !== 0) return colour;
            }
            return "rgb(255, 255, 255)";
          };
          const faint = new Set();
          for (const node of document.querySelectorAll("body *")) {
            const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
            if (!own || !node.checkVisibility() || node.closest("svg, script, option")) continue;
            const [one, other] = [light(getComputedStyle(node).color), light(behind(node))].sort((a, b) => b - a);
            if ((one + 0.05) / (other + 0.05) < 4.5) faint.add(`${node.tagName} ${node.className}`);
          }
          return [...faint];
        }"""
    )

    assert faint == []


def test_print_shows_what_is_folded(screens: Screens) -> None:
    page = screens.show(SHOP).page
    page.emulate_media(media="print")

    assert page.locator("#finding-9 .fix").is_visible()
    assert page.locator("#rule-GA603 figure.secure").is_visible()
    assert page.locator("nav").is_hidden()
    assert page.locator(".controls:visible").count() == 0
    assert page.evaluate("getComputedStyle(document.querySelector('.code')).whiteSpace") == "pre-wrap"
    assert page.pdf().startswith(b"%PDF")


@pytest.mark.parametrize("content", [SHOP, LARGE, HOSTILE], ids=["shop", "large", "hostile"])
def test_page_fits_every_screen(screens: Screens, content: str) -> None:
    page = screens.show(content).page
    page.get_by_role("button", name="Open all").click()
    too_wide = []
    for width in (1280, 768, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            too_wide.append(width)

    assert too_wide == []


def test_large_application_stays_usable(screens: Screens) -> None:
    """A thousand routes: what the script does to them takes no time that a reader would notice."""
    shown = screens.show(LARGE)
    took = shown.page.evaluate(
        """() => {
          const start = performance.now();
          for (const button of document.querySelectorAll(".routes th button")) button.click();
          const search = document.querySelector("#routes input");
          search.value = "/v19";
          search.dispatchEvent(new Event("input", { bubbles: true }));
          document.body.getBoundingClientRect();
          return performance.now() - start;
        }"""
    )

    assert len(shown.rows()) == 6 * 11
    assert took < 5_000


@pytest.mark.parametrize("name", formats.names())
def test_hostile_text_runs_nothing(screens: Screens, name: str) -> None:
    """Without the page's policy, which would hide a fault of the writer."""
    content = written(name, ODD)
    if name == "markdown":
        content = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(content)
    shown = screens.show(content, kind=TYPES.get(name, "application/json"), policy=False)
    page = shown.page
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.mouse.move(200, 200)
    page.keyboard.press("Tab")

    assert page.evaluate("window.ran") is None
    assert page.locator("img, iframe, svg[onload], [onerror], [onfocus], a[href^=javascript]").count() == 0
    assert page.locator("script").count() == (name == "html")
    assert (shown.complaints, shown.requests) == ([], [])


def test_hostile_text_breaks_no_script(screens: Screens) -> None:
    shown = screens.show(HOSTILE)
    page = shown.page
    for heading in page.locator(".routes th button").all():
        heading.click()
    page.locator("#routes [data-filter=blueprint]").select_option(index=2)
    page.locator("#findings [data-filter=rule]").select_option(index=1)
    page.locator("#routes").get_by_label("Search").fill("</script>")
    page.get_by_role("button", name="Open all").click()

    assert page.evaluate("window.ran") is None
    assert (shown.complaints, shown.requests) == ([], [])


def test_control_text_would_run(screens: Screens) -> None:
    """What the tests above look for is seen where it happens."""
    shown = screens.show(
        "<script>window.ran = true</script><img src=x onerror=window.ran=true>", policy=False
    )

    assert shown.page.evaluate("window.ran") is True
    assert shown.requests == [f"{ADDRESS}x"]
