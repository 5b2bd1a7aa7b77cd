"""Expressions: rewritten in their place, with the parentheses that this takes."""

import ast

import libcst

from guardapi.fix.source import NotFixableError, Source, Splice
from guardapi.remedy import OLD, Rewrite

ATOMS = (
    ast.Call,
    ast.Attribute,
    ast.Subscript,
    ast.Name,
    ast.Constant,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.JoinedStr,
)
OPEN = (
    libcst.Arg,
    libcst.AnnAssign,
    libcst.Assign,
    libcst.AugAssign,
    libcst.Expr,
    libcst.Index,
    libcst.Return,
    libcst.Element,
    libcst.DictElement,
    libcst.Param,
    libcst.If,
    libcst.While,
)
"""What an expression of any kind can stand in without parentheses."""


def rewrite(edit: Rewrite, source: Source) -> list[Splice]:
    """The expression with another text around it, or in its place.

    Where the text repeats the expression once, only what stands around it is written: so changes nest.
    """
    node = source.expression(edit.expression)
    if isinstance(source.parent(node), libcst.AssignTarget | libcst.Del):
        raise NotFixableError(f"{edit.expression} is assigned to")
    if edit.text.count(OLD) == 1:
        return _surrounded(edit.text, node, source)
    start, end = source.span(node)
    written = source.text(*source.outer_span(node))
    text = edit.text.replace(OLD, written if node.lpar or _is_atom(written) else f"({written})")
    is_closed = _is_atom(text) or node.lpar or isinstance(source.parent(node), OPEN)
    return [Splice(start=start, end=end, text=_apart(text if is_closed else f"({text})", start, end, source))]


def _surrounded(text: str, node: libcst.BaseExpression, source: Source) -> list[Splice]:
    before, _, after = text.partition(OLD)
    written = source.written(node)
    is_atom = _is_atom(text.replace(OLD, "x"))
    is_bare = _means(before + written + after) == _means(f"{before}({written}){after}")
    start, end = source.span(node)
    if node.lpar and is_bare and is_atom and len(node.lpar) == 1:
        # Its parentheses are those of the new text.
        outer_start, outer_end = source.outer_span(node)
        return _pair((outer_start, outer_start + 1, before), (outer_end - 1, outer_end, after), source)
    if node.lpar and not is_bare:
        start, end = source.outer_span(node)
    elif not is_bare:
        before, after = f"{before}(", f"){after}"
    if not is_atom and not (node.lpar and is_bare) and not isinstance(source.parent(node), OPEN):
        before, after = f"({before}", f"{after})"
    return _pair((start, start, before), (end, end, after), source)


def _pair(opening: tuple[int, int, str], closing: tuple[int, int, str], source: Source) -> list[Splice]:
    width = closing[1] - opening[0]
    splices = []
    for (start, end, text), rank in ((opening, -width), (closing, width)):
        splices.append(
            Splice(start=start, end=end, text=_apart(text, start, end, source), rank=rank, is_alone=True)
        )
    return splices


def _apart(text: str, start: int, end: int, source: Source) -> str:
    """The text with blanks, where it would run into the words beside it: `return(x)`."""
    before, after = (
        source.bytes[start - 1 : start].decode("latin-1"),
        source.bytes[end : end + 1].decode("latin-1"),
    )
    text = f" {text}" if before and _is_word(before) and _is_word(text[:1]) else text
    return f"{text} " if after and _is_word(after) and _is_word(text[-1:]) else text


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_" or character > "\x7f"


def _means(text: str) -> str | None:
    try:
        return ast.dump(ast.parse(f"({text}\n)", mode="eval"))
    except SyntaxError:
        return None


def _is_atom(text: str) -> bool:
    """Whether a text can stand beside any operator as it is."""
    try:
        parsed = ast.parse(f"({text}\n)", mode="eval").body
    except SyntaxError:
        return False
    # `(a, b)` and `(x for x in y)` have the parentheses that were put around them here.
    return isinstance(parsed, ATOMS) and not isinstance(parsed, ast.Tuple)
