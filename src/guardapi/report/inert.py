"""Text of the scanned project as Markdown in which nothing acts: no HTML, link, image, mention or reference.

Messages of findings carry names of the project in backticks. Whatever is not plain prose ends up in a code span,
which GitHub and GitLab leave alone, instead of being escaped: a backslash does not keep them from reading `@name`.
"""

import re
from typing import Final

from guardapi.report.escape import visible

SPAN: Final = re.compile(r"`([^`]+)`")
WORD: Final = re.compile(
    r"(?P<before>[(\"']?)(?P<word>[^\W_]+(?:[-'./,:][^\W_]+)*)(?P<after>[)\"']?[,.;:!?]?)"
)
"""A word of prose, with the marks around it."""
MARKS: Final = re.compile(r"[()\"',.;:!?]+|/")
ADDRESS: Final = re.compile(r"(?i:www\.|gh-\d)|[A-Z]+-\d")
"""Words that GitHub or GitLab make links of."""
LABEL: Final = re.compile(r"[A-Za-z0-9]*(?:-[A-Za-z0-9]+)*")
OPEN: Final = re.compile(r"[^0-9A-Za-z ]")


def inert(text: str) -> str:
    """A text on one line, its names in code spans."""
    parts, end = [], 0
    line = visible(text).strip()
    for found in SPAN.finditer(line):
        parts += [_prose(line[end : found.start()]), code(found[1])]
        end = found.end()
    return "".join((*parts, _prose(line[end:])))


def code(text: str) -> str:
    """A text as code, wherever it stands (in a table, too)."""
    line = visible(text)
    if not line.strip():
        return ""
    if re.search(r"[`|\\]", line):
        return html_code(line)
    return f"`{line}`"


def html_code(text: str) -> str:
    """A text as code in which not a single character means anything, be it read as Markdown or as HTML."""
    return f"<code>{OPEN.sub(_reference, visible(text))}</code>"


def label(text: str) -> str:
    """A name that a rule may choose, plain where it looks like one."""
    return text if LABEL.fullmatch(text) else html_code(text)


def _prose(text: str) -> str:
    return re.sub(r"[^ ]+", _word, text)


def _word(found: re.Match[str]) -> str:
    word = WORD.fullmatch(found[0])
    if word is None:
        return found[0] if MARKS.fullmatch(found[0]) else _marked(found[0])
    # A number with a full stop would begin a list.
    is_plain = not ADDRESS.search(word["word"]) and not (found.start() == 0 and word["word"].isdigit())
    return found[0] if is_plain else code(found[0])


def _marked(text: str) -> str:
    """A name as code, the marks around it outside."""
    name = text.lstrip("(\"'").rstrip(")\"',.;:!?")
    before, _, after = text.partition(name)
    return f"{before}{code(name)}{after}"


def _reference(found: re.Match[str]) -> str:
    # The comment parts what stands around it: an address is still looked for in the text that comes out.
    return "&#64;<!-- -->" if found[0] == "@" else f"&#{ord(found[0])};"
