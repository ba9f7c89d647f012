"""Exported files as other programs read them: exact dollars, whole texts, no formulas."""

from __future__ import annotations

import csv
import json
import tempfile
from dataclasses import replace
from decimal import Decimal, localcontext
from pathlib import Path

import openpyxl
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import harness.exporters.csv
import harness.exporters.jsonl
import harness.exporters.parquet
import harness.exporters.xlsx
from harness.core.prices import Rates
from harness.core.types import Usage, Verdict
from harness.exporters.tables import TABLES
from harness.report.run_data.load import RunData
from tests.exporters.written import KNOWN_USD, long_answer
from tests.report.runs import PRICE, RunWriter, answer, endpoint, failure


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


@pytest.mark.parametrize("form", FORMATS)
def test_control_characters_and_other_scripts_are_written(form: str, tmp_path: Path) -> None:
    data = long_answer(tmp_path / "mine", 'a\x00b\x1b"c,\nd\u2028e 数学 🧮')
    FORMATS[form][0](tmp_path / "out", TABLES["attempts"], [data])
    if form == "parquet":
        assert pyarrow.parquet.read_table(tmp_path / "out")["reasoning"].to_pylist() == [
            'a\x00b\x1b"c,\nd\u2028e 数学 🧮'
        ]
