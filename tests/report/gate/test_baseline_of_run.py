"""From a run folder to a baseline, its file, and back."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import UsageError
from harness.core.types import FailureKind, Verdict
from harness.report.gate.baseline import SampleTotals
from harness.report.gate.baseline_file import encode, read_baseline
from harness.report.gate.baseline_of_run import baseline_of
from harness.report.run_data.load import RunData
from tests.report.runs import RunWriter, answer, endpoint, failure, timing

ONE = endpoint("acme/one")


def write_run(path: Path) -> RunWriter:
    """Four samples: right after a cut attempt, wrong, failed, and one the grader could not rule on."""
    writer = RunWriter(path, endpoints=(ONE,), samples=4)
    writer.job(ONE, 0, [failure(), answer()], Verdict.CORRECT)
    writer.job(ONE, 1, [answer(at=timing(total_s=4.0, ttft_s=1.0))], Verdict.WRONG)
    writer.job(ONE, 2, [failure(FailureKind.RATE_LIMITED)])
    writer.job(ONE, 3, [answer()], Verdict.GRADER_ERROR)
    writer.close()
    return writer


def test_figures_of_each_sample_and_of_the_row(tmp_path: Path) -> None:
    (row,) = baseline_of(write_run(tmp_path / "r").data).rows
    wrong = SampleTotals(
        correct=0,
        graded=1,
        jobs=1,
        answers=1,
        usd=Decimal("0.0014"),  # 1000 x 1/M + 100 x 4/M
        prompt_tokens=1000,
        completion_tokens=100,
        ttft_s=(1.0,),
        total_s=(4.0,),
        verdicts={"wrong": 1},
        given=("",),  # the grader of these runs names no answer
        truncated=0,
    )
    assert row.samples["s1"] == wrong
    ungraded = replace(wrong, graded=0, ttft_s=(0.5,), total_s=(2.0,), verdicts={"grader_error": 1})
    assert row.samples["s3"] == ungraded
    assert row.samples["s0"].usd is None  # the cut attempt may have been billed
    assert (row.samples["s2"].answers, row.samples["s2"].graded) == (0, 0)
    assert (row.planned, row.finished, row.failed, row.ungraded) == (4, 4, 1, 1)
    assert row.attempts_failed == {"stream_truncated": 1, "rate_limited": 1}
    assert sum(row.unpriced.values()) == 2  # the cut one, and the failed job: neither said what it was billed
    assert row.total_s is not None
    assert (row.total_s.median, row.total_s.n) == (2.0, 3)  # of 2, 2 and 4
    assert row.terms.grader_versions == ("1",)


def test_file_reads_back_the_same_with_a_line_for_each_sample(tmp_path: Path) -> None:
    found = baseline_of(write_run(tmp_path / "r").data)
    file = tmp_path / "b.json"
    file.write_bytes(encode(found))
    assert read_baseline(file) == found
    assert sum('"usd": "0.001400"' in line for line in file.read_text().splitlines()) == 2


def test_file_holds_prompts_and_extracted_answers_but_no_completion_or_address(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "r", endpoints=(ONE,), samples=2)
    writer.job(ONE, 1, [answer()], Verdict.WRONG, said="forty-two")
    writer.close()
    data = writer.data
    text = encode(baseline_of(data)).decode()
    assert '"s1": "1+1?"' in text
    assert '"given": ["forty-two"]' in text
    assert not [word for word in ("127.0.0.1", "made up") if word in text]
    hidden = encode(baseline_of(data, has_texts=False)).decode()
    assert not [word for word in ("+1?", "forty", "127.0.0.1", "made up") if word in hidden]
    assert '"s1": "sha256:' in hidden


def test_run_that_was_free_to_stop_and_measurement_of_speed_are_refused(tmp_path: Path) -> None:
    run = write_run(tmp_path / "r").run
    manifest = run.manifest()
    for changed, said in (
        (replace(manifest, until_width=0.1), "free to stop early"),
        (replace(manifest, kind="speed"), "measures speed"),
    ):
        run.rewrite_manifest(changed)
        with pytest.raises(UsageError, match=said):
            baseline_of(RunData.load(run))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "is no baseline of harness gate"),
        ('{"run": "r", "rows": []}', "is no baseline of harness gate"),
    ],
)
def test_other_files_are_refused_with_how_to_make_one(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    file.write_text(text)
    with pytest.raises(UsageError, match=f"{said}.*harness baseline update RUN FILE writes one"):
        read_baseline(file)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format_version": 0}, "written by harness 0 in format 0; this one reads format 1"),
        ({"rows": [{}]}, r"rows\.0\.task: Field required"),
        ({"rows": None}, "rows: Input should be a valid tuple"),
    ],
)
def test_older_format_and_damage_are_named(changes: dict[str, object], said: str, tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    record = json.loads(encode(baseline_of(write_run(tmp_path / "r").data)))
    file.write_text(json.dumps(record | changes))
    with pytest.raises(UsageError, match=said):
        read_baseline(file)


@pytest.mark.parametrize(
    ("sound", "broken", "said"),
    [
        ('"correct": 1, "ruled": 1', '"correct": 2, "ruled": 1', r"rows\.0\.samples\.s0: .*correct <= graded"),
        ('"usd": "0.001400"', '"usd": "-1"', "must not be negative"),
        ('"usd": "0.001400"', '"usd": "NaN"', "finite"),
        ('"median": 2.0', '"median": -2.0', "low <= median"),
    ],
)
def test_edited_figures_that_cannot_be_are_refused(sound: str, broken: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    text = encode(baseline_of(write_run(tmp_path / "r").data)).decode()
    assert sound in text
    file.write_text(text.replace(sound, broken))
    with pytest.raises(UsageError, match=said):
        read_baseline(file)


@pytest.mark.parametrize(("name", "said"), [(".", "is a folder"), ("missing.json", "No such file")])
def test_what_is_no_file_is_refused(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        read_baseline(tmp_path / name)
