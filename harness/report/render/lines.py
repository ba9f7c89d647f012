"""Lines of text: how wide they are on a screen, wrapped, padded, and free of what a terminal would obey."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence

GAP = 2
MARK_GAP = re.compile(r"(?<=(?<!\S)[~^=]) (?=\S)")
"""Between a mark of origin (render.mode) and what it marks."""
GLUE = "\0"
WIDE_PIECE = re.compile(
    r"[（《“「]*(?:[\u2e80-\u2fff\u3003-\u9fff\uac00-\ud7af\uf900-\ufaff]|[^\s\u2e80-\uffef]+|\S)[，。；：、）》”！？,.;:)]*\s*"
)
"""What stands in one line of text with wide characters: one of them, or a word, with the marks that close it."""


def wrap(text: str, width: int, first: str = "", following: str | None = None) -> list[str]:
    """The text in lines of at most `width` characters, `first` before the first line and `following` before others.

    Long words, such as commands and hashes, stay whole; a mark (`~ model`) stays with its word.
    """
    glued, then = MARK_GAP.sub(GLUE, text), first if following is None else following
    if cell_width(glued) > len(glued):
        return [line.replace(GLUE, " ") for line in _wrap_wide(glued, width, first, then)]
    lines = textwrap.wrap(
        glued, width, initial_indent=first, subsequent_indent=then, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(GLUE, " ") for line in lines]


def _wrap_wide(text: str, width: int, first: str, following: str) -> Iterator[str]:
    """Text with wide characters, which may end a line anywhere but before a closing mark."""
    line, indent = first, first
    for piece in WIDE_PIECE.findall(text):
        if line != indent and cell_width(line + piece.rstrip()) > width:
            yield line.rstrip()
            line = indent = following
        line += piece if line != indent else piece.lstrip()
    if line.strip():
        yield line.rstrip()


def cell_width(text: str) -> int:
    """Columns of a screen: two for a wide East Asian character, none for a combining one."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def pad(text: str, width: int, *, is_left: bool) -> str:
    """The text with blanks up to `width` columns of a screen."""
    blanks = " " * (width - cell_width(text))
    return text + blanks if is_left else blanks + text


def printable(text: str) -> str:
    """The text with every character that a terminal obeys, or does not show, written as its code."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def align_columns(rows: Sequence[Sequence[str]], *, left: int = 1) -> list[str]:
    """One line a row; the first `left` columns are flush left. All rows have as many cells as the first."""
    if not rows:
        return []
    widths = [max(cell_width(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [join_cells(row, widths, [place < left for place in range(len(widths))]) for row in rows]


def join_cells(row: Sequence[str], widths: Sequence[int], is_left: Sequence[bool]) -> str:
    """A row as one line, each cell padded to its width."""
    cells = [pad(cell, width, is_left=left) for cell, width, left in zip(row, widths, is_left, strict=True)]
    return (" " * GAP).join(cells).rstrip()
