"""xAI's batches: what ends one, and calls of which only the first came through."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest

from harness.core.types import Json
from harness.providers.batch.dialects.xai import AddedRequests, state_of
from harness.providers.batch.protocol import BatchClient, BatchError, BatchItem, BatchPhase, Submission
from harness.providers.transport.openai_backend import whole_client
from tests.run.batch.batch_session import batch_endpoint, batch_mock, batch_model


def shown(**counts: int) -> dict[str, Json]:
    return {"state": {"num_requests": 4, **counts}, "cancel_time": "2026-11-30T00:00:00Z"}


def test_a_cancelled_batch_has_ended_once_nothing_of_it_is_at_work() -> None:
    running = state_of(shown(num_pending=1, num_cancelled=2), now_s=0.0, simulated=False)
    ended = state_of(shown(num_pending=0, num_cancelled=2), now_s=0.0, simulated=False)
    assert (running.phase, ended.phase) == (BatchPhase.RUNNING, BatchPhase.ENDED)


def test_a_refusal_is_certain_only_where_no_call_before_it_was_taken() -> None:
    body = json.dumps({"model": "mock-model", "messages": [{"role": "user", "content": "1"}]}).encode()
    same = BatchItem(custom_id="a", body=body)  # the mock refuses a name that is in the batch already
    batches = AddedRequests(added_bytes=1)

    def start(client: BatchClient, items: list[BatchItem]) -> BatchError:
        submission = Submission(tag="t", items=items, at=datetime.now(UTC))
        reference = batches.prepare(client, submission)
        with pytest.raises(BatchError) as refused:
            batches.start(client, submission, reference if items else "none")
        return refused.value

    async def work() -> None:
        async with batch_mock([batch_model()]) as mock:
            with whole_client() as http:
                client = BatchClient(batch_endpoint(mock, "xai"), "a-good-key", http)
                second = await asyncio.to_thread(start, client, [same, same])
                first = await asyncio.to_thread(start, client, [])
        assert (first.is_certain, second.is_certain) == (True, False)

    asyncio.run(work())
