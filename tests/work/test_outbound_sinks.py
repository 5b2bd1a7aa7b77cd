"""Calls to other sides: how each library is recognised, and what bounds the time that it may wait."""

import pytest
from reading import sinks_of

from guardapi.sink import Kind, Role, Sink, WorkClass


def sink(body: str, *, before: str = "", kind: Kind | None = None) -> Sink:
    """The one sink of a view with a body, behind some lines of the module."""
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    source = f'{before}\n@app.post("/x")\ndef x():\n{lines}\n    return "x"\n'
    found = [one for one in sinks_of(source, route="POST /x") if one.kind in ({kind} if kind else OURS)]
    (one,) = found
    return one


OURS = frozenset(
    {
        *(Kind.HTTP, Kind.CONNECTION, Kind.MAIL, Kind.MESSAGE, Kind.PAYMENT, Kind.MODEL_API, Kind.PAID_API),
        *(Kind.CLOUD_JOB, Kind.SLEEP, Kind.WAIT, Kind.QUEUE, Kind.INFERENCE),
    }
)


@pytest.mark.parametrize(
    ("before", "call", "timeout"),
    [
        ("import requests", "requests.get(u)", "none"),
        ("import requests", "requests.get(u, timeout=3)", 3),
        ("import requests", "requests.get(u, timeout=(3.05, 27))", 27),
        ("import requests", "requests.get(u, timeout=(3.05, None))", "none"),
        ("import requests", "requests.get(u, timeout=app.config['T'])", "unknown"),
        ("import requests", "requests.get(u, **options)", "unknown"),
        ("from requests import Session", "Session().get(u)", "none"),
        ("import requests\ns = requests.Session()", "s.post(u, json={})", "none"),
        ("import functools, requests\nget = functools.partial(requests.get, timeout=5)", "get(u)", 5),
        ("import httpx", "httpx.get(u)", 5),
        ("import httpx", "httpx.get(u, timeout=None)", "none"),
        ("import httpx\nc = httpx.Client()", "c.get(u)", 5),
        ("import httpx\nc = httpx.Client(timeout=None)", "c.get(u)", "none"),
        ("import httpx\nc = httpx.Client(timeout=None)", "c.get(u, timeout=2)", 2),
        ("import httpx\nc = httpx.Client(timeout=httpx.Timeout(None))", "c.get(u)", "none"),
        ("import httpx\nc = httpx.Client(timeout=httpx.Timeout(9))", "c.get(u)", 9),
        ("import httpx\nc = httpx.Client(timeout=httpx.Timeout(9, read=None))", "c.get(u)", "unknown"),
        ("from urllib.request import urlopen", "urlopen(u)", "none"),
        ("from urllib.request import urlopen", "urlopen(u, None, 4)", 4),
        (
            "from urllib.request import urlopen\nimport socket\nsocket.setdefaulttimeout(3)",
            "urlopen(u)",
            "unknown",
        ),
        ("import requests, socket\nsocket.setdefaulttimeout(3)", "requests.get(u)", "none"),
        ("import urllib3\np = urllib3.PoolManager(timeout=4)", "p.request('GET', u)", 4),
        ("import urllib3\np = urllib3.PoolManager()", "p.request('GET', u)", "none"),
        ("import feedparser", "feedparser.parse(u)", "none"),
        ("import openai\nc = openai.OpenAI()", "c.responses.create(model='m', input='x')", 600),
        ("import openai\nc = openai.OpenAI(timeout=20)", "c.responses.create(model='m', input='x')", 20),
        ("import openai", "openai.OpenAI().with_options(timeout=9).embeddings.create(input='x')", 9),
        ("import stripe", "stripe.PaymentIntent.create(amount=1)", 80),
        ("from twilio.rest import Client\nc = Client('a', 'b')", "c.messages.create(to='1')", "none"),
        ("import paramiko", "paramiko.SSHClient().connect('h', timeout=3)", 3),
        ("import socket", "socket.create_connection(('h', 1))", "none"),
        ("import subprocess", "subprocess.run(['x'], timeout=4)", 4),
        ("import subprocess", "subprocess.Popen(['x']).communicate()", "none"),
        ("import queue\nq = queue.Queue()", "q.get()", "none"),
        ("import queue\nq = queue.Queue()", "q.get(True, 3)", 3),
        ("import threading\nlock = threading.Lock()", "lock.acquire()", "none"),
        ("import threading\nlock = threading.Lock()", "lock.acquire(timeout=3)", 3),
        ("from flask_mail import Mail\nm = Mail(app)", "m.send(None)", "none"),
    ],
)
def test_timeout_of_call(before: str, call: str, timeout: object) -> None:
    kind = Kind.WAIT if "subprocess" in before else None

    assert sink(f"u = 'https://x'\n{call}", before=before, kind=kind).facts["timeout"] == timeout


