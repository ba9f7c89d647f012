"""Exported files as other programs read them: exact dollars, whole texts, no formulas."""

from __future__ import annotations

import csv
import json
import re
import tempfile
from dataclasses import replace
from decimal import Decimal, localcontext
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import harness.exporters.csv
import harness.exporters.jsonl
import harness.exporters.parquet
import harness.exporters.xlsx
from harness.core.errors import LocalError
from harness.core.prices import Rates
from harness.core.types import Usage, Verdict
from harness.exporters.csv import FORMULA_SIGNS, without_formula
from harness.exporters.parquet import SCALE, schema_of
from harness.exporters.tables import TABLES
from harness.report.run_data.load import RunData
from tests.exporters.runs import SPENT, write_run
from tests.report.runs import PRICE, RunWriter, answer, endpoint, failure

KNOWN_USD = 4 * SPENT + Decimal("0.000005")
"""Two answers, a billed failure, the answer of an unknown job; 1 prompt and 1 completion token at $1 and $4."""


@pytest.fixture
def data(tmp_path: Path) -> RunData:
    return RunData.load(write_run(tmp_path / "mine"))


def read_csv(path: Path) -> list[Decimal]:
    with path.open(encoding="utf-8", newline="") as file:
        return [Decimal(row["spent_known_usd"]) for row in csv.DictReader(file)]


def read_jsonl(path: Path) -> list[Decimal]:
    return [Decimal(json.loads(line)["spent_known_usd"]) for line in path.read_text(encoding="utf-8").splitlines()]


def read_parquet(path: Path) -> list[Decimal]:
    found: list[Decimal] = pyarrow.parquet.read_table(path)["spent_known_usd"].to_pylist()
    return found


def read_xlsx(path: Path) -> list[Decimal]:
    head, *body = openpyxl.load_workbook(path)["samples"].iter_rows(values_only=True)
    place = head.index("spent_known_usd")
    return [Decimal(row[place]) for row in body]


FORMATS = {
    "csv": (harness.exporters.csv.write, read_csv),
    "jsonl": (harness.exporters.jsonl.write, read_jsonl),
    "parquet": (harness.exporters.parquet.write, read_parquet),
    "xlsx": (harness.exporters.xlsx.write, read_xlsx),
}


@pytest.mark.parametrize("form", FORMATS)
def test_sum_of_dollars_is_the_same_to_the_last_digit_in_every_format(form: str, data: RunData, tmp_path: Path) -> None:
    write, read = FORMATS[form]
    path = tmp_path / f"out.{form}"
    assert write(path, TABLES["samples"], [data]) == []
    dollars = read(path)
    assert len(dollars) == 6
    assert sum(dollars, Decimal(0)) == KNOWN_USD


TOKENS = st.integers(min_value=0, max_value=10**9)


@settings(max_examples=25, deadline=None)
@given(
    jobs=st.lists(st.tuples(TOKENS, TOKENS, st.booleans()), min_size=1, max_size=8),
    rates=st.tuples(*(st.decimals(min_value=0, max_value=10**4, places=6),) * 2),
)
def test_dollars_of_any_run_come_back_to_the_last_digit(
    jobs: list[tuple[int, int, bool]], rates: tuple[Decimal, Decimal]
) -> None:
    expected = Decimal(0)
    with tempfile.TemporaryDirectory() as folder:
        one, place = endpoint(), Path(folder)
        writer = RunWriter(place / "mine", endpoints=[one], samples=len(jobs))
        price = replace(PRICE, rates=Rates(prompt=rates[0], completion=rates[1]))
        writer.run.rewrite_manifest(replace(writer.run.manifest(), prices=(price,)))
        for number, (prompt, completion, is_retried) in enumerate(jobs):
            usage = Usage(prompt_tokens=prompt, completion_tokens=completion)
            attempts = [answer(usage=usage)]
            writer.job(one, number, [failure(usage=usage), *attempts] if is_retried else attempts, Verdict.CORRECT)
            with localcontext(prec=100):
                expected += (1 + is_retried) * (prompt * rates[0] + completion * rates[1]) / 10**6
        writer.close()
        for form in ("csv", "parquet"):
            write, read = FORMATS[form]
            assert write(place / form, TABLES["samples"], [writer.data]) == []
            with localcontext(prec=100):
                assert sum(read(place / form), Decimal(0)) == expected


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_written_in_every_format(form: str, name: str, data: RunData, tmp_path: Path) -> None:
    FORMATS[form][0](tmp_path / "out", TABLES[name], [data, data])
    assert (tmp_path / "out").stat().st_size > 100


