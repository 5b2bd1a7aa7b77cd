"""importlib_metadata 8, and `importlib.metadata`: entry points, as far as the project itself advertises them.

Whether other distributions advertise more is known where they are installed only: a group that the project does not
use itself is not known.
"""

import importlib


class EntryPoint:
    def __init__(self, name, value, group):
        self.name = name
        self.value = value
        self.group = group
        self.module, _, self.attr = value.partition(":")
        self.module_name = self.module
        self.extras = []
        self.dist = __unknown__("the distribution of an entry point")

    def load(self, *args, **kwargs):
        loaded = importlib.import_module(self.module)
        for name in self.attr.split("."):
            if name:
                loaded = getattr(loaded, name)
        return loaded

    def resolve(self):
        return self.load()

    def __str__(self):
        return self.name + " = " + self.value


class EntryPoints:
    def __init__(self, points):
        self._points = points

    def __iter__(self):
        return iter(self._points)

    def __len__(self):
        return len(self._points)

    def __getitem__(self, name):
        if name in self.groups:
            return self.select(group=name)
        for point in self._points:
            if point.name == name:
                return point
        return __unknown__("an entry point of another distribution")

    def get(self, group, default=()):
        return self.select(group=group)

    def select(self, group=None, name=None, **others):
        found = [point for point in self._points if group is None or point.group == group]
        if group is not None and not found:
            return __unknown__("entry points of other distributions")
        return EntryPoints([point for point in found if name is None or point.name == name])

    @property
    def names(self):
        return {point.name for point in self._points}

    @property
    def groups(self):
        return {point.group for point in self._points}


def entry_points(**wanted):
    points = EntryPoints([EntryPoint(name, value, group) for group, name, value in __entry_points__()])
    return points.select(**wanted) if wanted else points
