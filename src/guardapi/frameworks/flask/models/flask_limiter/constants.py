"""Names of headers and scopes of exemptions."""


class ExemptionScope:
    NONE = 0
    APPLICATION = 1
    META = 2
    DEFAULT = 4
    DESCENDENTS = 8
    ANCESTORS = 16


class HeaderNames:
    LIMIT = "X-RateLimit-Limit"
    REMAINING = "X-RateLimit-Remaining"
    RESET = "X-RateLimit-Reset"
    RETRY_AFTER = "Retry-After"
