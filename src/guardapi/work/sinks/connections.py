"""Connections to other servers that are not HTTP: files, directories, shells, remote procedures.

Facts: as of `outbound`.
"""

from collections.abc import Callable
from typing import Final

from guardapi.sink import Kind, Role, WorkClass
from guardapi.work.sinks.outbound import (
    NOTHING_TO_ADD,
    SOCKET_SETTING,
    mentions,
    of_sockets,
    with_socket_default,
)
from guardapi.work.specs import Facts, Invocation, Spec, seconds


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
    if bound is None or bound.value is None or bound.value is False:
        return None
    return NOTHING_TO_ADD


def _at_once(made: Invocation) -> Facts | None:
    """ftplib: the constructor connects where it is told the host."""
    return with_socket_default(lambda: FTP)(made) if made.argument(0, "host") is not None else None


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


FTP: Final = Spec(
    kind=Kind.CONNECTION,
    work=WorkClass.HEAVY,
    names=("ftplib.{FTP,FTP_TLS}",),
    roles={Role.URL: (0, "host")},
    timeout=("timeout", 4),
    inspect=_at_once,
)
MAKERS: Final = ("ftplib.{FTP,FTP_TLS}", "ldap3.{,core.}{,connection.,server.}{Connection,Server}")
SET_UP: Final = ("socket.socket().settimeout",)
SINKS: Final = (
    of_sockets("ftplib.{FTP,FTP_TLS}().connect", timeout=("timeout", 2), maker_timeout=("timeout", 4)),
    FTP,
    of_sockets("imaplib.{IMAP4,IMAP4_SSL}", timeout=("timeout",)),
    of_sockets("poplib.{POP3,POP3_SSL}", timeout=("timeout", 2)),
    of_sockets("telnetlib.Telnet", timeout=("timeout", 2)),
    of_sockets("socket.create_connection", timeout=("timeout", 1), url=(0, "address")),
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
