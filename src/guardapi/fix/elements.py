"""Lists, tuples and dictionaries that are written out: one more item."""

import libcst

from guardapi.fix.items import Items, appended
from guardapi.fix.source import NotFixableError, Source, Splice
from guardapi.remedy import AppendItem

Written = libcst.List | libcst.Tuple | libcst.Dict


def append(edit: AppendItem, source: Source) -> list[Splice]:
    """The item stands on a line of its own where the last one has it."""
    collection = source.expression(edit.collection)
    if not isinstance(collection, Written):
        raise NotFixableError(f"no list is written at {edit.collection}")
    return appended(_items(collection, source), edit.text, source)


def _items(collection: Written, source: Source) -> Items:
    elements = collection.elements
    start, end = (
        source.outer_span(collection) if isinstance(collection, libcst.Tuple) else source.span(collection)
    )
    comma = elements[-1].comma if elements else None
    return Items(
        opened=start + 1,
        closed=end - 1,
        spans=tuple(_span(element, source) for element in elements),
        comma=source.span(comma)[1] if isinstance(comma, libcst.Comma) else None,
        rank=end - start,
    )


def _span(element: libcst.BaseElement | libcst.BaseDictElement, source: Source) -> tuple[int, int]:
    first = element.key if isinstance(element, libcst.DictElement) else element.value
    return source.outer_span(first)[0], source.outer_span(element.value)[1]
