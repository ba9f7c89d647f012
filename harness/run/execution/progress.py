"""How far a run is: plain counters for the live display. Figures of reports come from the files, never from here."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from decimal import Decimal

from harness.core.prices import Cost, CostUnknown
from harness.core.types import Attempt, Completion, Failure, FailureKind, Grade, Verdict
from harness.providers.pacing.rate_limiter import RateLimiter


@dataclass(frozen=True, slots=True, kw_only=True)
class JobWait:
    """What a job, or the next job to be started, waits for before its request; `until_s`: monotonic, None if unknown.

    Waits for a turn at the endpoint are the rate limiter's own (`RateLimiter.waiting`).
    """

    reason: str
    until_s: float | None = None


@dataclass(slots=True, kw_only=True)
class ModelProgress:
    """Counters of one model over all sessions of the run; throughput counts this session alone.

    `known_usd`: what this run spent on attempts that could be priced; `unpriced`: how many could not. Answers reused
    from another run cost it nothing. `unknown`: attempts of earlier sessions that were sent and whose outcome nobody
    knows; they are in neither. `waits`: of jobs that are not in flight, by key. `done_before` and
    `completion_tokens_before`: the parts of `done` and `completion_tokens` of earlier sessions. `other_models`: answers
    that another model than the requested one gave, by its name. `has_gpu_cost`: dollars are of GPU time, not yet shared
    over requests in flight, and so at most.
    """

    label: str
    simulated: bool
    total: int
    done: int = 0
    answered: int = 0
    failed: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    causes: Counter[FailureKind] = field(default_factory=Counter)
    known_usd: Decimal = Decimal(0)
    unpriced: int = 0
    completion_tokens: int = 0
    ttft_s: deque[float] = field(default_factory=lambda: deque(maxlen=200))
    note: str = ""
    waits: dict[str, JobWait] = field(default_factory=dict)
    reused: int = 0
    unknown: int = 0
    done_before: int = 0
    completion_tokens_before: int = 0
    other_models: Counter[str] = field(default_factory=Counter)
    has_gpu_cost: bool = False

    @property
    def usd(self) -> Decimal | None:
        """Dollars spent on this run; None once an attempt could not be priced."""
        return None if self.unpriced else self.known_usd

    @property
    def errors(self) -> int:
        """Failed attempts, retried ones included."""
        return self.causes.total()

    @property
    def remaining(self) -> int:
        """Jobs still to be done."""
        return max(0, self.total - self.done)

    @property
    def done_now(self) -> int:
        """Jobs done in this session."""
        return self.done - self.done_before

    @property
    def completion_tokens_now(self) -> int:
        """Tokens generated in this session."""
        return self.completion_tokens - self.completion_tokens_before

    @property
    def graded(self) -> int:
        """Answers with a grade, grader errors left out."""
        return sum(self.verdicts.values()) - self.verdicts[Verdict.GRADER_ERROR]

    def on_attempt(self, attempt: Attempt, cost: Cost | CostUnknown, other_model: str | None = None) -> None:
        """Count one outcome that this run is billed for; `other_model`: who answered, where not the requested one."""
        if isinstance(cost, CostUnknown):
            self.add_dollars(cost.known_usd, is_priced=False)
        else:
            self.add_dollars(cost.usd, is_priced=True)
        self._count(attempt, other_model)

    def add_dollars(self, known_usd: Decimal, *, is_priced: bool) -> None:
        """Count what is known of the dollars of one outcome."""
        self.known_usd += known_usd
        self.unpriced += not is_priced

    def on_reused(self, attempt: Attempt, other_model: str | None = None) -> None:
        """Count one outcome that an earlier run was billed for."""
        self._count(attempt, other_model)

    def on_wait(self, key: str, wait: JobWait | None) -> None:
        """Note what a job waits for; None: nothing any more."""
        if wait is None:
            self.waits.pop(key, None)
        else:
            self.waits[key] = wait

    def begin_session(self) -> None:
        """Mark what is counted so far as done earlier: it says nothing of this session's throughput."""
        self.done_before = self.done
        self.completion_tokens_before = self.completion_tokens

    def _count(self, attempt: Attempt, other_model: str | None) -> None:
        match attempt:
            case Completion():
                tokens = None if attempt.usage is None else attempt.usage.completion_tokens
                self.count_answer(other_model, tokens, attempt.timing.ttft_s)
            case Failure():
                self.count_failure(attempt.kind)

    def count_answer(self, other_model: str | None, completion_tokens: int | None, ttft_s: float | None) -> None:
        """Count one answer, whoever was billed for it."""
        if other_model is not None:
            self.other_models[other_model] += 1
        self.completion_tokens += completion_tokens or 0
        if ttft_s is not None:
            self.ttft_s.append(ttft_s)

    def count_failure(self, kind: FailureKind) -> None:
        """Count one failed attempt, whoever was billed for it."""
        self.causes[kind] += 1

    def on_job_end(self, attempt: Attempt) -> None:
        """Count one job as done."""
        self.count_job(is_answer=isinstance(attempt, Completion))

    def count_job(self, *, is_answer: bool) -> None:
        """Count one job as done, with an answer or without."""
        self.done += 1
        if is_answer:
            self.answered += 1
        else:
            self.failed += 1

    def uncount_failed_job(self) -> None:
        """Take back the end of a job that failed: it was sent again, and ends anew."""
        self.done -= 1
        self.failed -= 1

    def on_grade(self, grade: Grade) -> None:
        """Count one grade."""
        self.on_verdict(grade.verdict)

    def on_verdict(self, verdict: Verdict) -> None:
        """Count one grade of which only the verdict is known."""
        self.verdicts[verdict] += 1


@dataclass(slots=True, kw_only=True)
class Progress:
    """The whole run. `started` is a monotonic reading."""

    models: dict[str, ModelProgress]
    started: float
    budget_usd: Decimal | None
    rate_limiters: dict[str, RateLimiter] = field(default_factory=dict)
