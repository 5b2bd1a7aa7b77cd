"""GA604: a call that costs money is made for each request, without limit."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from guardapi.findings import Cwe, Finding, Owasp, Probe, Related, Severity
from guardapi.limited_views import limited_uses
from guardapi.model import App, Deployment
from guardapi.rank import Stake, level
from guardapi.reached import Reached, Use, called, is_free, one_for_each_route, open_or_free, reached
from guardapi.remedy import Remedy
from guardapi.rule import Example, Rule
from guardapi.sink import Kind

PAID: Final = (Kind.MODEL_API, Kind.PAID_API, Kind.PAYMENT, Kind.CLOUD_JOB)


class PaidCallWithoutLimit(Rule):
    """Each request calls a service that sends a bill, and nothing limits the requests.

    ## What it finds
    A language model, speech, translation, maps, payments or a job in a cloud, asked by a view on a route
    without any limit. With a limit, too, where the caller chooses without bound how much one call costs:
    the length of the prompt, the number of answers.

    ## Why it is bad
    A script runs up the bill, until the quota is spent and the service is gone for everybody.

    ## How to fix it
    Limit the route, such as `@limiter.limit("3 per minute; 50 per day")`, cut the prompt (`text[:4000]`)
    and bound the answer (`max_output_tokens`).

    ## What it leaves alone
    Models on this machine, calls with a key that the caller brings, and jobs of a queue (GA608).
    """

    id = "GA604"
    name = "paid-call-without-limit"
    severity = Severity.CRITICAL
    cwe = (Cwe.ALLOCATION_WITHOUT_LIMITS, Cwe.UNCONTROLLED_CONSUMPTION)
    owasp = (Owasp.RESOURCE_CONSUMPTION,)
    probes = (Probe.FLOOD,)
    vulnerable = (
        Example(
            title="a model answers the request",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from openai import OpenAI

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    llm = OpenAI(api_key="x", timeout=20)


                    @app.post("/ask")
                    def ask():
                        text = request.get_json()["question"]
                        answer = llm.responses.create(model="gpt-5-mini", input=text)  # finds: GA604
                        return {"answer": answer.output_text}
                """,
            },
        ),
        Example(
            title="limited, but the prompt has any length",
            files={
                "shop.py": """
                    from anthropic import Anthropic
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
                    claude = Anthropic(api_key="x", timeout=20)


                    @app.post("/ask")
                    @limiter.limit("3 per minute")
                    def ask():
                        prompt = f"Answer as a shop assistant: {request.form['question']}"
                        answer = claude.messages.create(  # finds: GA604
                            model="claude-sonnet-4-5",
                            max_tokens=500,
                            messages=[{"role": "user", "content": prompt}],
                        )
                        return {"answer": answer.content[0].text}
                """,
            },
        ),
        Example(
            title="behind a service, in another module",
            files={
                "shop/__init__.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    from shop.translation import translated

                    limiter = Limiter(get_remote_address, storage_uri="memory://")


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        limiter.init_app(app)

                        @app.post("/translate")
                        def translate():
                            return {"text": translated(request.form["text"][:500])}

                        return app
                """,
                "shop/translation.py": """
                    import boto3


                    def client():
                        return boto3.client("bedrock-runtime")


                    def translated(text):
                        answer = client().converse(  # finds: GA604
                            modelId="amazon.nova-lite-v1:0",
                            messages=[{"role": "user", "content": [{"text": text}]}],
                            inferenceConfig={"maxTokens": 300},
                        )
                        return answer["output"]["message"]["content"][0]["text"]
                """,
            },
            fixed={
                "shop/__init__.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    from shop.translation import translated

                    limiter = Limiter(get_remote_address, storage_uri="memory://")


                    def create_app():
                        app = Flask(__name__)
                        app.config["MAX_CONTENT_LENGTH"] = 100_000
                        limiter.init_app(app)

                        @app.post("/translate")
                        @limiter.limit("3 per minute; 50 per day")
                        def translate():
                            return {"text": translated(request.form["text"][:500])}

                        return app
                """,
            },
        ),
        Example(
            title="a payment is started",
            files={
                "shop.py": """
                    import stripe
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/checkout")
                    def checkout():
                        intent = stripe.PaymentIntent.create(amount=1900, currency="eur")  # finds: GA604
                        return {"secret": intent.client_secret}
                """,
            },
            fixed={
                "shop.py": """
                    import stripe
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")


                    @app.post("/checkout")
                    @limiter.limit("3 per minute; 50 per day")
                    def checkout():
                        intent = stripe.PaymentIntent.create(amount=1900, currency="eur")  # finds: GA604
                        return {"secret": intent.client_secret}
                """,
            },
        ),
    )
    secure = (
        Example(
            title="limited, the prompt cut and the answer bounded",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from openai import OpenAI

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )
                    llm = OpenAI(api_key="x", timeout=20, max_retries=0)


                    @app.post("/ask")
                    @limiter.limit("3 per minute; 50 per day")
                    def ask():
                        text = request.get_json()["question"][:4000]
                        answer = llm.responses.create(model="gpt-5-mini", input=text, max_output_tokens=512)
                        return {"answer": answer.output_text}
                """,
            },
        ),
        Example(
            title="a prompt of a few kinds, default limits",
            files={
                "shop.py": """
                    from flask import Flask, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from openai import OpenAI

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )
                    llm = OpenAI(api_key="x", timeout=20)


                    @app.get("/joke")
                    def joke():
                        topic = request.args.get("topic", "")
                        if topic not in {"cats", "dogs"}:
                            return {"error": "unknown topic"}, 400
                        prompt = f"A joke about {topic}"
                        answer = llm.responses.create(model="gpt-5-mini", input=prompt, max_output_tokens=99)
                        return {"answer": answer.output_text}
                """,
            },
        ),
        Example(
            title="payments with a limit",
            files={
                "shop.py": """
                    import stripe
                    from flask import Flask
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(
                        get_remote_address, app=app, default_limits=["50 per minute"], storage_uri="memory://"
                    )


                    @app.post("/checkout")
                    @limiter.limit("5 per minute")
                    def checkout():
                        intent = stripe.PaymentIntent.create(amount=1900, currency="eur")
                        return {"secret": intent.client_secret}
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        found = reached(app, deployment, *PAID, accepts=open_or_free(app))
        for one, related in one_for_each_route(found):
            yield self._finding(app, one, related, limited_uses(app, deployment, one))

    def _finding(self, app: App, one: Reached, related: list[Related], remedy: Remedy | None) -> Finding:
        stake = _stake(one.worst)
        severity = level(stake.score) if one.worst.is_open else min(level(stake.score), Severity.MEDIUM)
        return self.finding(
            one.sink.place,
            f"`{one.title}`{one.others} {_consequence(one.worst)}",
            app=app,
            identity=(one.sink.function, one.sink.name),
            severity=severity,
            confidence=one.confidence,
            route=one.reference,
            related=related,
            why=stake.why,
            remedy=remedy,
            is_advisory=severity < Severity.MEDIUM,
        )


def _stake(use: Use) -> Stake:
    """Who has credit, which is asked for first, can only spend that."""
    return replace(use.stake, mitigation=2) if use.sink.facts.get("charged") is True else use.stake


def _consequence(use: Use) -> str:
    sink = use.sink
    does = f"{sink.kind.value} (`{called(sink)}`)"
    if not use.is_open:
        source = sink.repeated_by or sink.unbounded
        what = source.source if source is not None else "the request"
        return f"{does} and nothing bounds `{what}`: one request may cost as much as the caller likes."
    without = "without limit"
    if sink.kind is Kind.MODEL_API and sink.facts.get("caps_output") is False:
        without += " and without a bound for the answer"
    if is_free(sink):
        without += ", as much as the caller sends"
    return f"{does} for each request, {without}: a script runs up the bill."
