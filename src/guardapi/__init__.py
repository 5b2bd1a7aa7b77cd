"""GuardAPI: finds, fixes and proves missing rate limits and resource bounds in web APIs."""

__version__ = "0.1.0"
