"""The answer to a request too many, in the way in which the application answers other errors."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import libcst

from guardapi.fix.limiter.shape import Shape, place_of
from guardapi.fix.project import Project
from guardapi.fix.source import NotFixableError, Source, Statement
from guardapi.remedy import Edit, Insert

STATUS: Final = "429"
DECORATORS: Final = frozenset({"errorhandler", "app_errorhandler"})
REGISTER: Final = "register_error_handler"
HANDLERS: Final = re.compile(rb"errorhandler|register_error_handler")
"""What a file with such a handler has in it."""
ALL_ERRORS: Final = re.compile(r"\b(?:HTTPException|TooManyRequests|RateLimitExceeded|429)\b")
CODE: Final = re.compile(r"[45]\d\d")
PHRASE: Final = "too many requests"
PREFERRED: Final = ("404", "403", "401", "400", "405", "422", "500")
NAME: Final = "too_many_requests"
KEPT: Final = re.compile(r"[a-z-]+/[a-z.+-]+|error|fail|failed|failure")
"""Texts that say nothing of the error: types of content, words for a failure."""
OTHER: Final = re.compile(r"[/:<>{}%]")
"""In texts that are no phrase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Handler:
    """A function that answers errors of one status."""

    source: Source
    function: libcst.FunctionDef
    registered: libcst.Decorator | Statement
    """By what."""
    error: str
    """`404`, `NotFound`, `Exception`."""


def refusal_edits(shape: Shape, project: Project) -> Iterator[Edit]:
    """A handler of 429 beside that of another error; none where one is there, or no other shows how to answer."""
    handlers = [*_handlers(shape, project)]
    if any(ALL_ERRORS.search(handler.error) for handler in handlers):
        return
    known = [handler for handler in handlers if CODE.fullmatch(handler.error)]
    for handler in sorted(known, key=_preference):
        text = _answer(handler)
        if text is not None:
            yield from _written(handler, text)
            return
    for handler in handlers:
        parameters = handler.function.params.params
        if handler.error == "Exception" and len(parameters) == 1:
            # It would answer refusals, too, as if the application had failed: they answer for themselves.
            yield from _written(handler, parameters[0].name.value)
            return


def _preference(handler: _Handler) -> tuple[int, str]:
    order = PREFERRED.index(handler.error) if handler.error in PREFERRED else len(PREFERRED)
    return order, handler.source.path


def _handlers(shape: Shape, project: Project) -> Iterator[_Handler]:
    paths = dict.fromkeys(
        (shape.source.path, *(found.file for found in project.imports.of(shape.source.path)))
    )
    for path in paths:
        if not project.is_python(path) or not HANDLERS.search(project.read(path)):
            continue
        try:
            source = project.source(path)
        except NotFixableError:
            continue
        yield from _handlers_in(source)


def _handlers_in(source: Source) -> Iterator[_Handler]:
    functions = {node.name.value: node for node in source.nodes(libcst.FunctionDef)}
    for node in functions.values():
        for decorator in node.decorators:
            call = decorator.decorator
            if isinstance(call, libcst.Call) and _attribute(call) in DECORATORS and call.args:
                error = source.written(call.args[0].value)
                yield _Handler(source=source, function=node, registered=decorator, error=error)
    for call in source.nodes(libcst.Call):
        if _attribute(call) != REGISTER or len(call.args) < 2:
            continue
        error, handler = (source.written(argument.value) for argument in call.args[:2])
        statement = source.statement(place_of(call, source))
        if handler in functions and isinstance(statement, libcst.SimpleStatementLine):
            yield _Handler(source=source, function=functions[handler], registered=statement, error=error)


def _attribute(call: libcst.Call) -> str:
    return call.func.attr.value if isinstance(call.func, libcst.Attribute) else ""


def _written(handler: _Handler, text: str) -> Iterator[Edit]:
    source, function = handler.source, handler.function
    if re.search(rf"\b{NAME}\b", source.module.code):
        return
    parameters = source.written(function.params)
    returns = f" -> {source.written(function.returns.annotation)}" if function.returns is not None else ""
    definition = f"def {NAME}({parameters}){returns}:\n    return {text}\n"
    anchor = place_of(function, source)
    if isinstance(handler.registered, libcst.Decorator):
        decorator = _renamed(source.written(handler.registered), handler.error)
        yield Insert(anchor=anchor, text=f"{decorator}\n{definition}")
        return
    call = source.written(handler.registered)
    registered = re.sub(rf"\b{re.escape(function.name.value)}\b", NAME, _renamed(call, handler.error))
    yield Insert(anchor=anchor, text=definition)
    yield Insert(anchor=place_of(handler.registered, source), text=registered)


def _renamed(text: str, error: str) -> str:
    return re.sub(rf"\b{error}\b", STATUS, text, count=1)


# -- what is answered ----------------------------------------------------------------------------


def _answer(handler: _Handler) -> str | None:
    """The expression that a handler answers with, said of this error; None where it is more than that."""
    body = handler.function.body
    statements = [node for node in body.body if not _is_text(node)]
    match statements:
        case [libcst.SimpleStatementLine(body=[libcst.Return(value=libcst.BaseExpression() as value)])]:
            return _said(value, handler)
    return None


def _is_text(node: libcst.CSTNode) -> bool:
    match node:
        case libcst.SimpleStatementLine(
            body=[libcst.Expr(value=libcst.SimpleString() | libcst.ConcatenatedString())]
        ):
            return True
    return False


def _said(value: libcst.BaseExpression, handler: _Handler) -> str | None:
    source, error = handler.source, handler.error
    changes: list[tuple[int, int, str]] = []
    start = source.span(value)[0]
    inside = list(_inside(value))
    keys = {id(node.key) for node in inside if isinstance(node, libcst.DictElement)}
    for node in inside:
        begin, end = source.span(node)
        match node:
            case libcst.FormattedString() | libcst.ConcatenatedString():
                return None
            case libcst.Integer(value=number) if number == error:
                changes.append((begin - start, end - start, STATUS))
            case libcst.SimpleString() if id(node) not in keys:
                text = _phrase(source.written(node), error)
                if text is None:
                    return None
                changes.append((begin - start, end - start, text))
            case libcst.Call(func=libcst.Name(value=name)) if "template" in name or name == "redirect":
                return None
    if not any(text == STATUS for _, _, text in changes):
        return None
    said = source.written(value).encode()
    for begin, end, new in sorted(changes, reverse=True):
        said = said[:begin] + new.encode() + said[end:]
    is_bare = source.outer_span(value) == source.span(value)
    return said.decode() if is_bare else f"({said.decode()})"


def _phrase(literal: str, error: str) -> str | None:
    """A text of the other error, said of this one: in the same quotes, with the same capitals."""
    quote = literal[:1]
    if quote not in "\"'" or literal.startswith(quote * 3):
        return None
    old = literal[1:-1]
    if old == error:
        return f"{quote}{STATUS}{quote}"
    if KEPT.fullmatch(old):
        return literal
    if OTHER.search(old):
        return None
    words = re.split(r"[_\s]+", old.rstrip(".!"))
    end = "." if old.endswith(".") else ""
    if "_" in old and " " not in old:
        text = PHRASE.replace(" ", "_")
        text = text.upper() if old.isupper() else text
    elif old[:1].islower():
        text = PHRASE
    elif len(words) > 1 and all(word[:1].isupper() for word in words):
        text = PHRASE.title()
    else:
        text = PHRASE.capitalize()
    return f"{quote}{text}{end}{quote}"


def _inside(node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    yield node
    for child in node.children:
        yield from _inside(child)
