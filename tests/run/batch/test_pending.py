"""How attempts are split into batches, and the names that providers give back."""

from __future__ import annotations

from decimal import Decimal

from harness.core.types import Endpoint, Job, SamplingParams
from harness.providers.batch.protocol import BatchLimits
from harness.run.batch.pending import PendingAttempt, attempt_named, split
from harness.run.execution.budget_guard import Reservation
from tests.run.batch.batch_session import SAMPLES

ENDPOINT = Endpoint(
    label="a/b", provider="a", model="b", model_id="b", base_url="http://x.invalid/v1", dialect="openai"
)


def pending(number: int) -> PendingAttempt:
    job = Job(
        key=f"{number:032x}",
        endpoint=ENDPOINT,
        task="t",
        task_version=1,
        grader="",
        sample=SAMPLES[number],
        repeat=4,
        params=SamplingParams(max_tokens=10),
    )
    reservation = Reservation(key=job.key, label="a/b", max_usd=Decimal(1))
    return PendingAttempt(job=job, number=2, reservation=reservation, bound_usd=None)


def sizes(*, requests: int, size_bytes: int) -> list[int]:
    limits = BatchLimits(requests=requests, size_bytes=size_bytes)
    return [len(part) for part in split([pending(one) for one in range(5)], limits, lambda item: 10)]


def test_batches_hold_no_more_requests_and_no_more_bytes_than_the_provider_takes() -> None:
    assert sizes(requests=2, size_bytes=1000) == [2, 2, 1]
    assert sizes(requests=100, size_bytes=39) == [3, 2]  # three of 10 bytes are 30, four would be 40
    assert sizes(requests=100, size_bytes=9) == [1, 1, 1, 1, 1]  # each is larger than all: the provider says so
    assert sizes(requests=5, size_bytes=50) == [5]


def test_a_custom_id_names_its_attempt_and_no_other_text_does() -> None:
    one = pending(3)
    tag = "run-0-0123456789ab"
    assert one.item(tag).custom_id == f"{3:032x}-r4-a2-0123456789ab"
    assert attempt_named(one.item(tag).custom_id, tag) == one.id == (f"{3:032x}", 2)
    assert attempt_named(f"{3:032x}-r4-a2", tag) == one.id  # as they were sent before
    assert attempt_named(one.item("run-0-ffffffffffff").custom_id, tag) is None  # the same attempt in another run
    assert len(one.item(tag).custom_id) <= 64  # Anthropic's limit
    for other in ("", "request-1", f"{3:032x}", f"{3:032x}-r4-a", f"x{3:032x}-r4-a2", f"{3:032x}-r4-a2-x"):
        assert attempt_named(other, tag) is None


def test_a_request_of_a_batch_has_neither_stream_nor_service_tier() -> None:
    body = pending(0).item("t").body
    assert b'"stream' not in body
    assert b"service_tier" not in body
    assert b'"max_completion_tokens":10' in body
