"""What a refusal raises."""


class RateLimitExceeded(Exception):
    code = 429
