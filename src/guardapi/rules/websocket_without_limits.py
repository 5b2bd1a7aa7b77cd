"""GA961: messages of a socket that nothing counts, or that may have any size."""

from collections.abc import Iterator, Mapping
from typing import Final

from guardapi.findings import Confidence, Cwe, Finding, Probe, Related, Severity
from guardapi.model import App, Deployment, SocketEvent
from guardapi.rank import level
from guardapi.reached import Reached, reached
from guardapi.remedy import Remedy, Safety, SetSetting
from guardapi.rule import Example, Rule
from guardapi.sink import Kind, MethodWork, WorkClass

OPTIONS: Final = "SOCK_SERVER_OPTIONS"
SIZE: Final = 65_536
"""Bytes of a message."""
MOST: Final = 100_000_000
"""Bytes of one message above which Flask-SocketIO takes nearly anything; its default is a million."""
BASE: Final = """
    from flask import Flask, jsonify
    from flask_limiter import Limiter
    from flask_limiter.util import get_remote_address
    from flask_sock import Sock
    from flask_sqlalchemy import SQLAlchemy

    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///chat.db"
    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://")
    db = SQLAlchemy(app)


    class Message(db.Model):
        id = db.Column(db.Integer, primary_key=True)
        text = db.Column(db.String(1000))


"""
CONFIGURED: Final = """\
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///chat.db"
"""
COUNTED: Final = """
    import time

    sock = Sock(app)


    @sock.route("/chat")
    def chat(ws):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            db.session.add(Message(text=ws.receive()))  # finds: GA961
            db.session.commit()
"""