def test_subclass_of_session_brings_timeout() -> None:
    before = """
import requests
class Session(requests.Session):
    def request(self, *args, **kwargs):
        kwargs.setdefault("timeout", 5)
        return super().request(*args, **kwargs)
session = Session()
"""
    assert sink("session.get('https://x')", before=before).facts["timeout"] == "unknown"


@pytest.mark.parametrize("where", ["module", "function"])
def test_adapter_brings_timeout(where: str) -> None:
    adapter = """
import requests
class Adapter(requests.adapters.HTTPAdapter):
    def send(self, request, **kwargs):
        return super().send(request, timeout=5)
"""
    setup = "session = requests.Session()\nsession.mount('https://', Adapter())\n"
    before, body = (adapter + setup, "") if where == "module" else (adapter, setup)

    assert sink(f"{body}session.get('https://x')", before=before).facts["timeout"] == "unknown"


def test_client_of_service_class() -> None:
    before = """
import httpx
class Rates:
    def __init__(self, seconds):
        self.client = httpx.Client(timeout=seconds)
    def today(self):
        return self.client.get("https://x")
rates = Rates(None)
"""
    found = sink("rates.today()", before=before)

    assert (found.name, found.facts["timeout"]) == ("httpx.Client().get", "none")
    assert [step.function for step in found.path] == ["shop:Rates.today"]


def test_two_clients_leave_timeout_open() -> None:
    before = "import httpx"
    body = """
client = httpx.Client(timeout=2)
if request.args:
    client = httpx.Client(timeout=None)
client.get("https://x")
"""
    assert sink(body, before=before).facts["timeout"] == "unknown"


@pytest.mark.parametrize(
    ("address", "picks"),
    [
        ("request.form['u']", True),
        ("f'https://x/{request.form[\"u\"]}'", False),
        ("'https://x/' + request.form['u']", False),
    ],
)
def test_caller_picks_host(address: str, picks: bool) -> None:
    found = sink(f"requests.get({address})", before="import requests")

    assert found.input(Role.URL) is not None
    assert found.facts["picks_host"] is picks


@pytest.mark.parametrize(
    ("test", "picks"),
    [
        ("u.startswith('https://x.org/share/')", False),
        ("u and u.startswith(('https://x.org/', 'https://y.org/'))", False),
        ("u.startswith('https://x.org')", True),  # `https://x.org.example.com`
        ("u.startswith('https://x.org/') or u.startswith('http')", True),
        ("not u.startswith('https://x.org/')", True),
        ("u.startswith('https://')", True),
    ],
)
def test_start_with_host_leaves_the_rest(test: str, picks: bool) -> None:
    body = f"u = request.form['u']\nif {test}:\n    requests.get(u)"

    assert sink(body, before="import requests").facts["picks_host"] is picks


