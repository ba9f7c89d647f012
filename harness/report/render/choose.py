"""The part of a document that a reader asked for: some columns, rows in another order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from harness.core.errors import UsageError
from harness.core.labels import closest_names
from harness.report.render.table import Column, ReportDocument, Section, Table
from harness.stats.intervals import ConfidenceInterval


def choose(
    document: ReportDocument, *, columns: Sequence[str] | None = None, sort: str | None = None
) -> ReportDocument:
    """The document with only these columns (and the first of each table), and rows sorted by one, best first.

    Raises UsageError for a column that no table has.
    """
    known = list(dict.fromkeys(column.key for table in document.tables for column in table.columns))
    for option, names in (("--columns", columns or ()), ("--sort", (sort,) if sort else ())):
        for name in names:
            if name not in known:
                raise UsageError(f"{option}: no column {name!r} here; {closest_names(name, known)}")
    sections = document.sections
    if sort:
        sections = tuple(_sorted(section, sort) for section in sections)
    if columns:
        sections = tuple(_narrowed(section, columns) for section in sections)
    return replace(document, sections=sections)


def _narrowed(section: Section, columns: Sequence[str]) -> Section:
    tables = []
    for table in section.tables:
        first, *others = table.columns
        kept = sorted((one for one in others if one.key in columns), key=lambda one: columns.index(one.key))
        if kept or first.key in columns:
            tables.append(replace(table, columns=(first, *kept)))
    return replace(section, tables=tuple(tables))


def _sorted(section: Section, key: str) -> Section:
    """Rows of every table in the order that the one with the column gives: they show the same models."""
    for table in section.tables:
        column = next((one for one in table.columns if one.key == key), None)
        if column is not None:
            rank = {id(row): place for place, row in enumerate(sorted(table.rows, key=lambda row: _order(column, row)))}
            return replace(section, tables=tuple(_reordered(one, rank) for one in section.tables))
    return section


def _reordered(table: Table[Any], rank: dict[int, int]) -> Table[Any]:
    return replace(table, rows=tuple(sorted(table.rows, key=lambda row: rank.get(id(row), len(rank)))))


def _order(column: Column[Any], row: object) -> tuple[bool, float, str]:
    """Unknown values last; numbers by which end is best."""
    value = column.value(row)
    if isinstance(value, ConfidenceInterval):
        value = value.estimate
    if isinstance(value, bool | int | float | Decimal):
        return (False, float(value) if column.lowest_is_best else -float(value), "")
    return (value is None or not isinstance(value, str), 0.0, str(value))
