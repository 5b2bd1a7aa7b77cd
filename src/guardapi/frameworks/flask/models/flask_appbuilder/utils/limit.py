"""A limit of a view or API, to be put on its blueprint."""


class Limit:
    def __init__(
        self,
        limit_value,
        key_func=None,
        scope=None,
        methods=None,
        error_message=None,
        exempt_when=None,
        override_defaults=False,
        deduct_when=None,
        on_breach=None,
        per_method=False,
        cost=None,
    ):
        self.limit_value = limit_value
        self.key_func = key_func
        self.scope = scope
        self.methods = methods
        self.error_message = error_message
        self.exempt_when = exempt_when
        self.override_defaults = override_defaults
        self.deduct_when = deduct_when
        self.on_breach = on_breach
        self.per_method = per_method
        self.cost = cost
