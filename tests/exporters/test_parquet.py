"""Parquet files keep exact dollars and the meaning of each column."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet
import pytest

import harness.exporters.csv
import harness.exporters.jsonl
import harness.exporters.parquet
import harness.exporters.xlsx
from harness.core.errors import LocalError
from harness.exporters.parquet import SCALE, schema_of
from harness.exporters.tables import TABLES
from harness.report.run_data.load import RunData
from tests.exporters.written import KNOWN_USD


def test_decimals_that_parquet_cannot_hold_are_rounded_and_counted_or_refused() -> None:
    fit = harness.exporters.parquet._fitted
    exact, third = Decimal("0.000000000000000000000001"), Decimal(1) / Decimal(3)
    assert fit("usd", [exact, None, third]) == ([exact, None, third.quantize(Decimal(1).scaleb(-SCALE))], 1)
    with pytest.raises(LocalError, match="usd 1E\\+20 has more digits than Parquet holds"):
        fit("usd", [Decimal("1E+20")])


def test_parquet_schema_holds_the_meaning_of_each_column(data: RunData, tmp_path: Path) -> None:
    harness.exporters.parquet.write(tmp_path / "out.parquet", TABLES["samples"], [data])
    schema = pyarrow.parquet.read_schema(tmp_path / "out.parquet")
    assert schema.equals(schema_of(TABLES["samples"]))
    assert schema.field("total_s").metadata == {b"meaning": b"latency: seconds from sending to the last byte"}


def documented(root: Path, language: str, word: str) -> str:
    """The code block of docs/data.md in this language that has the word."""
    page = (root / "docs" / "data.md").read_text(encoding="utf-8")
    (found,) = [code for code in re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL) if word in code]
    return str(found)


EXPECTED = [("acme/one", 5, 0.5, KNOWN_USD), ("sim/two", 1, 1.0, Decimal(0))]


@pytest.fixture
def _exported(data: RunData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that the documented queries read, in the working folder."""
    monkeypatch.chdir(tmp_path)
    harness.exporters.parquet.write(Path("NAME-samples.parquet"), TABLES["samples"], [data])


@pytest.mark.usefixtures("_exported")
def test_documented_duckdb_query_gives_exact_dollars(root: Path) -> None:
    assert duckdb.sql(documented(root, "sql", "spent_known_usd")).fetchall() == EXPECTED


@pytest.mark.usefixtures("_exported")
def test_documented_polars_query_gives_exact_dollars(root: Path) -> None:
    names: dict[str, pl.DataFrame] = {}
    exec(documented(root, "python", "polars"), names)
    assert names["by_model"].rows() == EXPECTED
