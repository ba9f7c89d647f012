"""What the rows of the exported tables say of a run whose numbers are known."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from harness.exporters.columns import ColumnKind
from harness.exporters.tables import TABLES
from harness.report.run_data.load import RunData
from harness.report.run_report.columns import COLUMNS
from tests.exporters.rows_read import rows
from tests.exporters.runs import SPENT, write_run


def total(data: RunData, name: str, column: str) -> Decimal:
    return sum((cell for row in rows(data, name) if isinstance(cell := row[column], Decimal)), Decimal(0))


def test_bills_add_up_to_the_known_dollars_of_samples_and_attempts(data: RunData) -> None:
    assert total(data, "bills", "usd") == total(data, "samples", "spent_known_usd") == 4 * SPENT + Decimal("0.000005")
    unknown = [row for row in rows(data, "bills") if row["what"] == "unknown"]
    assert {(row["model"], row["sample_id"]) for row in unknown} == {("acme/one", "s2"), ("sim/two", "s0")}
    assert all(row["usd"] is None and row["unknown"] for row in unknown)


def test_bill_lines_are_tokens_times_rate(data: RunData) -> None:
    lines = [row for row in rows(data, "bills") if row["sample_id"] == "s0" and row["model"] == "acme/one"]
    assert [(row["line"], row["tokens"], row["rate_per_mtok"], row["usd"]) for row in lines] == [
        (0, 1000, Decimal(1), Decimal("0.001")),
        (1, 100, Decimal(4), Decimal("0.0004")),
    ]


def test_summary_has_the_figures_of_the_report(data: RunData) -> None:
    one, sim = rows(data, "summary")
    assert (one["model"], one["n"], one["accuracy"], one["failed"], one["ungraded"]) == ("acme/one", 2, 0.5, 1, 1)
    assert (one["spent_usd"], one["grader_error"], one["wrong"]) == (None, 1, 1)
    assert (sim["mode"], sim["n"], sim["accuracy"]) == ("SIMULATED", 1, 1.0)
    assert {column.key for column in COLUMNS} <= set(one)


@pytest.mark.parametrize("name", TABLES)
def test_cells_are_of_the_kind_their_column_states(name: str, data: RunData) -> None:
    accepted = {
        ColumnKind.TEXT: str,
        ColumnKind.INTEGER: int,
        ColumnKind.NUMBER: float,
        ColumnKind.FLAG: bool,
        ColumnKind.DECIMAL: Decimal,
    }
    columns = {column.name: accepted.get(column.kind, object) for column in TABLES[name].columns}
    assert len(columns) == len(TABLES[name].columns)
    for row in rows(data, name):
        for column, cell in row.items():
            assert cell is None or isinstance(cell, columns[column]), (column, cell)
            assert columns[column] is not int or not isinstance(cell, bool), (column, cell)


def test_run_without_any_outcome_gives_empty_tables(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "mine")
    (folder / "calls-0.jsonl").unlink()
    assert list(rows(RunData.load(folder), "samples")) == []


def test_last_line_that_a_crash_cut_is_left_out(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "mine")
    log = folder / "calls-0.jsonl"
    log.write_bytes(log.read_bytes()[:-20])
    assert len(list(rows(RunData.load(folder), "samples"))) == 5
