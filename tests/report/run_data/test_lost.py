"""Attempts whose outcome never came: counted for jobs that have no record, unless they cannot have cost anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from harness.core.types import SamplingParams
from harness.report.run_data.lost import LostAttempts, lost_reason, may_cost
from harness.store.codec import JobHead, SentLine

AT = datetime(2026, 11, 30, tzinfo=UTC)


def sent(sample: str, number: int = 0, bound_usd: str | None = "0.01") -> SentLine:
    head = JobHead(
        key=sample * 32,
        label="acme/one",
        name="acme/one",
        task="sums",
        task_version=1,
        grader="math",
        sample_id=sample,
        repeat=0,
        params=SamplingParams(),
    )
    return SentLine(head=head, number=number, at=AT, bound_usd=None if bound_usd is None else Decimal(bound_usd))


def test_jobs_without_a_record_are_listed_with_their_attempts() -> None:
    lines = [sent("a"), sent("b"), sent("a", 1), sent("c")]
    lost = LostAttempts.of(lines, with_record={"b" * 32})
    assert lost.sent == lines
    assert [(head.sample_id, count) for head, count in lost.without_record] == [("a", 2), ("c", 1)]


def test_an_attempt_whose_bound_is_zero_was_free_whatever_became_of_it() -> None:
    free, unknown = sent("a", bound_usd="0"), sent("b", bound_usd=None)
    assert not may_cost(free)
    assert not may_cost(replace(free, bound_usd=Decimal("0.000")))
    assert may_cost(unknown)  # no price: the bound is unknown, and unknown is not 0
    lost = LostAttempts.of([free, unknown], with_record=())
    assert [head.sample_id for head, _ in lost.without_record] == ["b"]
    assert len(lost.sent) == 2


@pytest.mark.parametrize(("count", "words"), [(1, "an attempt was sent"), (2, "2 attempts were sent")])
def test_the_reason_counts_correctly(count: int, words: str) -> None:
    assert lost_reason(count).startswith(words)
