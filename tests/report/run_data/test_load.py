"""One pass over a run folder: every job with its grade and dollars, and what was sent without an outcome."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import LocalError, UsageError
from harness.core.prices import CostUnknown
from harness.core.types import FailureKind, Verdict
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobRecord
from tests.report.runs import RunWriter, answer, endpoint, failure

ONE = endpoint()


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[RunWriter]:
    made = RunWriter(tmp_path / "run", endpoints=[ONE], samples=4)
    yield made
    made.close()


class Collector:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.records: list[JobRecord] = []

    def add(self, record: JobRecord) -> None:
        self.records.append(record)


def test_every_consumer_gets_every_job_of_one_pass(writer: RunWriter) -> None:
    writer.job(ONE, 0, [answer()], Verdict.CORRECT)
    writer.job(ONE, 1, [failure(FailureKind.SERVER_ERROR)])
    first, second = Collector(), Collector()
    writer.data.read(first, second)
    assert first.records == second.records
    assert [(one.sample_id, one.is_answered) for one in first.records] == [("s0", True), ("s1", False)]


def test_results_hold_the_texts_and_the_bill_of_the_same_jobs(writer: RunWriter) -> None:
    writer.job(ONE, 0, [failure(), answer()], Verdict.WRONG)
    (result,) = writer.data.results()
    assert [type(attempt).__name__ for attempt in result.call.attempts] == ["Failure", "Completion"]
    assert result.grade is not None
    assert result.grade.verdict is Verdict.WRONG
    assert isinstance(result.spent, CostUnknown)  # the stream broke: the provider may have billed what had come
    assert [record.key for record in writer.data.records()] == [result.call.key]


def test_attempt_without_an_outcome_makes_the_dollars_of_its_job_unknown(writer: RunWriter) -> None:
    writer.job(ONE, 0, [answer()], Verdict.CORRECT, lost=2)
    writer.job(ONE, 1, [answer()], Verdict.CORRECT)
    data = writer.data
    lost, known = data.records()
    assert (lost.spent_usd, lost.spent_unknown) == (None, "2 attempts were sent and the outcome never came")
    assert lost.spent_known_usd == Decimal("0.0014")  # 1000 x 1 + 100 x 4 per million
    assert known.spent_usd == Decimal("0.0014")
    assert [sent.head.sample_id for sent in data.lost.sent] == ["s0", "s0"]
    assert data.lost.without_record == []


def test_job_of_which_only_a_lost_attempt_is_known_has_no_record_and_is_named(writer: RunWriter) -> None:
    writer.job(ONE, 2, [], lost=1)
    data = writer.data
    assert list(data.records()) == []
    assert [(head.sample_id, count) for head, count in data.lost.without_record] == [("s2", 1)]


def test_damage_in_a_field_that_is_seldom_read_names_its_line(writer: RunWriter) -> None:
    """The first attempt of its kind is billed whole, later ones by their counts."""
    writer.job(ONE, 0, [answer()], Verdict.CORRECT)
    log = writer.data.run.path / "calls-0.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"task_version":1', b'"task_version":"?"'))
    with pytest.raises(LocalError, match=r"calls-0\.jsonl:\d: outcome\.head\.task_version: .*; nothing is guessed"):
        list(writer.data.records())


def test_samples_come_in_the_order_they_are_asked(writer: RunWriter) -> None:
    assert writer.data.sample_order("sums") == ("s0", "s1", "s2", "s3")
    assert writer.data.sample_order("other") == ()
    assert writer.data.samples["sums", "s1"].target == "2"


def test_folder_without_a_manifest_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a run folder"):
        RunData.load(tmp_path)
