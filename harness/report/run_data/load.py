"""What a run folder holds, read once: its manifest, its prices, and every job with its grade and its dollars.

    data = RunData.load(folder)
    data.read(summaries, series)         one pass over the call log, however many consumers there are
    for result in data.results(): ...    the same pass with all texts, attempts and bill lines

Grades and dollars are derived anew from the files, at no cost; prices are those of the run's own manifest. Cannot send
anything: imports neither run nor providers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from harness.core.prices import Cost, CostUnknown, Price
from harness.core.types import JobResult, Sample
from harness.pricing.attempts import attempt_costs, sum_costs
from harness.pricing.book import PriceBook, load_book
from harness.report.run_data.records import JobRecord, RecordConsumer, record_of
from harness.store.codec import JobHead, Manifest, SentLine
from harness.store.corrections import corrected, corrections
from harness.store.resume import CallReader
from harness.store.run_dir import RunDir


def price_book_of(manifest: Manifest, *, prices: Sequence[Price] = ()) -> PriceBook:
    """The price rows the run was made with, or those given instead."""
    return load_book(own=prices or manifest.prices)


def lost_reason(count: int) -> str:
    """Why a job's dollars are unknown that has lost attempts."""
    return f"{'an attempt was' if count == 1 else f'{count} attempts were'} sent and the outcome never came"


@dataclass(slots=True, kw_only=True)
class LostAttempts:
    """Attempts that were sent and whose outcome never came, known once the call log has been read.

    `sent`: all of them, in the order they were sent. `without_record`: jobs of which nothing else is known, each with
    how many attempts it has that may have cost something.
    """

    sent: list[SentLine] = field(default_factory=list)
    without_record: list[tuple[JobHead, int]] = field(default_factory=list)


@dataclass(kw_only=True)
class RunData:
    """A run folder for reading. `lost` is filled by a pass over the log (`read`, `records`, `results`)."""

    run: RunDir
    manifest: Manifest
    book: PriceBook
    lost: LostAttempts = field(default_factory=LostAttempts)

    @classmethod
    def load(cls, folder: RunDir | Path) -> RunData:
        """Open a run. Raises UsageError where the folder holds none, LocalError where its manifest cannot be read."""
        run = folder if isinstance(folder, RunDir) else RunDir.open(folder)
        manifest = run.manifest()
        return cls(run=run, manifest=manifest, book=price_book_of(manifest))

    @cached_property
    def samples(self) -> Mapping[tuple[str, str], Sample]:
        """The samples by (task, sample id), in the order they are asked."""
        return self.run.samples()

    def sample_order(self, task: str) -> tuple[str, ...]:
        """The ids of a task's samples in the order they are asked."""
        return tuple(sample for name, sample in self.samples if name == task)

    def read(self, *consumers: RecordConsumer) -> None:
        """Hand every job to each consumer, in one pass over the call log."""
        for record in self.records():
            for consumer in consumers:
                consumer.add(record)

    def records(self) -> Iterator[JobRecord]:
        """Every job with at least one outcome, without its texts."""
        for result in self.results():
            yield record_of(result)

    def results(self) -> Iterator[JobResult]:
        """Every job with at least one outcome, with all of it; memory holds the grades and the open jobs only.

        Usage that was read again (harness regrade --usage) stands in for what the paid line holds. Where an attempt was
        sent and no outcome came, what the job cost is not known: the provider may have billed that attempt too.
        """
        grades = self.run.grades()
        reread = corrections(self.run)
        endpoints = {endpoint.label: endpoint for endpoint in self.manifest.endpoints}
        log = CallReader(self.run)
        seen: set[str] = set()
        for paid in log:
            call = corrected(paid, reread)
            line = grades.get(call.key)
            costs = attempt_costs(call, self.book, endpoints[call.label])
            spent = sum_costs(costs)
            unresolved = log.unresolved(call.key)
            if unresolved:
                seen.add(call.key)
                spent = _with_lost(spent, unresolved)
            yield JobResult(
                call=call,
                grade=None if line is None or call.accepted is None else line.grade,
                spent=spent,
                accepted=None if call.accepted is None else costs[-1],
                attempt_costs=costs,
            )
        self.lost = _lost(log.all_unresolved(), seen)


def _may_cost(sent: SentLine) -> bool:
    """A bound of exactly 0 is free whatever became of the attempt."""
    return sent.bound_usd != Decimal(0)


def _with_lost(spent: Cost | CostUnknown, unresolved: Sequence[SentLine]) -> Cost | CostUnknown:
    count = sum(map(_may_cost, unresolved))
    if not count:
        return spent
    return CostUnknown(reason=lost_reason(count), known_usd=spent.usd if isinstance(spent, Cost) else spent.known_usd)


def _lost(sent: Sequence[SentLine], with_record: set[str]) -> LostAttempts:
    counts: dict[str, int] = {}
    heads: dict[str, JobHead] = {}
    for one in sent:
        key = one.head.key
        if key not in with_record and _may_cost(one):
            counts[key] = counts.get(key, 0) + 1
            heads[key] = one.head
    return LostAttempts(sent=list(sent), without_record=[(heads[key], count) for key, count in counts.items()])
