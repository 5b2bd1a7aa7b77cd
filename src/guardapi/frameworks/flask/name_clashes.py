"""Views and blueprints that Flask-Limiter takes for one another: it files both by name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from guardapi.frameworks.flask.views import chain_of
from guardapi.model import NameClash, Sharing
from guardapi.place import Place
from guardapi.python.evaluator import Evaluator
from guardapi.python.values import DictValue, Function, Instance, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """A registered callable under the name by which it is filed."""

    endpoint: str
    links: frozenset[int]
    """Identities of all that a request to it passes."""
    innermost: int
    named_at: Place | None


class NameClashes:
    """The names of an application's views that several of them bear."""

    def __init__(self, ev: Evaluator, app: Instance, served: list[tuple[str, Value]]) -> None:
        self.ev = ev
        self.app = app
        self.served = served
        self.shared = self._shared()

    def _shared(self) -> dict[tuple[str, str, str], list[_View]]:
        named: dict[tuple[str, str, str], dict[str, _View]] = {}
        for endpoint, registered in self.served:
            name = tuple(
                self.ev.find(registered, part) for part in ("__module__", "__name__", "__qualname__")
            )
            if all(isinstance(part, str) for part in name) and self._is_of_project(name[0]):
                named.setdefault(name, {}).setdefault(endpoint, self._view(endpoint, registered))
        return {
            name: list(views.values())
            for name, views in named.items()
            # One function under several endpoints shares on purpose.
            if len({view.innermost for view in views.values()}) > 1
        }

    def _is_of_project(self, name: str) -> bool:
        module = self.ev.by_name.get(name)
        return module is not None and not module.is_model

    def _view(self, endpoint: str, registered: Value) -> _View:
        chain = chain_of(self.ev, registered)
        functions = (link for link in chain if type(link) is Function and link.place is not None)
        named = next(functions, None)
        return _View(
            endpoint=endpoint,
            links=frozenset(map(id, chain)),
            innermost=id(chain[-1]),
            named_at=None if named is None else named.place,
        )

    def of(self, limiter: Instance, key: Callable[[Value], str]) -> Iterator[NameClash]:
        """What the views of an application have from others, by one limiter."""
        for name, views in self.shared.items():
            yield from self._exempt(limiter, name, views, key)
            yield from self._limited(limiter, name, views, key)
        yield from self._blueprints(limiter)

    def _exempt(
        self, limiter: Instance, name: tuple[str, str, str], views: list[_View], key: Callable[[Value], str]
    ) -> Iterator[NameClash]:
        places = {
            key(entry): place
            for entry, place in _mapping(limiter, "_exempt_places").items()
            if isinstance(entry, tuple)
        }
        place = places.get(key(name))
        exempted = {id(function) for function in _list(limiter, "_exempted")}
        others = [view for view in views if not view.links & exempted]
        if place is not None and 0 < len(others) < len(views):
            yield self._clash(name, Sharing.EXEMPTION, place, others)

    def _limited(
        self, limiter: Instance, name: tuple[str, str, str], views: list[_View], key: Callable[[Value], str]
    ) -> Iterator[NameClash]:
        checks = [
            check.attributes
            for check in _list(limiter, "_checks")
            if key(check.attributes["identity"]) == key(name)
        ]
        texts = {id(check["wrapper"]): _text(check) for check in checks}
        place = next((check["place"] for check in checks if check["place"] is not None), None)
        if place is None or None in texts.values():
            return
        own = {
            view.endpoint: {text for wrapper, text in texts.items() if wrapper in view.links}
            for view in views
        }
        bare = [view for view in views if not own[view.endpoint]]
        if 0 < len(bare) < len(views):
            yield self._clash(name, Sharing.MARK, place, bare)
        every = set().union(*own.values())
        more = [view for view in views if own[view.endpoint] and own[view.endpoint] != every]
        if more:
            yield self._clash(name, Sharing.LIMIT, place, more)

    def _clash(
        self, name: tuple[str, str, str], sharing: Sharing, place: Place, views: list[_View]
    ) -> NameClash:
        return NameClash(
            name=f"{name[0]}:{name[2]}",
            sharing=sharing,
            place=place,
            endpoints=tuple(view.endpoint for view in views),
            named_at=next((view.named_at for view in views if view.named_at is not None), None),
        )

    def _blueprints(self, limiter: Instance) -> Iterator[NameClash]:
        registered = self.app.attributes.get("blueprints")
        named: dict[str, list[tuple[str, Instance]]] = {}
        for path, blueprint in registered.items() if isinstance(registered, DictValue) else ():
            name = blueprint.attributes.get("name") if type(blueprint) is Instance else None
            if isinstance(name, str) and isinstance(path, str):
                named.setdefault(name, []).append((path, blueprint))
        for name, found in named.items():
            for sharing, attribute in (
                (Sharing.EXEMPTION, "_exempted_blueprints"),
                (Sharing.LIMIT, "_limited_blueprints"),
            ):
                meant = {id(blueprint) for blueprint in _list(limiter, attribute)}
                others = [path for path, blueprint in found if id(blueprint) not in meant]
                endpoints = tuple(e for e, _ in self.served if e.rpartition(".")[0] in others)
                place = self._declared_at(limiter, name, sharing)
                if len(others) < len(found) and endpoints and place is not None:
                    yield NameClash(
                        name=name, sharing=sharing, place=place, endpoints=endpoints, of_blueprints=True
                    )

    def _declared_at(self, limiter: Instance, name: str, sharing: Sharing) -> Place | None:
        if sharing is Sharing.EXEMPTION:
            place = _mapping(limiter, "_exempt_places").get(name)
            return place if isinstance(place, Place) else None
        limits = _mapping(limiter, "_blueprint_limits").get(name)
        return next((limit.place for limit in limits if type(limit) is Instance), None) if limits else None


def _text(check: DictValue | dict[str, Value]) -> str | None:
    """A limit as far as it tells it from others; None where only a request can tell."""
    facts = check["limit"].attributes
    text = facts.get("limit_provider")
    return f"{text}/{id(facts.get('key_function'))}/{facts.get('scope')}" if isinstance(text, str) else None


def _mapping(owner: Instance, name: str) -> DictValue:
    value = owner.attributes.get(name)
    return value if isinstance(value, DictValue) else DictValue()


def _list(owner: Instance, name: str) -> list[Value]:
    value = owner.attributes.get(name)
    return value if isinstance(value, list) else []
