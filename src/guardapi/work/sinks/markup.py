"""Markup of the caller that can grow while it is parsed.

Facts: `format`, `yaml` or `xml`; `lifted`, the argument that lifts a limit of the parser, or None.
"""

from collections.abc import Callable
from typing import Final

from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.flow import Flow, all_taints
from guardapi.work.specs import Facts, Invocation, Spec

CONTENTS: Final = frozenset({"bytes", "file", "text"})
LOADERS: Final = "{load,safe_load,full_load,unsafe_load,load_all,safe_load_all,full_load_all}"
MAKERS: Final = ("lxml.etree.{XMLParser,ETCompatXMLParser,iterparse}", "lxml.objectify.makeparser")
LIFTING: Final = {"huge_tree": True, "resolve_entities": True, "load_dtd": True}


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
        return {"inputs": found, "format": "xml", "lifted": _lifted(made)} if found else None

    return inspect


def _lifted(made: Invocation) -> str | None:
    """`huge_tree=True` of the parser that is passed, or of the call."""
    parser = made.argument("parser", 1)
    given = parser.calls[-1].kwargs if parser is not None and parser.calls else made.kwargs
    for name, wanted in LIFTING.items():
        flow = given.get(name)
        if flow is not None and flow.value is wanted and name == "huge_tree":
            return f"{name}={wanted}"
    return None


def _xmltodict(made: Invocation) -> Facts | None:
    found = _contents(made.argument(0, "xml_input"))
    disabled = made.constant("disable_entities")
    lifted = "disable_entities=False" if disabled is False else None
    return {"inputs": found, "format": "xml", "lifted": lifted} if found else None


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
