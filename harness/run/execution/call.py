"""One job: its attempts, from the first request to its final outcome on disk.

Order of one attempt: reserve its maximum cost, wait for a turn, log "sent", send, log the outcome and sync it, settle
the dollars. So an answer is safe before anything else is done with it. Which jobs and how many at once: engine.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from harness.core.fast_init import fast_init
from harness.core.prices import Cost, CostUnknown
from harness.core.types import Attempt, Completion, Failure, FailureKind, Job, Timing
from harness.pricing.overrun import overrun_cause
from harness.pricing.served import other_model
from harness.providers.client import complete
from harness.providers.pacing.circuit_breaker import ENDPOINT_FAILURES, CircuitBreaker
from harness.providers.pacing.rate_limiter import RateLimiter, Turn
from harness.providers.pacing.retry import RetryRule, has_output, with_retries
from harness.run.attempt_prices import request_bytes
from harness.run.execution.budget_guard import Reservation
from harness.run.execution.progress import JobWait
from harness.run.execution.run_context import RunContext
from harness.run.execution.strict_model import require_requested_model
from harness.store.codec import JobHead, OutcomeLine, SentLine, encode, encode_head

IN_FLIGHT = CostUnknown(reason="interrupted while in flight")
_NEVER_ABOUT_JOB = frozenset({FailureKind.RATE_LIMITED, FailureKind.PAYMENT_REQUIRED, FailureKind.QUOTA_EXHAUSTED})


class BudgetExceeded(Exception):
    """A further attempt does not fit into the budget; the job stays open."""


class RunStopping(Exception):
    """The run is stopping; the job stays open."""


@dataclass(slots=True, kw_only=True)
class ConcurrencySlot:
    """A job's right to be in flight, and the dollars reserved for its next attempt.

    It is released once: when the job's last answer is in, or when it has to wait for money, so that others can go on.
    `unsynced` bounds how many jobs wait for the disk beside those in flight. `spent_usd`: what the job's attempts of
    all sessions cost at most; `attempts`: how many this process made for earlier turns of it.
    """

    semaphore: asyncio.Semaphore
    unsynced: asyncio.Semaphore
    reservation: Reservation | None
    is_held: bool = True
    has_ended: bool = False
    spent_usd: Decimal = Decimal(0)
    attempts: int = 0

    def release(self) -> None:
        """Let the next job in."""
        if self.is_held:
            self.is_held = False
            self.semaphore.release()

    def end(self) -> None:
        """The job has ended, or waits for money with nothing left to sync."""
        self.release()
        if not self.has_ended:
            self.has_ended = True
            self.unsynced.release()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorAttempts:
    """What earlier, interrupted sessions did for a job: `number` attempts, and the failures among them."""

    number: int = 0
    failures: tuple[Failure, ...] = ()


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class JobEnd:
    """The last attempt of a job in this session; not `is_final`: the job stays open, for --resume.

    `is_lost`: all its attempts failed of causes that may pass, and the endpoint answered nobody else meanwhile.
    `attempts`: how many it has had, those of earlier sessions included.
    """

    attempt: Attempt
    is_final: bool
    is_lost: bool
    attempts: int


async def call(
    context: RunContext, limiter: RateLimiter, job: Job, slot: ConcurrencySlot, prior: PriorAttempts
) -> JobEnd:
    """Make the job's attempts until no retry follows. The reserved dollars are settled in any case.

    After an answer within a conversation the slot holds the dollars that were reserved for its later turns, if any.

    Raises BudgetExceeded when a retry does not fit into the budget, CircuitOpen when the endpoint was stopped,
    RunStopping when the run stops, LocalError when the outcome cannot be written.
    """
    rule = RetryRule(
        max_attempts=job.endpoint.limits.max_attempts,
        seed=job.key,  # the same jitter in every run of the job, and another one for each job
        max_wait_s=limiter.breaker.max_wait_s,
    )
    for failure in prior.failures:
        rule.restore(failure)
    running = _JobRun(
        context=context,
        limiter=limiter,
        job=job,
        slot=slot,
        rule=rule,
        first_number=prior.number,
        reserved=slot.reservation,
    )
    slot.reservation = None
    try:
        last = await with_retries(running.attempt, rule, running.sleep)
        if isinstance(last, Completion):
            slot.reservation, running.reserved = running.reserved, None
            slot.attempts += running.last_number + 1 - prior.number
        return JobEnd(
            attempt=last, is_final=running.is_final, is_lost=running.is_lost, attempts=running.last_number + 1
        )
    finally:
        await running.settle_rest()


@dataclass(slots=True, kw_only=True)
class _JobRun:
    """A job in work. `reserved`: dollars of the current or next attempt, and of the later turns of a conversation;
    `cost`: what settling them now means; `bound_usd`: the most that the attempt in flight can cost.

    `first_failed_s`: monotonic reading of when its first attempt of this session had failed.
    """

    context: RunContext
    limiter: RateLimiter
    job: Job
    slot: ConcurrencySlot
    rule: RetryRule
    first_number: int
    reserved: Reservation | None = None
    cost: Cost | CostUnknown | None = None
    bound_usd: Decimal | None = None
    waits: dict[str, float] = field(default_factory=dict)
    first_failed_s: float | None = None
    is_final: bool = False
    is_lost: bool = False
    last_number: int = 0

    async def attempt(self, number: int) -> Attempt:
        """Make one attempt; its outcome is synced and its dollars are settled."""
        context, job, serial = self.context, self.job, self.first_number + number
        self.last_number = serial
        # The order keeps money and answers safe: dollars reserved, a line that says "sent", the request, the answer's
        # line synced, then the dollars settled. A kill at any point leaves a line that says what may be billed.
        await self._reserve(number)
        head = head_of(job)
        encoded_head = encode_head(head)
        async with self.limiter.acquire(_expected_tokens(job, self.limiter), context.stop) as turn:
            if context.stop.is_set():
                raise RunStopping
            if context.budget.is_limited:
                await self._renew(number)  # prices may have changed, and bounds may have been learned, during the wait
            # After the wait for a turn, so that the line states the bound the request really left with.
            max_usd = context.max_cost(job)
            sent = SentLine(head=head, number=serial, at=context.clock.now(), bound_usd=max_usd, worker=context.worker)
            context.log.append_soon(encode(sent, head=encoded_head))
            self.cost, self.bound_usd = IN_FLIGHT, max_usd
            attempt = await _complete_or_bug(context, job, serial, {**self.waits, **self.rule.waits, **turn.waits})
            if context.strict_model:
                attempt = require_requested_model(attempt, job.endpoint, context.book)
            # No await between the answer and its line: a cancelled run must not lose what has arrived.
            is_repeated = self._decide(attempt, turn)
            outcome = OutcomeLine(
                head=head,
                number=serial,
                is_final=self.is_final,
                attempt=attempt,
                bound_usd=max_usd,
                worker=context.worker,
                reply=job.history[-1].reply if job.history else None,
            )
            synced = context.log.put(encode(outcome, head=encoded_head))
        # As many as configured are in flight while answers wait for the disk; with a budget only once this one is paid,
        # whose dollars may be what the next job needs.
        if self.is_final and not context.budget.is_limited:
            self.slot.release()
        # Outside of the turn: other requests need not wait for the disk. A cancelled job's line is synced all the same.
        await synced
        self.cost = cost = context.bills.total(job.endpoint, job.params, attempt)
        self.slot.spent_usd += _at_most(cost, max_usd)
        self._note_overrun(attempt, cost, max_usd)
        await self._settle(self._following(attempt, number + 1, is_repeated=is_repeated))
        context.on_attempt(job, attempt, cost)
        return attempt

    def _decide(self, attempt: Attempt, turn: Turn) -> bool:
        """Whether a retry follows; also sets whether this attempt is final and tells the limiter of it."""
        breaker = self.limiter.breaker
        if self.first_failed_s is None and isinstance(attempt, Failure):
            self.first_failed_s = self.context.clock.monotonic()
        is_repeated = self.rule.decide(attempt, endpoint_answers=breaker.has_answered)
        if is_repeated and not self._can_pay_again(attempt):
            is_repeated = self.rule.wants_more = False
        if not is_repeated and isinstance(attempt, Failure):
            assert self.first_failed_s is not None
            self.is_lost = attempt.is_retryable and not breaker.answered_since(self.first_failed_s)
            self.is_final = is_about_job(attempt, breaker, self.first_failed_s)
        # A conversation ends with a line of its own, once its last answer is graded.
        self.is_final = self.is_final or (isinstance(attempt, Completion) and self.context.rules is None)
        self.limiter.on_attempt(attempt, turn)
        return is_repeated

    def _can_pay_again(self, failed: Attempt) -> bool:
        """Whether a retry stays within the dollars of one job, where the run limits them."""
        rules, context = self.context.rules, self.context
        if rules is None or rules.max_usd is None:
            return True
        cost = context.bills.total(self.job.endpoint, self.job.params, failed)
        worst = context.max_cost(self.job)
        return worst is not None and self.slot.spent_usd + _at_most(cost, self.bound_usd) + worst <= rules.max_usd

    async def _reserve(self, number: int) -> None:
        """Reserve the dollars of a retry, unless that was done when the attempt before it was settled."""
        if self.reserved is not None:
            return
        reservation, budget = self._reservation(number), self.context.budget
        asked = self.context.clock.monotonic()
        self.slot.end()  # a job that waits for money must not keep others, which have theirs, from being sent
        self.context.on_wait(self.job, JobWait(reason="budget"))
        try:
            if not await budget.reserve_next(reservation):
                raise BudgetExceeded
        finally:
            self.context.on_wait(self.job, None)
        self.reserved = reservation
        self.waits = {"budget": self.context.clock.monotonic() - asked}

    async def _renew(self, number: int) -> None:
        """Have the reserved dollars suffice for what is known now; raises BudgetExceeded where they cannot."""
        assert self.reserved is not None
        wanted = replace(self._reservation(number), key=self.reserved.key)
        if not await self.context.budget.renew(wanted):
            self.reserved = None
            raise BudgetExceeded
        self.reserved = wanted

    def _note_overrun(self, attempt: Attempt, cost: Cost | CostUnknown, max_usd: Decimal | None) -> None:
        """Tell the budget of a bill above the most that the attempt could cost, and why it is."""
        assert self.reserved is not None
        billed = cost.usd if isinstance(cost, Cost) else cost.known_usd
        if max_usd is None or billed <= max_usd or not self.context.budget.is_limited:
            return
        job = self.job
        cause = overrun_cause(
            attempt,
            prompt_bytes=request_bytes(job),
            max_tokens=job.params.max_tokens,
            instead=other_model(attempt, job.endpoint, self.context.book),
        )
        self.context.budget.note_overrun(replace(self.reserved, max_usd=max_usd), billed, cause)

    def _following(self, attempt: Attempt, number: int, *, is_repeated: bool) -> Reservation | None:
        """The dollars to reserve now for what follows: a retry, or the later turns of a conversation."""
        rules = self.context.rules
        if is_repeated:
            return self._reservation(number)
        if rules is None or isinstance(attempt, Failure) or len(self.job.history) + 1 >= rules.max_turns:
            return None
        return self._reservation(number, turns=1)

    def _reservation(self, number: int, *, turns: int = 0) -> Reservation:
        number += self.slot.attempts
        return self.context.reservation_for(self.job, number, turns=turns, spent_usd=self.slot.spent_usd)

    async def _settle(self, following: Reservation | None) -> None:
        assert self.reserved is not None
        budget = self.context.budget
        is_reserved = await budget.settle(self.reserved, self.cost, bound_usd=self.bound_usd, then=following)
        self.reserved, self.cost, self.waits = following if is_reserved else None, None, {}

    async def settle_rest(self) -> None:
        """Settle what is still reserved when the job ends early: as spent where a request is in flight."""
        if self.reserved is not None:
            await self._settle(None)

    async def sleep(self, seconds: float) -> None:
        """Wait before a retry; raises RunStopping as soon as the run stops."""
        until_s = self.context.clock.monotonic() + seconds
        self.context.on_wait(self.job, JobWait(reason=self.rule.retry_text, until_s=until_s))
        try:
            async with asyncio.timeout(seconds):
                await self.context.stop.wait()
        except TimeoutError:
            return
        finally:
            self.context.on_wait(self.job, None)
        raise RunStopping


async def _complete_or_bug(context: RunContext, job: Job, serial: int, waits: Mapping[str, float]) -> Attempt:
    """The job boundary: a bug of ours becomes a Failure of this one job, with its place and never its values."""
    try:
        return await complete(context.client, job, attempt=serial, waits=waits)
    except Exception as error:  # noqa: BLE001 - a bug must neither end the run nor be graded as wrong
        place = traceback.extract_tb(error.__traceback__)[-1]
        timing = Timing(started_at=context.clock.now(), waited_s=sum(waits.values()), total_s=0.0)
        return Failure(
            kind=FailureKind.HARNESS_BUG,
            message=f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno} in {place.name}",
            is_retryable=False,
            timing=timing,
        )


def _at_most(cost: Cost | CostUnknown, max_usd: Decimal | None) -> Decimal:
    """Dollars of an attempt; of an unknown cost the most it can be."""
    return cost.usd if isinstance(cost, Cost) else max(cost.known_usd, max_usd or Decimal(0))


def is_about_job(failure: Failure, breaker: CircuitBreaker, since_s: float) -> bool:
    """Whether a last failure says something about its job; what the endpoint caused leaves the job open for --resume.

    The endpoint's: never sent, refused for its rate, no money, a wait too long. Other causes that may pass by
    themselves are the job's own only if the endpoint has answered a request that left after `since_s`, when the job's
    first attempt had failed: what was in flight when an endpoint died is still answered now and then.
    Where output came, the job is final in any case: --resume must not pay for it again.
    """
    if has_output(failure):
        return True
    if not failure.was_sent or failure.kind in _NEVER_ABOUT_JOB:
        return False
    if failure.is_retryable and failure.retry_after_s is not None and failure.retry_after_s > breaker.max_wait_s:
        return False
    may_pass = failure.is_retryable or failure.kind in ENDPOINT_FAILURES
    return not may_pass or breaker.answered_since(since_s)


def _expected_tokens(job: Job, limiter: RateLimiter) -> int:
    """Prompt bytes over four plus the output limit: what a tokens-per-minute limit, if any, is charged in advance."""
    if not limiter.counts_tokens:
        return 0
    history = sum(len(turn.answer.encode()) + len(turn.reply.encode()) for turn in job.history) if job.history else 0
    return (len(job.sample.prompt.encode()) + history) // 4 + (job.params.max_tokens or 0)


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
        replayed=job.endpoint.replayed,
    )
