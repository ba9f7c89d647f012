"""Submits batches so that a crash at any point neither submits one twice nor loses it.

Order: dollars reserved (engine), the batch planned in the journal, a "sent" line for each attempt, the requests brought
to the provider, what it holds of them written down, and only then the start, whose id is written down last.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from harness.core.clock import Clock
from harness.core.types import Endpoint
from harness.providers.batch.loader import batches_of
from harness.providers.batch.protocol import BatchClient, BatchError, BatchProtocol, Submission
from harness.run.batch.pending import TAG_END, PendingAttempt
from harness.run.execution.call import head_of
from harness.run.execution.run_context import RunContext
from harness.store.batches import BatchJournal, BatchPlanned, BatchPrepared, BatchStarted, RunBatch
from harness.store.codec import SentLine, encode
from harness.store.run_dir import RunDir

SETTLES_AFTER = timedelta(seconds=10)
"""A start whose answer was lost may still be at work at the provider; only then a list without it means that it failed.

Counted from the first question of a session: a start may take minutes, and when it broke off is not written down.
Simulated providers are asked at once.
"""


@dataclass(slots=True, kw_only=True)
class BatchSubmitter:
    """Submits the batches of a run and looks for interrupted ones. `clients`: by label. `sleep` takes seconds."""

    context: RunContext
    journal: BatchJournal
    clock: Clock
    run_name: str
    clients: dict[str, BatchClient]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _settled: set[int] = field(default_factory=set)

    def protocol(self, endpoint: Endpoint) -> BatchProtocol:
        """The batch API of an endpoint."""
        return batches_of(endpoint.dialect)

    async def plan(self, endpoint: Endpoint, part: Sequence[PendingAttempt]) -> RunBatch:
        """Write down that a batch is made of these attempts, whose dollars are reserved."""
        now, number = self.clock.now(), self.journal.next_number
        plan = BatchPlanned(
            batch=number,
            at=now,
            label=endpoint.label,
            tag=_tag(self.run_name, number),
            attempts=tuple(one.id for one in part),
        )
        batch = self.journal.add(plan)
        for one in part:
            sent = SentLine(head=head_of(one.job), number=one.number, at=now, bound_usd=one.bound_usd)
            synced = self.context.log.put(encode(sent))
        await synced
        return batch

    async def submit(self, endpoint: Endpoint, batch: RunBatch, part: Sequence[PendingAttempt]) -> RunBatch:
        """Submit a planned batch.

        Raises BatchError: where it `is_certain` nothing was started and the batch is to be closed by the caller,
        otherwise the batch stays open without an id and `find` tells of it.
        """
        client, protocol = self.clients[endpoint.label], self.protocol(endpoint)
        submission = submission_of(batch, part)
        try:
            reference = await asyncio.to_thread(protocol.prepare, client, submission)
        except BatchError as error:  # whatever came of it costs nothing, and nothing was started
            raise error.made_certain() from None
        number = batch.plan.batch
        self.journal.add(BatchPrepared(batch=number, at=self.clock.now(), reference=reference))
        batch_id = await asyncio.to_thread(protocol.start, client, submission, reference)
        return self.journal.add(BatchStarted(batch=number, at=self.clock.now(), id=batch_id))

    async def find(self, endpoint: Endpoint, batch: RunBatch, part: Sequence[PendingAttempt]) -> RunBatch | None:
        """The batch with the id that an interrupted start left at the provider; None: nothing was started.

        Raises BatchUndecided where that cannot be told yet, BatchError where the provider cannot be asked.
        """
        if batch.reference is None or batch.prepared_at is None:
            return None
        if not endpoint.simulated and batch.plan.batch not in self._settled:
            await self.sleep(SETTLES_AFTER.total_seconds())
            self._settled.add(batch.plan.batch)
        known = frozenset(one.id for one in self.journal.batches.values() if one.id is not None)
        client, submission = self.clients[endpoint.label], submission_of(batch, part)
        protocol = self.protocol(endpoint)
        batch_id = await asyncio.to_thread(protocol.find, client, submission, batch.reference, known)
        if batch_id is None:
            return None
        return self.journal.add(BatchStarted(batch=batch.plan.batch, at=self.clock.now(), id=batch_id))


@contextlib.contextmanager
def open_submitter(run: RunDir, endpoints: Sequence[Endpoint], context: RunContext) -> Iterator[BatchSubmitter]:
    """The submitter of a run, with its connections. Raises LocalError for a damaged journal."""
    # httpx takes most of a second to import, and no other run needs it
    from harness.providers.transport.openai_backend import whole_client

    with whole_client() as http:
        yield BatchSubmitter(
            context=context,
            journal=BatchJournal(run.path),
            clock=context.clock,
            run_name=run.name,
            clients={one.label: BatchClient(one, context.client.key_of(one), http) for one in endpoints},
        )


def submission_of(batch: RunBatch, part: Sequence[PendingAttempt]) -> Submission:
    """What the provider is asked for a batch of the journal."""
    at: datetime = batch.prepared_at or batch.plan.at
    return Submission(tag=batch.plan.tag, items=[one.item(batch.plan.tag) for one in part], at=at)


def _tag(run_name: str, number: int) -> str:
    """A name that no other batch has: run, number and a drawn part, in characters that all providers take."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", run_name)[:40]
    return f"{plain}-{number}-{uuid.uuid4().hex[:TAG_END]}"
