"""What a request reaches, through the functions of a project."""

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
