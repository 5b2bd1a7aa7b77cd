"""What a request reaches, through the functions of a project."""

import pytest
from reading import sinks_of, work_of

from guardapi.sink import Kind


def test_call_in_function_of_project() -> None:
    (sink,) = sinks_of(
        """
        import requests

        def fetch(address):
            return requests.get(address, timeout=5)

        @app.get("/x")
        def x():
            return fetch("http://example.org/" + request.args["q"]).text
        """,
        Kind.HTTP,
    )

    assert (sink.name, sink.function, sink.facts["timeout"]) == ("requests.get", "shop:fetch", 5)
    assert [step.function for step in sink.path] == ["shop:fetch"]
    assert [found.source for found in sink.inputs] == ["request.args['q']"]


def test_object_made_in_constructor() -> None:
    (sink,) = sinks_of(
        """
        import requests

        class Client:
            def __init__(self, base):
                self.base = base
                self.session = requests.Session()

            def load(self, path):
                return self.session.get(self.base + path)

        @app.get("/x")
        def x():
            return Client("http://example.org/").load(request.args["q"]).text
        """,
        Kind.HTTP,
    )

    assert (sink.name, sink.facts["timeout"]) == ("requests.Session().get", "none")
    assert sink.inputs[0].source == "request.args['q']"


METHODS = """
    import requests

    @app.route("/x", methods=["GET", "POST"])
    def x():
        if request.method == "POST":
            return requests.get("http://example.org", timeout=5).text
        return "form"
"""


def test_method_of_request_decides_branch() -> None:
    assert sinks_of(METHODS, Kind.HTTP, route="POST /x")
    assert not sinks_of(METHODS, Kind.HTTP, route="GET /x")


SINGLETON = """
    import requests

    _token = None

    def token():
        global _token
        if _token is None:
            _token = requests.get("http://example.org/token", timeout=5).text
        return _token

    def fresh():
        token = None
        if token is None:
            token = requests.get("http://example.org/token", timeout=5).text
        return token

    @app.get("/x")
    def x():
        return token()

    @app.get("/y")
    def y():
        return fresh()
"""


def test_lazy_singleton_is_no_work_of_requests() -> None:
    assert not sinks_of(SINGLETON, Kind.HTTP)
    assert sinks_of(SINGLETON, Kind.HTTP, route="GET /y")


def test_loop_over_items_of_caller_repeats() -> None:
    (sink,) = sinks_of(
        """
        import requests

        def fetch(item):
            return requests.get("http://example.org/" + item, timeout=5)

        @app.post("/x")
        def x():
            for item in request.get_json()["items"]:
                fetch(item)
            return "ok"
        """,
        Kind.HTTP,
        route="POST /x",
    )

    assert sink.repeated_by is not None
    assert sink.repeated_by.source == "request.get_json()['items']"


@pytest.mark.parametrize(
    ("caught", "repeats"), [("raise ValueError(item)", False), ("continue", True), ("return 'no'", False)]
)
def test_raise_behind_call_leaves_loop(caught: str, repeats: bool) -> None:
    found = sinks_of(
        f"""
        import requests

        def tell(item):
            requests.get("http://example.org/", timeout=5)

        @app.post("/x")
        def x():
            for item in request.get_json()["items"]:
                try:
                    if "odd" in item:
                        tell(item)
                        raise KeyError(item)
                except KeyError:
                    {caught}
            return "ok"
        """,
        Kind.HTTP,
        route="POST /x",
    )

    assert [sink.repeated_by is not None for sink in found] == [repeats]


def test_entries_taken_by_map_are_told_apart() -> None:
    found = work_of("""
        @app.get("/x")
        def x():
            size, page = map(request.args.get, ("size", "page"))
            return bytes(min(int(page), 5)) + bytes(int(size))
    """)
    free = [given for sink in found.of(Kind.SIZE) for given in sink.inputs if not given.is_bounded]

    assert [given.source for given in free] == ["request.args['size']"]


