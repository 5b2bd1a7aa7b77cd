"""Calls to other servers by HTTP.

Facts: `timeout` where the library can wait (see the package); `picks_host` where the address holds caller
data: whether it is the whole address, and not a part behind a fixed host.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from guardapi.python.values import DictValue, Instance, Module
from guardapi.sink import Kind, Role, WorkClass
from guardapi.work.specs import Facts, Invocation, Spec, seconds, timeout_of

if TYPE_CHECKING:
    from guardapi.work.flow import Flow

VERBS: Final = "get,post,put,patch,delete,head,options,request"
SESSIONS: Final = (
    "requests.{,sessions.}{Session,session}",
    "requests_html.{HTMLSession,AsyncHTMLSession}",
    "requests_cache.{,session.}CachedSession",
    "requests_futures.sessions.FuturesSession",
    "requests_toolbelt.sessions.BaseUrlSession",
    "requests_ratelimiter.LimiterSession",
    "cachecontrol.CacheControl",
    "cloudscraper.{create_scraper,CloudScraper}",
    "curl_cffi.requests.Session",
    "requests_oauthlib.{OAuth1Session,OAuth2Session}",
    "authlib.integrations.requests_client.{OAuth1Session,OAuth2Session,AssertionSession}",
    "google.auth.transport.requests.AuthorizedSession",
)
AUTHLIB: Final = "authlib.integrations.flask_client.OAuth().{*,register(),create_client()}"
NOTHING_TO_ADD: Final[Facts] = {"inputs": ()}
SOCKET_SETTING: Final = "setdefaulttimeout"


def mentions(made: Invocation, word: str) -> bool:
    """Whether any module of the project has a word: a setting of the whole process."""
    modules = made.run.reader.ev.modules.values()
    return any(
        word in module.text for module in modules if isinstance(module, Module) and not module.is_model
    )


DIRECT: Final = re.compile(r"(?:flask|quart|data|wtforms|flask_wtf|flask_restful|flask_restx|webargs)\b")


def _with_host(
    url: tuple[int | str, ...], inspect: Callable[[Invocation], Facts | None] | None
) -> Callable[[Invocation], Facts | None]:
    """Whether the caller picks the whole address, and not only a part behind a fixed host."""

    def looked_at(made: Invocation) -> Facts | None:
        facts = inspect(made) if inspect is not None else NOTHING_TO_ADD
        passed = made.argument(*url)
        if facts is None or passed is None or not passed.taints:
            return facts
        return {**facts, "picks_host": DIRECT.match(passed.path) is not None}

    return looked_at


def with_socket_default(spec_of: Callable[[], Spec]) -> Callable[[Invocation], Facts | None]:
    """For what is built on sockets: `socket.setdefaulttimeout` holds where nothing is passed."""

    def inspect(made: Invocation) -> Facts | None:
        if timeout_of(spec_of(), made) == "none" and mentions(made, SOCKET_SETTING):
            return {"timeout": "unknown"}
        return NOTHING_TO_ADD

    return inspect


def of_sockets(
    *names: str,
    timeout: tuple[int | str, ...] = ("timeout",),
    maker_timeout: tuple[int | str, ...] = (),
    kind: Kind = Kind.CONNECTION,
    url: tuple[int | str, ...] = (0, "host"),
) -> Spec:
    spec = Spec(
        kind=kind,
        work=WorkClass.HEAVY,
        names=names,
        roles={Role.URL: url},
        timeout=timeout,
        maker_timeout=maker_timeout,
        inspect=_with_host(url, with_socket_default(lambda: spec)),
    )
    return spec


def _session(made: Invocation) -> Facts | None:
    """A session of requests: adapters and subclasses may bring a timeout of their own."""
    if made.argument("timeout") is not None:
        return NOTHING_TO_ADD
    receiver = made.receiver.value
    if isinstance(receiver, Instance) and _overrides(receiver):
        return {"timeout": "unknown"}
    mounted = [given.argument(1, "adapter") for given in made.function.calls if given.path.endswith(".mount")]
    if any(adapter is not None and isinstance(adapter.value, Instance) for adapter in mounted):
        return {"timeout": "unknown"}
    return NOTHING_TO_ADD


def _overrides(instance: Instance) -> bool:
    """Whether the project's subclass changes how requests are sent."""
    return any(
        "request" in getattr(base, "namespace", ()) or "send" in getattr(base, "namespace", ())
        for base in instance.cls.mro
    )


