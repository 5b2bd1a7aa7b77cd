"""A server that somebody else has started: asked on the loopback interface, a stated number of times at most."""

import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from guardapi.errors import TargetError
from guardapi.prove.exchange import Answer, Exchange, Sent, Transport
from guardapi.prove.plans import Store
from guardapi.prove.transports.http_client import SECONDS, Client
from guardapi.prove.transports.loopback import Address

LONGEST_WAIT: Final = 60.0
"""Seconds; a window that is longer is not waited for."""
MARGIN: Final = 1.0
"""Seconds beyond a window: its clock is the server's."""
REACHED: Final = "the number of requests that may be sent is reached"
REMEMBERS: Final = "the server still counts what an earlier claim has sent, for longer than is waited for"
_CONNECT_SECONDS: Final = 2.0


@dataclass(slots=True)
class _Used:
    """What has been sent under one name, and how long that is remembered."""

    last: float
    retry_after: float | None = None
    """As the latest refusal said; None where nothing was refused, or nothing said."""

    @property
    def wait(self) -> float:
        """Seconds from now, for a window that is not known at most as long as one is waited for."""
        window = LONGEST_WAIT if self.retry_after is None else self.retry_after
        return self.last + window + MARGIN - time.monotonic()


class Url:
    """Carries requests to a server that cannot be started anew: its counters stay as earlier requests left them.

    Each claim is best sent by a client of its own. Where it comes as one that was there before, its window is waited
    for.
    """

    def __init__(self, address: Address, *, most: int, seconds: float = SECONDS) -> None:
        self._client = Client(address=address, seconds=seconds)
        self._left = most
        self._used: dict[tuple[str, ...], _Used] = {}

    @property
    def left(self) -> int:
        """How many requests may still be sent."""
        return self._left

    def connect(self, state: Store) -> Transport:
        """The server itself, whose store is as it is. Raises `TargetError` where nobody listens."""
        if state is not Store.WORKING:
            raise TargetError("The store of a server that somebody else has started cannot be taken away.")
        address = self._client.address
        try:
            socket.create_connection((address.host, address.port), timeout=_CONNECT_SECONDS).close()
        except OSError as error:
            raise TargetError(f"Nobody listens on {address.header}: {error.strerror or error}.") from None
        return self

    def send(self, exchanges: Sequence[Exchange]) -> Iterator[tuple[Answer, ...]]:
        """The answers to each exchange. What may not be sent is answered with status 0."""
        names = {_name(sent) for exchange in exchanges for sent in exchange.sent}
        waits = [self._used[name].wait for name in names if name in self._used]
        if max(waits, default=0.0) > LONGEST_WAIT + MARGIN:
            yield from (_unsent(exchange, REMEMBERS) for exchange in exchanges)
            return
        if sum(len(exchange.sent) for exchange in exchanges) > self._left:
            yield from (_unsent(exchange, REACHED) for exchange in exchanges)
            return
        time.sleep(max(0.0, *waits, 0.0))
        for exchange in exchanges:
            time.sleep(exchange.pause)
            self._left -= len(exchange.sent)
            answers = self._client.together(exchange.sent)
            for sent, answer in zip(exchange.sent, answers, strict=True):
                self._remember(sent, answer)
            yield answers

    def close(self) -> None:
        """Nothing was started."""

    def _remember(self, sent: Sent, answer: Answer) -> None:
        used = self._used.setdefault(_name(sent), _Used(0.0))
        used.last = time.monotonic()
        told = answer.headers.get("retry-after", "")
        if told.isdecimal():
            used.retry_after = float(told)


def _name(sent: Sent) -> tuple[str, ...]:
    """Under which something may be counted: the client, who it says to be, and what it asks for."""
    headers = {name.lower(): value for name, value in sent.request.headers.items()}
    forwarded = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    return sent.client, forwarded, headers.get("authorization", ""), sent.request.path


def _unsent(exchange: Exchange, why: str) -> tuple[Answer, ...]:
    return (Answer(status=0, error=why),) * len(exchange.sent)
