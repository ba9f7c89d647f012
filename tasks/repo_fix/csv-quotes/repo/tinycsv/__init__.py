"""A small reader and writer of comma-separated values (RFC 4180)."""

from tinycsv.reader import load, parse_line
from tinycsv.writer import dump, format_row

__all__ = ["dump", "format_row", "load", "parse_line"]
