"""GA802: a regular expression that takes exponential time on texts of the caller."""

from collections.abc import Iterator

from guardapi.findings import Cwe, Finding, Probe, Severity
from guardapi.model import App, Deployment
from guardapi.place import Place
from guardapi.reached import Reached, by_audience, chooses_freely, reached, source_of
from guardapi.remedy import Import, Remedy, Rewrite, Safety
from guardapi.rule import Example, Rule
from guardapi.sink import Kind, Sink

MAX_SHOWN = 60


class RegexBacktracking(Rule):
    """A regular expression takes exponential (or polynomial) time on a text of the caller, or is the caller's own.

    ## What it finds
    `re` and `regex` functions on a text of free length from the request, with a pattern that can read one text
    in many ways and then fail: a repetition in a repetition, alternatives that begin alike. And patterns that
    hold what the caller sent. Patterns that are merely quadratic are advice: `--profile pedantic` shows them.

    ## Why it is bad
    A text of thirty characters keeps a worker busy for minutes, and no thread of it can be interrupted.

    ## How to fix it
    Refuse long texts before the match, or write the pattern so that each text is read in one way:
    `\\w+(?: \\w+)*` for `(\\w+ ?)+`. A caller's text in a pattern goes through `re.escape`.

    ## What it leaves alone
    Texts of bounded length, possessive and atomic groups, bounded repetition, linear engines such as `re2`,
    and patterns that cannot fail behind the repetition.
    """

    id = "GA802"
    name = "regex-backtracking"
    severity = Severity.HIGH
    cwe = (Cwe.UNCONTROLLED_CONSUMPTION, Cwe.INEFFICIENT_PATTERN)
    probes = (Probe.GROWTH,)
    vulnerable = (
        Example(
            title="a repetition in a repetition",
            files={
                "shop.py": """
                    import re

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    NAME = re.compile(r"^(\\w+\\s?)+$")


                    @app.get("/check")
                    def check():
                        return jsonify(ok=bool(NAME.match(request.args.get("name", ""))))  # finds: GA802
                """,
            },
        ),
        Example(
            title="in a helper, with alternatives that overlap",
            files={
                "shop.py": """
                    import re

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")


                    def is_number(text):
                        return re.fullmatch(r"(\\d|\\d\\d|,)+", text) is not None  # finds: GA802


                    @app.post("/price")
                    def price():
                        return jsonify(ok=is_number(request.form["price"]))
                """,
            },
        ),
        Example(
            title="the pattern is the caller's",
            files={
                "shop.py": """
                    import re

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    NOTES = ["milk", "bread"]


                    @app.get("/notes")
                    def notes():
                        wanted = request.args["q"]
                        return jsonify([note for note in NOTES if re.search(wanted, note)])  # finds: GA802
                """,
            },
            fixed={
                "shop.py": """
                    import re

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    NOTES = ["milk", "bread"]


                    @app.get("/notes")
                    def notes():
                        wanted = request.args["q"]
                        return jsonify([note for note in NOTES if re.search(re.escape(wanted), note)])  # finds: GA802
                """,
            },
        ),
    )
    secure = (
        Example(
            title="each text is read in one way",
            files={
                "shop.py": """
                    import re

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    NAME = re.compile(r"^\\w+(?:\\s\\w+)*\\s?$")


                    @app.get("/check")
                    def check():
                        return jsonify(ok=bool(NAME.match(request.args.get("name", ""))))
                """,
            },
        ),
        Example(
            title="long texts are refused",
            files={
                "shop.py": """
                    import re

                    from flask import Flask, abort, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    NAME = re.compile(r"^(\\w+\\s?)+$")


                    @app.get("/check")
                    def check():
                        name = request.args.get("name", "")
                        if len(name) > 30:
                            abort(400)
                        return jsonify(ok=bool(NAME.match(name)))
                """,
            },
        ),
        Example(
            title="escaped, and nothing to go back to",
            files={
                "shop.py": """
                    import re

                    from flask import Flask, jsonify, request
                    from flask_limiter import Limiter
                    from flask_limiter.util import get_remote_address

                    app = Flask(__name__)
                    app.config["MAX_CONTENT_LENGTH"] = 100_000
                    limiter = Limiter(get_remote_address, app=app, default_limits=["50 per hour"], storage_uri="memory://")
                    NOTES = ["milk", "bread"]


                    @app.get("/notes")
                    def notes():
                        wanted = re.escape(request.args["q"])
                        return jsonify([note for note in NOTES if re.search(rf"\\b{wanted}\\b", note)])


                    @app.get("/letters")
                    def letters():
                        return jsonify(ok=bool(re.match(r"(?:[a-z]+)*", request.args["q"])))
                """,
            },
        ),
    )

    def check(self, app: App, deployment: Deployment) -> Iterator[Finding]:
        for found in reached(app, deployment, Kind.REGEX, accepts=chooses_freely):
            yield self._finding(app, found)

    def _finding(self, app: App, found: Reached) -> Finding:
        sink = found.sink
        source, growth = source_of(sink), sink.facts["growth"]
        pattern = str(sink.facts["pattern"])
        shown = pattern if len(pattern) <= MAX_SHOWN else f"{pattern[:MAX_SHOWN]}..."
        if growth == "caller":
            message = (
                f"`{found.title}`{found.others} takes its pattern from `{source}`:"
                " one that needs exponential time will do."
            )
        else:
            message = (
                f"`{found.title}`{found.others} matches `{shown}` on `{source}`, which takes {growth} time:"
                f" {_example(sink.facts['text'])}."
            )
        return self.finding(
            sink.place,
            message,
            app=app,
            identity=(sink.function, pattern or source),
            severity=Severity.MEDIUM
            if growth == "polynomial"
            else by_audience(
                found.worst, anyone=Severity.HIGH, account=Severity.MEDIUM, staff=Severity.MEDIUM
            ),
            confidence=found.confidence,
            route=found.reference,
            related=found.related(),
            why=found.worst.stake.why,
            is_advisory=growth == "polynomial",
            remedy=_remedy(sink),
        )


def _remedy(sink: Sink) -> Remedy | None:
    """A text of the caller is looked for as it is. No length is short enough for an exponential pattern, and long
    enough for what people send."""
    match sink.facts.get("pattern_at"):
        case Place() as place:
            text = Rewrite(expression=place, text="re.escape({})", imports=(Import(module="re"),))
            reason = "What the caller sends is looked for letter by letter: it is no pattern any more."
            return Remedy(safety=Safety.UNSAFE, reason=reason, edits=(text,))
    return None


def _example(text: object) -> str:
    """The text that takes long, in a phrase."""
    assert isinstance(text, tuple)  # noqa: S101  # as the table documents it
    before, repeated, end = text
    parts = [f"`{before!r}`"] if before else []
    parts.append(f"`{repeated!r}` again and again")
    if end:
        parts.append(f"`{end!r}`")
    return "try " + ", then ".join(parts)
