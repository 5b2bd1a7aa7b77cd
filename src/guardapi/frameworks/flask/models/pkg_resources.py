"""pkg_resources of setuptools: entry points."""

from importlib_metadata import entry_points


def iter_entry_points(group, name=None):
    return entry_points(group=group, name=name)


class WorkingSet:
    def iter_entry_points(self, group, name=None):
        return entry_points(group=group, name=name)


working_set = WorkingSet()
