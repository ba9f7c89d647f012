"""Records made from the fields of log lines are those of the jobs decoded whole, in every kind of run folder."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import LocalError
from harness.core.types import Completion, Usage, Verdict
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobRecord, record_of
from harness.store.codec import UsageLine, encode
from harness.store.corrections import usage_path
from tests.report.run_data.kinds_of_jobs import ONE, write_kinds_of_jobs
from tests.report.runs import NOON, RunWriter, answer, timing

SCHEMA_1 = Path(__file__).parents[2] / "fixtures" / "schema_1"


def text_of(record: JobRecord) -> str:
    """With every digit: equal Decimals may print differently. Zones of one instant have two types."""
    started = None if record.started_at is None else record.started_at.astimezone(UTC)
    return str(record._replace(started_at=started))


def is_same(folder: Path) -> bool:
    """Whether both ways give the same jobs and lost attempts."""
    quick, whole = RunData.load(folder, keeps_cache=False), RunData.load(folder, keeps_cache=False)
    found, expected = list(quick.records()), list(map(record_of, whole.results()))
    assert found
    return (
        list(map(text_of, found)) == list(map(text_of, expected))
        and [list(map(type, one)) for one in found] == [list(map(type, one)) for one in expected]
        and quick.lost == whole.lost
    )


@pytest.fixture
def writer(tmp_path: Path) -> RunWriter:
    """A run with a job of every kind."""
    return write_kinds_of_jobs(tmp_path / "run")


def test_records_of_every_kind_of_job_are_the_same(writer: RunWriter) -> None:
    assert is_same(writer.run.path)


@pytest.mark.parametrize("name", ["complete", "interrupted"])
def test_records_of_schema_1_are_the_same(name: str, tmp_path: Path) -> None:
    assert is_same(Path(shutil.copytree(SCHEMA_1 / name, tmp_path / name)))


def test_usage_that_was_read_again_counts_in_both(writer: RunWriter) -> None:
    keys = [record.key for record in writer.data.records()]
    lines = [
        UsageLine(key=key, number=0, at=NOON, dialect="openai", dialect_version=2, usage=usage)
        for key, usage in zip(keys, [Usage(prompt_tokens=7, completion_tokens=3), None], strict=False)
    ]
    usage_path(writer.run).write_bytes(b"".join(map(encode, lines)))
    assert is_same(writer.run.path)
    assert [record.prompt_tokens for record in writer.data.records()][1] is None


def test_an_imported_run_is_the_same(tmp_path: Path) -> None:
    theirs = replace(ONE, imported=True)
    writer = RunWriter(tmp_path / "run", endpoints=[theirs], samples=3)
    undated = replace(timing(), started_at=None)
    published: Completion = replace(answer(usage=None, at=undated), reported_cost_usd=Decimal("0.12"))
    for number, one in enumerate([published, answer(at=undated), replace(answer(), timing=timing(chunks=0))]):
        writer.job(theirs, number, [one], Verdict.CORRECT)
    writer.close()
    assert is_same(writer.run.path)


def test_a_line_that_stands_twice_and_an_unfinished_last_line_count_as_before(writer: RunWriter) -> None:
    path = writer.run.path / "calls-0.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, *lines[-3:], lines[0][: len(lines[0]) // 2]]))
    assert is_same(writer.run.path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb'"finish_reason":"stop"', b'"finish_reason":"halt"'),
        (rb'"prompt_tokens":1000', b'"prompt_tokens":-1'),
        (rb'"total_s":2.0', b'"total_s":"soon"'),
        (rb'"text":"42"', b'"text":"4\xff2"'),
        (rb'"kind":"outcome"', b'"kind":"outcom"'),
        (rb'"attempt":\{', b'"attempt":['),
    ],
)
def test_a_damaged_line_is_refused_with_its_place(writer: RunWriter, old: bytes, new: bytes) -> None:
    path = writer.run.path / "calls-0.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    place = max(number for number, line in enumerate(lines) if re.search(old, line))
    lines[place] = re.sub(old, new, lines[place])
    path.write_bytes(b"".join(lines))
    with pytest.raises(LocalError, match=rf"calls-0\.jsonl:{place + 1}: "):
        list(writer.data.records())


def test_an_answer_of_another_run_is_refused(writer: RunWriter) -> None:
    path = writer.run.path / "calls-0.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"label":"sim/two"', b'"label":"sim/ten"'))
    with pytest.raises(LocalError, match="has answers of sim/ten, which its manifest lacks"):
        list(writer.data.records())


def test_a_damaged_grade_is_left_out_in_both(writer: RunWriter) -> None:
    path = writer.run.grades_path
    path.write_bytes(path.read_bytes().replace(b'"verdict":"correct"', b'"verdict":"splendid"'))
    assert is_same(writer.run.path)
