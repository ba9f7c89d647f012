"""What a lost worker had done, read from its segment: outcomes, attempts sent without one, answers without a grade."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.core.prices import Cost, CostUnknown
from harness.core.types import Call, Completion, Endpoint
from harness.pricing.attempts import cost_of_attempt
from harness.pricing.book import PriceBook
from harness.pricing.served import other_model
from harness.run.execution.call import IN_FLIGHT
from harness.run.execution.progress import ModelProgress
from harness.run.execution.run_context import reservation_key
from harness.store.codec import SentLine
from harness.store.resume import CallReader
from harness.store.run_dir import RunDir


@dataclass(slots=True, kw_only=True)
class LostWork:
    """`calls`: jobs with an outcome. `unknown`: attempts that may have been billed, without one. `costs`: of every
    attempt, by the key under which its dollars were reserved.
    """

    calls: list[Call]
    unknown: list[SentLine]
    costs: dict[str, Cost | CostUnknown] = field(default_factory=dict)


def read_lost_work(run: RunDir, segment: Path, endpoints: Mapping[str, Endpoint], book: PriceBook) -> LostWork:
    """Read a segment that nobody writes to any more. Raises LocalError for a damaged line."""
    reader = CallReader(run, [segment] if segment.exists() else [])
    calls = list(reader)
    lost = LostWork(calls=calls, unknown=reader.all_unresolved())
    made: dict[str, int] = {}
    for call in calls:
        for number, attempt in enumerate(call.attempts):
            cost = cost_of_attempt(book, endpoints[call.label], call.params, attempt)
            lost.costs[reservation_key(call.key, number)] = cost
        made[call.key] = len(call.attempts)
    for sent in lost.unknown:  # at most one of a job, its last
        lost.costs[reservation_key(sent.head.key, made.get(sent.head.key, 0))] = IN_FLIGHT
    return lost


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
    for call in lost.calls:
        model, endpoint = models[call.label], endpoints[call.label]
        for number, attempt in enumerate(call.attempts):
            cost = lost.costs[reservation_key(call.key, number)]
            model.on_attempt(attempt, cost, other_model(attempt, endpoint, book))
        if call.is_finished:
            model.on_job_end(call.attempts[-1])
    for sent in lost.unknown:
        models[sent.head.label].unknown += 1
    return models


def answers(lost: LostWork) -> Iterator[tuple[Call, Completion]]:
    """The answers that are to be graded."""
    for call in lost.calls:
        if call.accepted is not None and call.grader:
            yield call, call.accepted
