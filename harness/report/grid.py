"""Rows of cells as lines: even columns for a terminal, Markdown tables, notes wrapped to one width.

Not here: what stands in a cell (columns, compare_columns, claims.tables), pages for a browser (html).
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

WIDTH = 118
"""Characters a line of prose has at most."""


def aligned(rows: Sequence[Sequence[str]], *, left: int = 1) -> list[str]:
    """One line a row; the first `left` columns are flush left. All rows have as many cells as the first."""
    if not rows:
        return []
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as a Markdown table, the first as its head."""
    header, *body = rows
    return [_piped(header), "|---|" + "--:|" * (len(header) - 1), *map(_piped, body)]


def wrapped(text: str, first: str = "", following: str | None = None) -> list[str]:
    """The text in lines of at most WIDTH, `first` before its first line and `following` (else the same) before others.

    Long words, such as commands and hashes, stay whole.
    """
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=first if following is None else following,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _piped(row: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