@pytest.mark.parametrize(
    ("before", "call", "kind"),
    [
        ("import aiohttp", "aiohttp.ClientSession().get('x')", Kind.HTTP),
        ("import boto3\ns3 = boto3.client('s3')", "s3.get_object(Bucket='x')", Kind.HTTP),
        ("import boto3\nsns = boto3.client('sns')", "sns.publish(PhoneNumber='1')", Kind.MESSAGE),
        ("import boto3\nses = boto3.Session().client('ses')", "ses.send_email(Source='x')", Kind.MAIL),
        ("import boto3\njobs = boto3.client('lambda')", "jobs.invoke(FunctionName='x')", Kind.CLOUD_JOB),
        ("import boto3\nq = boto3.client('sqs')", "q.send_message(MessageBody='x')", Kind.QUEUE),
        ("import boto3\nm = boto3.client('bedrock-runtime')", "m.invoke_model(body='x')", Kind.MODEL_API),
        ("import anthropic\nc = anthropic.Anthropic()", "c.messages.create(messages=[])", Kind.MODEL_API),
        ("import litellm", "litellm.completion(model='m', messages=[])", Kind.MODEL_API),
        ("import litellm", "litellm.completion(model='ollama/m', messages=[])", Kind.INFERENCE),
        (
            "import openai\nc = openai.OpenAI(base_url='http://localhost:11434/v1')",
            "c.chat.completions.create(model='m', messages=[])",
            Kind.INFERENCE,
        ),
        (
            "import google.generativeai as genai",
            "genai.GenerativeModel('m').generate_content('x')",
            Kind.MODEL_API,
        ),
        ("from langchain_openai import ChatOpenAI", "ChatOpenAI().invoke('x')", Kind.MODEL_API),
        (
            "from huggingface_hub import InferenceClient",
            "InferenceClient().text_generation('x')",
            Kind.MODEL_API,
        ),
        ("import googlemaps\nm = googlemaps.Client('k')", "m.geocode('x')", Kind.PAID_API),
        ("import stripe", "stripe.Customer.retrieve('x')", Kind.HTTP),
        ("import smtplib", "smtplib.SMTP('h').sendmail('a', 'b', 'c')", Kind.MAIL),
        ("import ldap", "ldap.initialize('x').simple_bind_s('a', 'b')", Kind.CONNECTION),
        ("import zeep\nc = zeep.Client('x')", "c.service.Rate('x')", Kind.HTTP),
        ("import grpc", "grpc.insecure_channel('x').unary_unary('/m')(b'x')", Kind.CONNECTION),
        (
            "from redis import Redis\nfrom rq import Queue\nq = Queue(connection=Redis())",
            "q.enqueue(print)",
            Kind.QUEUE,
        ),
    ],
)
def test_kind_of_library_call(before: str, call: str, kind: Kind) -> None:
    assert sink(call, before=before).kind is kind


@pytest.mark.parametrize(
    "call",
    [
        "s3.generate_presigned_url('get_object')",
        "feedparser.parse(requests_text)",
        "queue.Queue().get(False)",
        "threading.Thread(target=print)",
        "{}.get('x')",
        "', '.join([])",
    ],
)
def test_local_calls_are_silent(call: str) -> None:
    source = f"""
import boto3, feedparser, queue, threading
s3 = boto3.client("s3")

@app.get("/x")
def x():
    requests_text = request.files["f"].read()
    {call}
    return "x"
"""
    assert [one.name for one in sinks_of(source) if one.kind in OURS] == []


@pytest.mark.parametrize(
    ("prompt", "is_bounded"),
    [
        ("request.get_json()['q']", False),
        ("request.get_json()['q'][:900]", True),
        ("request.args['q']", True),
        ("f\"Say {request.form['q']}\"", False),
        ("[{'role': 'user', 'content': request.form['q']}]", False),
    ],
)
def test_length_of_prompt(prompt: str, is_bounded: bool) -> None:
    found = sink(
        f"c.responses.create(model='m', input={prompt})", before="import openai\nc = openai.OpenAI()"
    )

    assert (found.unbounded is None) is is_bounded
    assert found.input(Role.TEXT) is not None


def test_cap_of_answer() -> None:
    before = "import openai\nc = openai.OpenAI()"

    assert (
        sink("c.responses.create(input='x', max_output_tokens=9)", before=before).facts["caps_output"] is True
    )
    assert sink("c.responses.create(input='x')", before=before).facts["caps_output"] is False


@pytest.mark.parametrize(
    ("to", "recipient"),
    [
        ("request.form['to']", "caller"),
        ("'owner@x.org'", "fixed"),
        ("os.environ['OWNER']", "fixed"),
        ("find(1).email", "unknown"),
    ],
)
def test_recipient_of_mail(to: str, recipient: str) -> None:
    before = "import os\nfrom flask_mail import Mail, Message\nfrom users import find\nmail = Mail(app)"
    found = sink(f"m = Message('x', recipients=[{to}])\nmail.send(m)", before=before)

    assert found.facts["recipient"] == recipient


# -- work that outlives the request, and waiting -------------------------------------------------

