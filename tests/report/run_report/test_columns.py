"""The columns of a run's report."""

from __future__ import annotations

from harness.report.run_report.columns import COLUMNS


def test_every_column_says_what_it_means() -> None:
    keys = [column.key for column in COLUMNS]
    assert len(set(keys)) == len(keys)
    assert all(len(column.meaning.split()) > 3 for column in COLUMNS)
