"""Why limits of routes are not known."""

from guardapi.findings import counted
from guardapi.model import App


def by_reason(app: App) -> dict[str, list[str]]:
    """Routes with the methods that a reason leaves open, the most frequent reason first."""
    reasons: dict[str, list[str]] = {}
    for route in app.routes:
        methods: dict[str, list[str]] = {}
        for method, held in route.limits.items():
            for reason in held.undecided:
                methods.setdefault(reason, []).append(method)
        for reason, found in methods.items():
            reasons.setdefault(reason, []).append(f"{', '.join(found)} {route.rule}")
    return dict(sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0])))


def gaps(app: App) -> str:
    """That the set-up holds what was not understood, without a full stop; or nothing."""
    number = len(app.undecided)
    return f"set-up: {counted(number, 'part')} not understood, more may be served" if number else ""