JOB = """
import requests, threading
from celery import Celery, shared_task
from concurrent.futures import ThreadPoolExecutor
from flask_executor import Executor
celery = Celery("x")
pool = ThreadPoolExecutor(2)
executor = Executor(app)
def call(u):
    requests.get(u)
task = celery.task(bind=True)(lambda self, u: requests.get(u))
shared = shared_task(call)
class Worker(threading.Thread):
    def run(self):
        call("x")
"""


@pytest.mark.parametrize(
    ("start", "does"),
    [
        ("threading.Thread(target=call, args=('x',)).start()", Kind.HTTP),
        ("t = threading.Thread(target=call, args=('x',))\nt.daemon = True\nt.start()", Kind.HTTP),
        ("Worker().start()", Kind.HTTP),
        ("pool.submit(call, 'x')", Kind.HTTP),
        ("executor.submit(call, 'x')", Kind.HTTP),
        ("task.delay('x')", Kind.HTTP),
        ("shared.apply_async(args=['x'])", Kind.HTTP),
        ("celery.send_task('shop.call')", None),
    ],
)
def test_job_is_queued(start: str, does: Kind | None) -> None:
    found = sink(start, before=JOB)

    assert (found.kind, found.work) == (Kind.QUEUE, WorkClass.HEAVY)
    assert found.facts.get("does") is does


@pytest.mark.parametrize(
    "body",
    [
        "t = threading.Thread(target=call, args=('x',))\nt.start()\nt.join()",
        "with ThreadPoolExecutor() as own:\n    own.submit(call, 'x').result()",
        "call('x')",
        "task('x')",
    ],
)
def test_work_of_request_itself(body: str) -> None:
    assert sink(body, before=JOB).kind is Kind.HTTP


def test_work_of_job_is_money() -> None:
    before = """
import openai, threading
def ask():
    openai.OpenAI().responses.create(model="m", input="x")
"""
    found = sink("threading.Thread(target=ask).start()", before=before)

    assert (found.kind, found.work, found.facts["job"]) == (Kind.QUEUE, WorkClass.MONEY, "shop:ask")


@pytest.mark.parametrize(
    ("call", "is_bounded"),
    [
        ("task.apply_async(args=['x'], task_id='rebuild')", True),
        ("task.delay('x', task_id='rebuild')", False),
        ("task.apply_async(args=['x'])", False),
    ],
)
def test_named_job_is_bounded(call: str, is_bounded: bool) -> None:
    assert sink(call, before=JOB).facts["is_bounded"] is is_bounded


def test_mail_of_job_is_recorded() -> None:
    before = """
import threading
from flask_mail import Mail, Message
mail = Mail(app)
def send(to):
    mail.send(Message("x", recipients=[to]))
"""
    found = sink(
        "threading.Thread(target=send, args=[request.form['to']]).start()", before=before, kind=Kind.MAIL
    )

    assert found.facts["recipient"] == "caller"
    assert found.facts["queued_at"] is not None


@pytest.mark.parametrize(
    ("body", "total"),
    [
        ("time.sleep(2)", 2),
        ("for _ in range(4):\n    time.sleep(0.5)", 2.0),
        ("while not ready():\n    time.sleep(1)", "endless"),
        ("while time.time() < end:\n    time.sleep(1)", "unknown"),
        ("n = 0\nwhile n:\n    n += 1\n    time.sleep(1)", "unknown"),
        ("for _ in things():\n    time.sleep(1)", "unknown"),
        ("threading.Event().wait(3)", 3),
        ("fetch()", 8),
    ],
)
def test_length_of_sleep(body: str, total: object) -> None:
    before = """
import threading, time
from outside import ready, things, end
from tenacity import retry, stop_after_attempt, wait_fixed
@retry(stop=stop_after_attempt(5), wait=wait_fixed(2))
def fetch():
    return 1
"""
    assert sink(body, before=before).facts["total"] == total


@pytest.mark.parametrize(
    ("loop", "attempt", "caught", "is_sink"),
    [
        ("while True", "return ask()", "OSError", False),
        ("for _ in range(3)", "return ask()", "OSError", False),
        ("for _ in range(3)", "ask()", "OSError", True),
        ("if ready", "ask()", "OperationalError", False),
        ("if ready", "ask()", "WrongPassword", True),
    ],
)
def test_wait_before_another_attempt(loop: str, attempt: str, caught: str, *, is_sink: bool) -> None:
    source = f"""
from time import sleep

def repeated():
    {loop}:
        try:
            {attempt}
        except {caught}:
            sleep(2)

@app.get("/x")
def x():
    return repeated()
"""
    assert bool(sinks_of(source, Kind.SLEEP)) is is_sink


