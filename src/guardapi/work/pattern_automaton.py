"""The automaton of a pattern: its characters, what may follow each, and in how many ways."""

import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from guardapi.work.characters import Alphabet

OPCODES: Final = importlib.import_module("re._constants")
MAX_POSITIONS: Final = 260
MAX_EDGES: Final = 12_000
MAX_COPIES: Final = 40
MAX_PAIRS: Final = 6_000
MAX_TRIPLES: Final = 20_000
START: Final = 0
Ways = dict[int, int]
"""By position: in how many ways (one, or two for several) it can come next."""


class TooLarge(Exception):  # noqa: N818  # an answer rather than an error
    """The pattern has more parts than are looked at."""


@dataclass(slots=True)
class Part:
    """A part of a pattern: its first and last characters, and in how many ways it can be empty."""

    empty: int = 1
    first: Ways = field(default_factory=dict)
    last: Ways = field(default_factory=dict)


def _times(left: int, right: int) -> int:
    return min(left * right, 2)


def _joined(left: Ways, right: Ways, factor: int = 1) -> Ways:
    if not factor:
        return left
    merged = dict(left)
    for position, ways in right.items():
        merged[position] = min(merged.get(position, 0) + _times(ways, factor), 2)
    return merged


class Automaton:
    """Positions of characters; 0 is the start."""

    def __init__(self, alphabet: Alphabet) -> None:
        self.alphabet = alphabet
        self.sets: list[int] = [0]
        """By position: the characters that it reads, as bits of the alphabet."""
        self.follow: list[Ways] = [{}]
        self.edges = 0
        self._triples_left = MAX_TRIPLES

    def add(self, characters: int) -> Part:
        """One more character."""
        if len(self.sets) > MAX_POSITIONS:
            raise TooLarge
        self.sets.append(characters)
        self.follow.append({})
        position = len(self.sets) - 1
        return Part(0, {position: 1}, {position: 1})

    def link(self, last: Ways, first: Ways) -> None:
        """Let the characters of one part follow those of another."""
        for before, ways in last.items():
            known = self.follow[before]
            self.edges += len(first)
            if self.edges > MAX_EDGES:
                raise TooLarge
            for after, more in first.items():
                known[after] = min(known.get(after, 0) + _times(ways, more), 2)

    # -- candidates ------------------------------------------------------------------------------

    def doubled(self) -> Iterator[tuple[str, str]]:
        """Texts that a repetition reads in two ways and is back where it was: a prefix, and the text."""
        for component in self._components():
            inside = set(component)
            yield from self._double_edges(component, inside)
            yield from self._diverging(component, inside)

    def split(self) -> Iterator[tuple[str, str]]:
        """Texts that one repetition reads, and a later one, and that lead from the one to the other."""
        components = self._components()
        for one in components:
            for state in one[:4]:
                for other in components:
                    if other is not one:
                        for last in other[:4]:
                            found = self._handed_over(state, set(one), last, set(other))
                            if found:
                                yield self._word(START, state), found
            if len(one) > 1:
                yield from self._within(one)

    def suffixes(self, prefix: str, pump: str) -> Iterator[str]:
        """Ends on which the match fails, the likely ones first."""
        states = {START}
        for character in prefix + pump + pump:
            states = self._step(states, character)
        tried: list[str] = []
        for text in (*self._ends(states), "", "\x00", "\n\x00"):
            if text not in tried:
                tried.append(text)
                yield text

    def _ends(self, states: set[int]) -> list[str]:
        """Characters by how little can follow them: one for each different outcome."""
        outcomes: dict[frozenset[int], str] = {}
        for character in self.alphabet.members:
            outcomes.setdefault(frozenset(self._step(states, character)), character)
        return [character for _, character in sorted(outcomes.items(), key=lambda item: len(item[0]))][:4]

    def _step(self, states: set[int], character: str) -> set[int]:
        bit = self.alphabet.bit(character)
        return {after for state in states for after in self.follow[state] if self.sets[after] & bit}

    def _double_edges(self, component: list[int], inside: set[int]) -> Iterator[tuple[str, str]]:
        for state in component:
            for after, ways in self.follow[state].items():
                if ways > 1 and after in inside:
                    back = self._word(after, state, inside)
                    pump = self._character(self.sets[after]) + back
                    yield self._word(START, state), pump

    def _diverging(self, component: list[int], inside: set[int]) -> Iterator[tuple[str, str]]:
        """Pairs of positions that one text reaches from one position, and that lead back to one."""
        if len(component) ** 2 > MAX_PAIRS:
            return
        ahead = self._pairs_from([(state, state) for state in component], inside)
        for pair, (start, word) in ahead.items():
            if pair[0] == pair[1]:
                continue
            met = self._meeting(pair, inside)
            if met is None:
                continue
            end, rest = met
            yield self._word(START, start), word + rest + self._word(end, start, inside)

    def _pairs_from(
        self, sources: list[tuple[int, int]], inside: set[int]
    ) -> dict[tuple[int, int], tuple[int, str]]:
        """By pair of positions: from which single position, and by which text, both are reached."""
        known: dict[tuple[int, int], tuple[int, str]] = {pair: (pair[0], "") for pair in sources}
        waiting = list(sources)
        for pair in waiting:
            start, word = known[pair]
            for following, shared in self._both(pair, inside):
                if following not in known:
                    known[following] = (start, word + self._character(shared))
                    waiting.append(following)
        return known

    def _meeting(self, pair: tuple[int, int], inside: set[int]) -> tuple[int, str] | None:
        words: dict[tuple[int, int], str] = {pair: ""}
        waiting = [pair]
        for current in waiting:
            if current[0] == current[1]:
                return current[0], words[current]
            for following, shared in self._both(current, inside):
                if following not in words:
                    words[following] = words[current] + self._character(shared)
                    waiting.append(following)
        return None

    def _both(self, pair: tuple[int, int], inside: set[int]) -> Iterator[tuple[tuple[int, int], int]]:
        left, right = pair
        for one in self.follow[left]:
            if one in inside:
                for other in self.follow[right]:
                    if other in inside and (shared := self.sets[one] & self.sets[other]):
                        yield (one, other), shared

    def _within(self, component: list[int]) -> Iterator[tuple[str, str]]:
        inside = set(component)
        for state in component[:6]:
            for last in component[:6]:
                if last != state and (found := self._handed_over(state, inside, last, inside)):
                    yield self._word(START, state), found

    def _handed_over(self, state: int, one: set[int], last: int, other: set[int]) -> str:
        """A text v with state -v-> state, state -v-> last and last -v-> last; empty where there is none."""
        start, goal = (state, state, last), (state, last, last)
        words = {start: ""}
        waiting = [start]
        for triple in waiting:
            self._triples_left -= 1
            if self._triples_left < 0:
                return ""
            for following, shared in self._all_three(triple, one, other):
                if following == goal:
                    return words[triple] + self._character(shared)
                if following not in words:
                    words[following] = words[triple] + self._character(shared)
                    waiting.append(following)
        return ""

    def _all_three(
        self, triple: tuple[int, int, int], one: set[int], other: set[int]
    ) -> Iterator[tuple[tuple[int, int, int], int]]:
        first, middle, last = triple
        for after in self.follow[first]:
            if after not in one:
                continue
            for between in self.follow[middle]:
                both = self.sets[after] & self.sets[between]
                if not both:
                    continue
                for end in self.follow[last]:
                    if end in other and (shared := both & self.sets[end]):
                        yield (after, between, end), shared

    # -- ways ------------------------------------------------------------------------------------

    def _word(self, start: int, goal: int, inside: set[int] | None = None) -> str:
        """A shortest text from one position to another; empty where they are one."""
        words = {start: ""}
        waiting = [start]
        for state in waiting:
            if state == goal:
                return words[state]
            for after in self.follow[state]:
                if after not in words and self.sets[after] and (inside is None or after in inside):
                    words[after] = words[state] + self._character(self.sets[after])
                    waiting.append(after)
        return ""

    def _character(self, characters: int) -> str:
        return self.alphabet.first(characters)

    def _components(self) -> list[list[int]]:
        """The positions that can be come back to, by what leads round to each other (Tarjan, not recursive)."""
        index: dict[int, int] = {}
        low: dict[int, int] = {}
        on_stack: set[int] = set()
        stack: list[int] = []
        found: list[list[int]] = []
        for root in range(len(self.follow)):
            if root in index:
                continue
            work: list[tuple[int, Iterator[int]]] = [(root, iter(self.follow[root]))]
            index[root] = low[root] = len(index)
            stack.append(root)
            on_stack.add(root)
            while work:
                state, following = work[-1]
                after = next((item for item in following if item not in index or item in on_stack), None)
                if after is not None and after not in index:
                    index[after] = low[after] = len(index)
                    stack.append(after)
                    on_stack.add(after)
                    work.append((after, iter(self.follow[after])))
                elif after is not None:
                    low[state] = min(low[state], index[after])
                else:
                    work.pop()
                    if work:
                        low[work[-1][0]] = min(low[work[-1][0]], low[state])
                    if low[state] == index[state]:
                        cut = stack.index(state)
                        component = stack[cut:]
                        del stack[cut:]
                        on_stack.difference_update(component)
                        if len(component) > 1 or state in self.follow[state]:
                            found.append(sorted(component))
        return sorted(found)


