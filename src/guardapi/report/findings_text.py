"""The findings for people, as one of the formats."""

from guardapi.report.text import render

__all__ = ["render"]