def test_methods_of_texts_are_light() -> None:
    """Whatever they are of: nothing is assumed of a view that does nothing else."""
    found = work_of(
        """
        @app.delete("/x")
        def x():
            text = "no {} here".format(settings().name.strip().lower())
            return text
        """,
        "DELETE /x",
    )
    assert found.opaque == ("?",)


def test_unknown_library_is_opaque() -> None:
    found = work_of("""
        import somelibrary

        @app.get("/x")
        def x():
            return somelibrary.compute()
    """)

    assert (found.sinks, found.opaque) == ((), ("somelibrary.compute",))


def test_mutual_recursion_ends() -> None:
    found = work_of("""
        def ping(n):
            return pong(n - 1)

        def pong(n):
            return ping(n - 1)

        @app.get("/x")
        def x():
            return ping(3)
    """)

    assert found.work == 0


@pytest.mark.parametrize(
    ("dispatch", "is_served"),
    [
        ("", False),
        ("def dispatch_request(self): return getattr(self, request.method.lower(), abort)()", False),
        ("def dispatch_request(self): return self.run()", True),
    ],
)
def test_methods_that_view_class_serves(dispatch: str, is_served: bool) -> None:
    source = f"""
        from flask.views import MethodView

        class X(MethodView):
            {dispatch or "pass"}

            def get(self):
                return "x"

        app.add_url_rule("/x", view_func=X.as_view("x"), methods=["GET", "PATCH"])
    """

    assert work_of(source, "GET /x").is_served
    assert work_of(source, "PATCH /x").is_served is is_served


@pytest.mark.parametrize(("sent", "is_repeated"), [("form['to']", False), ("json['to']", True)])
def test_text_is_made_one_item(sent: str, is_repeated: bool) -> None:
    found = sinks_of(
        f"""
        import requests

        def ping(hosts):
            if not isinstance(hosts, list):
                hosts = [hosts]
            for host in hosts:
                requests.get("https://example.org/" + host)

        @app.post("/x")
        def x():
            ping(request.{sent})
            return "x"
        """,
        Kind.HTTP,
        route="POST /x",
    )

    assert [sink.repeated_by is not None for sink in found] == [is_repeated]


def test_branch_for_tests_is_left_out() -> None:
    found = sinks_of(
        """
        import sys
        import requests

        @app.get("/x")
        def x():
            if "pytest" in sys.modules:
                requests.get("https://example.org/")
            return "x"
        """,
        Kind.HTTP,
    )

    assert not found


def test_models_of_pydantic_are_read() -> None:
    found = work_of("""
        from pydantic import BaseModel

        class Book(BaseModel):
            title: str

        @app.get("/x")
        def x():
            return Book(title="x").model_dump_json()
    """)

    assert found.opaque == ()


@pytest.mark.parametrize(("most", "repeats"), [("100", False), ("len(items)", True)])
def test_length_checked_two_helpers_down(most: str, repeats: bool) -> None:
    (found,) = sinks_of(
        f"""
        import requests

        def at_most(name, limit, length):
            if length > limit:
                raise ValueError(name)

        def check(name, items):
            at_most(name, limit={most}, length=len(items))

        @app.post("/x")
        def x():
            items = [str(item) for item in request.get_json()["items"]]
            check("items", items)
            for item in items:
                requests.get("http://example.org/", timeout=5)
            return "ok"
        """,
        Kind.HTTP,
        route="POST /x",
    )

    assert (found.repeated_by is not None) is repeats


@pytest.mark.parametrize(
    ("body", "is_free"),
    [
        ("print(data[f'name{number}'])", False),
        ("print(data.get(f'name{number}'))", True),
        ("print(data['name'])", True),
    ],
)
def test_range_ends_with_entries_sent(body: str, is_free: bool) -> None:
    found = sinks_of(
        f"""
        @app.post("/x")
        def x():
            data = request.form
            for number in range(int(data["count"])):
                {body}
            return "ok"
        """,
        Kind.SIZE,
        route="POST /x",
    )

    assert bool(found) is is_free
