"""Classes whose creation means something: enumerations, dataclasses, named tuples, abstract classes."""

from enum import Enum
from http import HTTPMethod, HTTPStatus
from typing import TYPE_CHECKING, Final

from guardapi.python.builtins import BUILTINS
from guardapi.python.native import native
from guardapi.python.values import (
    MISSING,
    Call,
    Class,
    ClassMethod,
    DictValue,
    Function,
    Instance,
    NativeFunction,
    Property,
    StaticMethod,
    Unknown,
    Value,
    Wrapped,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

NATIVES: Final[dict[str, Value]] = {}
NOT_MEMBERS: Final = (Function, Wrapped, Property, StaticMethod, ClassMethod, Class, NativeFunction)


# -- enum ---------------------------------------------------------------------------------------


def _make_members(ev: "Evaluator", call: Call) -> Value:
    """`Enum.__init_subclass__`: the plain values of the body become members."""
    cls = call.args[0]
    members: list[Value] = []
    for name, value in list(cls.namespace.items()):
        if name.startswith("_") or isinstance(value, NOT_MEMBERS):
            continue
        if type(value) is Instance and value.cls is AUTO:
            value = name.lower() if cls.is_subclass(STR_ENUM) else len(members) + 1  # noqa: PLW2901
        member = Instance(cls, ev.here())
        if (maker := cls.find("__init__")) is not MISSING and type(value) is tuple:
            ev.call(ev.bind(maker, member), Call(list(value), {}))
        member.attributes.update({"name": name, "_value_": value})
        member.attributes.setdefault("value", value)
        if any(base is BUILTINS["str"] or base is BUILTINS["int"] for base in cls.mro):
            member.payload = value
        cls.namespace[name] = member
        members.append(member)
    cls.namespace["_members"] = members
    return None


def _members(cls: Class) -> list[Value]:
    found = cls.find("_members")
    return list(found) if isinstance(found, list) else []


def _member_map(_ev: "Evaluator", call: Call) -> Value:
    return DictValue((member.attributes["name"], member) for member in _members(call.args[0]))


def _by_name(ev: "Evaluator", call: Call) -> Value:
    cls, key = call.args
    for member in _members(cls):
        if member.attributes["name"] == key:
            return member
    return ev.fails("KeyError", "no such member")


def _by_value(ev: "Evaluator", call: Call) -> Value:
    """`Color("red")`, or the functional form `Enum("Color", "RED BLUE")`."""
    cls, *rest = call.args
    for member in _members(cls):
        if rest and (member is rest[0] or ev.equal(member.attributes["value"], rest[0])):
            return member
    if not _members(cls) and len(rest) > 1:
        names = rest[1].replace(",", " ").split() if isinstance(rest[1], str) else ev.iterate(rest[1])
        pairs = {n: n for n in names if isinstance(n, str)}
        made = Class(str(rest[0]), [cls], dict(pairs))
        made.metaclass = cls.metaclass
        _make_members(ev, Call([made], {}))
        return made
    return ev.fails("ValueError", "no such member")


ENUM_META: Final = Class(
    "EnumMeta", [BUILTINS["type"]],
    {
        "__iter__": NativeFunction("__iter__", lambda _ev, call: _members(call.args[0])),
        "__getitem__": NativeFunction("__getitem__", _by_name),
        "__call__": NativeFunction("__call__", _by_value),
        "__members__": Property(NativeFunction("__members__", _member_map)),
    },
)  # fmt: skip
ENUM: Final = Class("Enum", [], {"__init_subclass__": ClassMethod(NativeFunction("members", _make_members))})
ENUM.metaclass = ENUM_META
STR_ENUM: Final = Class("StrEnum", [BUILTINS["str"], ENUM], {})
INT_ENUM: Final = Class("IntEnum", [BUILTINS["int"], ENUM], {})
FLAG: Final = Class("Flag", [ENUM], {})
AUTO: Final = Class("auto", [], {})
for _cls in (STR_ENUM, INT_ENUM, FLAG):
    _cls.metaclass = ENUM_META
NATIVES.update(
    {
        "enum.Enum": ENUM, "enum.StrEnum": STR_ENUM, "enum.IntEnum": INT_ENUM, "enum.Flag": FLAG,
        "enum.IntFlag": FLAG, "enum.auto": AUTO, "enum.EnumMeta": ENUM_META, "enum.EnumType": ENUM_META,
    }
)  # fmt: skip


def _standard_enum(found: type[Enum], base: Value) -> Class:
    """An enumeration of the standard library, whose members are texts or numbers as well."""
    cls = Class(found.__name__, [base, ENUM], {})
    cls.metaclass = ENUM_META
    members = []
    for known in found:
        plain = known.value
        member = Instance(cls)
        member.payload = plain
        member.attributes.update({"name": known.name, "_value_": plain, "value": plain})
        members.append(member)
        cls.namespace[known.name] = member
    cls.namespace["_members"] = members
    return cls


NATIVES["http.HTTPMethod"] = _standard_enum(HTTPMethod, BUILTINS["str"])
NATIVES["http.HTTPStatus"] = _standard_enum(HTTPStatus, BUILTINS["int"])


@native("enum.unique", into=NATIVES)
def _unique(_ev: "Evaluator", cls: Value) -> Value:
    return cls


# -- records ------------------------------------------------------------------------------------


@native("dataclasses.dataclass", "attr.s", "attr.attrs", "attr.define", "attrs.define", "attr.dataclass",
        "attrs.frozen", "attr.frozen", "pydantic.dataclasses.dataclass", into=NATIVES)  # fmt: skip
def _dataclass(ev: "Evaluator", cls: Value = None, **_options: Value) -> Value:
    if type(cls) is not Class:
        return NativeFunction("dataclass", lambda _ev, call: _dataclass(ev, *call.args))
    inherited = next((b.record_fields for b in cls.mro[1:] if type(b) is Class and b.record_fields), [])
    own = cls.namespace.get("__annotations__") or DictValue()
    plain = [n for n, v in cls.namespace.items() if type(v) is Instance and v.cls is FIELD]
    names = dict.fromkeys([*inherited, *own, *plain])
    cls.record_fields = [name for name in names if isinstance(name, str)]
    return cls


FIELD: Final = Class("Field", [], {})


@native("dataclasses.field", "attr.ib", "attr.field", "attrs.field", "attr.attrib", into=NATIVES)
def _field(ev: "Evaluator", **options: Value) -> Value:
    made = Instance(FIELD, ev.here())
    factory = options.get("default_factory", options.get("factory"))
    if factory is not None:
        made.attributes["default_factory"] = factory
    else:
        made.attributes["default"] = options.get("default", Unknown("a field without a default"))
    return made


@native("dataclasses.fields", into=NATIVES)
def _fields(_ev: "Evaluator", owner: Value) -> Value:
    cls = owner.cls if type(owner) is Instance else owner
    rows: list[Value] = []
    for name in cls.record_fields or () if type(cls) is Class else ():
        row = Instance(FIELD)
        row.attributes["name"] = name
        rows.append(row)
    return rows


@native("dataclasses.asdict", into=NATIVES)
def _asdict(_ev: "Evaluator", owner: Value) -> Value:
    return DictValue(owner.attributes) if type(owner) is Instance else Unknown("a mapping")


NAMED_TUPLE: Final = Class("NamedTuple", [], {})
NAMED_TUPLE.record_fields = []
NATIVES["typing.NamedTuple"] = NAMED_TUPLE


@native("collections.namedtuple", into=NATIVES)
def _namedtuple(ev: "Evaluator", name: Value, fields: Value, **_options: Value) -> Value:
    names = fields.replace(",", " ").split() if isinstance(fields, str) else ev.known_items(fields)
    made = Class(name if isinstance(name, str) else "?", [], {})
    made.record_fields = [n for n in names or () if isinstance(n, str)]
    for default in ev.known_items(_options.get("defaults")) or ():
        made.namespace[made.record_fields[-1]] = default
    return made


# -- abstract classes ---------------------------------------------------------------------------

NATIVES["abc.ABCMeta"] = Class("ABCMeta", [BUILTINS["type"]], {})
NATIVES["abc.ABC"] = Class("ABC", [], {})
NATIVES["typing.Generic"] = Class("Generic", [], {})
NATIVES["typing.Protocol"] = Class("Protocol", [], {})
NATIVES["types.SimpleNamespace"] = Class("SimpleNamespace", [], {})


def _namespace_init(_ev: "Evaluator", call: Call) -> Value:
    call.args[0].attributes.update(call.kwargs)


NATIVES["types.SimpleNamespace"].namespace["__init__"] = NativeFunction("__init__", _namespace_init)


@native("types.ModuleType", into=NATIVES)
def _module_type(_ev: "Evaluator", *_args: Value) -> Value:
    return Instance(NATIVES["types.SimpleNamespace"])


@native("types.MappingProxyType", into=NATIVES)
def _mapping_proxy(_ev: "Evaluator", mapping: Value) -> Value:
    return mapping
