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
from functools import cached_property
from itertools import islice
from pathlib import Path

from harness.core.prices import Cost, CostUnknown, Price
from harness.core.types import Call, Endpoint, Grade, Sample
from harness.pricing.attempts import accepted_cost, attempt_costs, sum_costs
from harness.pricing.book import PriceBook, load_book
from harness.pricing.gpu_time import SharedTime, interval_of, shared_cost
from harness.pricing.repeated import RepeatedBills
from harness.pricing.served import other_model
from harness.report.run_data.cache import MIN_JOBS, JobCache
from harness.report.run_data.columns import BLOCK, ColumnConsumer, JobColumns, columns_of
from harness.report.run_data.logged_records import RecordMaker, corrected_job
from harness.report.run_data.lost import LostAttempts, with_lost
from harness.report.run_data.records import JobRecord, JobResult, RecordConsumer, record_of
from harness.report.run_data.stored_columns import stored_blocks
from harness.store.call_log import CallReader, FieldsReader, foreign_label, naming_damage
from harness.store.codec import Manifest, SentLine
from harness.store.corrections import corrected, corrections
from harness.store.grade_index import grade_index
from harness.store.run_dir import RunDir


def price_book_of(manifest: Manifest, *, prices: Sequence[Price] = ()) -> PriceBook:
    """The price rows the run was made with, or those given instead."""
    return load_book(own=prices or manifest.prices)


