"""What a lost worker had done, read from its segment: outcomes, attempts sent without one, answers without a grade."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from harness.core.prices import Cost, CostUnknown
from harness.core.types import Attempt, Completion, Endpoint, submitted
from harness.pricing.attempts import cost_of_attempt
from harness.pricing.book import PriceBook
from harness.pricing.served import other_model
from harness.run.execution.call import IN_FLIGHT
from harness.run.execution.progress import ModelProgress
from harness.store.call_log import outcome_of
from harness.store.codec import EndLine, JobHead
from harness.store.outcome_fields import OutcomeFields
from harness.store.resume import CompletedJobs, take_in
from harness.store.run_dir import RunDir


@dataclass(frozen=True, slots=True, kw_only=True)
class LostAttempt:
    """An attempt of a lost worker; `attempt` None: sent, outcome unknown. `number`: of the job at that worker, from 0.

    `bound_usd`: the most that it could cost.
    """

    head: JobHead
    number: int
    attempt: Attempt | None
    cost: Cost | CostUnknown
    bound_usd: Decimal | None

    @property
    def at_most_usd(self) -> Decimal:
        """Its dollars, or the most they can be."""
        if isinstance(self.cost, Cost):
            return self.cost.usd
        return max(self.cost.known_usd, self.bound_usd or Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedLostJob:
    """A job that ended there: its last attempt, and the answer to be graded."""

    head: JobHead
    last: Attempt
    answer: Completion | None


@dataclass(slots=True, kw_only=True)
class LostWork:
    """What a lost worker sent, and the jobs that it ended."""

    attempts: list[LostAttempt] = field(default_factory=list)
    ended: list[EndedLostJob] = field(default_factory=list)


def take_lost_work(
    completed: CompletedJobs, run: RunDir, segment: Path, endpoints: Mapping[str, Endpoint], book: PriceBook
) -> LostWork:
    """Read a segment that nobody writes to any more, and add it to what is done.

    Raises LocalError for a damaged line.
    """
    reader = _SegmentReader(completed=completed, endpoints=endpoints, book=book)
    files = [segment] if segment.exists() else []
    for sent in take_in(completed, run, files, saw=reader.on_line, saw_end=reader.on_end):
        reader.add(sent.head, None, IN_FLIGHT, sent.bound_usd)
    for job in reader.found.ended:  # answered, or failed where retry_failed asks for one more try, and this was it
        completed.note_done(job.head.key)
        completed.numbers.pop(job.head.key, None)
    return reader.found


@dataclass(slots=True, kw_only=True)
class _SegmentReader:
    """Collects what a segment holds. `made`: attempts of each job so far."""

    completed: CompletedJobs
    endpoints: Mapping[str, Endpoint]
    book: PriceBook
    found: LostWork = field(default_factory=LostWork)
    made: Counter[str] = field(default_factory=Counter)

    def on_line(self, line: OutcomeFields, text: bytes) -> None:
        whole = outcome_of(text)
        head, attempt = whole.head, whole.attempt
        cost = cost_of_attempt(self.book, self.endpoints[head.label], head.params, attempt)
        self.add(head, attempt, cost, line.bound_usd)
        if whole.is_final:
            answer = attempt if isinstance(attempt, Completion) else None
            self.found.ended.append(EndedLostJob(head=head, last=attempt, answer=answer))

    def on_end(self, line: EndLine) -> None:
        last = self.completed.turns[line.head.key][-1].completion
        self.found.ended.append(EndedLostJob(head=line.head, last=last, answer=submitted(last, line.end)))

    def add(self, head: JobHead, attempt: Attempt | None, cost: Cost | CostUnknown, bound_usd: Decimal | None) -> None:
        number = self.made[head.key]
        self.made[head.key] += 1
        made = LostAttempt(head=head, number=number, attempt=attempt, cost=cost, bound_usd=bound_usd)
        self.found.attempts.append(made)
        spent = self.completed.spent_usd
        spent[head.key] = spent.get(head.key, Decimal(0)) + made.at_most_usd


def count_again(
    lost: LostWork, endpoints: Mapping[str, Endpoint], book: PriceBook, last: Mapping[str, ModelProgress]
) -> dict[str, ModelProgress]:
    """The worker's counters as its segment has them; grades are taken from its `last` report."""
    models = {
        label: ModelProgress(
            label=label,
            simulated=endpoint.simulated,
            total=0,
            has_gpu_cost=endpoint.gpu_cost is not None,
            verdicts=last[label].verdicts.copy() if label in last else Counter(),
        )
        for label, endpoint in endpoints.items()
    }
    for made in lost.attempts:
        model, endpoint = models[made.head.label], endpoints[made.head.label]
        if made.attempt is None:
            model.unknown += 1
        else:
            model.on_attempt(made.attempt, made.cost, other_model(made.attempt, endpoint, book))
    for job in lost.ended:
        models[job.head.label].on_job_end(job.last)
    return models