def test_sleep_behind_attempt_of_loop() -> None:
    source = """
from time import sleep

@app.get("/x")
def x():
    while True:
        try:
            return ask()
        except OSError:
            pass
        sleep(2)
"""
    assert not sinks_of(source, Kind.SLEEP)


def test_sleep_in_stream_is_left_alone() -> None:
    source = """
import time

@app.get("/x")
def x():
    def ticks():
        while True:
            yield "x"
            time.sleep(1)
    return ticks()
"""
    assert sinks_of(source, Kind.SLEEP) == ()


@pytest.mark.parametrize(
    ("argument", "is_free"), [("float(request.args['s'])", True), ("min(int(request.args['s']), 5)", False)]
)
def test_caller_picks_length_of_sleep(argument: str, is_free: bool) -> None:
    assert (sink(f"time.sleep({argument})", before="import time").unbounded is not None) is is_free


@pytest.mark.parametrize("decorator", ["@functools.lru_cache", "@cache.memoize(60)"])
@pytest.mark.parametrize(("argument", "number"), [("'a'", 0), ("request.args['a']", 1)])
def test_cache_answers_same_call(decorator: str, argument: str, number: int) -> None:
    source = f"""
import functools, requests
from flask_caching import Cache
cache = Cache(app)
{decorator}
def rates(name):
    return requests.get("https://x/" + name)

@app.get("/x")
def x():
    return rates({argument}).text
"""
    assert len(sinks_of(source, Kind.HTTP)) == number


def test_factory_called_from_view_runs_once() -> None:
    source = {
        "shop.py": """
            import requests
            from flask import Flask

            def create_app():
                app = Flask(__name__)
                requests.get("https://x")

                @app.get("/x")
                def x():
                    return create_app().name

                return app
        """
    }
    assert sinks_of(source, Kind.HTTP) == ()


@pytest.mark.parametrize(
    ("cached", "path", "number"),
    [("timeout=9", "/x", 0), ("timeout=9, query_string=True", "/x", 1), ("timeout=9", "/<name>", 1)],
)
def test_cache_answers_view(cached: str, path: str, number: int) -> None:
    source = f"""
import requests
from flask_caching import Cache
cache = Cache(app)

@app.get("{path}")
@cache.cached({cached})
def x(name=""):
    return requests.get("https://x/" + name).text
"""
    assert len(sinks_of(source, Kind.HTTP, route=f"GET {path}")) == number


@pytest.mark.parametrize(
    ("test", "is_asked"),
    [
        ("if time.time() - session['last_sent'] < 60:\n    abort(429)", True),
        ("if time.time() - session['last_sent'] < 60:\n    count()", False),
        ("if request.form['name'] == 'x':\n    abort(400)", False),
    ],
)
def test_cool_down_before_message(test: str, is_asked: bool) -> None:
    before = "import time\nfrom flask_mail import Mail\nfrom outside import count\nmail = Mail(app)"

    assert sink(f"{test}\nmail.send(None)", before=before).facts["cooled"] is is_asked


@pytest.mark.parametrize(
    ("test", "is_asked"),
    [
        ("if user().credits < 1:\n    return 'no', 402", True),
        ("if user().name == 'x':\n    return 'no', 402", False),
    ],
)
def test_credit_before_paid_call(test: str, is_asked: bool) -> None:
    before = "import openai\nfrom outside import user\nllm = openai.OpenAI()"

    assert sink(f"{test}\nllm.responses.create(input='x')", before=before).facts["charged"] is is_asked


MONITOR = """
import threading

class Monitor:
    def __init__(self):
        self.thread = threading.Thread(target=watch)
        self.thread.start()

    def stop(self):
        pass

def watch():
    pass

current = None

def started():
    global current
    {test}
    current = Monitor()
"""


