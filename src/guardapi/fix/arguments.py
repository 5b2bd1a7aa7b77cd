"""Arguments of calls: given, changed, taken away."""

import libcst

from guardapi.fix.items import Items, appended, end_of_line, is_on_own_line
from guardapi.fix.source import NotFixableError, Source, Splice
from guardapi.remedy import NameArgument, RemoveArgument, SetArgument


def set_argument(edit: SetArgument, source: Source) -> list[Splice]:
    """Another value for the argument if the call has it, otherwise one more at its end."""
    call = source.at(edit.call, libcst.Call)
    index = _index(call, edit.name)
    if index is not None:
        start, end = source.span(call.args[index].value)
        return [Splice(start=start, end=end, text=edit.value)]
    if any(argument.star == "**" for argument in call.args):
        raise NotFixableError("not all arguments of the call are written there")
    return [
        *_parenthesised(call, source),
        *appended(_items(call, source), f"{edit.name}={edit.value}", source),
    ]


def remove_argument(edit: RemoveArgument, source: Source) -> list[Splice]:
    """The arguments go with their commas, and with their lines if they have some of their own."""
    call = source.at(edit.call, libcst.Call)
    names = (edit.name, *edit.others)
    removed = sorted(index for name in names if (index := _index(call, name)) is not None)
    if len(removed) != len(names):
        raise NotFixableError(f"the call has no argument {' or '.join(names)}")
    runs: list[tuple[int, int]] = []
    for index in removed:
        if runs and runs[-1][1] == index - 1:
            runs[-1] = (runs[-1][0], index)
        else:
            runs.append((index, index))
    return [_without(call, first, last, source) for first, last in runs]


def _without(call: libcst.Call, first: int, last: int, source: Source) -> Splice:
    """Without neighbouring arguments."""
    spans = _spans(call, source)
    start, end = spans[first][0], spans[last][1]
    comma = _comma(call, last, source)
    behind = end if comma is None else comma
    line_end = end_of_line(behind, source)
    if comma is not None and is_on_own_line(start, source) and line_end == _line_end(behind, source):
        return _cut(source.line_start(start), source.next_line(behind))
    if last + 1 < len(spans):
        following = spans[last + 1][0]
        return _cut(start, following if source.line_of(following) == source.line_of(behind) else behind)
    if first and "#" not in source.text(spans[first - 1][1], start):
        return _cut(spans[first - 1][1], end)
    return _cut(start, behind)


def name_argument(edit: NameArgument, source: Source) -> list[Splice]:
    """The argument with its name before it."""
    call = source.at(edit.call, libcst.Call)
    if _index(call, edit.name) is not None:
        raise NotFixableError(f"the call has an argument {edit.name} already")
    if edit.position is None:
        index = _index(call, edit.former)
        if index is None:
            raise NotFixableError(f"the call has no argument {edit.former}")
        keyword = call.args[index].keyword
        assert keyword is not None  # noqa: S101  # for the type checker
        start, end = source.span(keyword)
        return [Splice(start=start, end=end, text=edit.name)]
    given = call.args[: edit.position + 1]
    if len(given) <= edit.position or any(one.star or one.keyword for one in given):
        raise NotFixableError("the arguments of the call are not written in their order")
    start = source.span(given[-1])[0]
    return [Splice(start=start, end=start, text=f"{edit.name}=", is_alone=True)]


def _cut(start: int, end: int) -> Splice:
    return Splice(start=start, end=end, text="")


def _line_end(offset: int, source: Source) -> int:
    return source.line_start(offset) + len(source.line_text(offset).encode())


def _index(call: libcst.Call, name: str) -> int | None:
    for index, argument in enumerate(call.args):
        if argument.keyword is not None and argument.keyword.value == name:
            return index
    return None


def _spans(call: libcst.Call, source: Source) -> tuple[tuple[int, int], ...]:
    """Where the arguments stand, with their names, stars and parentheses."""
    return tuple((source.span(argument)[0], source.outer_span(argument.value)[1]) for argument in call.args)


def _comma(call: libcst.Call, index: int, source: Source) -> int | None:
    """Behind the comma that follows an argument, if one does."""
    comma = call.args[index].comma
    return source.span(comma)[1] if isinstance(comma, libcst.Comma) else None


def _items(call: libcst.Call, source: Source) -> Items:
    start, end = source.span(call)
    blanks = source.module.code_for_node(call.whitespace_after_func) + "("
    return Items(
        opened=source.outer_span(call.func)[1] + len(blanks.encode()),
        closed=end - 1,
        spans=_spans(call, source),
        comma=_comma(call, len(call.args) - 1, source) if call.args else None,
        rank=end - start,
    )


def _parenthesised(call: libcst.Call, source: Source) -> list[Splice]:
    """A generator that is the only argument needs parentheses beside another one."""
    value = call.args[0].value if len(call.args) == 1 else None
    if not isinstance(value, libcst.GeneratorExp) or value.lpar:
        return []
    start, end = source.span(value)
    width = end - start
    return [
        Splice(start=start, end=start, text="(", rank=-width),
        Splice(start=end, end=end, text=")", rank=width),
    ]
