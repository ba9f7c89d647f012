"""What the rows of the exported tables say of a run whose numbers are known."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from harness.exporters.columns import ColumnKind, Value
from harness.exporters.columns_page import page
from harness.exporters.tables import TABLES
from harness.report.run_data.load import RunData
from harness.report.run_report.columns import COLUMNS
from tests.exporters.runs import SPENT, write_run


@pytest.fixture
def data(tmp_path: Path) -> RunData:
    return RunData.load(write_run(tmp_path / "mine"))


def rows(data: RunData, name: str) -> Iterator[dict[str, Value]]:
    for batch in TABLES[name].batches(data):
        for cells in zip(*batch.values(), strict=True):
            yield dict(zip(batch, cells, strict=True))


def total(data: RunData, name: str, column: str) -> Decimal:
    return sum((cell for row in rows(data, name) if isinstance(cell := row[column], Decimal)), Decimal(0))


def test_samples_say_what_is_unknown_and_never_0(data: RunData) -> None:
    found = {(row["model"], row["sample_id"]): row for row in rows(data, "samples")}
    assert len(found) == 6
    retried = found["acme/one", "s1"]
    assert (retried["spent_usd"], retried["accepted_usd"]) == (2 * SPENT, SPENT)
    assert (retried["is_correct"], retried["answer"], retried["target"]) == (False, "=1+1", "2")
    timed_out = found["acme/one", "s2"]
    assert (timed_out["spent_usd"], timed_out["spent_usd_float"], timed_out["spent_known_usd"]) == (None, None, SPENT)
    assert "read_timeout without usage" in str(timed_out["spent_unknown"])
    assert (timed_out["verdict"], timed_out["is_correct"]) == ("grader_error", None)
    failed = found["acme/one", "s3"]
    assert (failed["is_answered"], failed["failures"], failed["failure_message"]) == (
        False,
        "unauthorized",
        "no such key",
    )
    assert (failed["spent_usd"], failed["prompt_tokens"], failed["total_s"]) == (Decimal(0), None, None)
    ungraded = found["acme/one", "s4"]
    assert (ungraded["verdict"], ungraded["is_correct"], ungraded["reasoning_tokens"]) == (None, None, None)
    assert {row["model"]: row["mode"] for row in found.values()} == {"acme/one": "live", "sim/two": "SIMULATED"}
    assert found["sim/two", "s0"]["spent_usd"] is None


def test_attempts_have_each_request_with_its_own_dollars(data: RunData) -> None:
    found = [row for row in rows(data, "attempts") if row["sample_id"] == "s1"]
    assert [(row["attempt"], row["failure_kind"], row["is_accepted"]) for row in found] == [
        (0, "stream_truncated", False),
        (1, None, True),
    ]
    assert [row["billed_usd"] for row in found] == [SPENT, SPENT]
    assert found[1]["text"] == "42"


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


def test_docs_page_is_that_of_the_columns(root: Path) -> None:
    is_current = (root / "docs" / "data-columns.md").read_text(encoding="utf-8") == page()
    assert is_current, "in the checkout's folder run: python -m harness.exporters.columns_page > docs/data-columns.md"
