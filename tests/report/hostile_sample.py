"""Names and code that want to act, and a report that is made of them from end to end."""

from dataclasses import replace

from findings_sample import COSTLY, MANY
from sample import APP, INVENTORY

from guardapi.findings import Finding, Suppression
from guardapi.model import (
    App,
    Limit,
    Limiter,
    LimitSource,
    LostLimit,
    MethodLimits,
    Problem,
    Route,
    Undecided,
    View,
)
from guardapi.model.limits import Loss
from guardapi.pipeline import Report, RuleFailure
from guardapi.place import Place
from guardapi.remedy import Remedy, Safety
from guardapi.verdict import Mode, Ruling, Verdict

HOSTILE = (
    "<script>window.ran = true</script>",
    "<img src=x onerror=window.ran=true>",
    "</code></summary></details><b>",
    "</script><script>window.ran = true</script>",
    "</style></title></textarea></pre><svg onload='window.ran = true'>",
    "\" onfocus=window.ran=true autofocus x=\"' onmouseover='window.ran=true",
    "<a href=javascript:window.ran=true>x</a><iframe srcdoc='<script>parent.ran=true</script>'>",
    "<x xmlns='http://www.w3.org/1999/xhtml'><script>window.ran=true</script></x>",
    "\x1b[31mred\x1b[0m \x9b2J",
    "a\r\nb\n::error file=x::taken\n##[error]taken",
    "::set-output name=a::b",
    "\u202egnp.exe\u2066 \u200b\u2028\ufeff",
    "`code` `` ``` ~~~ `",
    "a | b \\| c \\\\| d |",
    "[click](javascript:window.ran=true) ![i](http://evil.example/i.png) [a][b]",
    "http://evil.example www.evil.example mail@evil.example <https://evil.example>",
    "@octocat @org/team #1 GH-1 !1 ~label %1 &1 $1 owner/repo#1 JIRA-1",
    "# heading\n> quote\n* item\n1. item\n---\n| a |\n| - |",
    "*bold* _italic_ ~~gone~~ $x$ :tada: &lt;b&gt; &#60;b&#62; \\<b\\>",
    "]]> <!-- --> <![CDATA[ <?xml?> &amp; &entity; '\"",
    "\x00\x0b\ufffe\uffff\ud800",
    "%0A%0D,:=%25 {0} {{x}} {% raw %}",
    "x" * 10_000,
    " ",
)


def hostile(text: str) -> Report:
    place = replace(COSTLY.place, file=f"{text}/{text}.py")
    return Report(
        inventory=replace(
            INVENTORY,
            apps=(odd_app(text),),
            problems=(Problem(file=text, line=1, message=text),),
        ),
        findings=(accused(COSTLY, text), accused(MANY, text)),
        suppressed=(accused(replace(COSTLY, suppressed=Suppression(reason=text, place=place)), text),),
        known=(accused(replace(MANY, baseline="unchanged"), text),),
        failures=(RuleFailure(rule="GA999", app=odd_app(text), error=ValueError(text)),),
        source_lines={(file, line): text for file in (f"{text}/{text}.py", text) for line in range(1, 60)},
    )


def accused(finding: Finding, text: str) -> Finding:
    place = replace(finding.place, file=f"{text}/{text}.py")
    return replace(
        finding,
        app=text,
        message=f"`{text}` and {text} do it.",
        why=text,
        place=place,
        remedy=Remedy(safety=Safety.UNSAFE, reason=f"`{text}` and {text}", edits=()),
        verdict=Verdict(
            claim=f"`{text}` {text}",
            ruling=Ruling.PROVED,
            mode=Mode.URL,
            route=text,
            methods=("GET",),
            app=text,
            way="flood",
            detail=text,
            fingerprint="f1",
        ),
        route=finding.route and replace(finding.route, rule=text, endpoint=text),
        related=tuple(
            replace(
                related,
                place=Place(file=text, line=1),
                message=f"`{text}` {text}",
                row=related.row and replace(related.row, route=text, work=text),
            )
            for related in finding.related
        ),
    )


def odd_app(text: str) -> App:
    """An application in which all that a project names is the text."""
    limits = MethodLimits(
        limits=(Limit(text=text, source=LimitSource.DECORATOR, place=None, reasons=(text, f"`{text}`")),),
        undecided=(text,),
        reasons=(text,),
        lost=(LostLimit(text=text, source=LimitSource.DEFAULT, place=None, loss=Loss.INVALID, reason=text),),
        fails=text,
    )
    route = Route(
        rule=text,
        methods=("GET",),
        endpoint=text,
        blueprint=text,
        view=View(name=text, place=Place(file=text, line=1)),
        place=Place(file=text, line=1),
        limits={"GET": limits},
        condition=text,
    )
    exempt = replace(route, exempt=text, view=View(name=text, place=None), limits={"GET": MethodLimits()})
    limiter = Limiter(name=text, kind="flask-limiter", place=Place(file=text, line=1), bound=True, uses=1)
    return replace(
        APP,
        id=text,
        place=Place(file=text, line=1),
        routes=(route, exempt),
        limiters=(limiter, replace(limiter, kind="project")),
        undecided=(Undecided(place=Place(file=text, line=1), reason=text),),
    )


def all_hostile() -> Report:
    """One report of all these texts together."""
    reports = [hostile(text) for text in HOSTILE]
    return replace(
        reports[0],
        inventory=replace(
            INVENTORY,
            apps=tuple(app for report in reports for app in report.inventory.apps),
            problems=tuple(found for report in reports for found in report.inventory.problems),
        ),
        findings=tuple(finding for report in reports for finding in report.findings),
        suppressed=tuple(finding for report in reports for finding in report.suppressed),
        known=tuple(finding for report in reports for finding in report.known),
        failures=tuple(failure for report in reports for failure in report.failures),
        source_lines={key: line for report in reports for key, line in report.source_lines.items()},
    )
