"""What a report shows, whatever the output format: tables with their columns, and the document they stand in.

A product (run report, comparison, gate, speed, claims, plan) builds a `ReportDocument`; `render.formats`
writes it as text, Markdown, CSV, JSON or HTML. Adding a column is one `Column`; it appears in every format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")
"""What a row of a table shows: a model's summary, its place in a comparison, a check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[Row]):
    """One column of a table.

    `key` names it in files, in `--columns` and in `--sort`; `title` heads it; `meaning` explains it. `text` writes its
    cell for people, `value` is the bare figure for files (None: unknown or undefined). `rank`: columns of the highest
    rank are left out first where a terminal is too narrow, those of rank 0 never. `is_prose`: words, flush left and
    wrapped; `is_below`: so many of them that text has them under the row. `lowest_is_best`: which end `--sort` puts
    first; words come in the order of the alphabet.
    """

    key: str
    title: str
    meaning: str
    text: Callable[[Row], str]
    value: Callable[[Row], object]
    rank: int = 0
    is_prose: bool = False
    is_below: bool = False
    lowest_is_best: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[Row]):
    """Rows under columns. `footnotes` explain marks; `is_marked`: whether a row's figures are not measured by us."""

    columns: tuple[Column[Row], ...]
    rows: tuple[Row, ...]
    title: str = ""
    footnotes: tuple[str, ...] = ()
    is_marked: Callable[[Row], bool] | None = None

    def marked_rows(self) -> list[tuple[bool, Row]]:
        """The rows, each with whether it is marked."""
        return [(self.is_marked is not None and self.is_marked(row), row) for row in self.rows]

    @property
    def beside(self) -> tuple[Column[Row], ...]:
        """The columns that stand beside one another; the others go under their row."""
        return tuple(one for one in self.columns if not one.is_below)

    def below(self, row: Row) -> list[tuple[Column[Row], str]]:
        """What stands under a row: (column, text), empty texts left out."""
        return [(one, text) for one in self.columns if one.is_below and (text := one.text(row))]

    def cells(self) -> list[list[str]]:
        """The body as text cells."""
        return [[column.text(row) for column in self.columns] for row in self.rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Tables under one heading. `chart` draws one for HTML, on request; `lines`: sentences before the tables."""

    title: str
    tables: tuple[Table[Any], ...] = ()
    lines: tuple[str, ...] = ()
    chart: Callable[[], str] | None = None
    chart_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatRows:
    """What a CSV file holds: bare figures under `keys`; a row lacks what is unknown or undefined."""

    keys: tuple[str, ...]
    rows: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDocument:
    """All that one command shows.

    `title` names it; `mode`: live, SIMULATED ...; `state`: such as incomplete, empty where there is nothing to say.
    `notes` are whole sentences. `result`: what a reader looks for, last on a screen and first on a page. `facts`: where
    the figures come from, by heading. `record` is the JSON form, of plain values and Decimals; `flat` the CSV form.
    """

    title: str
    sections: tuple[Section, ...]
    record: object
    flat: FlatRows
    mode: str = ""
    state: str = ""
    notes: tuple[str, ...] = ()
    result: tuple[str, ...] = ()
    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def headline(self) -> str:
        """Title, mode and state in one line."""
        return " · ".join(part for part in (self.title, self.mode, self.state) if part)

    @property
    def tables(self) -> tuple[Table[Any], ...]:
        """Those of all sections."""
        return tuple(table for section in self.sections for table in section.tables)

    def meanings(self) -> list[tuple[str, str]]:
        """(title, meaning) of every column that is shown and explained, each once."""
        shown = ((one.title, one.meaning) for table in self.tables for one in table.columns if one.meaning)
        return list(dict.fromkeys(shown))

    def footnotes(self) -> list[str]:
        """What marks in the tables mean, each once."""
        return list(dict.fromkeys(note for table in self.tables for note in table.footnotes))


def records(columns: Sequence[Column[Row]], rows: Iterable[Row]) -> list[dict[str, object]]:
    """The rows as {key: bare figure}."""
    return [{column.key: column.value(row) for column in columns} for row in rows]


def prose_column(
    key: str, title: str, text: Callable[[Row], str], *, meaning: str = "", rank: int = 0, is_below: bool = False
) -> Column[Row]:
    """A column of words or names."""
    return Column(
        key=key, title=title, meaning=meaning, text=text, value=text, rank=rank, is_prose=True, is_below=is_below
    )
