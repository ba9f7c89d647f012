"""CSV cells that no spreadsheet runs as formulas."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import harness.exporters.csv
import harness.exporters.jsonl
import harness.exporters.parquet
import harness.exporters.xlsx
from harness.exporters.csv import FORMULA_SIGNS, without_formula
from harness.exporters.tables import TABLES
from harness.report.run_data.load import RunData
from tests.cases import all_cases


def test_csv_cells_cannot_become_formulas_and_numbers_stay_as_they_are(data: RunData, tmp_path: Path) -> None:
    harness.exporters.csv.write(tmp_path / "out.csv", TABLES["samples"], [data])
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["answer"] for row in rows if row["sample_id"] == "s1"] == ["'=1+1"]
    assert {row["spent_usd"] for row in rows} == {"0.0014", "0.0028", "0", "0.000005", ""}
    assert {row["is_correct"] for row in rows} == {"true", "false", ""}


@all_cases("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1+1", "-"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert without_formula(text) == f"'{text}"


@all_cases("text", ["-5", "+3.25", "-1e-9", "42", "a=b", "", "x\n=1", "一"])
def test_text_that_runs_nothing_stays_as_it_is(text: str) -> None:
    assert without_formula(text) == text


@given(st.text())
def test_no_cell_starts_like_a_formula_unless_it_is_a_number(text: str) -> None:
    cell = without_formula(text)
    assert not cell.lstrip(" ").startswith(FORMULA_SIGNS) or re.fullmatch(r"[+-]?[\d.eE+-]+", cell)
