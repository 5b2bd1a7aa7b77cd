"""pluggy 1: plugins are modules or objects, and a hook calls every function that they marked as one of it."""

import inspect

from importlib_metadata import entry_points


class HookspecMarker:
    def __init__(self, project_name):
        self.project_name = project_name

    def __call__(
        self, function=None, firstresult=False, historic=False, warn_on_impl=None, warn_on_impl_args=None
    ):
        def mark(function):
            setattr(function, self.project_name + "_spec", {"firstresult": firstresult})
            return function

        return mark if function is None else mark(function)


class HookimplMarker:
    def __init__(self, project_name):
        self.project_name = project_name

    def __call__(
        self,
        function=None,
        hookwrapper=False,
        optionalhook=False,
        tryfirst=False,
        trylast=False,
        specname=None,
        wrapper=False,
    ):
        def mark(function):
            options = {"tryfirst": tryfirst, "trylast": trylast, "specname": specname}
            setattr(function, self.project_name + "_impl", options)
            return function

        return mark if function is None else mark(function)


class HookImpl:
    def __init__(self, plugin, function, options):
        self.plugin = plugin
        self.function = function
        self.tryfirst = options["tryfirst"]
        self.trylast = options["trylast"]


class HookCaller:
    def __init__(self, manager, name):
        self.manager = manager
        self.name = name

    def __call__(self, **kwargs):
        results = []
        for impl in self.manager._implementations(self.name):
            names = inspect.getfullargspec(impl.function).args
            given = {name: value for name, value in kwargs.items() if name in names}
            result = impl.function(**given)
            if result is not None:
                results.append(result)
        if self.name in self.manager._first_only:
            return results[0] if results else None
        return results

    def call_historic(self, result_callback=None, kwargs=None):
        self(**(kwargs or {}))

    def call_extra(self, methods, kwargs):
        return self(**kwargs) + [method(**kwargs) for method in methods]

    def get_hookimpls(self):
        return self.manager._implementations(self.name)


class HookRelay:
    def __init__(self, manager):
        self._manager = manager

    def __getattr__(self, name):
        return HookCaller(self._manager, name)


class PluginManager:
    def __init__(self, project_name, implprefix=None):
        self.project_name = project_name
        self._name2plugin = {}
        self._plugin_distinfo = []
        self._first_only = []
        self._plugins = []
        self.hook = HookRelay(self)

    def add_hookspecs(self, module_or_class):
        for name in __marked__(module_or_class, self.project_name + "_spec"):
            if getattr(getattr(module_or_class, name), self.project_name + "_spec")["firstresult"]:
                self._first_only.append(name)

    def get_canonical_name(self, plugin):
        return getattr(plugin, "__name__", None) or str(id(plugin))

    def register(self, plugin, name=None):
        name = name or self.get_canonical_name(plugin)
        if name in self._name2plugin or plugin in self._plugins:
            return None
        self._name2plugin[name] = plugin
        self._plugins.append(plugin)
        return name

    def unregister(self, plugin=None, name=None):
        plugin = self._name2plugin.pop(name, plugin) if name else plugin
        for known in list(self._plugins):
            if known is plugin:
                self._plugins.remove(known)
        return plugin

    def set_blocked(self, name):
        self.unregister(name=name)

    def is_blocked(self, name):
        return False

    def is_registered(self, plugin):
        return plugin in self._plugins

    def has_plugin(self, name):
        return name in self._name2plugin

    def get_plugin(self, name):
        return self._name2plugin.get(name)

    def get_plugins(self):
        return list(self._plugins)

    def get_name(self, plugin):
        return next((name for name, known in self._name2plugin.items() if known is plugin), None)

    def list_name_plugin(self):
        return list(self._name2plugin.items())

    def list_plugin_distinfo(self):
        return []

    def check_pending(self):
        pass

    def load_setuptools_entrypoints(self, group, name=None):
        for point in entry_points(group=group, name=name):
            self.register(point.load(), name=point.name)
        return len(self._plugins)

    def _implementations(self, name):
        mark = self.project_name + "_impl"
        first, usual, last = [], [], []
        # The plugin that was registered last is asked first.
        for plugin in reversed(self._plugins):
            for attribute in __marked__(plugin, mark):
                function = getattr(plugin, attribute)
                options = getattr(function, mark)
                if (options["specname"] or attribute) == name:
                    kind = first if options["tryfirst"] else last if options["trylast"] else usual
                    kind.append(HookImpl(plugin, function, options))
        return [*first, *usual, *last]
