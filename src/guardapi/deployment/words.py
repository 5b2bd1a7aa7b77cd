"""Shell text to words: variables, quotes and the commands of a line. Nothing is run."""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping

MAX_LENGTH = 4_000
"""Characters of one command; variables that would make it longer stay as they are."""

_REFERENCE = re.compile(r"\$\{(\w++)([^{}]*+)\}|\$(\w++)")
_SUBSTITUTION = re.compile(r"\$\(\([^()]*+\)\)|\$\([^()]*+\)|`[^`]*+`")
_REDIRECTION = re.compile(r"\d?>&\d|&>")
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\"'\n]*$")
_SEPARATOR = re.compile(r"[;&|]+")
COMPUTED = "$_"
"""Stands for the output of a command; like every unknown variable it starts with `$`."""
_PASSES = 6


def is_computed(text: str) -> bool:
    """Whether only the machine that runs the text knows its value."""
    return "$" in text or "{{" in text


def expanded(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables, as far as `values` or a default in the text tell."""

    def value_of(match: re.Match[str]) -> str:
        name = match[1] or match[3]
        operation = (match[2] or "").lstrip(":")
        if name in values:
            return values[name][:1000]
        if operation[:1] in {"-", "="}:
            return operation[1:]
        return f"${name}"

    for _ in range(_PASSES):
        longer = _REFERENCE.sub(value_of, text) if "$" in text else text
        if longer == text or len(longer) > MAX_LENGTH:
            break
        text = longer
    return text


def commands_in(text: str) -> Iterator[tuple[str, ...]]:
    """The simple commands of a shell text, in order, each as its words with variables as written."""
    text = _COMMENT.sub("", text[:MAX_LENGTH])
    for _ in range(_PASSES):
        simpler = _SUBSTITUTION.sub(lambda _: COMPUTED, text)
        if simpler == text:
            break
        text = simpler
    words: list[str] = []
    for token in _tokens(_REDIRECTION.sub(" ", text)):
        if not _SEPARATOR.fullmatch(token):
            words.append(token)
            continue
        if words:
            yield tuple(words)
        words = []
    if words:
        yield tuple(words)


def expanded_words(words: Iterable[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """The words with their variables; a variable that holds several words becomes these, as in a shell."""
    found: list[str] = []
    for word in words:
        text = expanded(word, values)
        is_split = text != word and not any(map(str.isspace, word)) and "=" not in word
        found.extend(text.split() if is_split else [text])
    return tuple(found[:MAX_LENGTH])


def _tokens(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars=";&|")
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError:  # a quote that nothing closes
        return text.split()
