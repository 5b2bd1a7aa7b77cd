"""Calls and guards that the user declares."""

import pytest
from reading import SHOP

from guardapi.config import DeclaredSink, Options
from guardapi.files import from_mapping
from guardapi.pipeline import scan_tree
from guardapi.sink import Audience, Kind, MethodWork, WorkClass

GUARDED = {
    "decorator": "from security import checked\n@app.get('/x')\n@checked\ndef x():\n    return 'x'\n",
    "decorator that is called": "from security import asks\n@app.get('/x')\n@asks('x')\ndef x():\n    return 'x'\n",
    "function in the view": "from security import check\n@app.get('/x')\ndef x():\n    check()\n    return 'x'\n",
    "hook": "from security import check\napp.before_request(check)\n@app.get('/x')\ndef x():\n    return 'x'\n",
    "method": "from security import Guard\n@app.get('/x')\ndef x():\n    Guard().check()\n    return 'x'\n",
    "function of a library": "import sso\n@app.get('/x')\ndef x():\n    sso.check()\n    return 'x'\n",
}
SECURITY = """
from functools import wraps
import remote
def checked(view):
    @wraps(view)
    def inner(*args, **kwargs):
        remote.look(args)
        return view(*args, **kwargs)
    return inner
def asks(what):
    return checked
def check():
    remote.look()
class Guard:
    def check(self):
        remote.look()
"""
GUARDS = ("security:checked", "security:asks", "security:check", "security:Guard.check", "sso:check")


def work(source: str, options: Options, **others: str) -> MethodWork:
    report = scan_tree(from_mapping({"shop.py": SHOP + source, **others}), options, rules=())
    (found,) = (r.work["GET"] for app in report.inventory.apps for r in app.routes if r.rule == "/x")
    return found


@pytest.mark.parametrize("source", GUARDED.values(), ids=GUARDED)
def test_declared_guard_counts(source: str) -> None:
    files = {"security.py": SECURITY}
    open_to_all = work(source, Options(), **files).access
    guarded = work(source, Options(authentication=GUARDS), **files).access

    assert open_to_all.audience is Audience.ANYONE
    assert (guarded.audience, guarded.is_known) == (Audience.ACCOUNT, True)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("billing:charge", "from billing import charge\n    charge(request.args['n'])"),
        ("billing:Desk.charge", "import billing\n    billing.Desk().charge(request.args['n'])"),
        ("acme.charge", "import acme\n    acme.charge(request.args['n'])"),
        ("acme.Client().charge", "from acme import Client\n    Client('key').charge(request.args['n'])"),
    ],
)
def test_declared_sink_counts(name: str, call: str) -> None:
    source = f"@app.get('/x')\ndef x():\n    {call}\n    return 'x'\n"
    billing = "def charge(n):\n    print(n)\nclass Desk:\n    def charge(self, n):\n        print(n)\n"
    sink = DeclaredSink(name=name, kind="payment", work="money")
    nothing = work(source, Options(), **{"billing.py": billing})
    found = work(source, Options(sinks=(sink,)), **{"billing.py": billing})

    assert nothing.of(Kind.PAYMENT) == ()
    (payment,) = found.of(Kind.PAYMENT)
    assert (payment.work, payment.is_certain) == (WorkClass.MONEY, True)
    assert [given.source for given in payment.inputs] == ["request.args['n']"]


def test_declared_sink_makes_finding() -> None:
    source = f"{SHOP}from billing import charge\n@app.get('/x')\ndef x():\n    charge(1)\n    return 'x'\n"
    files = from_mapping({"shop.py": source, "billing.py": "def charge(n):\n    print(n)\n"})
    sink = DeclaredSink(name="billing:charge", kind="paid-api", work="money")
    plain, declared = scan_tree(files), scan_tree(files, Options(sinks=(sink,)))

    assert not [finding for finding in plain.findings if finding.place.line > 10]
    assert "calls a paid service" in str(declared.findings)
