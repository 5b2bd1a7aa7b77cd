"""GA505: mail and messages are sent for each request, without limit."""

from collections.abc import Iterator
from dataclasses import replace

from guardapi.findings import Cwe, Finding, Owasp, Probe, Related, Severity
from guardapi.limited_views import limited_uses
from guardapi.model import App, Deployment
from guardapi.place import Place
from guardapi.rank import Stake, level
from guardapi.reached import Accepts, Reached, Use, called, one_for_each_route, open_or_free, reached
from guardapi.remedy import Remedy
from guardapi.rule import Example, Rule
from guardapi.sink import Kind


class MessageFlood(Rule):
    """Each request sends mail or a message, and nothing limits the requests.

    ## What it finds
    A view that sends mail, a text message, a call or a push, itself or through a job, on a route without
    any limit.

    ## Why it is bad
    A script sends thousands of them: to a stranger who never asked, at your cost for each, until the
    provider blocks the sender. Numbers at premium rates pay whoever floods.

    ## How to fix it
    Two limits: a few an hour for each recipient (`key_func` reads the number or address), and some more for
    each client.

    ## What it leaves alone
    Messages whose recipient the configuration fixes rank low; so do views that refuse to send again too
    soon, which are left out.
    """

    id = "GA505"
    name = "message-flood"
    severity = Severity.HIGH
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.INTERACTION_FREQUENCY)
    owasp = (Owasp.RESOURCE_CONSUMPTION, Owasp.SENSITIVE_FLOWS)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="a code is sent to a number of the request",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from twilio.http.http_client import TwilioHttpClient
                    from twilio.rest import Client

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    sms = Client("AC0", "token", http_client=TwilioHttpClient(timeout=10))


                    @app.post("/code")
                    def send_code():
                        sms.messages.create(to=request.form["phone"], from_="+15550100", body="Code")  # finds: GA505
                        return {"state": "sent"}
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from twilio.http.http_client import TwilioHttpClient
                    from twilio.rest import Client

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    sms = Client("AC0", "token", http_client=TwilioHttpClient(timeout=10))


                    def submitted_phone():
                        return request.form.get("phone") or get_remote_address()


                    @app.post("/code")
                    @limiter.limit("3 per hour", key_func=submitted_phone)
                    @limiter.limit("10 per hour")
                    def send_code():
                        sms.messages.create(to=request.form["phone"], from_="+15550100", body="Code")  # finds: GA505
                        return {"state": "sent"}
                """,
            },
        ),
        Example(
            title="an invitation by mail, out of a service",
            files={
                "shop/__init__.py": """
                    from flask import Flask, request

                    from shop.extensions import limiter, mail
                    from shop.invitations import invite


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        limiter.init_app(app)
                        mail.init_app(app)

                        @app.post("/invite")
                        def invited():
                            invite(request.form["email"])
                            return {"state": "sent"}

                        return app
                """,
                "shop/extensions.py": """
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from flask_mail import Mail

                    limiter = Limiter(get_remote_address, storage_uri="memory://")
                    mail = Mail()
                """,
                "shop/invitations.py": """
                    from flask_mail import Message

                    from shop.extensions import mail


                    def invite(address):
                        message = Message("Come and see", recipients=[address])
                        mail.send(message)  # finds: GA505
                """,
            },
            fixed={
                "shop/__init__.py": """
                    from flask import Flask, request
                    from flask_limiter.util import get_remote_address

                    from shop.extensions import limiter, mail
                    from shop.invitations import invite


                    def submitted_email():
                        return request.form.get("email") or get_remote_address()


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        limiter.init_app(app)
                        mail.init_app(app)

                        @app.post("/invite")
                        @limiter.limit("3 per hour", key_func=submitted_email)
                        @limiter.limit("10 per hour")
                        def invited():
                            invite(request.form["email"])
                            return {"state": "sent"}

                        return app
                """,
            },
        ),
        Example(
            title="a thread sends the mail",
            files={
                "shop.py": """
                    import smtplib
                    import threading

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def send(address):
                        with smtplib.SMTP("mail.example.com", timeout=10) as server:
                            server.sendmail("shop@example.com", [address], "Subject: Hello")  # finds: GA505


                    @app.post("/subscribe")
                    def subscribe():
                        threading.Thread(target=send, args=(request.form["email"],)).start()
                        return {"state": "sent"}, 202
                """,
            },
            fixed={
                "shop.py": """
                    import smtplib
                    import threading

                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    def send(address):
                        with smtplib.SMTP("mail.example.com", timeout=10) as server:
                            server.sendmail("shop@example.com", [address], "Subject: Hello")  # finds: GA505


                    def submitted_email():
                        return request.form.get("email") or get_remote_address()


                    @app.post("/subscribe")
                    @limiter.limit("3 per hour", key_func=submitted_email)
                    @limiter.limit("10 per hour")
                    def subscribe():
                        threading.Thread(target=send, args=(request.form["email"],)).start()
                        return {"state": "sent"}, 202
                """,
            },
        ),
        Example(
            title="a job sends the text",
            files={
                "shop.py": """
                    import boto3
                    from celery import Celery
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    jobs = Celery("shop", broker="redis://localhost:6379/0")
                    sns = boto3.client("sns")


                    @jobs.task(bind=True)
                    def notify(self, number):
                        sns.publish(PhoneNumber=number, Message="Your parcel is there")  # finds: GA505


                    @app.post("/notify")
                    def notified():
                        notify.delay(request.form["phone"])
                        return {"state": "sent"}, 202
                """,
            },
            fixed={
                "shop.py": """
                    import boto3
                    from celery import Celery
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    jobs = Celery("shop", broker="redis://localhost:6379/0")
                    sns = boto3.client("sns")


                    @jobs.task(bind=True)
                    def notify(self, number):
                        sns.publish(PhoneNumber=number, Message="Your parcel is there")  # finds: GA505


                    def submitted_phone():
                        return request.form.get("phone") or get_remote_address()


                    @app.post("/notify")
                    @limiter.limit("3 per hour", key_func=submitted_phone)
                    @limiter.limit("10 per hour")
                    def notified():
                        notify.delay(request.form["phone"])
                        return {"state": "sent"}, 202
                """,
            },
        ),
    )
    secure = (
        Example(
            title="limited by recipient and by client",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from twilio.http.http_client import TwilioHttpClient
                    from twilio.rest import Client

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )
                    sms = Client("AC0", "token", http_client=TwilioHttpClient(timeout=10))


                    def phone():
                        return request.form.get("phone") or get_remote_address()


                    @app.post("/code")
                    @limiter.limit("3 per hour", key_func=phone)
                    @limiter.limit("10 per hour")
                    def send_code():
                        sms.messages.create(to=request.form["phone"], from_="+15550100", body="Your code")
                        return {"state": "sent"}
                """,
            },
        ),
        Example(
            title="a limit holds in front of the job",
            files={
                "shop.py": """
                    import boto3
                    from celery import Celery
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )
                    jobs = Celery("shop", broker="redis://localhost:6379/0")
                    sns = boto3.client("sns")


                    @jobs.task
                    def notify(number):
                        sns.publish(PhoneNumber=number, Message="Your parcel is there")


                    @app.post("/notify")
                    @limiter.limit("5 per hour")
                    def notified():
                        notify.delay(request.form["phone"])
                        return {"state": "sent"}, 202
                """,
            },
        ),
        Example(
            title="an alert to the owner, with default limits",
            files={
                "shop.py": """
                    import os
                    import smtplib

                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/report")
                    def report():
                        with smtplib.SMTP("mail.example.com", timeout=10) as server:
                            server.sendmail("shop@example.com", os.environ["OWNER"], "Subject: A fault was reported")
                        return {"state": "sent"}
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        found = reached(app, deployment, Kind.MAIL, Kind.MESSAGE, accepts=_sent_openly(app))
        for one, related in one_for_each_route(found):
            yield self._finding(app, one, related, limited_uses(app, deployment, one))

    def _finding(self, app: App, one: Reached, related: list[Related], remedy: Remedy | None) -> Finding:
        stake = _stake(one.worst)
        severity = level(stake.score)
        if one.sink.facts.get("recipient") == "fixed":
            severity = min(severity, Severity.LOW)
        return self.finding(
            one.sink.place,
            f"`{one.title}`{one.others} {_consequence(one.worst)}",
            app=app,
            identity=(one.sink.function, one.sink.name),
            severity=severity,
            confidence=one.confidence,
            route=one.reference,
            related=[*_queued(one), *related],
            why=stake.why,
            remedy=remedy,
            is_advisory=severity < Severity.MEDIUM,
        )


def _sent_openly(app: App) -> Accepts:
    """Where a limit holds, a recipient of the caller's choice is its matter; how many there are is not."""
    is_accepted = open_or_free(app)
    return lambda use: is_accepted(use) and use.sink.facts.get("cooled") is not True


def _stake(use: Use) -> Stake:
    if use.sink.facts.get("recipient") == "caller":
        return replace(use.stake, choice=2, picks="the caller picks who gets it")
    return use.stake


def _consequence(use: Use) -> str:
    sink = use.sink
    to = " to whomever the request names" if sink.facts.get("recipient") == "caller" else ""
    does = f"{sink.kind.value} (`{called(sink)}`){to}"
    again = sink.repeated_by
    times = f"once for each item of `{again.source}`" if again is not None else "for each request"
    if again is not None and not use.is_open:
        return f"{does}, {times}: a rate limit does not cure it."
    cost = "each costs money" if sink.facts.get("paid") else "a script floods people's mailboxes"
    return f"{does} {times}, without limit: {cost}, and the provider blocks the sender."


def _queued(one: Reached) -> list[Related]:
    place = one.sink.facts.get("queued_at")
    return [Related(place=place, message="the job is queued here")] if isinstance(place, Place) else []
