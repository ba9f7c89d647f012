"""Collects the answers of an ended batch: read by the dialect, logged and synced, then billed and graded.

A result that stands twice counts once, an answer before an error. A request without a result was not processed where
the batch ended early and nothing that was processed is missing; anywhere else its cost is unknown.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from harness.core.prices import Cost
from harness.core.types import Attempt, Completion, Failure, FailureKind, Job, Timing
from harness.pricing.attempts import BATCH, cost_of_attempt
from harness.pricing.overrun import overrun_cause
from harness.pricing.served import other_model
from harness.providers import dialect_loader
from harness.providers.batch.loader import batches_of
from harness.providers.batch.protocol import BatchClient, BatchResult, BatchState
from harness.providers.client import read_stored
from harness.providers.pacing.retry import has_output
from harness.run.attempt_prices import prompt_bytes
from harness.run.batch.pending import PendingAttempt, attempt_named
from harness.run.execution.call import head_of
from harness.run.execution.run_context import RunContext
from harness.run.execution.strict_model import require_requested_model
from harness.store.batches import RunBatch
from harness.store.codec import OutcomeLine, encode

AT_ONCE = 200
"""Results whose lines share one sync."""

_OF_THE_ENDPOINT = frozenset(
    {
        FailureKind.NOT_PROCESSED,
        FailureKind.RATE_LIMITED,
        FailureKind.PAYMENT_REQUIRED,
        FailureKind.QUOTA_EXHAUSTED,
        FailureKind.UNAUTHORIZED,
        FailureKind.NOT_FOUND,
        FailureKind.INTERRUPTED,
    }
)
"""Causes that say nothing of the request: its job stays open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCollector:
    """`on_end` is told of every outcome that is in the log, with whether it is final."""

    context: RunContext
    on_end: Callable[[Job, Attempt, bool], Awaitable[None]]

    async def collect(
        self,
        batch: RunBatch,
        state: BatchState,
        client: BatchClient,
        waiting: dict[tuple[str, int], PendingAttempt],
    ) -> int:
        """Take every result of the batch out of `waiting`; returns how many results were of no attempt in it.

        Raises BatchError where the results cannot be read whole; what had come by then is kept.
        """
        assert batch.id is not None
        own, foreign = set(batch.plan.attempts), 0
        errors: dict[tuple[str, int], BatchResult] = {}
        listed: set[tuple[str, int]] = set()
        with tempfile.TemporaryDirectory(prefix="harness-batch-") as folder:
            results = batches_of(client.endpoint.dialect).results(client, batch.id, state, Path(folder))
            while chunk := await asyncio.to_thread(lambda: list(itertools.islice(results, AT_ONCE))):
                found = []
                for result in chunk:
                    name = attempt_named(result.custom_id, batch.plan.tag)
                    if name is None or name not in own:
                        foreign += 1
                        continue
                    listed.add(name)
                    if result.is_error:  # an answer may stand further down, and would be lost if the error came first
                        errors[name] = result
                        continue
                    one = waiting.pop(name, None)
                    if one is not None:  # None: it stood twice, or an earlier session has logged it
                        found.append((one, self._read(one, result, batch.plan.at, is_simulated=state.simulated)))
                await self.finish(found)
        failures = [(waiting.pop(name), result) for name, result in errors.items() if name in waiting]
        await self.finish(
            (one, self._read(one, result, batch.plan.at, is_simulated=state.simulated)) for one, result in failures
        )
        is_left_out = _is_left_out(state, len(listed), errors.values())
        missing = [waiting.pop(name) for name in batch.plan.attempts if name in waiting]
        await self.finish((one, _missing(batch, state, is_left_out=is_left_out)) for one in missing)
        return foreign

    def _read(self, one: PendingAttempt, result: BatchResult, at: datetime, *, is_simulated: bool) -> Attempt:
        job = one.job
        if result.not_processed:
            return failed(FailureKind.NOT_PROCESSED, result.not_processed, at, is_billable=False)
        request = dialect_loader.build_batch_request(job.endpoint, job.sample, job.params)
        attempt = read_stored(self.context.client, job.endpoint, request, status=result.status, body=result.body)
        # A body in a batch's output names the tier `default` or none, and is billed at the batch's rates all the same
        # (OpenAI, "Batch API", as of 2026-11).
        attempt = replace(
            attempt,
            timing=Timing(started_at=at),
            service_tier=BATCH,
            simulated=is_simulated and not job.endpoint.simulated,
        )
        if self.context.strict_model:
            attempt = require_requested_model(attempt, job.endpoint, self.context.book)
        return attempt

    async def finish(self, found: Iterable[tuple[PendingAttempt, Attempt]]) -> None:
        """Log and sync the outcomes, settle their dollars, and tell of them."""
        outcomes, synced = [], None
        for one, attempt in found:
            is_final = is_about_job(one, attempt)
            line = OutcomeLine(
                head=head_of(one.job),
                number=one.number,
                is_final=is_final,
                attempt=attempt,
                bound_usd=one.bound_usd,
            )
            synced = self.context.log.put(encode(line))
            outcomes.append((one, attempt, is_final))
        if synced is not None:
            await asyncio.shield(synced)
        for one, attempt, is_final in outcomes:
            await self._settle(one, attempt)
            await self.on_end(one.job, attempt, is_final)

    async def _settle(self, one: PendingAttempt, attempt: Attempt) -> None:
        context, job = self.context, one.job
        cost = cost_of_attempt(context.book, job.endpoint, job.params, attempt)
        billed = cost.usd if isinstance(cost, Cost) else cost.known_usd
        if context.budget.is_limited and billed > one.reservation.max_usd:
            cause = overrun_cause(
                attempt,
                prompt_bytes=prompt_bytes(job.sample),
                max_tokens=job.params.max_tokens,
                instead=other_model(attempt, job.endpoint, context.book),
            )
            context.budget.note_overrun(one.reservation, billed, cause)
        await context.budget.settle(one.reservation, cost)
        context.on_attempt(job, attempt, cost)


