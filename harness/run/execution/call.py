"""One job, from its turn to its final outcome on disk. The heart: nothing paid is done anything with before it is safe.

Order of one attempt: hold the worst case, wait for a turn, note "sent", send, sync the outcome, settle the dollars.
Not here: which jobs (plan), how many at once (engine), what they are worth (grade).
"""

from __future__ import annotations

import asyncio
import random
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from harness.core.clock import Clock
from harness.core.prices import Cost, CostUnknown
from harness.core.types import Attempt, Completion, Failure, FailureKind, Job, Timing
from harness.providers.client import ClientContext, complete
from harness.providers.pacing.rate_limiter import RateLimiter
from harness.providers.pacing.retry import RetryRule, with_retries
from harness.run.execution.budget_guard import BudgetGuard, Reservation
from harness.store.codec import JobHead, OutcomeLine, SentLine, encode
from harness.store.log import LogWriter

IN_FLIGHT = CostUnknown(reason="interrupted while in flight")
UNBOUNDED = Decimal("Infinity")


class BudgetExceeded(Exception):
    """A further attempt does not fit under the ceiling; the job stays open."""


class RunStopping(Exception):
    """The run is stopping; the job stays open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What every job of a run shares. `price` says what an attempt cost; `watch` is told of each outcome.

    `bound` is the most one attempt of a job can cost, None where the model has no price. Once `stop` is set nothing
    more is sent.
    """

    caller: ClientContext
    log: LogWriter
    purse: BudgetGuard
    clock: Clock
    price: Callable[[Job, Attempt], Cost | CostUnknown]
    bound: Callable[[Job], Decimal | None]
    watch: Callable[[Job, Attempt, Cost | CostUnknown], None]
    stop: asyncio.Event

    def reservation_for(self, job: Job, number: int) -> Reservation:
        """The money that one attempt of a job wants; what has no bound fits under no ceiling."""
        key = job.key if number == 0 else f"{job.key}+{number}"
        bound = self.bound(job) if self.purse.is_limited else None
        return Reservation(key=key, label=job.endpoint.label, bound=UNBOUNDED if bound is None else bound)


@dataclass(slots=True, kw_only=True)
class ConcurrencySlot:
    """A job's seat among those of its endpoint, and the money held for its first attempt.

    The seat is given up once, by a job that waits for money or has ended.
    """

    semaphore: asyncio.Semaphore
    claim: Reservation
    taken: bool = True

    def release(self) -> None:
        """Let the next job in."""
        if self.taken:
            self.taken = False
            self.semaphore.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorAttempts:
    """What earlier, interrupted sittings did for a job: attempts numbered, and failures that were to be repeated."""

    number: int = 0
    failures: tuple[Failure, ...] = ()


async def call(desk: RunContext, gate: RateLimiter, job: Job, place: ConcurrencySlot, before: PriorAttempts) -> Attempt:
    """Make the job's attempts until no further one follows, counting those of earlier sittings.

    The last one is final unless none of its kind was ever sent (`was_sent`). Gives back its place's money.
    Raises OutOfMoney when an attempt does not fit under the ceiling, EndpointClosed when the breaker is open, Stopped
    when the run is stopping, LocalError when the outcome cannot be written.
    """
    rule = RetryRule(max_attempts=job.endpoint.limits.max_attempts, rng=random.Random(job.key))
    for failure in before.failures:
        rule.decide(failure)
    one = _JobRun(desk=desk, gate=gate, job=job, place=place, rule=rule, first_number=before.number, held=place.claim)
    try:
        return await with_retries(one.attempt, rule, one.sleep)
    finally:
        await one.give_back()


