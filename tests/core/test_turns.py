"""Tokens and seconds of an answer that took several turns."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from harness.core.conversations import ConversationEnd
from harness.core.turns import whole_answer
from harness.core.types import Call, Completion, Failure, FailureKind, FinishReason, SamplingParams, Timing, Usage

FIRST = Completion(
    text="41",
    reasoning="",
    finish_reason=FinishReason.STOP,
    timing=Timing(total_s=2.0, ttft_s=0.5, waited_s=0.0, text_chunks=3),
    usage=Usage(prompt_tokens=100, completion_tokens=20, cached_tokens=0, problems=("odd",)),
    reported_cost_usd=Decimal("0.25"),
)
SECOND = replace(
    FIRST,
    text="42",
    timing=Timing(total_s=3.0, ttft_s=0.25, waited_s=1.0, text_chunks=2),
    usage=Usage(prompt_tokens=150, completion_tokens=10, cached_tokens=96),
    reported_cost_usd=Decimal("0.5"),
)
BROKEN = Failure(kind=FailureKind.OVERLOADED, message="", is_retryable=True, timing=Timing(total_s=9.0))


def call(*attempts: Completion | Failure, end: ConversationEnd | None = None, is_finished: bool = True) -> Call:
    return Call(
        key="k",
        label="a/b",
        name="a/b",
        task="t",
        task_version=1,
        grader="math",
        sample_id="1",
        repeat=0,
        params=SamplingParams(),
        attempts=attempts,
        end=end,
        is_finished=is_finished,
    )


def test_tokens_and_seconds_are_sums_over_the_turns_and_ttft_is_of_the_first() -> None:
    whole = whole_answer(call(FIRST, BROKEN, SECOND))
    assert whole is not None
    assert whole.text == "42"
    # 100 + 150, 20 + 10, 0 + 96; the failed attempt between them is no turn
    assert whole.usage == Usage(prompt_tokens=250, completion_tokens=30, cached_tokens=96, problems=("odd",))
    assert (whole.timing.total_s, whole.timing.ttft_s, whole.timing.waited_s) == (5.0, 0.5, 1.0)
    assert whole.reported_cost_usd == Decimal("0.75")


def test_a_turn_without_usage_leaves_the_tokens_unknown() -> None:
    whole = whole_answer(call(FIRST, replace(SECOND, usage=None)))
    assert whole is not None
    assert whole.usage is None


def test_a_count_that_one_turn_does_not_report_is_unknown_and_the_others_are_summed() -> None:
    partial = replace(SECOND, usage=Usage(prompt_tokens=150, completion_tokens=10))
    whole = whole_answer(call(FIRST, partial))
    assert whole is not None
    assert whole.usage is not None
    assert (whole.usage.prompt_tokens, whole.usage.cached_tokens) == (250, None)


def test_a_single_answer_is_itself_and_an_unfinished_conversation_has_none() -> None:
    assert whole_answer(call(FIRST)) is FIRST
    assert whole_answer(call(FIRST, SECOND, is_finished=False)) is None
    assert whole_answer(call(FIRST, BROKEN)) is None


def test_a_submission_is_what_counts_as_the_answer() -> None:
    found = call(FIRST, SECOND, end=ConversationEnd(reason="submitted", submission="a diff")).accepted
    assert found is not None
    assert (found.text, found.finish_reason) == ("a diff", FinishReason.STOP)