# -- from the tree of a pattern ------------------------------------------------------------------


def automaton_of(tree: Any, *, is_unanchored: bool) -> Automaton:  # the module has no types
    """The automaton of a parsed pattern; with `is_unanchored` it may start at any position of the text."""
    flags = tree.state.flags
    machine = Automaton(Alphabet(tree, flags))
    if is_unanchored and not _is_anchored(tree, flags):
        anything = machine.add(machine.alphabet.all)
        machine.link(anything.last, anything.first)
        part = _sequence(machine, tree, flags)
        machine.link(anything.last, part.first)
        machine.link({START: 1}, _joined(part.first, anything.first))
        return machine
    part = _sequence(machine, tree, flags)
    machine.link({START: 1}, part.first)
    return machine


def _is_anchored(items: Any, flags: int) -> bool:
    """Whether it can match at the beginning of the text alone."""
    for op, value in items:
        if op is OPCODES.AT:
            if value is OPCODES.AT_BEGINNING_STRING:
                return True
            if value is OPCODES.AT_BEGINNING and not flags & OPCODES.SRE_FLAG_MULTILINE:
                return True
            continue
        if op is OPCODES.SUBPATTERN:
            return _is_anchored(value[3], flags)
        if op is OPCODES.BRANCH:
            return all(_is_anchored(branch, flags) for branch in value[1])
        if op in {OPCODES.ASSERT, OPCODES.ASSERT_NOT}:
            continue
        return False
    return False


