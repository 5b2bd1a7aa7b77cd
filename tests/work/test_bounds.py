"""What bounds a number (or a text) of the caller, and what only looks as if it did."""

import pytest
from reading import sinks_of

from guardapi.sink import Kind

GIVEN = 'n = int(request.args["n"])\n'
BOUNDED = {
    "min": "n = min(n, 100)",
    "min the other way round": "n = min(100, n)",
    "min of a list": "n = min([n, 100])",
    "min within max": "n = max(1, min(n, 100))",
    "min with something of the project's": "n = min(n, len(ROWS))",
    "a comparison that aborts": "if n > 100: abort(400)",
    "a comparison that returns": "if n > 100:\n    return 'no', 400",
    "a comparison that raises": "if n > 100: raise ValueError(n)",
    "a comparison that puts the maximum in its place": "if n > 100: n = 100",
    "a comparison from the other side": "if 100 < n: abort(400)",
    "a negated comparison": "if not n <= 100: abort(400)",
    "a chain of comparisons": "if not 0 < n <= 100: abort(400)",
    "one of two comparisons": "if n < 0 or n > 100: abort(400)",
    "a test for zero first": "if n and n > 100: abort(400)",
    "a comparison with a setting": "if n > LIMIT: abort(400)",
    "a conditional expression": "n = n if n < 100 else 100",
    "an assertion": "assert n < 100",
    "a comparison of the absolute value": "if abs(n) > 100: abort(400)",
    "a product": "m = n\nif n * 10 > 1000: abort(400)",
    "a sum": "if n + 5 > 100: abort(400)",
    "a remainder": "n = n % 100",
    "a mask": "n = n & 0xFF",
    "membership in a tuple": "if n not in (10, 20, 50): abort(400)",
    "membership in a set": "if n not in SIZES: abort(400)",
    "membership in a range": "if n not in range(100): abort(400)",
    "equality with a constant": "if n != 10: abort(400)",
    "an entry of a dictionary": "n = NAMED[request.args['n']]",
    "an entry or a default": "n = NAMED.get(request.args['n'], 10)",
    "a helper that gives a smaller one": "n = clamped(n)",
    "a helper that aborts": "checked(n)",
    "a helper that says yes or no": "if not fits(n): abort(400)",
    "a helper that says yes or no in several statements": "if not fits_slowly(n): abort(400)",
    "a helper that raises in a condition": "if too_many(n): abort(400)",
    "a conversion by a function with a maximum": "n = request.args.get('n', type=lambda t: min(int(t), 9))",
    "a comparison of two, of which one is bounded": (
        "m = int(request.args['m'])\nif n > m or m > 100: abort(400)"
    ),
    "the days between dates": (
        "a = parsed(request.args['a'])\nb = parsed(request.args['b'])\n"
        "if (b - a).days > 366: abort(400)\nn = (b - a).days"
    ),
    "a loop that makes it smaller": "while n > 100:\n    n //= 2",
    "both branches": "if request.args.get('x'):\n    n = min(n, 10)\nelse:\n    n = min(n, 20)",
}
FREE = {
    "nothing": "",
    "max": "n = max(n, 100)",
    "abs": "n = abs(n)",
    "a lower bound": "if n < 1: abort(400)",
    "isdigit": "if not request.args['n'].isdigit(): abort(400)",
    "a conversion of the argument": "n = request.args.get('n', 10, type=int)",
    "a maximum of the caller's": "if n > int(request.args['most']): abort(400)",
    "the smaller of two of the caller's": "n = min(n, int(request.args['most']))",
    "a check in one branch only": "if request.args.get('x'):\n    if n > 100: abort(400)",
    "a check of something else": "m = int(request.args['m'])\nif m > 100: abort(400)",
    "a check that only warns": "if n > 100: app.logger.warning('many')",
    "a minimum in one branch only": "if request.args.get('x'): n = min(n, 10)",
    "a comparison with both": "if n > 100 and request.args.get('x'): abort(400)",
    "membership in what the caller sends": "if n not in request.args.getlist('all'): abort(400)",
    "equality with something of the caller's": "if n != int(request.args['m']): abort(400)",
    "a helper that looks at the lower end": "if not is_positive(n): abort(400)",
    "a helper whose answer nobody looks at": "fits(n)",
    "a helper asked the wrong way round": "if fits(n): abort(400)",
    "a helper that changes its own copy": "own_copy(n)",
    "a conversion by a function that only converts": "n = request.args.get('n', type=lambda t: int(t))",
    "days between dates": "n = (parsed(request.args['to']) - parsed(request.args['from'])).days",
    "a short text of digits": "n = int(request.args['n'][:20])",
    "a sum with a constant": "n = min(n, 10) + int(request.args['m'])",
}
HELPERS = """
from datetime import datetime
from enum import Enum

LIMIT = 100
SIZES = {10, 20}
NAMED = {"small": 10, "large": 100}
ROWS = [1, 2, 3]


def parsed(text):
    return datetime.strptime(text, "%Y-%m-%d")


def clamped(number):
    if number > 50:
        return 50
    return number


def checked(number):
    if number > 50:
        abort(400)


def fits(number):
    return 0 < number <= 100


def fits_slowly(number):
    if number > 100:
        return False
    if number < 0:
        return False
    return True


def too_many(number):
    return number > 100


def is_positive(number):
    return number > 0


def own_copy(number):
    number = 10
    return number


class Colour(Enum):
    RED = "red"


@app.get("/x")
def view():
"""


