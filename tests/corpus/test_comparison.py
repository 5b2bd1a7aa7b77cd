"""What counts as right when an inventory is compared with the truth."""

from pathlib import PurePosixPath
from typing import Any

import pytest
from applications import kept_path
from comparison import Unit, compare, mean, pair_up, reported_units, truth_units


def truth_route(**changes: Any) -> dict[str, Any]:
    route = {
        "rule": "/orders",
        "endpoint": "orders",
        "methods": ["GET"],
        "view": "shop:orders",
        "file": "shop.py",
        "line": 7,
        "origin": "repo",
        "limits": [{"methods": {"GET": [{"limit": "5 per 1 minute"}]}}],
    }
    return route | changes


def reported_route(**changes: Any) -> dict[str, Any]:
    route = {
        "rule": "/orders",
        "endpoint": "orders",
        "methods": ["GET"],
        "view": {"name": "shop:orders", "file": "shop.py", "line": 7},
        "limits": {"GET": [{"text": "5 per 1 minute", "source": "decorator"}]},
    }
    return route | changes


def scored(
    truth: list[dict[str, Any]], *apps: list[dict[str, Any]], has_limiter: bool = True
) -> dict[str, int]:
    answer = {"schema": "guardapi.routes/1", "apps": [{"routes": routes} for routes in apps]}
    score = compare("shop", truth_units({"routes": truth}), reported_units(answer), has_limiter=has_limiter)
    return dict(score.counts)


def test_same_route_is_right() -> None:
    assert scored([truth_route()], [reported_route()]) == {
        "truth": 1,
        "matched": 1,
        "reported": 1,
        "right endpoint": 1,
        "right line": 1,
        "matched with a limiter": 1,
        "right limits": 1,
        "dangerous": 0,
        "missed": 0,
    }


def test_other_line_needs_same_name() -> None:
    moved = reported_route(view={"name": "shop:orders", "file": "shop.py", "line": 9})
    renamed = reported_route(view={"name": "shop:other", "file": "shop.py", "line": 9})

    assert scored([truth_route()], [moved])["matched"] == 1
    assert scored([truth_route()], [moved])["right line"] == 0
    assert scored([truth_route()], [renamed])["matched"] == 0


def test_view_elsewhere_is_extra() -> None:
    elsewhere = reported_route(view={"name": "shop:orders", "file": "old/shop.py", "line": 7})

    counts = scored([truth_route()], [elsewhere])

    assert (counts["matched"], counts["reported"]) == (0, 1)


def test_dependency_view_counts_nowhere() -> None:
    dependency = reported_route(rule="/admin", view={"name": "admin:index", "file": None, "line": None})
    truth = truth_route(rule="/admin", origin="dependency", file="dep:admin.py")

    counts = scored([truth_route(), truth], [reported_route(), dependency])

    assert (counts["truth"], counts["reported"]) == (1, 1)


@pytest.mark.parametrize(
    ("file", "line", "name"), [("shop.py", 3, "shop:Orders"), (None, None, "admin:View.index")]
)
def test_inherited_view_has_two_places(file: str | None, line: int | None, name: str) -> None:
    bound = {"view": "shop:Orders", "file": "shop.py", "line": 3, "origin": "repo"}
    truth = truth_route(origin="dependency", view="admin:View.index", file="dep:admin.py", bound_class=bound)

    assert (
        scored([truth], [reported_route(view={"name": name, "file": file, "line": line})])["right line"] == 1
    )


def test_claimed_limit_is_dangerous() -> None:
    counts = scored([truth_route(limits=[])], [reported_route()])

    assert (counts["dangerous"], counts["missed"], counts["right limits"]) == (1, 0, 0)


def test_unseen_limit_is_missed() -> None:
    counts = scored([truth_route()], [reported_route(limits={"GET": []})])

    assert (counts["dangerous"], counts["missed"], counts["right limits"]) == (0, 1, 0)


def test_null_stands_for_dynamic_limit() -> None:
    dynamic = [{"methods": {"GET": [{"limit": "<dynamic: plan>"}]}}]
    unknown = {"GET": [{"text": None, "source": "decorator"}]}

    assert scored([truth_route(limits=dynamic)], [reported_route(limits=unknown)])["right limits"] == 1


def test_automatic_methods_count_nowhere() -> None:
    methods = ["GET", "HEAD", "OPTIONS"]
    with_added = reported_route(methods=methods, limits={method: [] for method in methods})

    assert scored([truth_route()], [with_added])["reported"] == 1


def test_likest_application_has_the_word() -> None:
    other = [reported_route(limits={"GET": []})]
    likest = [reported_route(), reported_route(rule="/items")]

    assert scored([truth_route(), truth_route(rule="/items")], other, likest)["right limits"] == 2


def test_best_fit_is_paired_first() -> None:
    def unit(line: int) -> Unit:
        return Unit("/", "GET", "index", (("shop.py", line, "index"),), ())

    assert pair_up([unit(1), unit(2)], [unit(2)]) == [(unit(2), unit(2))]


def test_other_format_is_refused() -> None:
    with pytest.raises(ValueError, match="schema"):
        reported_units({"schema": "guardapi.routes/0", "apps": []})


def test_mean_leaves_out_undefined_figures() -> None:
    full = compare("full", truth_units({"routes": [truth_route()]}), [], has_limiter=True)
    empty = compare("empty", [], [], has_limiter=True)

    assert mean([full, empty], "recall") == 0.0
    assert mean([empty], "recall") is None


@pytest.mark.parametrize(
    ("member", "kept"),
    [
        ("shop-1.0/shop/app.py", "shop/app.py"),
        ("shop-1.0/../../etc/app.py", None),
        ("/etc/app.py", None),
        ("shop-1.0\\app.py", None),
        ("shop-1.0/shop/page.html", None),
        ("other/app.py", None),
    ],
)
def test_only_sources_below_root_are_kept(member: str, kept: str | None) -> None:
    path = kept_path(member, 10, PurePosixPath("shop-1.0"))

    assert path == (None if kept is None else PurePosixPath(kept))


def test_single_file_keeps_its_name() -> None:
    path = PurePosixPath("shop-1.0/examples/app.py")

    assert kept_path(str(path), 10, path) == PurePosixPath("app.py")
