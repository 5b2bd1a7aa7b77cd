"""Functions whose time grows faster than what the caller sends; loops are in `guardapi.work.operations`.

Facts: `operation`, what it is called in a message; `advisory`, whether it grows so on odd texts only.
"""

from collections.abc import Callable
from typing import Final

from guardapi.sink import Input, Kind, Role, WorkClass
from guardapi.work.flow import all_taints
from guardapi.work.origins import text_origin
from guardapi.work.specs import Facts, Invocation, Spec

CONTENTS: Final = frozenset({"text", "bytes", "items", "file"})


def _free(made: Invocation, *names: int | str) -> list[Input]:
    flow = made.argument(*names)
    if flow is None:
        return []
    origin = text_origin(made.run, made.expression(*names))
    return [
        Input(role=Role.DATA, source=t.source, kind=t.kind, is_bounded=False, origin=origin)
        for t in sorted(all_taints(flow))
        if t.kind in CONTENTS and not t.is_bounded and not t.source.startswith("view argument")
    ]


def _is_of_body(given: Input) -> bool:
    """Whether it may be long: servers bound the URL and the headers."""
    return not any(word in given.source for word in ("args", "headers", "cookies", "environ"))


def _both(left: tuple[int | str, ...], right: tuple[int | str, ...]) -> Callable[[Invocation], Facts | None]:
    """A sink where both sides are the caller's: with one of fixed length it is linear."""

    def inspect(made: Invocation) -> Facts | None:
        one, other = _free(made, *left), _free(made, *right)
        if not one or not other:
            return None
        return {"inputs": list(dict.fromkeys([*one, *other])), "operation": made.path, "advisory": False}

    return inspect


def _single(
    *names: int | str, without: tuple[int | str, ...] = (), advisory: bool = False
) -> Callable[[Invocation], Facts | None]:
    def inspect(made: Invocation) -> Facts | None:
        if without and made.argument(*without) is not None:
            return None
        found = [given for given in _free(made, *names) if not advisory or _is_of_body(given)]
        return {"inputs": found, "operation": made.path, "advisory": advisory} if found else None

    return inspect


def _spec(inspect: Callable[[Invocation], Facts | None], *names: str) -> Spec:
    return Spec(kind=Kind.SUPERLINEAR, work=WorkClass.HEAVY, names=names, inspect=inspect)


SINKS = (
    _spec(_both((1, "a"), (2, "b")), "difflib.SequenceMatcher"),
    _spec(_both((0, "a"), (1, "b")), "difflib.{ndiff,unified_diff,context_diff,diff_bytes}"),
    _spec(_both((0,), (1,)), "difflib.get_close_matches", "difflib.Differ().compare"),
    _spec(_both((0, "fromlines"), (1, "tolines")), "difflib.HtmlDiff().{make_file,make_table}"),
    _spec(
        _both((0,), (1,)),
        "{fuzzywuzzy,thefuzz}.fuzz.{ratio,partial_ratio,token_sort_ratio,token_set_ratio,WRatio,QRatio}",
        "{Levenshtein,editdistance,jellyfish}.{distance,ratio,eval,levenshtein_distance,damerau_levenshtein_distance}",
        "nltk.{edit_distance,metrics.distance.edit_distance,metrics.edit_distance}",
        "textdistance.**",
    ),
    _spec(_single(0, without=(1, "r")), "itertools.permutations"),
    _spec(
        _single(0, advisory=True),
        "markdown.{markdown,Markdown().convert}",
        "markdown2.markdown",
        "mistune.{html,markdown}",
    ),
    _spec(_single(0, advisory=True), "bleach.{clean,linkify}", "bs4.BeautifulSoup", "commonmark.commonmark"),
)
