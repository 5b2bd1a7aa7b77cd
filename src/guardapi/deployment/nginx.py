"""nginx: the per-client limits (`limit_req`) in front of the application, and what else bounds requests."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from guardapi.deployment.file import BrokenFileError, DeploymentFile, Facts, merged
from guardapi.deployment.nginxproxy import proxies
from guardapi.deployment.nginxsyntax import Directive, parsed
from guardapi.model import OuterLimit, ServerSetting

_NAME = re.compile(
    r"nginx.*\.(?:conf|template|tmpl)|.*\.nginx(?:\.conf)?|.*\.vhost|.*\.conf(?:\.(?:template|tmpl))?"
)
_SIGNS = (b"limit_req", b"proxy_pass", b"uwsgi_pass")
_RATE = re.compile(r"rate=(\d{1,9})r/([sm])")
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
_CLIENT = frozenset({"binary_remote_addr", "remote_addr", "proxy_protocol_addr", "ssl_client_fingerprint"})
_CALLER_CHOSEN = re.compile(r"request_uri|args|query_string|request_body|(?:arg|http|cookie)_\w+")
_MATCHES = {"=": "exact", "^~": "prefix", "": "prefix", "~": "regex", "~*": "regex"}
_PASSES = frozenset({"proxy_pass", "uwsgi_pass", "grpc_pass", "fastcgi_pass", "scgi_pass", "include"})
_SETTINGS = frozenset(
    {
        *(
            "client_body_timeout",
            "client_header_timeout",
            "client_max_body_size",
            "large_client_header_buffers",
        ),
        *("proxy_pass", "proxy_request_buffering", "real_ip_header", "real_ip_recursive", "set_real_ip_from"),
        *("uwsgi_pass",),
    }
)
_MAX_LIMITS = 1_000
_MAX_LOCATIONS = 200
"""Of one server; with some of them left out, none could be trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """What a level hands down: `limit_req` of an outer level holds where a level has none."""

    limits: tuple[Directive, ...] = ()
    is_dry_run: bool = False

    def inside(self, block: Directive) -> "_Scope":
        """The scope of a block within this one."""
        own = tuple(block.named("limit_req"))
        dry_run = [switch.args[:1] == ("on",) for switch in block.named("limit_req_dry_run")]
        return _Scope(limits=own or self.limits, is_dry_run=dry_run[-1] if dry_run else self.is_dry_run)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Location:
    modifier: str
    path: str
    block: Directive
    scope: _Scope


def is_site(file: DeploymentFile) -> bool:
    """Whether the file lies where Debian keeps sites, whatever its name."""
    return "/sites-" in f"/{file.path}"


def is_config(file: DeploymentFile) -> bool:
    """Whether the file is nginx's, by its name and what it speaks of."""
    is_named = is_site(file) or _NAME.fullmatch(file.name) is not None
    return is_named and any(sign in file.content for sign in _SIGNS)


def read(files: Iterable[DeploymentFile]) -> Facts:
    """The facts of all files together: a zone of one serves the others."""
    roots: list[tuple[DeploymentFile, Directive]] = []
    parts: list[Facts] = []
    for file in files:
        try:
            file.check_size()
            roots.append((file, parsed(file)))
        except BrokenFileError as error:
            is_template = b"{{" in file.content or b"{%" in file.content
            parts.append(Facts() if is_template else error.facts(file))
    zones = dict(zone for _, root in roots for zone in _zones(root))
    for file, root in roots:
        limits = tuple(limit for http in _https(root) for limit in _http_limits(http, zones, file))
        settings = tuple(_settings(root, file))
        parts.append(Facts(outer_limits=limits, settings=settings, proxies=proxies(root, file)))
    return merged(parts)


def _https(root: Directive) -> list[Directive]:
    """The `http` blocks; a file that another includes is the content of one."""
    return root.named("http") or [root]


def _zones(root: Directive) -> Iterator[tuple[str, str]]:
    """Name and rate of the zones that count per client."""
    blocks = _https(root)
    by_map = {
        block.args[-1]: " ".join(arg for entry in block.children for arg in entry.args[:1])
        for http in blocks
        for block in http.children
        if block.name in {"map", "geo"} and block.is_block and block.args
    }
    for http in blocks:
        for zone in http.named("limit_req_zone"):
            text = " ".join(zone.args)
            name = re.search(r"zone=([^:\s]+)", text)
            rate = _RATE.search(text)
            key = zone.args[0] if zone.args else ""
            if name and rate and _is_per_client(by_map.get(key, key), by_map):
                yield name[1], f"{int(rate[1])} per 1 {'second' if rate[2] == 's' else 'minute'}"


