"""The request of a limited route in other forms: whoever is refused may come again as somebody, or something, else."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from guardapi.prove.exchange import Request
from guardapi.prove.requests.building import PLAIN

ADDRESS_HEADERS: Final = (
    *("X-Real-IP", "X-Client-IP", "X-Originating-IP", "X-Remote-IP", "X-Remote-Addr", "X-Cluster-Client-IP"),
    *("True-Client-IP", "CF-Connecting-IP", "Fastly-Client-IP", "Client-IP"),
)
CLAIMED: Final = "198.51.100.7"
"""An address of nobody."""
FORWARDED: Final[Mapping[str, str]] = {
    "one address": CLAIMED,
    "many hops": f"{CLAIMED}, 10.0.0.1, 192.0.2.1",
    "an IPv6 address": "2001:db8::7",
    "this machine": "127.0.0.1",
    "a port": f"{CLAIMED}:4711",
}
"""What a client may claim in `X-Forwarded-For`."""
_CLIENT_HEADERS: Final[Mapping[str, str]] = {
    "Host": "example.org",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)",
    "Accept-Language": "nl",
    "Origin": "https://example.org",
    "Referer": "https://example.org/",
    "X-Forwarded-Host": "example.org",
    "X-API-Key": "6f1e7f0c",
    "X-Requested-With": "XMLHttpRequest",
    "X-Request-ID": "6f1e7f0c",
}
_METHOD_HEADERS: Final = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
_VERSION: Final = re.compile(r"(?<=/)v(\d+)(?=/|$)")
_ACCOUNT: Final = re.compile(r"user|login|mail|account|phone|^name$", re.IGNORECASE)
_JUNK: Final = "_guardapi"
Form = tuple[str, Request]
"""What is different, as a phrase, and the request."""


def with_addresses(request: Request) -> Iterator[Form]:
    """With another header that names an address."""
    for name in ADDRESS_HEADERS:
        yield f"`{name}: {CLAIMED}`", request.having("headers", name, CLAIMED)
    yield f"`Forwarded: for={CLAIMED}`", request.having("headers", "Forwarded", f"for={CLAIMED}")


def as_other_client(request: Request) -> Iterator[Form]:
    """As another program, with another key, without or with another cookie."""
    for name, value in _CLIENT_HEADERS.items():
        if request.headers.get(name) != value:
            yield f"another `{name}`", request.having("headers", name, value)
    if request.cookies:
        yield "no cookies", replace(request, cookies={})
    yield "another cookie", request.having("cookies", _JUNK, "1")


def other_paths(request: Request) -> Iterator[Form]:
    """Paths that some servers, and some views, take for the same."""
    path = request.path
    slashed = path.rstrip("/") if path.endswith("/") and path != "/" else f"{path}/"
    head, _, last = path.rstrip("/").rpartition("/")
    found = {
        "a slash at the end": slashed,
        "two slashes at the beginning": f"/{path}",
        "two slashes": f"{head}//{last}",
        "a dot segment": f"{head}/./{last}",
        "upper case": f"{head}/{last.upper()}",
        "an escaped letter": f"{head}/%{ord(last[0]):02X}{last[1:]}" if last.isascii() and last else path,
        "an escaped slash": f"{head}%2F{last}" if head else path,
        "a blank at the end": f"{path}%20",
        "a zero at the end": f"{path}%00",
        "a line break at the end": f"{path}%0A",
        "a path parameter": f"{path};a=1",
        "another version": _VERSION.sub(lambda match: f"v{int(match[1]) + 1}", path),
        "a locale": f"/en{path}",
    }
    seen = {path}
    for name, other in found.items():
        if other not in seen:
            seen.add(other)
            yield name, replace(request, path=other)


def other_methods(request: Request, siblings: tuple[str, ...]) -> Iterator[Form]:
    """With another method, or with a header that asks for one."""
    for method in dict.fromkeys((*siblings, "HEAD" if request.method == "GET" else "")):
        if method and method != request.method:
            yield f"`{method}`", replace(request, method=method)
    carrier = "POST" if request.method == "GET" else "GET"
    for name in _METHOD_HEADERS:
        wanted = replace(request, method=carrier).having("headers", name, request.method)
        yield f"`{carrier}` with `{name}`", wanted


def with_noise(request: Request) -> Iterator[Form]:
    """With parameters that mean nothing, and the same fields in another encoding."""
    yield "a parameter that means nothing", request.having("query", _JUNK, "1")
    yield "another one", request.having("query", _JUNK, "2")
    yield "upper case of it", request.having("query", _JUNK.upper(), "")
    for name, value in request.query.items():
        yield f"a blank behind `{name}`", replace(request, query={**request.query, name: f"{value} "})
    if isinstance(request.json, Mapping):
        texts = {name: value for name, value in request.json.items() if isinstance(value, str | int)}
        yield "one more field", replace(request, json={**request.json, _JUNK: 1})
        yield (
            "a form instead of JSON",
            replace(request, json=None, form={name: str(value) for name, value in texts.items()}),
        )
    elif request.form and not request.files:
        yield "one more field", request.having("form", _JUNK, "1")
        yield "JSON instead of a form", replace(request, form={}, json=dict(request.form))


def as_other_accounts(request: Request, number: int = 5) -> Iterator[Form]:
    """With another account name each; none where no field looks like one."""
    for container in ("json", "form", "query"):
        fields = getattr(request, container)
        if not isinstance(fields, Mapping):
            continue
        for name in fields:
            if _ACCOUNT.search(name):
                for index in range(number):
                    value = f"{PLAIN}{index}@example.com" if "mail" in name.lower() else f"{PLAIN}{index}"
                    yield f"`{name}` is {value}", request.having(container, name, value)
                return
