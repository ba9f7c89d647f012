"""What every line of results has in common: an id, the error of a line that cannot be used, a count at the end."""

from __future__ import annotations

import sys
from collections import Counter

from harness.cli.input.jsonl import JsonlLine, Row
from harness.core.errors import EXIT_CHECK_FAILED, EXIT_OK
from harness.core.plurals import counted

Result = dict[str, object]

BAD_LINE = "could not be read"


def print_counts(counts: Counter[str]) -> int:
    """Say on standard error how many lines there were of each kind; the exit code."""
    kinds = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
    print(f"harness: {counted(sum(counts.values()), 'line')}: {kinds or 'none'}", file=sys.stderr)
    return EXIT_CHECK_FAILED if counts[BAD_LINE] else EXIT_OK


def bad_line(line: JsonlLine, complaint: object) -> Result:
    """The object for a line that cannot be used."""
    return {**id_of(line.row), "line": line.number, "error": f"line {line.number}: {complaint}"}


def id_of(row: Row) -> Result:
    """The row's own id, where it has one."""
    return {"id": row["id"]} if "id" in row else {}


def milliseconds(seconds: float) -> float:
    """Rounded to a microsecond."""
    return round(seconds * 1000, 3)
