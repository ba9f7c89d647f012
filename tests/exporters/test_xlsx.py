"""Excel files hold texts and numbers, never formulas."""

from __future__ import annotations

from pathlib import Path

import openpyxl

import harness.exporters.csv
import harness.exporters.jsonl
import harness.exporters.parquet
import harness.exporters.xlsx
from harness.exporters.tables import TABLES
from harness.report.run_data.load import RunData
from tests.exporters.written import long_answer


def test_excel_has_texts_and_no_formulas(data: RunData, tmp_path: Path) -> None:
    harness.exporters.xlsx.write(tmp_path / "out.xlsx", TABLES["samples"], [data])
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["samples"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}
    place = [cell.value for cell in next(sheet.iter_rows())].index("answer")
    assert "=1+1" in [row[place].value for row in sheet.iter_rows()]


def test_text_too_long_for_excel_is_cut_and_counted(tmp_path: Path) -> None:
    data = long_answer(tmp_path / "mine", "x" * 40_000)
    notes = harness.exporters.xlsx.write(tmp_path / "out.xlsx", TABLES["attempts"], [data])
    assert notes == ["1 text cut at 32,767 characters; csv, jsonl and parquet have them whole"]
    cells = [cell.value for row in openpyxl.load_workbook(tmp_path / "out.xlsx")["attempts"] for cell in row]
    (cut,) = [cell for cell in cells if str(cell).startswith("xxx")]
    assert len(cut) == 32_767
    assert cut.endswith("[cut: Excel holds 32,767 characters]")
