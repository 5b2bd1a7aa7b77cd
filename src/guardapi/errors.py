"""The exceptions that reach a user.

GuardApiError              exit status 2
├── UsageError             an argument that does not fit
├── ConfigurationError     a key or value of the configuration
├── PluginError            an installed package whose rules cannot be used
├── NothingToScanError     no readable file where one was named
└── TargetError            the application that is to be proved does not run
"""


class GuardApiError(Exception):
    """Anything that stops a run; its text is a sentence for the user."""


class UsageError(GuardApiError):
    """An argument that does not fit."""


class ConfigurationError(GuardApiError):
    """A key or value of the configuration that cannot be used."""


class PluginError(GuardApiError):
    """An installed package, or a file that the user names, whose rules cannot be used."""


class NothingToScanError(GuardApiError):
    """There is no file to read where the user pointed."""


class TargetError(GuardApiError):
    """The application that is to be proved does not start, or has ended too early."""