class WebsocketWithoutLimits(Rule):
    """A limiter sees the handshake of a socket, not its messages.

    ## What it finds
    Handlers of Flask-Sock that receive messages without a limit in their loop, or with no `max_message_size`; handlers
    of Flask-SocketIO events that cost something and count nothing, or a buffer above 100 MB.

    ## Why it is bad
    One connection passes the limiter once and then sends as many messages, of any size, as the network carries.

    ## How to fix it
    Bound the size: `app.config["SOCK_SERVER_OPTIONS"] = {"max_message_size": 65536}`. Count the messages: handle each
    one inside `with limiter.limit("30 per minute"):`, or keep a bucket for each connection.

    ## What it leaves alone
    Handlers that only send, and those that count, look at a clock or ask a limiter.
    """

    id = "GA961"
    name = "websocket-without-limits"
    severity = Severity.MEDIUM
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.EXCESSIVE_ALLOCATION, Cwe.INTERACTION_FREQUENCY)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="a loop that stores every message",
            files={
                "chat.py": BASE
                + """
    sock = Sock(app)


    @sock.route("/chat")
    def chat(ws):
        while True:
            text = ws.receive()  # finds: GA961
            db.session.add(Message(text=text))
            db.session.commit()
            ws.send("stored")
"""
            },
        ),
        Example(
            title="a size, but no limit of the number",
            files={
                "chat.py": BASE
                + """
    app.config["SOCK_SERVER_OPTIONS"] = {"max_message_size": 65_536}
    sock = Sock()
    sock.init_app(app)


    @sock.route("/chat/<room>")
    def chat(ws, room):
        while True:
            db.session.add(Message(text=ws.receive()))  # finds: GA961
            db.session.commit()
"""
            },
        ),
        Example(
            title="counted, but of any size",
            files={"chat.py": BASE + COUNTED},
            fixed={
                "chat.py": BASE.replace(
                    CONFIGURED,
                    f"""{CONFIGURED}\
    app.config["SOCK_SERVER_OPTIONS"] = {{"max_message_size": 65536, "ping_interval": 25}}
""",
                )
                + COUNTED
            },
        ),
        Example(
            title="an event of Flask-SocketIO",
            files={
                "chat.py": BASE
                + """
    from flask_socketio import SocketIO, emit

    socketio = SocketIO(app)


    @socketio.on("say")
    def say(data):  # finds: GA961
        db.session.add(Message(text=data["text"]))
        db.session.commit()
        emit("said", data["text"])
"""
            },
        ),
    )
    secure = (
        Example(
            title="a bound for the size, and a limit in the loop",
            files={
                "chat.py": BASE
                + """
    app.config["SOCK_SERVER_OPTIONS"] = {"max_message_size": 65_536, "ping_interval": 25}
    sock = Sock(app)


    @sock.route("/chat")
    def chat(ws):
        while True:
            text = ws.receive()
            with limiter.limit("30 per minute", override_defaults=False):
                db.session.add(Message(text=text))
                db.session.commit()
"""
            },
        ),
        Example(
            title="an event that counts",
            files={
                "chat.py": BASE
                + """
    import time

    from flask import request
    from flask_socketio import SocketIO, disconnect

    socketio = SocketIO(app)
    last = {}


    @socketio.on("say")
    def say(data):
        if time.monotonic() - last.get(request.remote_addr, 0) < 1:
            disconnect()
            return
        if len(last) < 1000:
            last[request.remote_addr] = time.monotonic()
        db.session.add(Message(text=data["text"]))
        db.session.commit()
"""
            },
        ),
        Example(
            title="a socket that only sends",
            files={
                "chat.py": BASE
                + """
    sock = Sock(app)


    @sock.route("/ticker")
    def ticker(ws):
        for number in range(10):
            ws.send(str(number))
"""
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        has_size = _has_size(app)
        for one in reached(app, deployment, Kind.SOCKET):
            if not has_size or one.sink.facts.get("guard") is False:
                yield self._of_route(app, one, has_size=has_size)
        for event in app.sockets:
            is_costly = not event.has_guard and _work(event) >= WorkClass.DATA
            if is_costly or (event.max_size or 0) > MOST:
                yield self._of_event(app, event)

    def _of_route(self, app: App, one: Reached, *, has_size: bool) -> Finding:
        done = one.worst.route.work[one.worst.method]
        score = 2 * done.work + (1 if has_size else 2) + 2 * done.access.audience
        severity = max(_capped(done, score), Severity.LOW)
        parts = (
            []
            if one.sink.facts.get("guard")
            else ["as many messages as it likes: the limiter sees the handshake alone"]
        )
        parts += [] if has_size else ["messages of any size (`max_message_size` is not set)"]
        return self.finding(
            one.sink.place,
            f"A connection to `{one.worst.route.rule}` may send {', and '.join(parts)}.",
            app=app,
            identity=(one.sink.function, "socket"),
            severity=severity,
            route=one.reference,
            related=one.related(),
            why=f"a message {_costliest(done)} (score {score})",
            is_advisory=severity < Severity.MEDIUM,
            remedy=None if has_size or not one.sink.facts.get("guard") else _remedy(app),
        )

    def _of_event(self, app: App, event: SocketEvent) -> Finding:
        work = _work(event)
        score = 2 * work + 3
        severity = max(level(score) if work > WorkClass.LIGHT else Severity.LOW, Severity.LOW)
        worst = max(event.sinks, key=lambda sink: sink.work, default=None)
        is_large = event.max_size is not None and event.max_size > MOST
        size = f" of up to {event.max_size:,} bytes" if is_large else ""
        cost = f", each of which {worst.kind.value}" if worst is not None else ""
        return self.finding(
            event.place,
            f"A connection may send as many `{event.event}` messages{size} as it likes{cost}: no limit of a route"
            " counts them.",
            app=app,
            identity=(event.name, "socket"),
            severity=severity,
            confidence=Confidence.FIRM,
            related=[Related(place=worst.place, message=f"`{worst.name}` is called here")]
            if worst is not None
            else (),
            why=f"{worst.kind.value if worst is not None else 'costs little'} (score {score})",
            is_advisory=severity < Severity.MEDIUM,
        )


def _remedy(app: App) -> Remedy:
    """The size of a message; how many are too many only the project knows."""
    edit = SetSetting(app=app.id, key=OPTIONS, value=f'{{"max_message_size": {SIZE}, "ping_interval": 25}}')
    if OPTIONS in app.settings:
        edit = SetSetting(app=app.id, key=OPTIONS, entry="max_message_size", value=str(SIZE))
    reason = f"Messages of more than {SIZE:,} bytes close the connection, and so does a client that is gone."
    return Remedy(safety=Safety.SAFE, reason=reason, edits=(edit,))


def _has_size(app: App) -> bool:
    """Whether Flask-Sock bounds the size of a message, or may."""
    setting = app.settings.get(OPTIONS)
    if setting is None:
        return False
    if not setting.known or not isinstance(setting.value, Mapping):
        return True
    return setting.value.get("max_message_size") is not None


def _work(event: SocketEvent) -> WorkClass:
    return max((sink.work for sink in event.sinks), default=WorkClass.NOTHING)


def _capped(done: MethodWork, score: int) -> Severity:
    return level(score) if done.work > WorkClass.LIGHT else Severity.LOW


def _costliest(done: MethodWork) -> str:
    worst = max(done.sinks, key=lambda sink: sink.work)
    return worst.kind.value
