"""Counters of the live display: what is unknown is no dollars, and what others paid for is not ours."""

from __future__ import annotations

from decimal import Decimal

from harness.core.prices import Cost, CostUnknown
from harness.core.types import FailureKind, Verdict
from harness.run.execution.progress import JobWait, ModelProgress
from tests.report.runs import answer, failure


def model() -> ModelProgress:
    return ModelProgress(label="acme/one", simulated=False, total=4)


def cost(usd: str) -> Cost:
    return Cost(usd=Decimal(usd), lines=(), price_id="acme/one@2026-01-01")


def test_dollars_are_unknown_once_one_attempt_has_no_price() -> None:
    one = model()
    one.on_attempt(answer(), cost("0.10"))
    assert one.usd == Decimal("0.10")
    one.on_attempt(failure(), CostUnknown(reason="no usage", known_usd=Decimal("0.02")))
    assert one.usd is None
    assert (one.known_usd, one.unpriced) == (Decimal("0.12"), 1)


def test_reused_answers_cost_nothing_and_their_tokens_count() -> None:
    one = model()
    one.on_reused(answer(), other_model="acme/two")
    assert (one.usd, one.completion_tokens, one.other_models["acme/two"]) == (Decimal(0), 100, 1)


def test_throughput_is_that_of_this_session() -> None:
    one = model()
    one.on_attempt(answer(), cost("0"))
    one.on_job_end(answer())
    one.begin_session()
    assert (one.done, one.done_now, one.completion_tokens_now) == (1, 0, 0)
    one.on_attempt(answer(), cost("0"))
    one.on_job_end(answer())
    assert (one.done, one.done_now, one.completion_tokens_now, one.remaining) == (2, 1, 100, 2)


def test_a_failed_job_is_no_wrong_answer_and_a_grader_error_no_grade() -> None:
    one = model()
    one.on_attempt(failure(FailureKind.SERVER_ERROR), cost("0"))
    one.on_attempt(failure(FailureKind.SERVER_ERROR), cost("0"))
    one.on_job_end(failure(FailureKind.SERVER_ERROR))
    one.on_verdict(Verdict.GRADER_ERROR)
    one.on_verdict(Verdict.CORRECT)
    assert (one.failed, one.answered, one.errors, one.graded) == (1, 0, 2, 1)


def test_a_wait_that_is_over_is_shown_no_longer() -> None:
    one = model()
    one.on_wait("key", JobWait(reason="retry", until_s=3.0))
    assert list(one.waits) == ["key"]
    one.on_wait("key", None)
    one.on_wait("key", None)
    assert not one.waits
