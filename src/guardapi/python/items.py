"""Items of containers, and what iterating gives."""

from typing import TYPE_CHECKING, Final

from guardapi.python.values import (
    MISSING,
    Call,
    Class,
    DictValue,
    External,
    Instance,
    SetValue,
    Union,
    Unknown,
    Value,
    is_hashable,
    join,
    plain,
    spread,
)

if TYPE_CHECKING:
    from guardapi.python.evaluator import Evaluator

MAX_ITEMS: Final = 50_000
"""Elements that a list may grow to."""


def item(ev: "Evaluator", container: Value, key: Value) -> Value:
    """`container[key]`."""
    if type(container) is not Union and type(key) is not Union:
        return _item(ev, container, key)
    return spread(lambda c, k: _item(ev, c, k), container, key)


def _item(ev: "Evaluator", container: Value, key: Value) -> Value:
    if type(container) is Instance and (method := container.cls.find("__getitem__")) is not MISSING:
        return ev.call(ev.bind(method, container), Call([key], {}))
    holder, index = plain(container), plain(key)
    if isinstance(holder, DictValue):
        return _dict_item(ev, container, holder, index)
    if isinstance(holder, list | tuple | str | bytes) and isinstance(index, int | slice):
        try:
            return holder[index]
        except TypeError:
            return Unknown("a slice whose bounds are not known")
        except (IndexError, ValueError):
            return ev.fails("IndexError", "an index that is out of range")
    if type(holder) is Class:
        return class_item(ev, holder, key)
    if type(holder) is External and "()" not in holder.name:
        return holder  # `Generic[T]`, `List[int]`: the same class
    if type(holder) is External and isinstance(index, str):
        return holder.item()
    if type(holder) is Instance and (fields := holder.cls.record_fields) and isinstance(index, int):
        return ev.attribute(holder, fields[index]) if -len(fields) <= index < len(fields) else MISSING
    return Unknown("an item of something that is not known")


def _dict_item(ev: "Evaluator", container: Value, holder: DictValue, key: Value) -> Value:
    if isinstance(key, Unknown | External) or not is_hashable(key):
        return any_of(list(holder.values()), "an item by a key that is not known")
    if key in holder:
        return holder[key]
    if type(container) is Instance:
        factory = container.attributes.get("default_factory")
        if factory is not None:
            holder[key] = ev.call(factory, Call([], {}))
            return holder[key]
        if (method := container.cls.find("__missing__")) is not MISSING:
            return ev.call(ev.bind(method, container), Call([key], {}))
    if holder.open:
        return Unknown(f"{key!r} may come from {holder.open}")
    return ev.fails("KeyError", f"the key {str(key)[:40]!r} is not there")


def any_of(options: list[Value], reason: str) -> Value:
    """One of several values, where few enough to follow them all."""
    if not options or len(options) > 64:
        return Unknown(reason)
    answer = options[0]
    for option in options[1:]:
        answer = join(answer, option)
    return answer


def set_item(ev: "Evaluator", container: Value, key: Value, value: Value) -> None:
    """`container[key] = value`."""
    if type(container) is Union:
        for option in container:
            set_item(ev, option, key, value)
        return
    if type(container) is Instance and (method := container.cls.find("__setitem__")) is not MISSING:
        ev.call(ev.bind(method, container), Call([key, value], {}))
        return
    holder, index = plain(container), plain(key)
    if isinstance(holder, DictValue):
        _set_keys(ev, holder, index, value)
    elif type(holder) is list and isinstance(index, int) and -len(holder) <= index < len(holder):
        holder[index] = value
    elif type(holder) is list and isinstance(index, slice):
        items = known_items(ev, value)
        if items is not None and index.step in (None, 1):
            holder[index] = items


def _set_keys(ev: "Evaluator", holder: DictValue, key: Value, value: Value) -> None:
    if type(key) is Union:
        # It is one of them, so each may still be what it was.
        for option in key:
            known = plain(option)
            kept = holder[known] if is_hashable(known) and known in holder else value
            _set_keys(ev, holder, known, join(kept, value))
    elif isinstance(key, Unknown | External) or not is_hashable(key):
        holder.open = "a key that is not known"
    else:
        holder[key] = value
        ev.wrote(holder, key)


