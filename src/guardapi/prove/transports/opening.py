"""Who carries the requests of a run: the application in process, its server, or one that runs already."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from guardapi.model import App, Deployment
from guardapi.prove.deployed import deployed
from guardapi.prove.exchange import Answer
from guardapi.prove.plans import Plan, Store
from guardapi.prove.processes.target import Target
from guardapi.prove.transports import in_process
from guardapi.prove.transports.in_process import InProcess
from guardapi.prove.transports.loopback import server_address
from guardapi.prove.transports.served import Served
from guardapi.prove.transports.stores import LentStore, named_store, started_store, wanted_kind
from guardapi.prove.transports.url import Url
from guardapi.verdict import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What is to be started, and how."""

    target: Target
    app: App
    deployment: Deployment
    mode: Mode
    workers: int | None = None
    store: str | None = None
    url: str | None = None
    most: int
    """Requests that are sent at most."""


@dataclass(slots=True)
class Called:
    """The application in process; for each state of its store it is booted once."""

    target: Target
    _started: dict[Store, InProcess] = field(default_factory=dict)

    def carry(self, plan: Plan) -> Iterator[tuple[Answer, ...]]:
        """Send what a plan says."""
        yield from self.started(plan.store).send(plan.exchanges, hold=plan.hold, is_silent=plan.is_silent)

    def start(self) -> None:
        """Boot it, before anything is sent."""
        self.started(Store.WORKING)

    def started(self, store: Store) -> InProcess:
        """The application with its store in a state. Raises `TargetError` where it does not start."""
        if store not in self._started:
            self._started[store] = in_process.start(self.target, in_process.Options(store=store))
        return self._started[store]

    @property
    def facts(self) -> tuple[str, ...]:
        """What whoever reads the verdicts should know."""
        return tuple(dict.fromkeys(fact for one in self._started.values() for fact in one.facts))

    def close(self) -> None:
        """End all of them."""
        for one in self._started.values():
            one.close()


@dataclass(frozen=True, slots=True)
class Behind:
    """The application behind its server."""

    served: Served

    def start(self) -> None:
        """Start the server, before anything is sent."""
        self.served.start()

    def carry(self, plan: Plan) -> Iterator[tuple[Answer, ...]]:
        """Send what a plan says."""
        yield from self.served.connect(plan.store, is_silent=plan.is_silent).send(plan.exchanges)

    @property
    def facts(self) -> tuple[str, ...]:
        """What whoever reads the verdicts should know."""
        return self.served.facts

    def close(self) -> None:
        """End the server."""
        self.served.close()


@dataclass(slots=True)
class Asked:
    """A server that somebody else has started; the state of its store is not in our hands."""

    transport: Url
    facts: tuple[str, ...] = ()

    def start(self) -> None:
        """Nothing is to be started, but somebody has to listen."""
        self.transport.connect(Store.WORKING)

    def carry(self, plan: Plan) -> Iterator[tuple[Answer, ...]]:
        """Send what a plan says."""
        yield from self.transport.connect(plan.store).send(plan.exchanges)

    def close(self) -> None:
        """Nothing was started."""
        self.transport.close()


Running = Called | Behind | Asked


@contextmanager
def opened(launch: Launch) -> Iterator[Running]:
    """The application, ready for requests, and ended behind. Raises `TargetError` where it does not start."""
    running = _opened(launch)
    try:
        running.start()
        yield running
    finally:
        running.close()


def _opened(launch: Launch) -> Running:
    if launch.url is not None:
        return Asked(Url(server_address(launch.url), most=launch.most))
    if launch.mode is Mode.IN_PROCESS:
        return Called(launch.target)
    served = deployed(launch.app, launch.deployment, workers=launch.workers)
    wanted = wanted_kind(launch.app, launch.deployment)
    return Behind(Served(launch.target, served, store=_store_for(launch, wanted), wanted=wanted))


def _store_for(launch: Launch, kind: str | None) -> LentStore | None:
    """What the user names, or a store of the kind that the application asks for."""
    if launch.store is not None:
        return named_store(launch.store)
    return started_store(kind) if kind is not None else None
