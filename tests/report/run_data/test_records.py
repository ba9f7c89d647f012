"""The plain values of one job."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from harness.core.prices import Cost
from harness.core.types import Call, Completion, Failure, FailureKind, Grade, SamplingParams, Timing, Usage, Verdict
from harness.report.run_data.records import (
    JobResult,
    answer_speeds,
    compare_charge,
    record_of,
)
from tests.cases import all_cases
from tests.report.runs import answer, failure, timing

ZERO = Cost(usd=Decimal("0.0014"), lines=(), price_id="row")
GRADE = Grade(
    verdict=Verdict.WRONG, answer="41", why="got 41", rule="box", grader="math", grader_version="2", seconds=0.1
)


def job(*attempts: Completion | Failure, is_finished: bool = True) -> JobResult:
    call = Call(
        key="k",
        label="acme/one@high",
        name="acme/one",
        task="sums",
        task_version=1,
        grader="math",
        sample_id="s0",
        repeat=1,
        params=SamplingParams(),
        attempts=attempts,
        is_finished=is_finished,
    )
    return JobResult(call=call, grade=None, spent=ZERO, accepted=ZERO if call.accepted else None)


def test_answer_after_a_failure_keeps_the_kind_of_the_failure_and_no_message() -> None:
    found = record_of(replace(job(failure(FailureKind.OVERLOADED), answer()), grade=GRADE))
    assert (found.attempts, found.failures, found.failure_message) == (2, (FailureKind.OVERLOADED,), None)
    assert (found.prompt_tokens, found.completion_tokens, found.cached_tokens) == (1000, 100, None)
    assert (found.verdict, found.answer, found.grader_version) == (Verdict.WRONG, "41", "2")


def test_failed_job_has_the_last_message_and_nothing_of_an_answer() -> None:
    found = record_of(job(failure(said="first"), failure(said="last")))
    assert (found.is_answered, found.failure_message) == (False, "last")
    assert (found.total_s, found.prompt_tokens, found.accepted_usd, found.verdict) == (None, None, None, None)


def test_open_job_has_not_failed_yet() -> None:
    assert record_of(job(failure(said="so far"), is_finished=False)).failure_message is None


def old_timing(chunks: int = 10) -> Timing:
    """As records made before 2026-12 have it: no time of the last answer text."""
    return replace(timing(chunks=chunks), last_answer_s=None, later_answer_chars=None)


def test_speed_is_text_after_the_first_chunk_over_the_seconds_it_took() -> None:
    # both characters of the answer, which are 100 tokens, from 0.5 to 2.0 s
    assert answer_speeds(answer())[1] == pytest.approx(2 / 1.5)
    assert answer_speeds(answer())[0] == pytest.approx(100 / 1.5)
    # 40 of the tokens are reasoning, shown or not
    counted = Usage(prompt_tokens=1, completion_tokens=100, reasoning_tokens=40)
    for reasoning in ("", "shown"):
        assert answer_speeds(answer(usage=counted, reasoning=reasoning))[0] == pytest.approx(60 / 1.5)
    # not counted apart: 2 of 4 characters are answer
    uncounted = Usage(prompt_tokens=1, completion_tokens=100)
    assert answer_speeds(answer(usage=uncounted, reasoning="hm"))[0] == pytest.approx(50 / 1.5)


def test_text_of_the_first_chunk_is_left_out_of_the_speed() -> None:
    half = replace(timing(), later_answer_chars=1)
    assert answer_speeds(answer(at=half))[1] == pytest.approx(1 / 1.5)
    assert answer_speeds(answer(at=half))[0] == pytest.approx(50 / 1.5)


def test_server_that_repeats_the_text_in_every_chunk_has_no_more_characters_than_the_answer() -> None:
    assert answer_speeds(answer(at=replace(timing(), later_answer_chars=900)))[1] == pytest.approx(2 / 1.5)


def test_older_records_have_tokens_after_the_first_over_the_seconds_after_the_first_text() -> None:
    # 100 tokens, 0.5 to 2.0 s: 99 / 1.5
    assert answer_speeds(answer(at=old_timing()))[0] == pytest.approx(66.0)
    # 40 of them hidden reasoning before the first text: 59 / 1.5
    hidden = Usage(prompt_tokens=1, completion_tokens=100, reasoning_tokens=40)
    assert answer_speeds(answer(usage=hidden, at=old_timing()))[0] == pytest.approx(59 / 1.5)
    assert answer_speeds(answer(usage=hidden, reasoning="shown", at=old_timing()))[0] == pytest.approx(66.0)
    assert answer_speeds(answer(at=old_timing()))[1] is None
    assert answer_speeds(answer(at=old_timing(chunks=1)))[0] is None


@all_cases(
    "one",
    [
        answer(at=timing(ttft_s=None)),
        answer(usage=None),
        answer(at=replace(timing(), later_answer_chars=0)),
        answer(at=timing(total_s=0.5, ttft_s=0.5)),
    ],
    ids=["not streamed", "no count", "one chunk", "no time between"],
)
def test_speed_that_cannot_be_told_is_none(one: Completion) -> None:
    assert answer_speeds(one)[0] is None


def test_charge_is_compared_only_where_both_are_known() -> None:
    charged = replace(answer(), reported_cost_usd=Decimal("0.0028"))
    found = record_of(job(charged))
    assert found.provider_charge_usd == Decimal("0.0028")
    assert found.charge is not None
    assert found.charge == compare_charge(ZERO, Decimal("0.0028"))
    assert record_of(job(answer())).charge is None
