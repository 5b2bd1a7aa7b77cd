"""The exceptions that reach a user.

GuardApiError              exit status 2
├── UsageError             an argument that does not fit
├── ConfigurationError     a key or value of the configuration
└── NothingToScanError     no readable file where one was named
"""


class GuardApiError(Exception):
    """Anything that stops a run; its text is a sentence for the user."""


class UsageError(GuardApiError):
    """An argument that does not fit."""


class ConfigurationError(GuardApiError):
    """A key or value of the configuration that cannot be used."""


class NothingToScanError(GuardApiError):
    """There is no file to read where the user pointed."""
