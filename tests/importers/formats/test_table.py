"""Tables by proposed and by given columns."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import DataError, UsageError
from harness.importers.recognise import format_of
from harness.importers.results import ImportedResults, ImportOptions
from harness.importers.source_files import SourceFiles


def test_table_by_proposed_and_by_given_columns(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("engine,question_id,ok,cost,latency_s\nm,1,yes,0.25,\nm,2,no,,3.5\n")
    found = read_table(tmp_path / "t.csv", correct="ok")
    assert [one.attempt.reported_cost_usd for one in found.answers] == [Decimal("0.25"), None]
    assert [one.attempt.timing.total_s for one in found.answers] == [None, 3.5]
    assert "model=engine" in found.published.notes[0]


def read_table(path: Path, **columns: str) -> ImportedResults:
    files = SourceFiles([path])
    return format_of(files, "table").read(files, ImportOptions(columns=columns))


def test_table_without_a_model_column_says_how_to_name_it(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"no column for model and correct; name it with --map model=COLUMN"):
        read_table(tmp_path / "t.csv")


def test_table_in_another_currency_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("model,correct,cost\nm,1,0.25\nm,1,€0.20\n")
    with pytest.raises(DataError, match=r"t\.csv, row 2: found '€0\.20'; accepted: a number, dollars"):
        read_table(tmp_path / "t.csv")


def test_a_missing_model_is_named_with_its_row(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("model,correct\n,1\n")
    with pytest.raises(DataError, match=r"t\.csv, row 1: no model"):
        read_table(tmp_path / "t.csv")


def test_map_to_a_column_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("model,resolved\nm,1\n")
    with pytest.raises(UsageError, match=r"--map correct=resolve: t\.csv has no such column; did you mean resolved"):
        read_table(tmp_path / "t.csv", correct="resolve")
