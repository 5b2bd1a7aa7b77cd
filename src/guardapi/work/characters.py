"""Sets of characters of patterns, over a few characters that stand for all."""

import importlib
from typing import Any, Final

OPCODES: Final = importlib.import_module("re._constants")
COMMON: Final = (
    "a0 bAB1_-.@/:,;!#%&'\"()*+<=>?[]\\^`{|}~$\t\n\r\x0b\x0c\x00\x1f\x7f"
    "cdefghijklmnopqrstuvwxyzCDEFGHIJKLMNOPQRSTUVWXYZ23456789"
    "\x85\xa0\xe9\xdf\u0660\u2028\u4e2d\ud7ff\U0001f600"
)
MAX_CHARACTERS: Final = 400
MAX_LITERALS: Final = 600


class Alphabet:
    """Characters of which each is one bit; those that come first are preferred in texts."""

    def __init__(self, tree: Any, flags: int) -> None:  # the parser has no types
        found = dict.fromkeys(COMMON)
        for code in _codes(tree):
            if len(found) >= MAX_CHARACTERS:
                break
            found.update(dict.fromkeys(_variants(code)))
        self.members = "".join(found)
        self.all = (1 << len(self.members)) - 1
        self._bits = {character: 1 << index for index, character in enumerate(self.members)}
        self._sets: dict[object, int] = {}
        self.flags = flags

    def bit(self, character: str) -> int:
        """The set that holds one character."""
        return self._bits.get(character, 0)

    def first(self, characters: int) -> str:
        """The preferred one of a set."""
        lowest = characters & -characters
        return self.members[lowest.bit_length() - 1] if lowest else ""

    def characters(self, characters: int) -> list[str]:
        """The members of a set."""
        return [member for index, member in enumerate(self.members) if characters >> index & 1]

    def set_of(self, op: Any, value: Any, flags: int) -> int:
        """The characters that an item of a pattern reads."""
        key = (op, str(value), flags)
        known = self._sets.get(key)
        if known is None:
            known = self._sets[key] = sum(
                bit for character, bit in self._bits.items() if reads(op, value, flags, character)
            )
        return known


def reads(op: Any, value: Any, flags: int, character: str) -> bool:
    """Whether an item that reads one character reads this one."""
    if op is OPCODES.ANY:
        return bool(flags & OPCODES.SRE_FLAG_DOTALL) or character != "\n"
    candidates = _cases(character) if flags & OPCODES.SRE_FLAG_IGNORECASE else (character,)
    if op is OPCODES.LITERAL:
        return value in {ord(item) for item in candidates}
    if op is OPCODES.NOT_LITERAL:
        return value not in {ord(item) for item in candidates}
    negated = bool(value) and value[0][0] is OPCODES.NEGATE
    return negated is not any(_in_class(value, flags, item) for item in candidates)


def _cases(character: str) -> tuple[str, ...]:
    return tuple(item for item in {character, character.lower(), character.upper()} if len(item) == 1)


def _in_class(items: Any, flags: int, character: str) -> bool:
    code = ord(character)
    for op, value in items:
        if op is OPCODES.LITERAL and value == code:
            return True
        if op is OPCODES.RANGE and value[0] <= code <= value[1]:
            return True
        if op is OPCODES.CATEGORY and _in_category(value, flags, character):
            return True
    return False


def _in_category(category: Any, flags: int, character: str) -> bool:
    name = str(category).lower()
    is_plain = character.isascii() or not flags & OPCODES.SRE_FLAG_ASCII
    if name.endswith("digit"):
        found = is_plain and character.isdecimal()
    elif name.endswith("space"):
        # In ASCII mode the separators \x1c to \x1f do not count.
        found = is_plain and character.isspace()
        if flags & OPCODES.SRE_FLAG_ASCII:
            found = character in " \t\n\r\f\v"
    else:
        found = is_word(character, flags)
    return found is not ("_not_" in name)


def is_word(character: str, flags: int) -> bool:
    """Whether it belongs to `\\w`."""
    is_plain = character.isascii() or not flags & OPCODES.SRE_FLAG_ASCII
    return is_plain and (character.isalnum() or character == "_")


def _codes(items: Any) -> list[int]:
    """The characters that a pattern names, and the ends of its ranges."""
    found: list[int] = []
    waiting: list[Any] = [items]
    while waiting and len(found) < MAX_LITERALS:
        item = waiting.pop()
        if isinstance(item, tuple) and len(item) == 2 and item[0] in {OPCODES.LITERAL, OPCODES.NOT_LITERAL}:
            found.append(item[1])
        elif isinstance(item, tuple) and len(item) == 2 and item[0] is OPCODES.RANGE:
            found += item[1]
        elif isinstance(item, list | tuple | type(items)):
            waiting += list(item)
    return found


def _variants(code: int) -> list[str]:
    around = [code, code + 1, code - 1]
    return [chr(item) for item in around if 0 <= item < 0x110000 and not 0xD800 <= item < 0xE000]
