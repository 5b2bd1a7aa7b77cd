"""A matcher that backtracks as the engine of `re` does and counts its steps: the judge of slow patterns."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from guardapi.work.characters import is_word, reads

OPCODES: Final = importlib.import_module("re._constants")
ONE: Final = frozenset({OPCODES.LITERAL, OPCODES.NOT_LITERAL, OPCODES.IN, OPCODES.ANY})
After = Callable[[int], bool]
"""What must match behind a position."""


class OutOfSteps(Exception):  # noqa: N818  # an answer rather than an error
    """The matcher has taken more steps than it may."""


class State:
    """One text that is matched."""

    __slots__ = ("groups", "most", "steps", "text")

    def __init__(self, text: str, most: int) -> None:
        self.text = text
        self.most = most
        self.steps = 0
        self.groups: dict[int, tuple[int, int]] = {}

    def count(self) -> None:
        """One more step."""
        self.steps += 1
        if self.steps > self.most:
            raise OutOfSteps


Node = Callable[[State, int, After], bool]


@dataclass(frozen=True, slots=True)
class Program:
    """A pattern that can be matched."""

    node: Node
    function: str


def compiled(tree: Any, function: str) -> Program:  # the parser has no types
    """A parsed pattern under a function of `re` (`match`, `search`, `sub`, ...)."""
    return Program(_sequence(tree, tree.state.flags), function)


def steps_of(program: Program, text: str, most: int) -> int:
    """How many steps the function takes on a text; raises OutOfSteps beyond a number of them."""
    state = State(text, most)
    match program.function:
        case "match":
            _ends(program, state, 0)
        case "fullmatch":
            program.node(state, 0, lambda end: end == len(text))
        case "search":
            any(_ends(program, state, start) is not None for start in range(len(text) + 1))
        case _:
            _everywhere(program, state)
    return state.steps


def _everywhere(program: Program, state: State) -> None:
    position = 0
    while position <= len(state.text):
        end = _ends(program, state, position)
        position = position + 1 if end is None or end == position else end


def _ends(program: Program, state: State, start: int) -> int | None:
    ends: list[int] = []

    def accept(end: int) -> bool:
        ends.append(end)
        return True

    state.groups = {}
    return ends[0] if program.node(state, start, accept) else None


def _sequence(items: Any, flags: int) -> Node:
    nodes = [_item(op, value, flags) for op, value in items]
    if len(nodes) == 1:
        return nodes[0]

    def run(state: State, start: int, after: After) -> bool:
        def following(index: int, position: int) -> bool:
            if index == len(nodes):
                return after(position)
            return nodes[index](state, position, lambda end: following(index + 1, end))

        return following(0, start)

    return run


def _item(op: Any, value: Any, flags: int) -> Node:  # a table of the items
    if op in ONE:
        return _character(_reader(op, value, flags))
    if op is OPCODES.SUBPATTERN:
        number, add, remove, inner = value
        return _group(number, _sequence(inner, (flags | add) & ~remove))
    if op is OPCODES.ATOMIC_GROUP:
        return _atomic(_sequence(value, flags))
    if op is OPCODES.BRANCH:
        return _branch([_sequence(branch, flags) for branch in value[1]])
    if op in {OPCODES.MAX_REPEAT, OPCODES.MIN_REPEAT, OPCODES.POSSESSIVE_REPEAT}:
        return _repeat(op, value, flags)
    if op in {OPCODES.ASSERT, OPCODES.ASSERT_NOT}:
        return _look(value, flags, wanted=op is OPCODES.ASSERT)
    if op is OPCODES.AT:
        return _anchor(value, flags)
    if op is OPCODES.GROUPREF:
        return _reference(value)
    if op is OPCODES.GROUPREF_EXISTS:
        number, yes, no = value
        return _conditional(number, _sequence(yes, flags), _sequence(no or (), flags))
    raise ValueError(op)


def _reader(op: Any, value: Any, flags: int) -> Callable[[str], bool]:
    known: dict[str, bool] = {}

    def accepts(character: str) -> bool:
        found = known.get(character)
        if found is None:
            found = known[character] = reads(op, value, flags, character)
        return found

    return accepts


def _character(accepts: Callable[[str], bool]) -> Node:
    def run(state: State, start: int, after: After) -> bool:
        state.count()
        return start < len(state.text) and accepts(state.text[start]) and after(start + 1)

    return run


def _group(number: int | None, inner: Node) -> Node:
    if number is None:
        return inner

    def run(state: State, start: int, after: After) -> bool:
        before = state.groups.get(number)

        def closed(end: int) -> bool:
            state.groups[number] = (start, end)
            return after(end)

        if inner(state, start, closed):
            return True
        if before is None:
            state.groups.pop(number, None)
        else:
            state.groups[number] = before
        return False

    return run


def _first_end(node: Node, state: State, start: int) -> int | None:
    """Where the node ends the first time that it matches."""
    ends: list[int] = []

    def accept(end: int) -> bool:
        ends.append(end)
        return True

    return ends[0] if node(state, start, accept) else None


def _atomic(inner: Node) -> Node:
    def run(state: State, start: int, after: After) -> bool:
        end = _first_end(inner, state, start)
        return end is not None and after(end)

    return run


def _branch(branches: list[Node]) -> Node:
    def run(state: State, start: int, after: After) -> bool:
        state.count()
        return any(branch(state, start, after) for branch in branches)

    return run


def _repeat(op: Any, value: Any, flags: int) -> Node:
    least, most, inner = value
    most = None if most is OPCODES.MAXREPEAT else int(most)
    if len(inner) == 1 and inner[0][0] in ONE:
        accepts = _reader(inner[0][0], inner[0][1], flags)
        return _run_of_characters(op, int(least), most, accepts)
    node = _sequence(inner, flags)
    if op is OPCODES.POSSESSIVE_REPEAT:
        return _possessive(int(least), most, node)
    return _rounds(int(least), most, node, is_greedy=op is OPCODES.MAX_REPEAT)


def _run_of_characters(op: Any, least: int, most: int | None, accepts: Callable[[str], bool]) -> Node:
    """One kind of character: counted in one go, then given back one by one."""

    def reach(state: State, start: int) -> int:
        end = start
        limit = len(state.text) if most is None else min(len(state.text), start + most)
        while end < limit and accepts(state.text[end]):
            end += 1
        return end

    def run(state: State, start: int, after: After) -> bool:
        state.count()
        end = reach(state, start)
        if op is OPCODES.POSSESSIVE_REPEAT:
            return end >= start + least and after(end)
        ends = range(end, start + least - 1, -1)
        for position in ends if op is OPCODES.MAX_REPEAT else reversed(ends):
            state.count()
            if after(position):
                return True
        return False

    return run


def _possessive(least: int, most: int | None, node: Node) -> Node:
    def run(state: State, start: int, after: After) -> bool:
        position, done = start, 0
        while most is None or done < most:
            state.count()
            end = _first_end(node, state, position)
            if end is None or (end == position and done >= least):
                break
            position, done = end, done + 1
        return done >= least and after(position)

    return run


def _rounds(least: int, most: int | None, node: Node, *, is_greedy: bool) -> Node:
    def run(state: State, start: int, after: After) -> bool:
        def around(position: int, done: int) -> bool:
            def again(end: int) -> bool:
                # A round that reads nothing is not repeated.
                return (end != position or done < least) and around(end, done + 1)

            state.count()
            if done < least:
                return node(state, position, again)
            more = most is None or done < most
            if is_greedy:
                return (more and node(state, position, again)) or after(position)
            return after(position) or (more and node(state, position, again))

        return around(start, 0)

    return run


def _look(value: Any, flags: int, *, wanted: bool) -> Node:
    direction, inner = value
    node = _sequence(inner, flags)
    width = int(inner.getwidth()[0]) if direction < 0 else 0

    def run(state: State, start: int, after: After) -> bool:
        state.count()
        begin = start - width
        holds = begin >= 0 and node(state, begin, lambda end: direction > 0 or end == start)
        return holds is wanted and after(start)

    return run


def _anchor(where: Any, flags: int) -> Node:
    holds = _ANCHORS[str(where)]

    def run(state: State, start: int, after: After) -> bool:
        state.count()
        return holds(state.text, start, flags) and after(start)

    return run


def _at_beginning(text: str, at: int, flags: int) -> bool:
    return at == 0 or bool(flags & OPCODES.SRE_FLAG_MULTILINE and text[at - 1] == "\n")


def _at_end(text: str, at: int, flags: int) -> bool:
    if at == len(text) or (at == len(text) - 1 and text[at] == "\n"):
        return True
    return bool(flags & OPCODES.SRE_FLAG_MULTILINE) and text[at] == "\n"


def _at_boundary(text: str, at: int, flags: int) -> bool:
    before = at > 0 and is_word(text[at - 1], flags)
    behind = at < len(text) and is_word(text[at], flags)
    return before is not behind


_ANCHORS: Final[dict[str, Callable[[str, int, int], bool]]] = {
    "AT_BEGINNING": _at_beginning,
    "AT_BEGINNING_STRING": lambda _text, at, _flags: at == 0,
    "AT_END": _at_end,
    "AT_END_STRING": lambda text, at, _flags: at == len(text),
    "AT_BOUNDARY": _at_boundary,
    "AT_NON_BOUNDARY": lambda text, at, flags: not _at_boundary(text, at, flags),
}


def _reference(number: int) -> Node:
    def run(state: State, start: int, after: After) -> bool:
        state.count()
        span = state.groups.get(number)
        if span is None:
            return False
        held = state.text[span[0] : span[1]]
        return state.text.startswith(held, start) and after(start + len(held))

    return run


def _conditional(number: int, yes: Node, no: Node) -> Node:
    def run(state: State, start: int, after: After) -> bool:
        return (yes if number in state.groups else no)(state, start, after)

    return run