def _sequence(machine: Automaton, items: Any, flags: int) -> Part:
    whole = Part()
    for op, value in items:
        part = _item(machine, op, value, flags)
        if part is not None:
            whole = _followed(machine, whole, part)
    return whole


def _followed(machine: Automaton, left: Part, right: Part) -> Part:
    machine.link(left.last, right.first)
    return Part(
        _times(left.empty, right.empty),
        _joined(left.first, right.first, left.empty),
        _joined(right.last, left.last, right.empty),
    )


def _item(machine: Automaton, op: Any, value: Any, flags: int) -> Part | None:
    if op in {OPCODES.LITERAL, OPCODES.NOT_LITERAL, OPCODES.IN, OPCODES.ANY}:
        return machine.add(machine.alphabet.set_of(op, value, flags))
    if op is OPCODES.SUBPATTERN:
        _, add, remove, inner = value
        return _sequence(machine, inner, (flags | add) & ~remove)
    if op is OPCODES.ATOMIC_GROUP:
        return _sequence(machine, value, flags)
    if op is OPCODES.BRANCH:
        return _either(_sequence(machine, branch, flags) for branch in value[1])
    if op in {OPCODES.MAX_REPEAT, OPCODES.MIN_REPEAT, OPCODES.POSSESSIVE_REPEAT}:
        return _repeated(machine, value, flags)
    if op in {OPCODES.ASSERT, OPCODES.ASSERT_NOT}:
        direction, inner = value
        if direction < 0:
            return None  # of one length: nothing repeats
        ahead = _sequence(machine, inner, flags)
        # It is entered, and whatever it reads leads nowhere.
        return Part(1, ahead.first, {})
    if op is OPCODES.GROUPREF_EXISTS:
        _, yes, no = value
        return _either([_sequence(machine, yes, flags), _sequence(machine, no or (), flags)])
    return None  # anchors and references to groups


def _either(parts: Iterable[Part]) -> Part:
    whole = Part(0)
    for part in parts:
        whole = Part(
            min(whole.empty + part.empty, 2),
            _joined(whole.first, part.first),
            _joined(whole.last, part.last),
        )
    return whole


def _repeated(machine: Automaton, value: Any, flags: int) -> Part:
    least, most, inner = value
    endless = most is OPCODES.MAXREPEAT
    whole = Part()
    for _ in range(min(least, MAX_COPIES) - (1 if endless and least else 0)):
        whole = _followed(machine, whole, _sequence(machine, inner, flags))
    if endless:
        part = _sequence(machine, inner, flags)
        machine.link(part.last, part.first)
        if not least:
            part = Part(1, part.first, part.last)
        return _followed(machine, whole, part)
    rest = Part()
    for _ in range(min(most - least, MAX_COPIES)):
        # One inside the other: the copies that are there are always the first ones.
        part = _followed(machine, _sequence(machine, inner, flags), rest)
        rest = Part(1, part.first, part.last)
    return _followed(machine, whole, rest)
