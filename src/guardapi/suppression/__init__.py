"""Comments of the project that accept findings: read, matched with what was found, and written."""

from guardapi.suppression.comments import FILE_FORM, FORM, Comment, nearest_name
from guardapi.suppression.matching import accepted, read_comments
from guardapi.suppression.writing import NotWritableError, with_comments

__all__ = [
    "FILE_FORM",
    "FORM",
    "Comment",
    "NotWritableError",
    "accepted",
    "nearest_name",
    "read_comments",
    "with_comments",
]