def _is_per_client(key: str, by_map: Mapping[str, str]) -> bool:
    names = set(_VARIABLE.findall(key))
    for name in tuple(names):
        names.update(_VARIABLE.findall(by_map.get(f"${name}", "")))
    # A part that callers choose gives each of them as many counters as they like.
    return bool(names & _CLIENT) and not any(_CALLER_CHOSEN.fullmatch(name) for name in names)


def _http_limits(http: Directive, zones: Mapping[str, str], file: DeploymentFile) -> list[OuterLimit]:
    scope = _Scope().inside(http)
    servers = http.named("server")
    if not servers and http.named("location"):
        servers = [http]  # the inside of a server, for others to include
    found = (limit for server in servers for limit in _server_limits(server, scope, zones, file))
    return list(islice(found, _MAX_LIMITS))


def _server_limits(
    server: Directive, outer: _Scope, zones: Mapping[str, str], file: DeploymentFile
) -> Iterator[OuterLimit]:
    scope = outer.inside(server)
    listed = list(islice(_locations(server, scope), _MAX_LOCATIONS + 1))
    if len(listed) > _MAX_LOCATIONS:
        return
    named = {location.path: location for location in listed if location.path.startswith("@")}
    open_to_all = [location for location in listed if not location.path.startswith("@")]
    if not any(location.path == "/" and not location.modifier for location in open_to_all):
        open_to_all.append(_Location(modifier="", path="/", block=server, scope=scope))
    siblings = tuple(
        (location.modifier, location.path, _passed_as(location, named)) for location in open_to_all
    )
    for location in open_to_all:
        fallback = _fallback(location, named)
        limits = location.scope if location.scope.limits or fallback is None else fallback.scope
        for directive in () if limits.is_dry_run else limits.limits:
            arguments = dict(arg.partition("=")[::2] for arg in directive.args)
            text = zones.get(arguments.get("zone", ""))
            burst = arguments.get("burst", "")
            if text is not None:
                yield OuterLimit(
                    text=text,
                    path=location.path,
                    match=_MATCHES[location.modifier],
                    place=file.place(directive.line),
                    burst=int(burst) if burst.isascii() and burst.isdigit() and len(burst) < 10 else 0,
                    modifier=location.modifier,
                    siblings=siblings,
                )


def _locations(block: Directive, outer: _Scope) -> Iterator[_Location]:
    for child in block.named("location"):
        modifier, path = child.args[:2] if len(child.args) > 1 else ("", *child.args[:1], "")[:2]
        if modifier not in _MATCHES:
            continue
        if not modifier and path.startswith(("~", "=")):  # `location ~^/api` needs no blank
            modifier = "~*" if path.startswith("~*") else path[0]
            path = path.removeprefix(modifier)
        scope = outer.inside(child)
        yield _Location(modifier=modifier, path=path, block=child, scope=scope)
        yield from _locations(child, scope)


def _fallback(location: _Location, named: Mapping[str, _Location]) -> _Location | None:
    """The `@name` that `try_files` falls back to."""
    for directive in location.block.named("try_files"):
        if directive.args and directive.args[-1] in named:
            return named[directive.args[-1]]
    return None


def _passed_as(location: _Location, named: Mapping[str, _Location]) -> str:
    """What the application sees in the place of the location's path; empty where it sees nothing."""
    block = (_fallback(location, named) or location).block
    names = {child.name for child in block.children}
    if "rewrite" in names or not names & _PASSES:
        return ""
    for directive in block.named("proxy_pass"):
        _, scheme, rest = (directive.args[0] if directive.args else "").partition("://")
        host, slash, path = rest.partition("/")
        if scheme and slash and "$" not in path and not host.startswith("unix:"):
            return slash + path  # a path in the URL takes the place of the location's
    return location.path


def _settings(root: Directive, file: DeploymentFile) -> Iterator[ServerSetting]:
    waiting = [(root, "")]
    while waiting:
        directive, scope = waiting.pop()
        if directive.name == "location" and directive.is_block:
            scope = " ".join(directive.args)
        waiting.extend((child, scope) for child in reversed(directive.children))
        if directive.name in _SETTINGS:
            value = " ".join(directive.args)
            place = file.place(directive.line)
            yield ServerSetting(server="nginx", name=directive.name, value=value, place=place, scope=scope)
