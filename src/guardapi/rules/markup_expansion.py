"""GA805: markup of the caller that grows while it is parsed."""

from collections.abc import Iterator

from guardapi.findings import Cwe, Finding, Probe, Severity
from guardapi.model import App, Deployment
from guardapi.place import Place
from guardapi.reached import Reached, Use, by_audience, called, chooses_freely, reached, source_of
from guardapi.remedy import Remedy, RemoveArgument, Safety
from guardapi.rule import Example, Rule
from guardapi.sink import Kind, Sink

SMALL = 100_000
"""Bytes of a body in which YAML cannot do much harm to the parser."""


class MarkupExpansion(Rule):
    """YAML or XML of the caller is parsed by something that lets it grow.

    ## What it finds
    `yaml.load`, `yaml.safe_load` and ruamel.yaml on data of a request whose length nothing bounds; XML with a
    parser whose limits are lifted (`huge_tree=True`, `disable_entities=False`). XML with a current parser as it is
    is advice: `--profile pedantic` shows it.

    ## Why it is bad
    Aliases of 300 bytes become megabytes when the answer is written out, and PyYAML's own parser needs seconds
    for a few hundred kilobytes. Nested entities do the same where the parser no longer stops them.

    ## How to fix it
    Refuse long documents before they are parsed (`if len(raw) > 20_000 or b"&" in raw`), take `CSafeLoader`,
    and leave the limits of XML parsers alone; defusedxml refuses entities altogether.

    ## What it leaves alone
    Documents of bounded length, files of the project, and defusedxml.
    """

    id = "GA805"
    name = "markup-expansion"
    severity = Severity.MEDIUM
    cwe = (Cwe.UNCONTROLLED_CONSUMPTION, Cwe.UNCONTROLLED_RECURSION, Cwe.ENTITY_EXPANSION)
    probes = (Probe.GROWTH,)
    vulnerable = (
        Example(
            title="YAML of the body",
            files={
                "shop.py": """
                    import yaml
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.post("/yaml")
                    def load():
                        return jsonify(yaml.safe_load(request.get_data()))  # finds: GA805
                """,
            },
        ),
        Example(
            title="YAML of a form and of an upload",
            files={
                "shop.py": """
                    import yaml
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    def parsed(text):
                        return yaml.load(text, Loader=yaml.SafeLoader)  # finds: GA805


                    @app.post("/settings")
                    def settings():
                        return jsonify(parsed(request.form["settings"]))


                    @app.post("/import")
                    def imported():
                        return jsonify(parsed(request.files["document"].read()))
                """,
            },
        ),
        Example(
            title="XML without the parser's limits",
            files={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from lxml import etree

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    PARSER = etree.XMLParser(huge_tree=True)


                    @app.post("/feed")
                    def feed():
                        document = etree.fromstring(request.get_data(), PARSER)  # finds: GA805
                        return jsonify(len(document))
                """,
            },
            fixed={
                "shop.py": """
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address
                    from lxml import etree

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    PARSER = etree.XMLParser()


                    @app.post("/feed")
                    def feed():
                        document = etree.fromstring(request.get_data(), PARSER)  # finds: GA805
                        return jsonify(len(document))
                """,
            },
        ),
    )
    secure = (
        Example(
            title="long documents are refused",
            files={
                "shop.py": """
                    import yaml
                    from flask import Flask, abort, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.post("/yaml")
                    def load():
                        raw = request.get_data()
                        if len(raw) > 20_000 or b"&" in raw:
                            abort(413)
                        return jsonify(yaml.safe_load(raw))
                """,
            },
        ),
        Example(
            title="a file of the project",
            files={
                "shop.py": """
                    import yaml
                    from flask import Flask, jsonify
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.get("/menu")
                    def menu():
                        with open("menu.yaml", encoding="utf-8") as file:
                            return jsonify(yaml.safe_load(file))
                """,
            },
        ),
        Example(
            title="a parser that refuses entities",
            files={
                "shop.py": """
                    from defusedxml import ElementTree
                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    @app.post("/feed")
                    def feed():
                        return jsonify(len(ElementTree.fromstring(request.get_data())))
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for found in reached(app, deployment, Kind.MARKUP, accepts=chooses_freely):
            yield self._finding(app, found)

    def _finding(self, app: App, found: Reached) -> Finding:
        sink = found.sink
        is_yaml, lifted = sink.facts.get("format") == "yaml", sink.facts.get("lifted")
        if is_yaml:
            message = "aliases of a few hundred bytes become megabytes"
        elif lifted:
            message = f"with `{lifted}` nested entities become as large as they like"
        else:
            message = "how far entities expand is up to the installed parser"
        return self.finding(
            sink.place,
            f"`{found.title}`{found.others} parses `{source_of(sink)}` with `{called(sink)}`: {message}.",
            app=app,
            identity=(sink.function, sink.name),
            severity=_severity(app, found.worst) if is_yaml or lifted else Severity.LOW,
            confidence=found.confidence,
            route=found.reference,
            related=found.related(),
            why=found.worst.stake.why,
            is_advisory=not is_yaml and not lifted,
            remedy=_remedy(found.sink),
        )


def _remedy(sink: Sink) -> Remedy | None:
    """The limits of the parser again; how large a document may be, nothing says."""
    at, name = sink.facts.get("lifted_at"), str(sink.facts.get("lifted")).partition("=")[0]
    if not isinstance(at, Place):
        return None
    return Remedy(
        safety=Safety.SAFE,
        reason="The parser's own limits hold again: it refuses what expands too far.",
        edits=(RemoveArgument(call=at, name=name),),
    )


def _severity(app: App, use: Use) -> Severity:
    if use.sink.facts.get("lifted"):
        return by_audience(use, anyone=Severity.HIGH, account=Severity.MEDIUM)
    bound = app.request_bounds.get("max_content_length")
    is_small = bound is not None and (
        not bound.known or (isinstance(bound.value, int) and bound.value <= SMALL)
    )
    return by_audience(use, anyone=Severity.MEDIUM if is_small else Severity.HIGH, account=Severity.MEDIUM)
