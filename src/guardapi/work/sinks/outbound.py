"""Calls to other servers, by HTTP and otherwise.

Facts: `timeout` where the library can wait (see the package).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from guardapi.python.values import DictValue, Instance, Module
from guardapi.sink import Kind, Role, WorkClass
from guardapi.work.specs import Facts, Invocation, Spec, seconds, timeout_of

if TYPE_CHECKING:
    from guardapi.work.flow import Flow, Given

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
NOTHING_TO_ADD: Final[Facts] = {"inputs": ()}
SOCKET_SETTING: Final = "setdefaulttimeout"


def mentions(made: Invocation, word: str) -> bool:
    """Whether any module of the project has a word: a setting of the whole process."""
    modules = made.run.reader.ev.modules.values()
    return any(
        word in module.text for module in modules if isinstance(module, Module) and not module.is_model
    )


def _with_socket_default(spec_of: Callable[[], Spec]) -> Callable[[Invocation], Facts | None]:
    """For what is built on sockets: `socket.setdefaulttimeout` holds where nothing is passed."""

    def inspect(made: Invocation) -> Facts | None:
        if timeout_of(spec_of(), made) == "none" and mentions(made, SOCKET_SETTING):
            return {"timeout": "unknown"}
        return NOTHING_TO_ADD

    return inspect


def _of_sockets(
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
        inspect=_with_socket_default(lambda: spec),
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


def _connected(made: Invocation) -> Facts | None:
    """A socket of its own: `settimeout` before it connects."""
    return {"timeout": _after_setting(made, "settimeout")}


def _after_setting(made: Invocation, name: str) -> object:
    for given in reversed(made.function.calls):
        if given.path.endswith(f".{name}") and (passed := given.argument(0)) is not None:
            return seconds(passed)
    return "unknown" if mentions(made, SOCKET_SETTING) else "none"


def _directory(made: Invocation) -> Facts | None:
    """python-ldap: options bound the time, of the object or of the module."""
    is_set = mentions(made, "OPT_NETWORK_TIMEOUT") or mentions(made, "OPT_TIMEOUT")
    return {"timeout": "unknown" if is_set else "none"}


def _directory_object(made: Invocation) -> Facts | None:
    """ldap3: the constructor connects where it is to bind at once."""
    bound = made.argument("auto_bind", 3)
    if bound is None or bound.value in {False, None}:
        return None
    return NOTHING_TO_ADD


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


def _library_method(made: Invocation) -> Facts | None:
    """A method of a client whose every method asks the server, but for some."""
    name = made.path.rpartition(".")[2]
    if name.startswith(LOCAL_METHODS) or name.endswith("()") or _is_of_call(made.path):
        return None
    return NOTHING_TO_ADD


def _is_of_call(path: str) -> bool:
    """`client.get_object()["Body"].read`: of an answer."""
    return path.count("()") > CLIENT_CALLS


CLIENT_CALLS: Final = 2
LOCAL_METHODS: Final = (
    *("generate_presigned", "get_paginator", "can_paginate", "get_waiter", "close", "__", "exceptions"),
)

_URLOPEN: Final = _of_sockets(
    "urllib.request.{urlopen,urlretrieve}",
    "urllib2.urlopen",
    "urllib.{urlopen,urlretrieve}",
    "six.moves.urllib.request.{urlopen,urlretrieve}",
    timeout=("timeout", 2),
    kind=Kind.HTTP,
    url=(0, "url"),
)
_URLOPEN_DEFAULT: Final = _with_socket_default(lambda: _URLOPEN)


def _http(
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
        inspect=inspect,
    )


def _connection(
    *names: str,
    timeout: tuple[int | str, ...] | None = ("timeout",),
    maker_timeout: tuple[int | str, ...] = (),
    default_timeout: float | None = None,
    inspect: Callable[[Invocation], Facts | None] | None = None,
) -> Spec:
    return Spec(
        kind=Kind.CONNECTION,
        work=WorkClass.HEAVY,
        names=names,
        roles={Role.URL: (0, "host", "hostname")},
        timeout=timeout,
        maker_timeout=maker_timeout,
        default_timeout=default_timeout,
        inspect=inspect,
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
    "ldap3.{Connection,Server}",
    "zeep.{,client.}{Client,CachingClient}",
    "zeep.{,transports.}Transport",
    "requests.adapters.HTTPAdapter",
    "{boto3,botocore,aioboto3}.**{client,resource}",
    "{boto3,botocore.config,botocore.client}.**Config",
    "googlemaps.{,client.}Client",
    "docker.{from_env,DockerClient}",
)
SET_UP: Final = (
    "{requests,requests_cache,requests_oauthlib,requests_toolbelt,requests_html}.**().mount",
    "pycurl.Curl().setopt",
    "socket.socket().settimeout",
)
SINKS: Final = (
    _http(
        f"requests.{{,api.}}{{{VERBS}}}",
        *(f"{session}().{{{VERBS},send}}" for session in SESSIONS),
        "requests_oauthlib.{OAuth1Session,OAuth2Session}()"
        ".{fetch_token,refresh_token,fetch_request_token,fetch_access_token}",
        "requests_oauthlib.OAuth2Session().get_user_info",
        "authlib.integrations.requests_client.*Session().{fetch_token,refresh_token,fetch_access_token}",
        inspect=_session,
    ),
    _http(
        f"authlib.integrations.flask_client.OAuth().**.{{{VERBS},authorize_access_token,userinfo}}",
        "authlib.integrations.flask_client.OAuth().**.{fetch_access_token,load_server_metadata}",
        f"flask_oauthlib.client.OAuth().**.{{{VERBS},authorized_response}}",
        inspect=_registered,
    ),
    _http(f"flask_dance.contrib.*.*.{{{VERBS}}}", "flask_dance.consumer.**.session.{get,post}"),
    _http(
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
        inspect=_through_request,
    ),
    _of_sockets(
        "urllib.request.{build_opener,OpenerDirector}().open",
        timeout=("timeout", 2),
        kind=Kind.HTTP,
        url=(0, "fullurl"),
    ),
    _http(
        "urllib3.{PoolManager,ProxyManager,HTTPConnectionPool,HTTPSConnectionPool,connection_from_url}()"
        ".{request,urlopen,request_encode_url,request_encode_body}",
        "urllib3.request",
        url=(1, "url"),
        maker_timeout=("timeout",),
    ),
    _http(
        f"aiohttp.ClientSession().{{{VERBS},ws_connect}}",
        "aiohttp.request",
        maker_timeout=("timeout",),
        default_timeout=300,
    ),
    _http("pycurl.Curl().perform", inspect=_curl),
    _of_sockets(
        "http.client.{HTTPConnection,HTTPSConnection}().request",
        "httplib.{HTTPConnection,HTTPSConnection}().request",
        timeout=(),
        maker_timeout=("timeout", 2),
        kind=Kind.HTTP,
        url=(1, "url"),
    ),
    _of_sockets(
        "httplib2.Http().request",
        timeout=(),
        maker_timeout=("timeout", 1),
        kind=Kind.HTTP,
        url=(0, "uri"),
    ),
    _http("xmlrpc.client.{ServerProxy,Server}().*", timeout=None, url=(), inspect=_library_method),
    _http("feedparser.parse", inspect=_feed),
    _http("zeep.{,client.}{Client,CachingClient}().service.*", url=(), inspect=_transport),
    _http("suds.client.Client().service.*", url=(), timeout=None),
    _http(
        "{boto3,botocore,aioboto3}.**client().*",
        url=(),
        timeout=None,
        inspect=lambda made: None if _is_of_other_table(made) else _library_method(made),
    ),
    _http("minio.{,api.}Minio().{*_object,list_*,bucket_exists,make_bucket}", url=(), timeout=None),
    _http(
        "google.cloud.storage.{,client.}Client().**"
        ".{upload_from_string,upload_from_file,upload_from_filename,download_as_bytes,download_as_string,"
        "download_as_text,download_to_filename,download_to_file,list_blobs,delete}",
        url=(),
        default_timeout=60,
    ),
    _http("azure.storage.blob.**.{upload_blob,download_blob,delete_blob,list_blobs}", url=(), timeout=None),
    _http("googleapiclient.discovery.build().**.execute", url=(), timeout=None),
    _http(
        "google.oauth2.id_token.{verify_oauth2_token,verify_token,verify_firebase_token}",
        url=(),
        timeout=None,
    ),
    _http(
        "docker.{from_env,DockerClient}().{**.,}{run,pull,build,push,exec_run,list,get}", url=(), timeout=None
    ),
    _http(
        "kubernetes.client.**Api().{create,list,read,delete,patch,replace}_*",
        url=(),
        timeout=("_request_timeout",),
    ),
    _http("yfinance.{download,Ticker().history}", "wikipedia.{page,summary,search}", timeout=None),
    _http(
        "{yt_dlp,youtube_dl}.{,YoutubeDL.}YoutubeDL().{extract_info,download}",
        "newspaper.Article().download",
        "pytube.YouTube().streams.**.download",
        timeout=None,
    ),
    _http(
        "geopy.{,geocoders.}{,*.}{Nominatim,Photon,ArcGIS,OpenCage,Bing,Here,HereV7,MapBox}().{geocode,reverse}",
        url=(),
        default_timeout=1,
    ),
    _http(
        "googletrans.Translator().{translate,detect}",
        "deep_translator.*.{,*.}*Translator().{translate,translate_batch}",
        "deep_translator.*Translator().{translate,translate_batch}",
        "speech_recognition.Recognizer().{recognize_google,recognize_wit,recognize_bing}",
        url=(),
        timeout=None,
    ),
    # -- not HTTP
    _of_sockets("ftplib.{FTP,FTP_TLS}().connect", timeout=("timeout", 2), maker_timeout=("timeout", 4)),
    Spec(
        kind=Kind.CONNECTION,
        work=WorkClass.HEAVY,
        names=("ftplib.{FTP,FTP_TLS}",),
        roles={Role.URL: (0, "host")},
        timeout=("timeout", 4),
        inspect=lambda made: _FTP(made) if made.argument(0, "host") is not None else None,
    ),
    _of_sockets("imaplib.{IMAP4,IMAP4_SSL}", timeout=("timeout",)),
    _of_sockets("poplib.{POP3,POP3_SSL}", timeout=("timeout", 2)),
    _of_sockets("telnetlib.Telnet", timeout=("timeout", 2)),
    _of_sockets("socket.create_connection", timeout=("timeout", 1), url=(0, "address")),
    _connection("socket.socket().{connect,connect_ex}", inspect=_connected),
    _connection("websocket.create_connection"),
    _connection("paramiko.{,client.}SSHClient().connect", timeout=("timeout", 6)),
    _connection("paramiko.{,client.}SSHClient().exec_command", timeout=("timeout", 2)),
    _connection("fabric.Connection().{run,sudo,put,get}", "netmiko.ConnectHandler", timeout=None),
    _connection(
        "ldap3.{,core.connection.}Connection", timeout=("receive_timeout",), inspect=_directory_object
    ),
    _connection(
        "ldap3.{,core.connection.}Connection().{bind,search,modify,add,delete,open,rebind}",
        timeout=(),
        maker_timeout=("receive_timeout",),
    ),
    _connection(
        "ldap.initialize().{simple_bind_s,bind_s,search_s,search_st,search_ext_s,sasl_interactive_bind_s}",
        inspect=_directory,
    ),
    _connection(
        "grpc.**.{unary_unary(),unary_stream(),stream_unary(),stream_stream()}",
        "*_pb2_grpc.*Stub().*",
        "**.*_pb2_grpc.*Stub().*",
        timeout=("timeout", 1),
    ),
    _connection("dns.resolver.{resolve,query}", timeout=("lifetime",), default_timeout=5),
    _connection("whois.{whois,query}", timeout=None),
    _connection("paho.mqtt.publish.{single,multiple}", "pika.BlockingConnection", timeout=None),
)
_FTP: Final = _with_socket_default(
    lambda: next(spec for spec in SINKS if spec.names == ("ftplib.{FTP,FTP_TLS}",))
)


def service_of(made: Invocation) -> str:
    """The service of a boto3 client (`sns`), or nothing where it is not known."""
    for given in reversed(made.function.calls):
        if given.path.endswith((".client", ".resource")):
            return _text(given, 0, "service_name")
    return ""


def _text(given: "Given", *names: int | str) -> str:
    found = given.argument(*names)
    return found.value if found is not None and isinstance(found.value, str) else ""


CLOUD_METHODS: Final = frozenset(
    {
        *("invoke_model", "invoke_model_with_response_stream", "converse", "converse_stream", "invoke_agent"),
        *("retrieve_and_generate", "publish", "publish_batch", "send_email", "send_raw_email"),
        *("send_templated_email", "send_bulk_templated_email", "send_bulk_email", "send_text_message"),
        *(
            "send_message",
            "send_messages",
            "invoke",
            "invoke_async",
            "submit_job",
            "run_task",
            "run_instances",
        ),
        *(
            "start_execution",
            "start_sync_execution",
            "start_job_run",
            "invoke_endpoint",
            "send_message_batch",
        ),
        *("create_training_job", "start_transcription_job", "synthesize_speech", "translate_text"),
        *("detect_text", "detect_labels", "detect_faces", "analyze_document", "detect_document_text"),
        *("detect_sentiment", "detect_entities", "start_speech_synthesis_task", "batch_translate_text"),
        *("start_build", "create_job", "start_query_execution", "execute_command"),
    }
)
"""Methods of cloud clients that other tables know."""


def _is_of_other_table(made: Invocation) -> bool:
    return made.path.rpartition(".")[2] in CLOUD_METHODS
