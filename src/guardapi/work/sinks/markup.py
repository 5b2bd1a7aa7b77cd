"""Markup of the caller that can grow while it is parsed.

Facts: `format`, `yaml` or `xml`; `lifted`, the argument that lifts a limit of the parser, or None; `lifted_at`, the
place of the call that has it, where that is known.
"""

from collections.abc import Callable
from typing import Final

from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.flow import Flow, all_taints
from guardapi.work.specs import Facts, Invocation, Spec

CONTENTS: Final = frozenset({"bytes", "file", "text"})
LOADERS: Final = "{load,safe_load,full_load,unsafe_load,load_all,safe_load_all,full_load_all}"
MAKERS: Final = ("lxml.etree.{XMLParser,ETCompatXMLParser,iterparse}", "lxml.objectify.makeparser")


def _contents(*flows: Flow | None) -> list[Input]:
    taints = {taint for flow in flows if flow is not None for taint in all_taints(flow)}
    return [
        Input(role=Role.DATA, source=t.source, kind=t.kind, is_bounded=t.is_bounded)
        for t in sorted(taints)
        if t.kind in CONTENTS and not t.source.startswith("view argument")
    ]


def _yaml(made: Invocation) -> Facts | None:
    found = _contents(made.argument(0, "stream"))
    return {"inputs": found, "format": "yaml", "lifted": None} if found else None


def _xml(*names: int | str) -> Callable[[Invocation], Facts | None]:
    def inspect(made: Invocation) -> Facts | None:
        found = _contents(*(made.argument(name) for name in names))
        return {"inputs": found, "format": "xml", **_lifted(made)} if found else None

    return inspect


def _lifted(made: Invocation) -> Facts:
    """`huge_tree=True` of the parser that is passed, or of the call."""
    parser = made.argument("parser", 1)
    maker = parser.calls[-1] if parser is not None and parser.calls else None
    flow = (made.kwargs if maker is None else maker.kwargs).get("huge_tree")
    if flow is None or flow.value is not True:
        return {"lifted": None}
    return {
        "lifted": "huge_tree=True",
        "lifted_at": made.run.place(made.node) if maker is None else maker.place,
    }


def _xmltodict(made: Invocation) -> Facts | None:
    found = _contents(made.argument(0, "xml_input"))
    disabled = made.constant("disable_entities")
    lifted = "disable_entities=False" if disabled is False else None
    at = made.run.place(made.node) if disabled is False else None
    return {"inputs": found, "format": "xml", "lifted": lifted, "lifted_at": at} if found else None


def _spec(inspect: Callable[[Invocation], Facts | None], *names: str) -> Spec:
    return Spec(kind=Kind.MARKUP, work=WorkClass.HEAVY, names=names, inspect=inspect)


SINKS = (
    _spec(_yaml, f"yaml.{LOADERS}", "ruamel.yaml.YAML().{load,load_all}", f"ruamel.yaml.{LOADERS}"),
    _spec(_yaml, "oyaml.{load,safe_load}", "flask.**.yaml"),
    _spec(
        _xml(0, "source", "text"),
        "lxml.etree.{fromstring,XML,parse,HTML,iterparse}",
        "lxml.objectify.{fromstring,parse}",
    ),
    _spec(_xml(0, "source", "text"), "xml.etree.{ElementTree,cElementTree}.{fromstring,XML,parse,iterparse}"),
    _spec(
        _xml(0, "file", "string"),
        "xml.dom.minidom.{parse,parseString}",
        "xml.dom.pulldom.{parse,parseString}",
    ),
    _spec(_xml(0, "source", "string"), "xml.sax.{parse,parseString}"),
    _spec(_xmltodict, "xmltodict.parse"),
)