@pytest.mark.parametrize(
    ("test", "is_bounded"),
    [
        ("if current is not None: current.stop()", True),
        ("if current is not None: return", True),
        ("if current is not None: print(current)", False),
        ("pass", False),
    ],
)
def test_thread_that_replaces_another_is_bounded(test: str, is_bounded: bool) -> None:
    assert sink("started()", before=MONITOR.format(test=test)).facts["is_bounded"] is is_bounded


@pytest.mark.parametrize(
    ("test", "is_bounded"),
    [
        ("if not state.running:", True),
        ("if state.worker is not None: abort(409)\nif True:", True),
        ("if request.args:", False),
    ],
)
def test_test_before_job_bounds_it(test: str, is_bounded: bool) -> None:
    before = f"{JOB}\nfrom outside import state"

    assert sink(f"{test}\n    task.delay('x')", before=before).facts["is_bounded"] is is_bounded


@pytest.mark.parametrize(
    ("chain", "kind"),
    [
        ("prompt | ChatOpenAI()", Kind.MODEL_API),
        ("{'q': str} | prompt | ChatOpenAI() | StrOutputParser()", Kind.MODEL_API),
        ("prompt | ChatOllama()", Kind.INFERENCE),
    ],
)
@pytest.mark.parametrize("where", ["module", "function"])
def test_chain_of_langchain(chain: str, kind: Kind, where: str) -> None:
    before = """
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_ollama import ChatOllama
from langchain_openai import ChatOpenAI
prompt = ChatPromptTemplate.from_template("x {q}")
"""
    made = f"chain = {chain}\n"
    before, body = (before + made, "") if where == "module" else (before, made)

    assert sink(f"{body}chain.invoke(request.form['q'])", before=before).kind is kind


@pytest.mark.parametrize("place", ["app.client", "app.extensions['client']"])
def test_client_on_application(place: str) -> None:
    source = {
        "shop.py": f"""
            import httpx
            from flask import Flask, current_app

            def create_app():
                app = Flask(__name__)
                {place} = httpx.Client(timeout=None)

                @app.get("/x")
                def x():
                    return current_{place}.get("https://x").text

                return app
        """
    }
    (found,) = sinks_of(source, Kind.HTTP)

    assert found.facts["timeout"] == "none"


@pytest.mark.parametrize(("test", "number"), [("if _client is None:", 0), ("if request.args:", 1)])
def test_shared_client_made_once(test: str, number: int) -> None:
    source = f"""
import requests
_client = None
class Client:
    def __init__(self):
        self.rates = requests.get("https://x", timeout=1).json()

def client():
    global _client
    {test}
        _client = Client()
    return _client

@app.get("/x")
def x():
    return client().rates
"""
    assert len(sinks_of(source, Kind.HTTP)) == number


@pytest.mark.parametrize(
    ("before", "kind"),
    [("import threading\nready = threading.Event()", Kind.WAIT), ("import threading", Kind.SLEEP)],
)
def test_event_of_others_is_waited_for(before: str, kind: Kind) -> None:
    call = "ready.wait(9)" if kind is Kind.WAIT else "threading.Event().wait(9)"

    assert sink(call, before=before).kind is kind


def test_thread_joined_by_context_manager() -> None:
    before = """
import requests, threading
class Beat:
    def __init__(self):
        self.thread = threading.Thread(target=self.beat)
    def beat(self):
        requests.get("https://x")
    def __enter__(self):
        self.thread.start()
        return self
    def __exit__(self, *info):
        self.thread.join()
"""
    assert sink("beat = Beat()\nbeat.__enter__()", before=before).kind is Kind.HTTP


def test_quota_asked_by_view() -> None:
    source = """
import openai
from outside import check_quota
llm = openai.OpenAI()
def answer(text):
    return llm.responses.create(input=text)

@app.get("/x")
def x():
    check_quota(1)
    return answer("x")
"""
    (found,) = sinks_of(source, Kind.MODEL_API)

    assert found.facts["charged"] is True


@pytest.mark.parametrize(
    ("limits", "is_capped"), [("total_tokens_limit=9000", True), ("request_limit=5", False)]
)
def test_usage_limits_cap_agent(limits: str, is_capped: bool) -> None:
    before = "from pydantic_ai import Agent\nfrom pydantic_ai.usage import UsageLimits\nagent = Agent('m')"

    found = sink(f"agent.run_sync('x', usage_limits=UsageLimits({limits}))", before=before)

    assert found.facts["caps_output"] is is_capped
