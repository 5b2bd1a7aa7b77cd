"""The route inventory as text."""

from dataclasses import replace

import pytest
from sample import APP, INVENTORY

from guardapi.model import App, Inventory, Limit, LimitSource
from guardapi.report.limits import short_form
from guardapi.report.routes_text import render
from guardapi.report.terminal import Terminal

TABLE = """\
shop.app:create_app  flask, shop/app.py:14
methods  rule                     limits                           view
GET      /ping                    exempt: exempt by decorator      shop/app.py:20
GET      /proxied                 10 per 1 second (nginx.conf:3)   shop/app.py:20
GET      /static/<path:filename>  50/2 hours (default)             flask.helpers:send_static_file
GET      /unknown ?1              ?2                               shop/app.py:20

         blueprint api
GET      /api/items/<int:number>  10/minute, at run time           shop/app.py:20
PUT      /api/items/<int:number>  none                             shop/app.py:20

?1 exists if DEBUG is set
?2 the loop is too long
? shop/app.py:30: a module could not be found
5 routes: 2 limited, 1 exempt, 1 unlimited, 1 undecided
"""


def test_table_shows_every_state() -> None:
    assert [line.split() for line in render(INVENTORY).splitlines()] == [
        line.split() for line in TABLE.splitlines()
    ]


def test_unlimited_lists_open_methods_only() -> None:
    text = render(INVENTORY, unlimited=True)

    assert "PUT " in text
    assert "GET " not in text
    assert text.endswith("5 routes: 2 limited, 1 exempt, 1 unlimited, 1 undecided\n")


@pytest.mark.parametrize("width", [60, 100, 200])
def test_lines_keep_within_width(width: int) -> None:
    routes = tuple(replace(route, rule=route.rule + "/long" * 40) for route in APP.routes)
    text = render(Inventory(apps=(replace(APP, routes=routes),)), Terminal(width=width))

    assert max(map(len, text.splitlines())) <= width
    assert text.replace(" ", "").replace("\n", "").count("/long") > 40


def test_colour_only_where_asked() -> None:
    assert "\x1b[" not in render(INVENTORY)
    assert "\x1b[31mnone" in render(INVENTORY, Terminal(colour=True))


def test_ascii_output_is_ascii() -> None:
    odd = Inventory(apps=(replace(APP, routes=(replace(APP.routes[0], rule="/käse/日本"),)),))

    assert not render(odd).isascii()
    assert render(odd, Terminal(ascii_only=True)).isascii()


def test_project_text_cannot_act() -> None:
    odd = replace(APP, id="a\x1b]0;title\x07:b", routes=(replace(APP.routes[0], rule="/\u202e\nx"),))
    text = render(Inventory(apps=(odd,)))

    assert r"a\x1b]0;title\x07:b" in text
    assert r"/\u202e\nx" in text


def test_many_reasons_are_cut() -> None:
    route = APP.routes[4]
    held = route.limits["GET"]
    routes = tuple(
        replace(route, rule=f"/{number}", limits={"GET": replace(held, undecided=(f"reason {number}",))})
        for number in range(30)
    )
    text = render(Inventory(apps=(replace(APP, routes=routes),)))

    assert "and 11 more reasons" in text


def test_application_without_routes() -> None:
    text = render(Inventory(apps=(App(id="a:b", framework="flask", place=APP.place),)))

    assert text.endswith("0 routes: 0 limited, 0 exempt, 0 unlimited, 0 undecided\n")


@pytest.mark.parametrize(
    ("text", "short"),
    [("10 per 1 minute", "10/minute"), ("5 per 3 hour", "5/3 hours"), ("odd", "odd"), (None, "at run time")],
)
def test_short_form_of_limit(text: str | None, short: str) -> None:
    assert short_form(Limit(text=text, source=LimitSource.DECORATOR, place=None)) == short
