"""How a table is fitted to a screen of some width, and which of its columns find no room.

In this order, until it fits: heads in two lines; the widest prose wrapped, or under its row where that leaves it too
narrow; names broken behind slashes; columns left out, those of the highest rank first; further prose wrapped; intervals
below their figures, where that keeps names readable; names broken anywhere. A table that is still too wide then stays
so: a figure cut off would be a wrong figure.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from harness.report.render.lines import GAP, cell_width, join_cells, wrap
from harness.report.render.mode import MARKS
from harness.report.render.table import Column, Row, Table

MIN_PROSE = 30
"""Prose narrower than this is unreadable beside other columns."""
MIN_NAME = 12
MIN_READABLE_NAME = 24
"""A model's name in narrower lines is hard to read, so intervals go below their figures first."""
MIN_CELL = 16
"""Of a short prose cell beside figures, such as the name of a sandbox."""
MAX_BROKEN_NAMES = 0.25
"""Share of the rows whose names may be broken to keep prose beside the figures."""
INDENT = 2
"""Of a name's further lines where a mark stands before it."""
LEADING_MARKS = tuple(f"{mark} " for mark in MARKS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedTable:
    """Lines of the head and of each row, prose that goes below each row, and titles of the columns left out."""

    head: list[str]
    rows: list[list[str]]
    below: list[list[str]]
    left_out: list[str]


@dataclass(slots=True)
class _Shown:
    """A column with its head and cells, each in one or more lines."""

    title: str
    rank: int
    is_prose: bool
    head: list[str]
    texts: list[str]
    cells: list[list[str]]

    @property
    def width(self) -> int:
        return max(cell_width(line) for cell in (self.head, *self.cells) for line in cell)

    def wrap(self, width: int) -> None:
        """Break the cells into lines of at most that width."""
        self.cells = [_broken(text, width) for text in self.texts]


def fit(table: Table[Row], width: int | None) -> FittedTable:
    """The table in lines of at most `width` characters where that can be; None: no limit."""
    beside = [_shown(column, table.rows) for column in table.columns if not column.is_below]
    below = [_shown(column, table.rows) for column in table.columns if column.is_below]
    left_out: list[str] = []
    if width is not None and _total(beside) > width:
        for shown in beside:
            # a head as narrow as its cells wins the most room at no loss, so it comes first
            shown.head = _two_lines(shown.title, max(cell_width(cell[0]) for cell in (*shown.cells, [""])))
        _wrap_prose(beside, below, width)
        _break_at_slashes(beside, width)
        left_out = _drop(beside, width)
        _narrow_prose(beside, width)
        _fit_names(beside, width)
    return FittedTable(
        head=_lines(beside, [shown.head for shown in beside], at_bottom=True),
        rows=[
            _lines(beside, [shown.cells[place] for shown in beside], at_bottom=False)
            for place in range(len(table.rows))
        ],
        below=[[shown.texts[place] for shown in below] for place in range(len(table.rows))],
        left_out=left_out,
    )


def _shown(column: Column[Row], rows: Sequence[Row]) -> _Shown:
    texts = [column.text(row) for row in rows]
    return _Shown(
        title=column.title,
        rank=column.rank,
        is_prose=column.is_prose,
        head=[column.title],
        texts=texts,
        cells=[[text] for text in texts],
    )


def _total(columns: Sequence[_Shown]) -> int:
    return sum(shown.width for shown in columns) + GAP * (len(columns) - 1)


def _two_lines(title: str, body: int) -> list[str]:
    """The title in one line where the cells are as wide, else split where its longer half is shortest."""
    words = title.split()
    if cell_width(title) <= body or len(words) < 2:
        return [title]
    halves = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    halves = [pair for pair in halves if len(pair[0]) > 1]  # `$ spent` stays together
    return list(min(halves, key=lambda pair: max(map(cell_width, pair)))) if halves else [title]


def _wrap_prose(beside: list[_Shown], below: list[_Shown], width: int) -> None:
    """Give the widest prose behind the first column the room that the others leave, or move it under its row.

    A few long names are broken into lines for it, so that they do not double the lines of all rows.
    """
    prose = max((one for one in beside[1:] if one.is_prose), key=lambda one: one.width, default=None)
    if prose is None or prose.width <= MIN_PROSE or _total(beside) <= width:
        return
    room = width - (_total(beside) - prose.width)
    name = beside[0]
    narrower = name.width - max(MIN_PROSE - room, 0)
    broken = sum(cell_width(text) > narrower for text in name.texts)
    if narrower >= MIN_READABLE_NAME and broken <= MAX_BROKEN_NAMES * len(name.texts):
        name.wrap(narrower)
        room = width - (_total(beside) - prose.width)
    if room >= MIN_PROSE:
        prose.wrap(room)
    else:
        beside.remove(prose)
        below.append(prose)


def _break_at_slashes(beside: list[_Shown], width: int) -> None:
    """Break names behind slashes, which costs lines and keeps columns."""
    name = beside[0]
    parts = (part for text in name.texts for part in _at_slashes(text, MIN_READABLE_NAME))
    room = max(
        width - _total(beside[1:]) - GAP, MIN_READABLE_NAME + INDENT, *(cell_width(part) + INDENT for part in parts)
    )
    if _total(beside) > width and room < name.width:
        name.wrap(room)


def _narrow_prose(beside: list[_Shown], width: int) -> None:
    """Wrap what prose is left at blanks, all of it to one width: the largest that fits, from `MIN_CELL` on."""
    prose = [one for one in beside[1:] if one.is_prose]
    figures = _total(beside) - sum(one.width for one in prose)
    wide = max((one.width for one in prose), default=0)
    fitting = (limit for limit in range(wide, MIN_CELL, -1) if figures + _limited(prose, limit) <= width)
    limit = next(fitting, MIN_CELL)
    for one in prose:
        if one.width > limit:
            one.cells = [wrap(text, limit) or [""] for text in one.texts]


def _fit_names(beside: list[_Shown], width: int) -> None:
    """Put intervals below their figures where that keeps the first column readable, then break that into lines."""
    name, *figures = beside
    if _total(figures) + GAP + min(name.width, MIN_READABLE_NAME) > width:
        beside[1:] = [replace(one, cells=[_interval_below(cell) for cell in one.cells]) for one in figures]
    if _total(beside) > width or any(len(cell) > 1 for cell in name.cells):
        name.wrap(max(MIN_NAME, width - _total(beside[1:]) - GAP))


def _interval_below(cell: list[str]) -> list[str]:
    """`0.82 [0.72, 0.89]` in two lines; other cells as they are."""
    figure, bracket, interval = cell[0].partition(" [")
    return [figure, f"[{interval}"] if bracket and len(cell) == 1 else cell


def _limited(columns: Sequence[_Shown], limit: int) -> int:
    return sum(min(one.width, limit) for one in columns)


def _drop(beside: list[_Shown], width: int) -> list[str]:
    """Take columns out until the rest fits; their titles in the order they stood."""
    dropped: list[_Shown] = []
    order = list(beside)
    while _total(beside) > width and any(shown.rank for shown in beside):
        worst = max(reversed(beside), key=lambda shown: shown.rank)  # of equal ranks the one farthest to the right
        beside.remove(worst)
        dropped.append(worst)
    return [shown.title for shown in order if shown in dropped]


def _broken(text: str, width: int) -> list[str]:
    """Lines broken at blanks, else behind a slash, else behind a hyphen, else anywhere; a mark stays with its name."""
    mark = text[:2] if text[:2] in LEADING_MARKS else ""
    room = width - len(mark)
    lines: list[str] = []
    for line in wrap(text.removeprefix(mark), room):
        for part in _at_slashes(line, room):
            lines += textwrap.wrap(part, room, break_long_words=True) if cell_width(part) > room else [part]
    return [(" " * len(mark) if place else mark) + line for place, line in enumerate(lines or [""])]


def _at_slashes(text: str, width: int) -> list[str]:
    """The text in as few lines as possible that each end behind a slash; a part that is wider stays whole."""
    lines = [""]
    for part in re.findall(r"[^/]*/|[^/]+", text):
        if lines[-1] and cell_width(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return lines


def _lines(columns: Sequence[_Shown], cells: Sequence[list[str]], *, at_bottom: bool) -> list[str]:
    """One row as lines; short cells stand in the first of them, or in the last."""
    height = max(map(len, cells))
    filled = [[""] * (height - len(cell)) + cell if at_bottom else cell for cell in cells]
    widths = [shown.width for shown in columns]
    is_left = [shown.is_prose for shown in columns]
    return [join_cells(line, widths, is_left) for line in zip_longest(*filled, fillvalue="")]
