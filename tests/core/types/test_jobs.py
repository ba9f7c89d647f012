"""A call: which of its attempts is its answer."""

from __future__ import annotations

from harness.core.conversations import ConversationEnd
from harness.core.types import Attempt, Call, Completion, Failure, FailureKind, FinishReason, SamplingParams, Timing

CUT = Completion(text="4", reasoning="", finish_reason=FinishReason.LENGTH, timing=Timing())
DONE = Completion(text="42", reasoning="", finish_reason=FinishReason.STOP, timing=Timing())
BUSY = Failure(kind=FailureKind.OVERLOADED, message="busy", is_retryable=True, timing=Timing())


def call(*attempts: Attempt, is_finished: bool = True, end: ConversationEnd | None = None) -> Call:
    return Call(
        key="k",
        label="p/m",
        name="p/m",
        task="t",
        task_version=1,
        grader="math",
        sample_id="s",
        repeat=0,
        params=SamplingParams(),
        attempts=attempts,
        is_finished=is_finished,
        end=end,
    )


def test_the_last_attempt_is_the_answer_and_a_failure_is_none() -> None:
    assert call(BUSY, DONE).accepted is DONE
    assert call(DONE, BUSY).accepted is None
    assert call().accepted is None


def test_a_call_that_goes_on_has_no_answer_yet() -> None:
    assert call(DONE, is_finished=False).accepted is None


def test_a_conversation_is_answered_by_its_last_turn_whatever_failed_after_it() -> None:
    assert call(CUT, DONE, BUSY, end=ConversationEnd(reason="solved")).accepted is DONE


def test_the_submission_of_an_agent_is_its_answer_and_was_not_truncated() -> None:
    answer = call(CUT, end=ConversationEnd(reason="submitted", submission="a diff")).accepted
    assert answer is not None
    assert (answer.text, answer.finish_reason) == ("a diff", FinishReason.STOP)
