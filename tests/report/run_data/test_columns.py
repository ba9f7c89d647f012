"""Sums over blocks of jobs are those over the jobs one by one, in every kind of run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from harness.report.comparison.model_runs import GraderVersions
from harness.report.run_data.columns import by_place, columns_of, record_batch
from harness.report.run_data.comparability import RunTerms
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobRecord
from harness.report.run_data.series import RunSeries
from harness.report.run_data.summaries import Summaries
from harness.report.run_data.summary import ModelSummary, empty_summaries
from tests.cases import all_cases
from tests.report.run_data.kinds_of_jobs import write_kinds_of_jobs

SCHEMA_1 = Path(__file__).parents[2] / "fixtures" / "schema_1"


@pytest.fixture(scope="module", params=["kinds", "complete", "interrupted"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RunData:
    if request.param != "kinds":
        return RunData.load(SCHEMA_1 / request.param, keeps_cache=False)
    return write_kinds_of_jobs(tmp_path_factory.mktemp("kinds") / "run").data


def blocks(records: Sequence[JobRecord], size: int) -> list[Sequence[JobRecord]]:
    return [records[start : start + size] for start in range(0, len(records), size)]


def shown(summary: ModelSummary) -> dict[str, object]:
    """All that a summary holds: sums of dollars as such, counts in their order, figures in the order of size."""
    found: dict[str, object] = {}
    for column in fields(summary):
        value = getattr(summary, column.name)
        if column.name in ("ttft_s", "total_s", "first_answer_s", "chars_per_s", "tokens_per_s"):
            found[column.name] = [sorted(one) for one in (value.values, value.lower, value.unusable)]
        elif column.name in ("known_usd", "now_usd"):
            found[column.name] = str(sum(value, Decimal(0)))
        elif column.name == "by_sample":
            found[column.name] = list(value.by_id().items())
        elif not column.name.startswith("_"):
            found[column.name] = str(value)
    return found


@all_cases("size", [1, 7, 1000])
def test_a_summary_of_blocks_is_that_of_jobs(run: RunData, size: int) -> None:
    singly, together = (Summaries.of(empty_summaries(run)) for _ in range(2))
    records = list(run.records())
    for record in records:
        singly.add(record)
    for block in blocks(records, size):
        together.add_columns(columns_of(block))
    assert records
    assert list(map(shown, together.by_place.values())) == list(map(shown, singly.by_place.values()))
    assert [one.accuracy for one in together.by_place.values()] == [one.accuracy for one in singly.by_place.values()]


@all_cases("size", [1, 7, 1000])
def test_terms_of_blocks_are_those_of_jobs(run: RunData, size: int) -> None:
    singly, together = (RunTerms.of(run.manifest) for _ in range(2))
    records = list(run.records())
    for record in records:
        singly.add(record)
    for block in blocks(records, size):
        together.add_columns(columns_of(block))
    assert together == singly


@all_cases("size", [1, 7, 1000])
def test_series_of_blocks_are_those_of_jobs(run: RunData, size: int) -> None:
    singly, together = (RunSeries.empty(run) for _ in range(2))
    records = list(run.records())
    records.append(records[0]._replace(answer="another", spent_usd=Decimal("0.5")))  # a second outcome of a job
    for record in records:
        singly.add(record)
    for block in blocks(records, size):
        together.add_columns(columns_of(block))
    assert repr(together) == repr(singly)  # NaN is not equal to itself


def test_grader_versions_of_blocks_are_those_of_jobs(run: RunData) -> None:
    singly, together = GraderVersions().of_run("r"), GraderVersions().of_run("r")
    records = list(run.records())
    for record in records:
        singly.add(record)
    together.add_columns(columns_of(records))
    assert together == singly
    assert list(together.by_grader) == list(singly.by_grader)


def test_a_block_gives_its_jobs_back(run: RunData) -> None:
    records = list(run.records())
    block = columns_of(records)
    columns = [list(block.values(name, np.arange(len(records)))) for name in JobRecord._fields]
    assert list(map(JobRecord._make, zip(*columns, strict=True))) == records


def test_places_come_in_the_order_of_their_first_job(run: RunData) -> None:
    records = list(run.records())
    found = list(by_place(columns_of(records)))
    assert [(label, task) for label, task, _ in found] == list(dict.fromkeys((one.label, one.task) for one in records))
    assert sorted(int(row) for _, _, rows in found for row in rows) == list(range(len(records)))


def test_arrays_are_those_that_arrow_makes_of_the_same_values(run: RunData) -> None:
    texts = ("", "ü", "\U0001f600", None, "a")
    records = [
        record._replace(answer=texts[place % 5], sample_id=f"中{place}", tool_calls=place % 3 or None)
        for place, record in enumerate(run.records())
    ]
    for count in (1, 8, len(records)):
        batch = record_batch(records[:count])
        batch.validate(full=True)
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            assert column.equals(pa.array(column.to_pylist(), column.type)), name
        for name in ("answer", "sample_id", "tool_calls", "repeat", "is_finished", "ttft_error_s"):
            assert batch.column(name).to_pylist() == [getattr(record, name) for record in records[:count]]


def test_a_number_beyond_64_bits_fits_no_column(run: RunData) -> None:
    record = next(iter(run.records()))
    with pytest.raises(OverflowError):
        record_batch([record._replace(prompt_tokens=2**63)])