@dataclass(slots=True, kw_only=True)
class _JobRun:
    """A job under way. `held`: money for the attempt at hand or the next; `cost`: what giving it back now means."""

    desk: RunContext
    gate: RateLimiter
    job: Job
    place: ConcurrencySlot
    rule: RetryRule
    first_number: int
    held: Reservation | None = None
    cost: Cost | CostUnknown | None = None
    waits: dict[str, float] = field(default_factory=dict)

    async def attempt(self, number: int) -> Attempt:
        """One attempt, its outcome synced and its dollars settled."""
        desk, job, serial = self.desk, self.job, self.first_number + number
        await self._hold(number)
        head, bound = head_of(job), desk.bound(job)
        async with self.gate.acquire(_expected_tokens(job), desk.stop) as waits:
            if desk.stop.is_set():
                raise RunStopping
            sent = SentLine(head=head, number=serial, at=desk.clock.now(), bound_usd=bound)
            desk.log.append_soon(encode(sent))
            self.cost = IN_FLIGHT
            attempt = await _complete_or_bug(desk, job, serial, {**self.waits, **self.rule.waits, **waits})
            # No await between the answer and its line: a cancelled run must not lose what has arrived.
            is_repeated = self.rule.decide(attempt)
            is_final = not is_repeated and was_sent(attempt)
            outcome = OutcomeLine(head=head, number=serial, is_final=is_final, attempt=attempt, bound_usd=bound)
            synced = desk.log.put(encode(outcome))
        await asyncio.shield(synced)
        self.cost = cost = desk.price(job, attempt)
        await self._settle(number + 1 if is_repeated else None)
        await self.gate.update_from_headers(attempt)
        desk.watch(job, attempt, cost)
        return attempt

    async def _hold(self, number: int) -> None:
        """Hold the money of a further attempt, unless it was carried over from the one before."""
        if self.held is not None:
            return
        claim, purse = self.desk.reservation_for(self.job, number), self.desk.purse
        asked = self.desk.clock.monotonic()
        self.place.release()
        if not await purse.reserve_next(claim):
            raise BudgetExceeded
        self.held = claim
        self.waits = {"budget": self.desk.clock.monotonic() - asked}

    async def _settle(self, next_number: int | None) -> None:
        assert self.held is not None
        following = None if next_number is None else self.desk.reservation_for(self.job, next_number)
        is_held = await self.desk.purse.settle(self.held, self.cost, then=following)
        self.held, self.cost, self.waits = following if is_held else None, None, {}

    async def give_back(self) -> None:
        """Settle what is still held when the job ends early: as spent where a request is under way."""
        if self.held is not None:
            await self._settle(None)

    async def sleep(self, seconds: float) -> None:
        """Wait before the next attempt; raises Stopped as soon as the run is stopping."""
        try:
            async with asyncio.timeout(seconds):
                await self.desk.stop.wait()
        except TimeoutError:
            return
        raise RunStopping


async def _complete_or_bug(desk: RunContext, job: Job, serial: int, waits: Mapping[str, float]) -> Attempt:
    """The job boundary: a mistake of ours becomes a Failure of this one job, with its place and never its values."""
    try:
        return await complete(desk.caller, job, attempt=serial, waits=waits)
    except Exception as error:  # noqa: BLE001 - a bug must neither end the run nor be graded as wrong
        place = traceback.extract_tb(error.__traceback__)[-1]
        timing = Timing(started_at=desk.clock.now(), waited_s=sum(waits.values()), total_s=0.0)
        return Failure(
            kind=FailureKind.HARNESS_BUG,
            message=f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno} in {place.name}",
            is_retryable=False,
            timing=timing,
        )


def was_sent(attempt: Attempt) -> bool:
    """Whether the request left this machine. Where none ever did (no network, no such host) the job stays open."""
    return isinstance(attempt, Completion) or attempt.was_sent


def _expected_tokens(job: Job) -> int:
    """Prompt bytes over four plus the output limit: what a tokens-per-minute limit is charged with in advance."""
    return len(job.sample.prompt.encode()) // 4 + (job.params.max_tokens or 0)


def head_of(job: Job) -> JobHead:
    """The part of a job that its lines carry."""
    return JobHead(
        key=job.key,
        label=job.endpoint.label,
        name=job.endpoint.name,
        task=job.task,
        task_version=job.task_version,
        grader=job.grader,
        sample_id=job.sample.id,
        repeat=job.repeat,
        params=job.params,
        simulated=job.endpoint.simulated,
    )