def is_about_job(one: PendingAttempt, attempt: Attempt) -> bool:
    """Whether an outcome ends its job: an answer, or a failure that says something of the request."""
    if isinstance(attempt, Completion) or has_output(attempt):
        return True
    if not attempt.was_sent or attempt.kind in _OF_THE_ENDPOINT:
        return False
    return not attempt.is_retryable or one.number + 1 >= one.job.endpoint.limits.max_attempts


def failed(kind: FailureKind, message: str, at: datetime, *, is_billable: bool, was_sent: bool = True) -> Failure:
    """An attempt of a batch without an answer; one that `is_billable` has an unknown cost."""
    return Failure(
        kind=kind,
        message=message,
        is_retryable=True,
        timing=Timing(started_at=at),
        service_tier=None if is_billable else BATCH,
        was_sent=was_sent,
    )


def _is_left_out(state: BatchState, listed: int, errors: Iterable[BatchResult]) -> bool:
    """Whether requests without a result were certainly not processed.

    They were not where the batch was cut short, as many results came as the provider says it made, and it lists none
    that it left out: one that lists such lists all of them.
    """
    has_all = state.done is None or listed >= state.done
    return state.was_cut_short and has_all and not any(one.not_processed for one in errors)


def _missing(batch: RunBatch, state: BatchState, *, is_left_out: bool) -> Failure:
    if is_left_out:
        said = f"batch {batch.id} ended ({state.words}) before this request was processed"
        return failed(FailureKind.NOT_PROCESSED, said, batch.plan.at, is_billable=False)
    said = f"batch {batch.id} ended ({state.words}) without a result for this request"
    return failed(FailureKind.EMPTY_RESPONSE, said, batch.plan.at, is_billable=True)
