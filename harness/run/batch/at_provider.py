"""What a person can do about the batches of a run from outside of it: look, cancel, give up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.core.clock import Clock
from harness.core.types import Endpoint, FailureKind
from harness.providers.batch.loader import batches_of
from harness.providers.batch.protocol import BatchClient, BatchError, BatchState
from harness.run.batch.collect import failed
from harness.store.batches import BatchClosed, BatchJournal, RunBatch
from harness.store.codec import OutcomeLine, encode
from harness.store.log import LogWriter
from harness.store.resume import completed_jobs
from harness.store.run_dir import RunDir


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAtProvider:
    """A batch of a run: the provider's word on an open one. None: it was not asked, for `why_not`."""

    batch: RunBatch
    state: BatchState | None = None
    why_not: str = ""


def look(run: RunDir, keys: Mapping[str, str], *, cancels: bool) -> Iterator[BatchAtProvider]:
    """Every batch of a run, open ones with their state at the provider; `cancels`: those are cancelled first.

    Raises LocalError for a damaged journal.
    """
    # httpx takes most of a second to import, and no other command needs it
    from harness.providers.transport.openai_backend import whole_client

    endpoints = {one.label: one for one in run.manifest().endpoints}
    with whole_client() as http:
        for batch in BatchJournal(run.path).batches.values():
            endpoint = endpoints[batch.plan.label]
            if batch.ended is not None:
                yield BatchAtProvider(batch=batch)
            elif why_not := _why_not(batch, endpoint):
                yield BatchAtProvider(batch=batch, why_not=why_not)
            else:
                key = None if endpoint.api_key_env is None else keys.get(endpoint.api_key_env)
                yield _asked(batch, BatchClient(endpoint, key, http), cancels=cancels)


def _why_not(batch: RunBatch, endpoint: Endpoint) -> str:
    if endpoint.starts_with_run:
        return "its simulated provider runs only while the run does"
    return "" if batch.id is not None else "interrupted while it was submitted; resuming finds out what became of it"


def _asked(batch: RunBatch, client: BatchClient, *, cancels: bool) -> BatchAtProvider:
    protocol = batches_of(client.endpoint.dialect)
    assert batch.id is not None
    try:
        if cancels:
            protocol.cancel(client, batch.id)
        return BatchAtProvider(batch=batch, state=protocol.state(client, batch.id))
    except BatchError as error:
        return BatchAtProvider(batch=batch, why_not=str(error))


def give_up(run: RunDir, clock: Clock) -> int:
    """End every attempt in an open batch as failed, at an unknown cost; returns how many. Call it in the run's lock.

    For batches whose answers will never come: results that the provider no longer keeps, an account that is gone.
    """
    journal = BatchJournal(run.path)
    waiting = journal.open_attempts
    found = [line for line in completed_jobs(run).unknown if (line.head.key, line.number) in waiting]
    names = {name: one.id or one.plan.tag for one in journal.open_batches for name in one.plan.attempts}

    async def write() -> None:
        log = LogWriter(run.next_call_file())
        try:
            for line in found:
                said = f"given up: batch {names[line.head.key, line.number]}; what it billed is not known"
                attempt = failed(FailureKind.INTERRUPTED, said, line.at, is_billable=True)
                outcome = OutcomeLine(
                    head=line.head, number=line.number, is_final=True, attempt=attempt, bound_usd=line.bound_usd
                )
                log.put(encode(outcome))
        finally:
            await log.close()

    if found:
        asyncio.run(write())
    for one in journal.open_batches:
        journal.add(BatchClosed(batch=one.plan.batch, at=clock.now(), words="given up"))
    return len(found)