def view(body: str) -> str:
    return HELPERS + "".join(f"    {line}\n" for line in body.splitlines())


def is_bounded(body: str, kind: Kind = Kind.SIZE) -> bool:
    """Whether nothing that reaches the last sink of the view is free."""
    found = sinks_of(view(body), kind)
    return all(given.is_bounded for sink in found[-1:] for given in sink.inputs)


@pytest.mark.parametrize("check", BOUNDED.values(), ids=BOUNDED.keys())
def test_number_is_bounded_by(check: str) -> None:
    assert is_bounded(f"{GIVEN}{check}\nreturn str(list(range(n)))")


@pytest.mark.parametrize("check", FREE.values(), ids=FREE.keys())
def test_number_stays_free_after(check: str) -> None:
    assert not is_bounded(f"{GIVEN}{check}\nreturn str(list(range(n)))")


def test_check_behind_use_is_late() -> None:
    assert not is_bounded(f"{GIVEN}rows = list(range(n))\nif n > 100: abort(400)\nreturn str(rows)")


TEXT = 'text = request.args["q"]\n'
SHORT = {
    "a comparison of the length": "if len(text) > 100: abort(400)",
    "the longer of two": "if max(len(text), len(TEXTS)) > 100: abort(400)",
    "the sum of two": "if len(text) + len(TEXTS) > 100: abort(400)",
    "the length in bytes": "if len(text.encode()) > 100: abort(400)",
    "its beginning": "text = text[:100]",
    "its end": "text = text[-100:]",
    "a piece of it": "start = int(request.args['n'])\ntext = text[start:start + 50]",
    "a choice": "if text not in ('asc', 'desc'): abort(400)",
    "an enumeration": "text = Colour(text).value",
    "a few characters": "text = ''.join(islice(text, 50))",
    "a helper": "def short(given):\n    return len(given) < 50\nif not short(text): abort(400)",
}
LONG = {
    "nothing": "",
    "all but its beginning": "text = text[1:]",
    "all but its end": "text = text[:-1]",
    "up to where the caller says": "text = text[:int(request.args['n'])]",
    "in lower case": "text = text.strip().lower()",
    "a least length": "if len(text) < 3: abort(400)",
    "the shorter of two": "if min(len(text), len(TEXTS)) > 100: abort(400)",
}


def matched(check: str) -> str:
    head = "import re\nfrom itertools import islice\nTEXTS = []\n"
    return head + view(f"{TEXT}{check}\nreturn str(re.match(r'(a+)+$', text))")


@pytest.mark.parametrize("check", SHORT.values(), ids=SHORT.keys())
def test_text_is_short_after(check: str) -> None:
    assert sinks_of(matched(check), Kind.REGEX) == ()


@pytest.mark.parametrize("check", LONG.values(), ids=LONG.keys())
def test_text_stays_long_after(check: str) -> None:
    assert len(sinks_of(matched(check), Kind.REGEX)) == 1


def test_short_text_holds_large_number() -> None:
    """A bound on the length is none on the value."""
    assert not is_bounded('q = request.args["n"]\nif len(q) > 20: abort(400)\nreturn "x" * int(q)')


@pytest.mark.parametrize(
    ("rule", "bounded"),
    [
        ("<int(max=50):n>", True),
        ("<int(min=1, max=50):n>", True),
        ("<int:n>", False),
        ("<int(min=1):n>", False),
        ("<float:n>", False),
    ],
)
def test_converter_bounds_number(rule: str, bounded: bool) -> None:
    source = f'@app.get("/x/{rule}")\ndef view(n):\n    return "x" * n\n'
    assert (sinks_of(source, Kind.SIZE, route=f"GET /x/{rule}") == ()) is bounded


@pytest.mark.parametrize(
    ("rule", "bounded"),
    [
        ("<string(maxlength=9):q>", True),
        ("<string(length=2):q>", True),
        ("<any(a, b):q>", True),
        ("<uuid:q>", True),
        ("<q>", False),
        ("<string(minlength=3):q>", False),
        ("<path:q>", False),
    ],
)
def test_converter_bounds_text(rule: str, bounded: bool) -> None:
    source = f'import re\n@app.get("/x/{rule}")\ndef view(q):\n    return str(re.match(r"(a+)+$", q))\n'
    assert (sinks_of(source, Kind.REGEX, route=f"GET /x/{rule}") == ()) is bounded