def delete_item(container: Value, key: Value) -> None:
    """`del container[key]`."""
    holder = plain(container)
    if isinstance(holder, DictValue | SetValue) and is_hashable(key):
        holder.pop(key, None)
    elif type(holder) is list and isinstance(key, int) and -len(holder) <= key < len(holder):
        del holder[key]


def known_items(ev: "Evaluator", value: Value) -> list[Value] | None:
    """The items of an iterable, or None where it is not known."""
    if type(value) is Instance and (method := value.cls.find("__iter__")) is not MISSING:
        return known_items(ev, ev.call(ev.bind(method, value), Call([], {})))
    holder = plain(value)
    if isinstance(holder, list | tuple | DictValue | SetValue):
        return list(holder)
    if isinstance(holder, str | bytes):
        return list(holder) if len(holder) <= 4096 else None
    if type(holder) is Union:
        parts = [known_items(ev, option) for option in holder]
        return None if all(part is None for part in parts) else [x for part in parts for x in part or ()]
    if type(holder) is Class:
        return class_items(ev, holder)
    if type(holder) is Instance and holder.cls.record_fields:
        return [ev.attribute(holder, name) for name in holder.cls.record_fields]
    return None


def iterate(ev: "Evaluator", value: Value) -> list[Value]:
    """The items of an iterable; of one that is not known, one item that is not known."""
    items = known_items(ev, value)
    if items is None:
        return [] if value is None else [element_of(value)]
    return items


def element_of(value: Value) -> Value:
    """Any element of something that is not known."""
    if type(value) is External:
        return Unknown(f"an element of {value.name}")
    return Unknown("an element of something that is not known")


def extended(items: list[Value], more: list[Value]) -> list[Value]:
    """`items.extend(more)`, up to a size that no set-up needs."""
    items.extend(more[: max(0, MAX_ITEMS - len(items))])
    return items


def merge(ev: "Evaluator", target: DictValue, source: Value) -> None:
    """`target.update(source)`."""
    mapping = as_mapping(ev, source)
    if isinstance(mapping, DictValue):
        target.update(mapping)
        target.open = target.open or mapping.open
        for key in mapping:
            ev.wrote(target, key)
        return
    items = known_items(ev, source)
    pairs = [known_items(ev, entry) for entry in items] if items is not None else [None]
    for pair in pairs:
        if pair is not None and len(pair) == 2 and is_hashable(pair[0]):
            target[pair[0]] = pair[1]
            ev.wrote(target, pair[0])
        else:
            target.open = "an update that is not known"


def as_mapping(ev: "Evaluator", value: Value) -> Value:
    """The mapping that `**value` gives, or an unknown value."""
    holder = plain(value)
    if isinstance(holder, DictValue):
        return holder
    if type(holder) is Union:
        merged = DictValue()
        for option in holder:
            part = as_mapping(ev, option)
            if isinstance(part, DictValue):
                merged.update(part)
            elif option is not None:
                merged.open = "an option that is not known"
        return merged
    if type(holder) is Instance and (keys := ev.attribute(holder, "keys")) and not isinstance(keys, Unknown):
        names = known_items(ev, ev.call(keys, Call([], {})))
        if names is not None:
            return DictValue((name, item(ev, holder, name)) for name in names if is_hashable(name))
    return Unknown("a mapping that is not known")


def class_item(ev: "Evaluator", cls: Class, key: Value) -> Value:
    """`Class[key]`: a generic class is itself; a metaclass may know better."""
    if cls.metaclass is not None and (hook := cls.metaclass.find("__getitem__")) is not MISSING:
        return ev.call(ev.bind(hook, cls), Call([key], {}))
    return cls


def class_items(ev: "Evaluator", cls: Class) -> list[Value] | None:
    """The items of `for x in Class`, as its metaclass gives them."""
    if cls.metaclass is not None and (hook := cls.metaclass.find("__iter__")) is not MISSING:
        return known_items(ev, ev.call(ev.bind(hook, cls), Call([], {})))
    return None


def sort(ev: "Evaluator", found: list[Value], key: Value, reverse: Value) -> list[Value]:
    """The items in order where their keys are known constants, else as they are."""
    keys = [plain(entry if key is None else ev.call(key, Call([entry], {}))) for entry in found]
    try:
        order = sorted(range(len(found)), key=lambda position: keys[position])
    except TypeError:
        return list(found)
    ordered = [found[position] for position in order]
    return ordered[::-1] if reverse is True else ordered