def test_csv_cells_cannot_become_formulas_and_numbers_stay_as_they_are(data: RunData, tmp_path: Path) -> None:
    harness.exporters.csv.write(tmp_path / "out.csv", TABLES["samples"], [data])
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["answer"] for row in rows if row["sample_id"] == "s1"] == ["'=1+1"]
    assert {row["spent_usd"] for row in rows} == {"0.0014", "0.0028", "0", "0.000005", ""}
    assert {row["is_correct"] for row in rows} == {"true", "false", ""}


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1+1", "-"]
)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert without_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-5", "+3.25", "-1e-9", "42", "a=b", "", "x\n=1", "一"])
def test_text_that_runs_nothing_stays_as_it_is(text: str) -> None:
    assert without_formula(text) == text


@given(st.text())
def test_no_cell_starts_like_a_formula_unless_it_is_a_number(text: str) -> None:
    cell = without_formula(text)
    assert not cell.lstrip(" ").startswith(FORMULA_SIGNS) or re.fullmatch(r"[+-]?[\d.eE+-]+", cell)


def test_excel_has_texts_and_no_formulas(data: RunData, tmp_path: Path) -> None:
    harness.exporters.xlsx.write(tmp_path / "out.xlsx", TABLES["samples"], [data])
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["samples"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b"}
    place = [cell.value for cell in next(sheet.iter_rows())].index("answer")
    assert "=1+1" in [row[place].value for row in sheet.iter_rows()]


def long_answer(folder: Path, text: str) -> RunData:
    one = endpoint()
    writer = RunWriter(folder, endpoints=[one], samples=1)
    writer.job(one, 0, [answer(reasoning=text)])
    writer.close()
    return RunData.load(folder)


def test_text_too_long_for_excel_is_cut_and_counted(tmp_path: Path) -> None:
    data = long_answer(tmp_path / "mine", "x" * 40_000)
    notes = harness.exporters.xlsx.write(tmp_path / "out.xlsx", TABLES["attempts"], [data])
    assert notes == ["1 text cut at 32,767 characters; csv, jsonl and parquet have them whole"]
    cells = [cell.value for row in openpyxl.load_workbook(tmp_path / "out.xlsx")["attempts"] for cell in row]
    (cut,) = [cell for cell in cells if str(cell).startswith("xxx")]
    assert len(cut) == 32_767
    assert cut.endswith("[cut: Excel holds 32,767 characters]")


@pytest.mark.parametrize("form", FORMATS)
def test_control_characters_and_other_scripts_are_written(form: str, tmp_path: Path) -> None:
    data = long_answer(tmp_path / "mine", 'a\x00b\x1b"c,\nd\u2028e 数学 🧮')
    FORMATS[form][0](tmp_path / "out", TABLES["attempts"], [data])
    if form == "parquet":
        assert pyarrow.parquet.read_table(tmp_path / "out")["reasoning"].to_pylist() == [
            'a\x00b\x1b"c,\nd\u2028e 数学 🧮'
        ]


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


@pytest.fixture
def _exported(data: RunData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that the documented queries read, in the working folder."""
    monkeypatch.chdir(tmp_path)
    harness.exporters.parquet.write(Path("NAME-samples.parquet"), TABLES["samples"], [data])


EXPECTED = [("acme/one", 5, 0.5, KNOWN_USD), ("sim/two", 1, 1.0, Decimal(0))]


@pytest.mark.usefixtures("_exported")
def test_documented_duckdb_query_gives_exact_dollars(root: Path) -> None:
    assert duckdb.sql(documented(root, "sql", "spent_known_usd")).fetchall() == EXPECTED


@pytest.mark.usefixtures("_exported")
def test_documented_polars_query_gives_exact_dollars(root: Path) -> None:
    names: dict[str, pl.DataFrame] = {}
    exec(documented(root, "python", "polars"), names)
    assert names["by_model"].rows() == EXPECTED
