"""How a table is fitted to a screen of some width, and which of its columns find no room.

In this order, until it fits: heads in two lines; the widest prose wrapped, or under its row where that leaves it too
narrow; columns left out, those of the highest rank first; further prose wrapped; the first column in several lines. A
table that is still too wide then stays so: a figure cut off would be a wrong figure.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from harness.report.render.lines import GAP, cell_width, join_cells, wrap
from harness.report.render.mode import MARKS
from harness.report.render.table import Column, Row, Table

MIN_PROSE = 30
"""Prose narrower than this is unreadable beside other columns."""
MIN_NAME = 12
MIN_CELL = 16
"""Of a short prose cell beside figures, such as the name of a sandbox."""
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
    cells: list[list[str]]

    @property
    def width(self) -> int:
        return max(cell_width(line) for cell in (self.head, *self.cells) for line in cell)

    def wrap(self, width: int) -> None:
        """Break the cells into lines of at most that width."""
        self.cells = [_broken(" ".join(cell), width) for cell in self.cells]


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
        left_out = _drop(beside, width)
        _narrow_prose(beside, width)
        if _total(beside) > width:
            beside[0].wrap(max(MIN_NAME, width - _total(beside[1:]) - GAP))
    return FittedTable(
        head=_lines(beside, [shown.head for shown in beside], at_bottom=True),
        rows=[
            _lines(beside, [shown.cells[place] for shown in beside], at_bottom=False)
            for place in range(len(table.rows))
        ],
        below=[[" ".join(shown.cells[place]) for shown in below] for place in range(len(table.rows))],
        left_out=left_out,
    )


def _shown(column: Column[Row], rows: Sequence[Row]) -> _Shown:
    return _Shown(
        title=column.title,
        rank=column.rank,
        is_prose=column.is_prose,
        head=[column.title],
        cells=[[column.text(row)] for row in rows],
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
    """Give the widest prose behind the first column the room that the others leave, or move it under its row."""
    prose = max((one for one in beside[1:] if one.is_prose), key=lambda one: one.width, default=None)
    if prose is None or prose.width <= MIN_PROSE or _total(beside) <= width:
        return
    room = width - (_total(beside) - prose.width)
    if room >= MIN_PROSE:
        prose.wrap(room)
    else:
        beside.remove(prose)
        below.append(prose)


def _narrow_prose(beside: list[_Shown], width: int) -> None:
    """Wrap what prose is left at blanks, all of it to one width: the largest that fits, from `MIN_CELL` on."""
    prose = [one for one in beside[1:] if one.is_prose]
    figures = _total(beside) - sum(one.width for one in prose)
    wide = max((one.width for one in prose), default=0)
    fitting = (limit for limit in range(wide, MIN_CELL, -1) if figures + _limited(prose, limit) <= width)
    limit = next(fitting, MIN_CELL)
    for one in prose:
        if one.width > limit:
            one.cells = [wrap(" ".join(cell), limit) or [""] for cell in one.cells]


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
    """Lines broken at blanks, else behind a slash, a hyphen or an @, else anywhere; a mark stays with its name."""
    mark = text[:2] if text[:2] in LEADING_MARKS else ""
    room = width - len(mark)
    lines: list[str] = []
    for line in wrap(text.removeprefix(mark), room):
        lines += textwrap.wrap(line, room, break_long_words=True) if cell_width(line) > room else [line]
    return [(" " * len(mark) if place else mark) + line for place, line in enumerate(lines or [""])]


def _lines(columns: Sequence[_Shown], cells: Sequence[list[str]], *, at_bottom: bool) -> list[str]:
    """One row as lines; short cells stand in the first of them, or in the last."""
    height = max(map(len, cells))
    filled = [[""] * (height - len(cell)) + cell if at_bottom else cell for cell in cells]
    widths = [shown.width for shown in columns]
    is_left = [shown.is_prose for shown in columns]
    return [join_cells(line, widths, is_left) for line in zip_longest(*filled, fillvalue="")]
