"""CSV and JSON: every digit of dollars, nothing for what is unknown, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal

import pytest

from harness.report.render.files import as_csv, as_json
from harness.report.render.table import FlatRows
from tests.cases import all_cases
from tests.report.render.tables import document


def test_csv_keeps_every_digit_and_leaves_the_unknown_empty() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(document()))))
    assert [row["usd"] for row in rows] == ["0.0123", "", "2"]


def test_tiny_dollars_are_never_in_scientific_notation() -> None:
    flat = FlatRows(keys=("usd",), rows=({"usd": Decimal("5E-9")},))
    assert as_csv(replace(document(), flat=flat)) == "usd\n0.000000005\n"
    assert json.loads(as_json(replace(document(), record={"usd": Decimal("5E-9")}))) == {"usd": "0.000000005"}


@all_cases("text", ["=1+1", "+1", "-1", "@sum", "\tx"])
def test_text_that_a_spreadsheet_would_run_is_made_text(text: str) -> None:
    flat = FlatRows(keys=("a",), rows=({"a": text},))
    (row,) = csv.DictReader(io.StringIO(as_csv(replace(document(), flat=flat))))
    assert row["a"] == f"'{text}"


def test_negative_numbers_stay_numbers() -> None:
    flat = FlatRows(keys=("a", "b"), rows=({"a": -0.5, "b": Decimal("-1.5")},))
    assert as_csv(replace(document(), flat=flat)) == "a,b\n-0.5,-1.5\n"


def test_not_a_number_is_refused_in_json() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_json(replace(document(), record={"a": float("nan")}))