@dataclass(kw_only=True)
class RunData:
    """A run folder for reading.

    `lost` is filled by a pass over the log (`read`, `records`, `results`). `is_cached`: records may come from the
    columnar cache, which holds for the price rows of the manifest alone, and `keeps_cache` that they are kept there
    from MIN_JOBS jobs on; without it they are from BLOCK on.
    """

    run: RunDir
    manifest: Manifest
    book: PriceBook
    is_cached: bool = False
    keeps_cache: bool = True
    lost: LostAttempts = field(default_factory=LostAttempts)

    @classmethod
    def load(cls, folder: RunDir | Path, *, keeps_cache: bool = True) -> RunData:
        """Open a run. Raises UsageError where the folder holds none, LocalError where its manifest cannot be read."""
        run = folder if isinstance(folder, RunDir) else RunDir.open(folder)
        manifest = run.manifest()
        return cls(run=run, manifest=manifest, book=price_book_of(manifest), is_cached=True, keeps_cache=keeps_cache)

    @cached_property
    def samples(self) -> Mapping[tuple[str, str], Sample]:
        """The samples by (task, sample id), in the order they are asked."""
        return self.run.samples()

    def sample_order(self, task: str) -> tuple[str, ...]:
        """The ids of a task's samples in the order they are asked."""
        return tuple(sample for name, sample in self.samples if name == task)

    def read(self, *consumers: RecordConsumer) -> None:
        """Hand every job to each consumer, in one pass over the call log: by blocks to those that take them."""
        by_block = [one for one in consumers if isinstance(one, ColumnConsumer)]
        one_by_one = [one for one in consumers if one not in by_block]
        for jobs in self._blocks():
            singly: Sequence[RecordConsumer] = consumers
            if isinstance(jobs, JobColumns):
                singly = one_by_one
                for whole in by_block:
                    whole.add_columns(jobs)
            if singly:
                for record in jobs.records() if isinstance(jobs, JobColumns) else jobs:
                    for consumer in singly:
                        consumer.add(record)

    def records(self) -> Iterator[JobRecord]:
        """Every job with at least one outcome, without its texts; from the cache where there is a valid one."""
        for jobs in self._blocks():
            yield from jobs.records() if isinstance(jobs, JobColumns) else jobs

    def _blocks(self) -> Iterator[JobColumns | Sequence[JobRecord]]:
        """The jobs in columns, or as they are where they are few or do not fit into columns."""
        stored = stored_blocks(self.run) if self.is_cached else None
        cache = JobCache(self.run) if self.is_cached and stored is None else None
        if cache is not None:
            stored = cache.read()
        if stored is not None:
            blocks, self.lost = stored
            yield from blocks
            return
        # At the end of a run the libraries of columns would take more memory than all of a smaller run.
        least = MIN_JOBS if self.keeps_cache else BLOCK
        writer = None if cache is None else cache.writer()
        try:
            for number, records in enumerate(_chunks(self._logged_records())):
                jobs = _in_columns(records) if number or len(records) >= least else records
                if writer is not None and isinstance(jobs, JobColumns):
                    writer.add(jobs)
                elif writer is not None:
                    writer.give_up()
                yield jobs
        except BaseException:  # a damaged log, or a reader that stops early
            if writer is not None:
                writer.give_up()
            raise
        if writer is not None:
            writer.finish(self.lost)

    def _logged_records(self) -> Iterator[JobRecord]:
        """The records of all jobs, from the log; fills `lost`."""
        has_gpu_cost = any(one.gpu_cost is not None for one in self.manifest.endpoints)
        if has_gpu_cost or self.manifest.conversation is not None:
            yield from map(record_of, self.results())
            return
        reread = corrections(self.run)
        corrected_keys = {key for key, _ in reread}
        maker = RecordMaker(endpoints=self._endpoints, bills=RepeatedBills(self.book))
        log = FieldsReader(self.run)
        seen: set[str] = set()
        with grade_index(self.run) as grades, naming_damage(self.run.call_files()):
            for job in log:
                head = job[0][0].head
                key = head.key
                self._check_label(head.label)
                unresolved = log.unresolved(key)
                if unresolved:
                    seen.add(key)
                as_read = corrected_job(job, reread) if key in corrected_keys else job
                yield maker.record(as_read, grades.get(key), unresolved)
        self.lost = LostAttempts.of(log.all_unresolved(), with_record=seen)

    def results(self) -> Iterator[JobResult]:
        """Every job with at least one outcome, with all of it; memory holds the grades and the open jobs only.

        Raises LocalError for a damaged log, and for one that is not this manifest's.

        Usage that was read again (harness regrade --usage) stands in for what the paid line holds. Where an attempt was
        sent and no outcome came, what the job cost is not known: the provider may have billed that attempt too.
        """
        grades = self.run.grades()
        reread = corrections(self.run)
        shared = self._shared_gpu_time()
        log = CallReader(self.run)
        seen: set[str] = set()
        for paid in log:
            call = corrected(paid, reread)
            self._check_label(call.label)
            line = grades.get(call.key)
            unresolved = log.unresolved(call.key)
            if unresolved:
                seen.add(call.key)
            yield self._result(call, None if line is None else line.grade, unresolved, shared)
        self.lost = LostAttempts.of(log.all_unresolved(), with_record=seen)

    @cached_property
    def _endpoints(self) -> dict[str, Endpoint]:
        return {endpoint.label: endpoint for endpoint in self.manifest.endpoints}

    def _check_label(self, label: str) -> None:
        if label not in self._endpoints:
            raise foreign_label(self.run, label)

    def _result(
        self, call: Call, grade: Grade | None, unresolved: Sequence[SentLine], shared: Mapping[str, SharedTime]
    ) -> JobResult:
        """One job; `shared`: the time of servers that are paid by the hour."""
        endpoint = self._endpoints[call.label]
        costs = self._costs(call, endpoint, shared)
        return JobResult(
            call=call,
            grade=None if call.accepted is None else grade,
            spent=with_lost(sum_costs(costs), unresolved),
            accepted=accepted_cost(call, costs),
            attempt_costs=costs,
            other_model=None if call.accepted is None else other_model(call.accepted, endpoint, self.book),
        )

    def _costs(
        self, call: Call, endpoint: Endpoint, shared: Mapping[str, SharedTime]
    ) -> tuple[Cost | CostUnknown, ...]:
        """Dollars of each attempt of a job."""
        rate = endpoint.gpu_cost
        if rate is None:
            return attempt_costs(call, self.book, endpoint)
        is_reused = call.reused_from is not None
        time = shared[endpoint.base_url]
        return tuple(shared_cost(rate, attempt, time, is_reused=is_reused) for attempt in call.attempts)

    def _shared_gpu_time(self) -> dict[str, SharedTime]:
        """By address the time of each server that is paid by the hour, from all its requests: one more pass."""
        servers = {one.label: one.base_url for one in self.manifest.endpoints if one.gpu_cost is not None}
        if not servers:
            return {}
        intervals: dict[str, list[tuple[float, float]]] = {url: [] for url in servers.values()}
        for call in CallReader(self.run):
            if call.label in servers:
                intervals[servers[call.label]] += map(interval_of, call.attempts)
        return {url: SharedTime(found) for url, found in intervals.items()}


def _chunks(records: Iterator[JobRecord]) -> Iterator[list[JobRecord]]:
    """The jobs in lists of BLOCK."""
    while chunk := list(islice(records, BLOCK)):
        yield chunk


def _in_columns(records: list[JobRecord]) -> JobColumns | list[JobRecord]:
    """The jobs in columns; as they are where a number is beyond 64 bits."""
    import pyarrow as pa

    try:
        return columns_of(records)
    except (OverflowError, pa.ArrowException):
        return records