def _through_request(made: Invocation) -> Facts | None:
    """`urlopen(Request(url))`: the caller's part is in the request object."""
    facts = dict(_URLOPEN_DEFAULT(made) or {})
    passed = made.argument(0, "url")
    given = passed.calls[-1] if passed is not None and passed.calls else None
    if given is not None and (url := given.argument(0, "url")) is not None:
        facts["inputs"] = inputs_as(Role.URL, url)
    return facts


def inputs_as(role: Role, flow: "Flow") -> list[object]:
    """The caller data in an argument, in a role."""
    from guardapi.work.expressions import inputs_of  # noqa: PLC0415  # which knows the tables

    return list(inputs_of(role, flow))


def _curl(made: Invocation) -> Facts | None:
    """pycurl sets everything by `setopt`."""
    options = {
        given.argument(0).path.rpartition(".")[2]: given.argument(1)  # type: ignore[union-attr]  # tested
        for given in made.function.calls
        if given.argument(0) is not None
    }
    found = options.get("TIMEOUT") or options.get("TIMEOUT_MS")
    url = options.get("URL")
    return {
        "timeout": "none" if found is None else seconds(found),
        "inputs": inputs_as(Role.URL, url) if url is not None else (),
    }


def _feed(made: Invocation) -> Facts | None:
    """feedparser takes an address, and the text of a feed as well."""
    passed = made.argument(0, "url_file_stream_or_string")
    if passed is None or passed.path.endswith((".text", ".content", ".read()", "()[]", "builtins.bytes()")):
        return None
    if passed.path.startswith("builtins.open") or any(
        taint.kind in {"bytes", "file"} for taint in passed.taints
    ):
        return None
    return {"timeout": "unknown" if mentions(made, SOCKET_SETTING) else "none"}


def _transport(made: Invocation) -> Facts | None:
    """zeep: the transport of the client bounds the time of an operation."""
    for given in made.function.calls:
        transport = given.argument("transport", 2)
        if transport is not None:
            inner = transport.calls[-1].argument("operation_timeout", 2) if transport.calls else None
            if transport.calls and inner is None:
                return {"timeout": "none"}
            return {"timeout": seconds(inner) if inner is not None else "unknown"}
    return {"timeout": "none"}


def _registered(made: Invocation) -> Facts | None:
    """Authlib: what a client was registered with."""
    for given in made.function.calls:
        options = given.argument("client_kwargs")
        if options is None:
            continue
        names: set[object] = set(options.fields or ())
        if isinstance(options.value, DictValue):
            names |= set(options.value)
        if names & {"timeout", "default_timeout"}:
            return {"timeout": "unknown"}
    return {"timeout": "none" if made.function.calls else "unknown"}


_URLOPEN: Final = of_sockets(
    "urllib.request.{urlopen,urlretrieve}",
    "urllib2.urlopen",
    "urllib.{urlopen,urlretrieve}",
    "six.moves.urllib.request.{urlopen,urlretrieve}",
    timeout=("timeout", 2),
    kind=Kind.HTTP,
    url=(0, "url"),
)
_URLOPEN_DEFAULT: Final = with_socket_default(lambda: _URLOPEN)


def http(
    *names: str,
    url: tuple[int | str, ...] = (0, "url"),
    timeout: tuple[int | str, ...] | None = ("timeout",),
    maker_timeout: tuple[int | str, ...] = (),
    default_timeout: float | None = None,
    inspect: Callable[[Invocation], Facts | None] | None = None,
) -> Spec:
    return Spec(
        kind=Kind.HTTP,
        work=WorkClass.HEAVY,
        names=names,
        roles={Role.URL: url},
        timeout=timeout,
        maker_timeout=maker_timeout,
        default_timeout=default_timeout,
        inspect=_with_host(url, inspect),
    )


