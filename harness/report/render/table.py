"""Columns, their cells, and rows of cells as lines: even for a terminal, Markdown, notes wrapped to one width.

Not here: what stands in a cell (columns, compare_columns, claims.tables), pages for a browser (html).
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

WIDTH = 118
"""Characters a line of prose has at most."""

Shown = TypeVar("Shown")
"""What a row of a table shows: a model's summary, its place in a comparison, its speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[Shown]):
    """A column: `title` heads it, `meaning` explains it under the table, `text` writes its cell for people."""

    title: str
    meaning: str
    text: Callable[[Shown], str]


def cells_of(columns: Sequence[Column[Shown]], rows: Iterable[tuple[str, Shown]]) -> list[list[str]]:
    """Header and body of a table of models; each row comes with its model's name."""
    header = ["model", *(column.title for column in columns)]
    return [header, *([name, *(column.text(row) for column in columns)] for name, row in rows)]


def meanings(columns: Sequence[Column[Shown]]) -> list[str]:
    """What each column means, as Markdown items."""
    return [f"- **{column.title}**: {column.meaning}" for column in columns]


def align_columns(rows: Sequence[Sequence[str]], *, left: int = 1) -> list[str]:
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


def wrap_note(text: str, first: str = "", following: str | None = None) -> list[str]:
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
