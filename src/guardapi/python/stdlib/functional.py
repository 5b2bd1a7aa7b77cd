"""`functools`, `itertools`, `operator`, `contextlib`, `copy`, `click` and the like: functions over functions."""

import itertools
from typing import TYPE_CHECKING, Final

from guardapi.python.native import native
from guardapi.python.values import (
    MISSING,
    BoundMethod,
    Call,
    Class,
    DictValue,
    Function,
    Instance,
    Managed,
    NativeFunction,
    Partial,
    Property,
    SetValue,
    Unknown,
    Value,
    Wrapped,
    is_hashable,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

NATIVES: Final[dict[str, Value]] = {}
MAX_ROWS: Final = 5_000
COPIED: Final = ("__module__", "__name__", "__qualname__", "__doc__")


@native("functools.wraps", into=NATIVES)
def _wraps(ev: "Evaluator", wrapped: Value, *_args: Value, **_options: Value) -> Value:
    return NativeFunction("wraps", lambda _ev, call: _update_wrapper(ev, call.args[0], wrapped))


@native("functools.update_wrapper", into=NATIVES)
def _update_wrapper(ev: "Evaluator", wrapper: Value, wrapped: Value, *_args: Value, **_opts: Value) -> Value:
    if type(wrapper) not in {Function, Wrapped}:
        return wrapper
    for name in COPIED:
        value = ev.find(wrapped, name)
        if value is not MISSING:
            wrapper.attributes[name] = value
    wrapper.attributes.update({k: v for k, v in _marks_of(wrapped).items() if k not in COPIED})
    wrapper.attributes["__wrapped__"] = wrapped
    return wrapper


def _marks_of(function: Value) -> dict[Value, Value]:
    """The `__dict__` of a function; a decorator that is not known most likely used `wraps` itself."""
    if type(function) is BoundMethod:
        return _marks_of(function.function)
    if type(function) is Wrapped:
        return {**_marks_of(function.inner), **function.attributes}
    return function.attributes if type(function) is Function else {}


@native("functools.partial", into=NATIVES)
def _partial(_ev: "Evaluator", function: Value, *args: Value, **kwargs: Value) -> Value:
    return Partial(function, list(args), dict(kwargs))


@native("functools.partialmethod", into=NATIVES)
def _partialmethod(_ev: "Evaluator", function: Value, *args: Value, **kwargs: Value) -> Value:
    return NativeFunction(
        "partialmethod",
        lambda ev, call: ev.call(function, Call([*call.args, *args], {**kwargs, **call.kwargs})),
    )


@native(
    "functools.singledispatch", "functools.total_ordering",
    "typing.no_type_check", "typing.final",
    "typing_extensions.final", "typing.overload", "typing.override", "typing_extensions.override",
    "abc.abstractmethod", "abc.abstractproperty", "typing.runtime_checkable", "asyncio.coroutine",
    "typing_extensions.deprecated", "warnings.deprecated", into=NATIVES,
)  # fmt: skip
def _as_it_is(_ev: "Evaluator", value: Value = None, *_args: Value, **_options: Value) -> Value:
    """Decorators that leave what they decorate as it is; with options, they answer one that does."""
    if type(value) in {Function, Wrapped, Class, BoundMethod, Property}:
        return value
    return NativeFunction("decorator", lambda _ev, call: call.args[0])


@native("contextlib.contextmanager", "contextlib.asynccontextmanager", into=NATIVES)
def _context_manager(_ev: "Evaluator", function: Value) -> Value:
    name = function.name if type(function) is Function else "contextmanager"
    return NativeFunction(name, lambda _ev, call: Managed(function, call), wraps=function)


@native("abc.abstractproperty", into=NATIVES)
def _abstract_property(_ev: "Evaluator", getter: Value) -> Value:
    return Property(getter)


@native("functools.cached_property", "werkzeug.utils.cached_property", into=NATIVES)
def _cached_property(_ev: "Evaluator", getter: Value, **_options: Value) -> Value:
    return Property(getter, cached=True)


@native("functools.lru_cache", "functools.cache", into=NATIVES)
def _cache(ev: "Evaluator", function: Value = None, *_args: Value, **options: Value) -> Value:
    if type(function) is Function:
        function.memo = {}
    if type(function) in {Function, Wrapped, Class, BoundMethod, Property}:
        return function
    return NativeFunction("decorator", lambda _ev, call: _cache(ev, *call.args[:1], **options))


@native("functools.reduce", into=NATIVES)
def _reduce(ev: "Evaluator", function: Value, items: Value, *initial: Value) -> Value:
    values = [*initial, *ev.iterate(items)]
    if not values:
        return Unknown("a reduction of nothing")
    answer = values[0]
    for value in values[1:]:
        answer = ev.call(function, Call([answer, value], {}))
    return answer


@native("itertools.chain", into=NATIVES)
def _chain(ev: "Evaluator", *parts: Value) -> Value:
    return [item for part in parts for item in ev.iterate(part)]


@native("itertools.chain.from_iterable", into=NATIVES)
def _chain_from(ev: "Evaluator", parts: Value) -> Value:
    return [item for part in ev.iterate(parts) for item in ev.iterate(part)]


@native("itertools.product", into=NATIVES)
def _product(ev: "Evaluator", *columns: Value, repeat: Value = 1) -> Value:
    rows = [ev.iterate(column) for column in columns] * (repeat if isinstance(repeat, int) else 1)
    return list(itertools.islice(itertools.product(*rows), MAX_ROWS))


@native("itertools.permutations", into=NATIVES)
def _permutations(ev: "Evaluator", items: Value, length: Value = None) -> Value:
    size = length if isinstance(length, int) else None
    return list(itertools.islice(itertools.permutations(ev.iterate(items), size), MAX_ROWS))


@native("itertools.islice", into=NATIVES)
def _islice(ev: "Evaluator", items: Value, *bounds: Value) -> Value:
    if not all(bound is None or isinstance(bound, int) for bound in bounds):
        return Unknown("a slice that is not known")
    return list(itertools.islice(ev.iterate(items), *bounds))


@native("operator.itemgetter", into=NATIVES)
def _itemgetter(_ev: "Evaluator", *keys: Value) -> Value:
    def get(ev: "Evaluator", call: Call) -> Value:
        found = [ev.item(call.args[0], key) for key in keys]
        return found[0] if len(found) == 1 else tuple(found)

    return NativeFunction("itemgetter", get)


@native("operator.attrgetter", into=NATIVES)
def _attrgetter(_ev: "Evaluator", *names: Value) -> Value:
    def get(ev: "Evaluator", call: Call) -> Value:
        value = call.args[0]
        for name in str(names[0]).split("."):
            value = ev.attribute(value, name)
        return value

    return NativeFunction("attrgetter", get)


@native("copy.copy", into=NATIVES)
def _copy(_ev: "Evaluator", value: Value) -> Value:
    return _copied(value, deep=0)


@native("copy.deepcopy", into=NATIVES)
def _deepcopy(_ev: "Evaluator", value: Value, *_memo: Value) -> Value:
    return _copied(value, deep=20)


PICKLED: Final = Class("bytes", [], {})


@native("pickle.dumps", into=NATIVES)
def _pickled(_ev: "Evaluator", value: Value, *_args: Value, **_options: Value) -> Value:
    made = Instance(PICKLED)
    made.attributes["value"] = value
    return made


@native("pickle.loads", into=NATIVES)
def _unpickled(_ev: "Evaluator", text: Value, *_args: Value, **_options: Value) -> Value:
    """Of what was pickled here: the idiom for a quick deep copy. Nothing else is ever read."""
    if type(text) is not Instance or text.cls is not PICKLED:
        return Unknown("an object out of a pickle")
    return _copied(text.attributes["value"], deep=20)


def _copied(value: Value, *, deep: int) -> Value:
    def below(item: Value) -> Value:
        return _copied(item, deep=deep - 1) if deep else item

    if type(value) is list:
        return [below(item) for item in value]
    if type(value) is tuple:
        return tuple(below(item) for item in value)
    if type(value) is SetValue:
        return SetValue(value)
    if type(value) is DictValue:
        copied = DictValue((key, below(item)) for key, item in value.items())
        copied.open = value.open
        return copied
    if type(value) is Instance:
        made = Instance(value.cls, value.place, value.function)
        made.attributes.update((key, below(item)) for key, item in value.attributes.items())
        made.payload = below(value.payload)
        return made
    return value


@native("contextlib.suppress", "contextlib.nullcontext", into=NATIVES)
def _nothing_managed(_ev: "Evaluator", value: Value = None, *_args: Value) -> Value:
    return value


@native("typing.cast", into=NATIVES)
def _cast(_ev: "Evaluator", _kind: Value, value: Value) -> Value:
    return value


@native("typing.NewType", "typing.TypeVar", "typing.ParamSpec", into=NATIVES)
def _new_type(_ev: "Evaluator", *_args: Value, **_options: Value) -> Value:
    return NativeFunction("NewType", lambda _ev, call: call.args[0] if call.args else None)


def _container(name: str, make_payload: str) -> None:
    from guardapi.python.builtins import BUILTINS  # noqa: PLC0415  # beside its only use

    base = BUILTINS[make_payload]
    NATIVES[name] = Class(name.rpartition(".")[2], [base], {})


_container("collections.OrderedDict", "dict")
_container("collections.UserDict", "dict")
_container("collections.UserList", "list")
_container("collections.deque", "list")
_container("werkzeug.datastructures.ImmutableDict", "dict")


def _default_init(ev: "Evaluator", call: Call) -> Value:
    receiver, *rest = call.args
    receiver.attributes["default_factory"] = rest[0] if rest else None
    for source in rest[1:]:
        ev.merge(receiver.payload, source)


NATIVES["collections.defaultdict"] = Class(
    "defaultdict", [NATIVES["collections.OrderedDict"].bases[0]],
    {"__init__": NativeFunction("__init__", _default_init)},
)  # fmt: skip


@native("collections.ChainMap", into=NATIVES)
def _chain_map(ev: "Evaluator", *maps: Value) -> Value:
    merged = DictValue()
    for part in reversed(maps):
        ev.merge(merged, part)
    return merged


@native("collections.Counter", into=NATIVES)
def _counter(ev: "Evaluator", items: Value = ()) -> Value:
    found = DictValue()
    for item in ev.iterate(items):
        if is_hashable(item):
            found[item] = found.get(item, 0) + 1
    return found