MAKERS: Final = (
    *SESSIONS,
    "httpx.{Client,AsyncClient,Timeout}",
    "urllib.request.{Request,build_opener}",
    "urllib2.Request",
    "urllib3.{PoolManager,ProxyManager,HTTPConnectionPool,HTTPSConnectionPool,connection_from_url,Timeout}",
    "urllib3.util.{,timeout.}Timeout",
    "aiohttp.{ClientSession,ClientTimeout}",
    "http.client.{HTTPConnection,HTTPSConnection}",
    "httplib2.Http",
    "authlib.integrations.{flask_client,flask_oauth2}.OAuth().register",
    "zeep.{,client.}{Client,CachingClient}",
    "zeep.{,transports.}Transport",
    "requests.adapters.HTTPAdapter",
    "googlemaps.{,client.}Client",
)
SET_UP: Final = (
    "{requests,requests_cache,requests_oauthlib,requests_toolbelt,requests_html}.**().mount",
    "pycurl.Curl().setopt",
)
SINKS: Final = (
    http(
        f"requests.{{,api.}}{{{VERBS}}}",
        *(f"{session}().{{{VERBS},send}}" for session in SESSIONS),
        "requests_oauthlib.{OAuth1Session,OAuth2Session}()"
        ".{fetch_token,refresh_token,fetch_request_token,fetch_access_token}",
        "requests_oauthlib.OAuth2Session().get_user_info",
        "authlib.integrations.requests_client.*Session().{fetch_token,refresh_token,fetch_access_token}",
        inspect=_session,
    ),
    http(
        f"{AUTHLIB}.{{{VERBS},authorize_access_token,userinfo}}",
        f"{AUTHLIB}.{{fetch_access_token,load_server_metadata}}",
        f"flask_oauthlib.client.OAuth().{{*,register(),create_client(),remote_app()}}.{{{VERBS},authorized_response}}",
        inspect=_registered,
    ),
    http(f"flask_dance.contrib.*.*.{{{VERBS}}}", "flask_dance.consumer.*.session.{get,post}"),
    http(
        f"httpx.{{{VERBS},stream}}",
        f"httpx.{{Client,AsyncClient}}().{{{VERBS},stream,send}}",
        maker_timeout=("timeout",),
        default_timeout=5,
    ),
    Spec(
        kind=Kind.HTTP,
        work=WorkClass.HEAVY,
        names=_URLOPEN.names,
        roles=_URLOPEN.roles,
        timeout=_URLOPEN.timeout,
        inspect=_with_host((0, "url"), _through_request),
    ),
    of_sockets(
        "urllib.request.{build_opener,OpenerDirector}().open",
        timeout=("timeout", 2),
        kind=Kind.HTTP,
        url=(0, "fullurl"),
    ),
    http(
        "urllib3.{PoolManager,ProxyManager,HTTPConnectionPool,HTTPSConnectionPool,connection_from_url}()"
        ".{request,urlopen,request_encode_url,request_encode_body}",
        "urllib3.request",
        url=(1, "url"),
        maker_timeout=("timeout",),
    ),
    http(
        f"aiohttp.ClientSession().{{{VERBS},ws_connect}}",
        "aiohttp.request",
        maker_timeout=("timeout",),
        default_timeout=300,
    ),
    http("pycurl.Curl().perform", inspect=_curl),
    of_sockets(
        "http.client.{HTTPConnection,HTTPSConnection}().request",
        "httplib.{HTTPConnection,HTTPSConnection}().request",
        timeout=(),
        maker_timeout=("timeout", 2),
        kind=Kind.HTTP,
        url=(1, "url"),
    ),
    of_sockets(
        "httplib2.Http().request",
        timeout=(),
        maker_timeout=("timeout", 1),
        kind=Kind.HTTP,
        url=(0, "uri"),
    ),
    http("xmlrpc.client.{ServerProxy,Server}().*", timeout=None, url=()),
    http("feedparser.parse", inspect=_feed),
    http("zeep.{,client.}{Client,CachingClient}().service.*", url=(), inspect=_transport),
    http("suds.client.Client().service.*", url=(), timeout=None),
    http("yfinance.{download,Ticker().history}", "wikipedia.{page,summary,search}", timeout=None),
    http(
        "{yt_dlp,youtube_dl}.{,YoutubeDL.}YoutubeDL().{extract_info,download}",
        "newspaper.Article().download",
        "pytube.YouTube().streams.**.download",
        timeout=None,
    ),
    http(
        "geopy.{,geocoders.}{,*.}{Nominatim,Photon,ArcGIS,OpenCage,Bing,Here,HereV7,MapBox}().{geocode,reverse}",
        url=(),
        default_timeout=1,
    ),
    http(
        "googletrans.Translator().{translate,detect}",
        "deep_translator.*.{,*.}*Translator().{translate,translate_batch}",
        "deep_translator.*Translator().{translate,translate_batch}",
        "speech_recognition.Recognizer().{recognize_google,recognize_wit,recognize_bing}",
        url=(),
        timeout=None,
    ),
)
