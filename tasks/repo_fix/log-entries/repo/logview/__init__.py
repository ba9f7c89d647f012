from logview.entries import Entry, parse
from logview.summary import errors

__all__ = ["Entry", "errors", "parse"]
