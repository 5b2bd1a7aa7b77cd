"""The URL map and its rules."""


class RuleFactory:
    def get_rules(self, map):
        return []


class Rule(RuleFactory):
    def __init__(
        self,
        string,
        defaults=None,
        subdomain=None,
        methods=None,
        build_only=False,
        endpoint=None,
        strict_slashes=None,
        merge_slashes=None,
        redirect_to=None,
        alias=False,
        host=None,
        websocket=False,
        **options,
    ):
        self.rule = string
        self.defaults = defaults
        self.subdomain = subdomain
        self.host = host
        self.build_only = build_only
        self.endpoint = endpoint
        self.redirect_to = redirect_to
        self.alias = alias
        self.methods = None
        if methods is not None:
            self.methods = {method.upper() for method in methods}
            if "HEAD" not in self.methods and "GET" in self.methods:
                self.methods.add("HEAD")
        self.view_func = None
        self.place = __place__()
        self.condition = __condition__()

    def get_rules(self, map):
        return [self]

    def copy(self, prefix, endpoint_prefix):
        copied = Rule(prefix + self.rule, self.defaults, self.subdomain, self.methods, self.build_only)
        copied.endpoint = endpoint_prefix + self.endpoint
        return copied


class Submount(RuleFactory):
    def __init__(self, path, rules):
        self.path = path.rstrip("/")
        self.rules = rules

    def get_rules(self, map):
        return [rule.copy(self.path, "") for factory in self.rules for rule in factory.get_rules(map)]


class EndpointPrefix(RuleFactory):
    def __init__(self, prefix, rules):
        self.prefix = prefix
        self.rules = rules

    def get_rules(self, map):
        return [rule.copy("", self.prefix) for factory in self.rules for rule in factory.get_rules(map)]


class Map:
    def __init__(self, rules=None, default_subdomain="", strict_slashes=True, host_matching=False, **options):
        self.rules = []
        self.converters = {}
        self.strict_slashes = strict_slashes
        self.default_subdomain = default_subdomain
        self.host_matching = host_matching
        for factory in rules or ():
            self.add(factory)

    @property
    def _rules(self):
        return self.rules

    def add(self, rulefactory):
        for rule in rulefactory.get_rules(self):
            if __known__(rule.rule) and not rule.rule.startswith("/"):
                # Werkzeug refuses it, so this is not what happens where the application starts.
                __undecided__(f"the rule {rule.rule!r} has no slash in front")
                continue
            if not self.host_matching and rule.subdomain is None:
                rule.subdomain = self.default_subdomain
            self.rules.append(rule)

    def iter_rules(self, endpoint=None):
        if endpoint is None:
            return list(self.rules)
        return [rule for rule in self.rules if rule.endpoint == endpoint]


class BaseConverter:
    pass
