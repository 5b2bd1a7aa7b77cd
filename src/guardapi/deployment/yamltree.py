"""YAML as a tree with line numbers, built from parser events so that nesting and aliases stay bounded."""

import re
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from guardapi.deployment.file import BrokenFileError, DeploymentFile

if TYPE_CHECKING:
    import yaml

_MAX_DEPTH = 100
_MAX_NODES = 200_000
_MAX_ENTRIES = 200
_MAX_MERGED = 50
_NUMBER = re.compile(r"[0-9]{1,6}")


class Node:
    """A scalar (`text`), a sequence (`items`) or a mapping (`pairs`).

    An alias is the very node of its anchor, never a copy, and what one call walks is bounded.
    """

    __slots__ = ("_index", "items", "line", "pairs", "text")

    def __init__(
        self,
        line: int,
        *,
        text: str | None = None,
        items: tuple["Node", ...] = (),
        pairs: tuple[tuple["Node", "Node"], ...] = (),
    ) -> None:
        self.line = line
        self.text = text
        self.items = items
        self.pairs = pairs
        self._index: dict[str, Node] | None = None

    def get(self, *keys: str) -> "Node | None":
        """The node below a path of keys; None where a step is missing."""
        node: Node | None = self
        for key in keys:
            if node is None:
                return None
            node = next((found for mapping in node.mappings() if (found := mapping.own().get(key))), None)
        return node

    def entries(self) -> Iterator[tuple[str, "Node"]]:
        """Keys and values of a mapping, those that `<<` merges into it last and only where not given."""
        seen: set[str] = set()
        for mapping in self.mappings():
            for key, value in mapping.own().items():
                if key not in seen and len(seen) < _MAX_ENTRIES:
                    seen.add(key)
                    yield key, value

    def number(self) -> int | None:
        """The value of a scalar of digits."""
        return int(self.text) if self.text and _NUMBER.fullmatch(self.text) else None

    def texts(self) -> tuple[str, ...]:
        """The scalars of a sequence, or the one scalar."""
        if self.text is not None:
            return (self.text,)
        return tuple(item.text for item in self.items[:_MAX_ENTRIES] if item.text is not None)

    def own(self) -> dict[str, "Node"]:
        """The pairs that stand in the mapping itself."""
        if self._index is None:
            self._index = {
                key.text: value for key, value in self.pairs if key.text is not None and key.text != "<<"
            }
        return self._index

    def mappings(self) -> Iterator["Node"]:
        """This node, then the mappings that its `<<` names."""
        visited: set[int] = set()
        waiting = deque([self])
        while waiting and len(visited) < _MAX_MERGED:
            mapping = waiting.popleft()
            if id(mapping) in visited:
                continue
            visited.add(id(mapping))
            yield mapping
            if len(mapping.own()) == len(mapping.pairs):
                continue
            for key, value in mapping.pairs:
                if key.text == "<<":
                    waiting.extend(value.items or (value,))


class _Open:
    """A collection whose end has not been read."""

    def __init__(self, line: int, anchor: str | None, is_mapping: bool) -> None:
        self.line = line
        self.anchor = anchor
        self.is_mapping = is_mapping
        self.children: list[Node] = []

    def closed(self) -> Node:
        if not self.is_mapping:
            return Node(self.line, items=tuple(self.children))
        pairs = zip(self.children[::2], self.children[1::2], strict=False)
        return Node(self.line, pairs=tuple(pairs))


def documents(file: DeploymentFile) -> Iterator[Node]:
    """The root of each document; raises BrokenFileError where the file is not YAML."""
    import yaml  # noqa: PLC0415  only projects with such files pay for it

    # Without libyaml, PyYAML has the same parser in Python.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from _built(yaml.parse(file.text, Loader=loader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not readable"
        raise BrokenFileError(line, f"Not YAML: {problem}.") from None


def _built(events: "Iterator[yaml.Event]") -> Iterator[Node]:
    import yaml  # noqa: PLC0415

    stack: list[_Open] = []
    anchors: dict[str, Node] = {}
    for count, event in enumerate(events):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if count > _MAX_NODES or len(stack) > _MAX_DEPTH:
            raise BrokenFileError(line, "Too large or too deeply nested to be a deployment file.")
        match event:
            case yaml.DocumentStartEvent():
                stack, anchors = [_Open(line, None, is_mapping=False)], {}
                continue
            case yaml.DocumentEndEvent():
                yield from stack.pop().children
                continue
            case yaml.CollectionStartEvent():
                stack.append(_Open(line, event.anchor, isinstance(event, yaml.MappingStartEvent)))
                continue
            case yaml.ScalarEvent():
                node, anchor = Node(line, text=event.value), event.anchor
            case yaml.CollectionEndEvent():
                top = stack.pop()
                node, anchor = top.closed(), top.anchor
            case yaml.AliasEvent():
                # An alias inside its own anchor has no node yet; it stands for nothing.
                node, anchor = anchors.get(event.anchor or "", Node(line)), None
            case _:
                continue
        if anchor is not None:
            anchors[anchor] = node
        stack[-1].children.append(node)
