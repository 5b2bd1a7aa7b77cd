"""What guards an application, and where guards were looked for, in a sentence."""

from guardapi.coverage import PROJECT_LIMITER
from guardapi.model import App, Deployment, Limiter

LOOKED_FOR = "none (looked for limiter extensions, decorators and hooks that refuse, nginx limit_req)"


def guards(app: App, deployment: Deployment) -> str:
    """Limiters with their state, what the project wrote itself, and limits of the reverse proxy."""
    extensions = [limiter for limiter in app.limiters if limiter.kind != PROJECT_LIMITER]
    own = [limiter for limiter in app.limiters if limiter.kind == PROJECT_LIMITER]
    outer: dict[str, set[str]] = {"nginx": set()}
    for limit in deployment.outer_limits:
        outer.setdefault(limit.source, set()).add(limit.place.file)
    if not extensions and not own and not any(outer.values()):
        return LOOKED_FOR
    return "; ".join(
        (
            ", ".join(f"{limiter.name} ({_state(limiter)})" for limiter in extensions) or "no extension",
            f"decorators, hooks: {', '.join(limiter.name for limiter in own) or 'none'}",
            *(f"{source}: {', '.join(sorted(files)) or 'none'}" for source, files in outer.items()),
        )
    )


def _state(limiter: Limiter) -> str:
    if not limiter.bound:
        return "bound to no application"
    if limiter.enabled is False:
        return "switched off"
    if not limiter.uses:
        return "nothing is limited with it"
    if limiter.enabled is None:
        return "the environment switches it"
    return "active"
