"""What earlier sessions of a run did, counted again from its files: jobs, dollars against the budget, missing grades.

One pass over the grades, one over the call log; memory stays flat.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from harness.core.errors import LocalError
from harness.core.types import Call, Sample
from harness.pricing.book import PriceBook
from harness.pricing.budget import Budget
from harness.pricing.exact import EXACT
from harness.pricing.repeated import RepeatedBills
from harness.run.execution.log_counts import VERDICT_NUMBERS, LogCounts, Tally
from harness.run.execution.progress import ModelProgress
from harness.run.execution.resume_cache import CountedLog, ResumeCache
from harness.store.call_log import calls, foreign_label
from harness.store.codec import Manifest
from harness.store.corrections import corrections
from harness.store.key_table import KeyTable
from harness.store.resume import CompletedJobs, LogReading
from harness.store.run_dir import RunDir

_NOTHING = Decimal(0)


@dataclass(slots=True, kw_only=True)
class RestoredState:
    """State of an interrupted run. `completed`: finished jobs; `ungraded`: answers without a grade; `files`: log
    segments read; `verdicts`: the verdict in force by key, as its place in `Verdict` plus one.
    """

    completed: CompletedJobs
    verdicts: KeyTable
    files: tuple[Path, ...]
    ungraded: int = 0

    def backlog(self, run: RunDir, samples: Mapping[tuple[str, str], Sample]) -> Iterator[tuple[Call, Sample] | None]:
        """The answers without a grade, None for each job that needs none; reads the segments once more."""
        # Most resumed runs have no answer left to grade, and a second pass over a large log takes time.
        if not self.ungraded:
            return
        for call in calls(run, self.files):
            if call.accepted is None or not call.grader or self.verdicts.get(call.key):
                yield None
            else:
                yield call, _sample_of(call, samples)


def _sample_of(call: Call, samples: Mapping[tuple[str, str], Sample]) -> Sample:
    sample = samples.get((call.task, call.sample_id))
    if sample is None:
        raise LocalError(f"an answer to {call.task} {call.sample_id} is there, but samples.jsonl has no such sample")
    return sample


def restore_state(
    run: RunDir,
    manifest: Manifest,
    models: Mapping[str, ModelProgress],
    *,
    budget: Budget,
    book: PriceBook,
    retry_failed: bool,
    in_batches: Container[tuple[str, int]] = (),
    is_growing: bool = False,
) -> RestoredState:
    """Count into `models` and `budget` what the files hold. LocalError: damage beyond a half-written last line.

    `in_batches`: attempts, as (key, number), that wait in a provider's batch: they are neither lost nor spent.
    `is_growing`: another process is writing, and this one counts for the resume cache alone.
    """
    cache = ResumeCache.of(run, manifest, retry_failed=retry_failed, is_growing=is_growing)
    counted, verdicts = _counted_before(run, cache)
    found = RestoredState(completed=CompletedJobs(retry_failed=retry_failed), verdicts=verdicts, files=())
    reading = LogReading.of(found.completed, run)
    found.files = tuple(reading.files)
    counts = LogCounts(
        run=run,
        endpoints={one.label: one for one in reversed(manifest.endpoints)},
        tallies={label: Tally(model) for label, model in models.items()},
        reading=reading,
        verdicts=verdicts,
        budget=budget,
        bills=RepeatedBills(book),
        reread=corrections(run),
    )
    if counted is not None:
        counts.go_on_from(counted)
    reading.read(saw=counts.on_line, saw_end=counts.on_end, begin=cache.begin, on_block=cache.on_log)
    if cache.has_grown:
        cache.write(counts.counted(), reading.files)
    found.ungraded = len(counts.ungraded)
    found.completed.unknown = reading.finish()
    found.completed.spent_usd = counts.spent_on_open
    counts.finish()
    for sent in found.completed.unknown:
        if sent.head.label not in models:
            raise foreign_label(run, sent.head.label)
        if (sent.head.key, sent.number) in in_batches:
            continue
        # The provider may have billed it: a budget that forgot it could be exceeded by every interruption.
        lost_usd = sent.bound_usd or _NOTHING
        budget.add_spent(lost_usd, model=sent.head.label)
        spent_on_open = found.completed.spent_usd
        spent_on_open[sent.head.key] = EXACT.add(spent_on_open.get(sent.head.key, _NOTHING), lost_usd)
        models[sent.head.label].unknown += 1
    for model in models.values():
        model.begin_session()
    return found


def _counted_before(run: RunDir, cache: ResumeCache) -> tuple[CountedLog | None, KeyTable]:
    """What the cache holds of the log's beginning, with the grades that came since; and all verdicts in force."""
    counted = cache.read()
    if counted is None:
        return None, _grades(run, cache)
    verdicts, ended = KeyTable.unpacked(counted.verdicts), KeyTable.unpacked(counted.ended)
    later = _grades(run, cache)
    for key, number in later.items():
        # of which model a grade is that was counted otherwise before, is known from the log alone
        if key not in counted.ungraded and ended.get(key) and verdicts.get(key) != number:
            cache.forget()
            return None, _grades(run, cache)
        verdicts.put(key, number)
        label = counted.ungraded.pop(key, None)
        if label is not None:
            counted.models[label].verdicts[number] += 1
    return counted, verdicts


def _grades(run: RunDir, cache: ResumeCache) -> KeyTable:
    """The verdicts in force among the grades that `cache` has not taken in."""
    verdicts = KeyTable()
    for key, grade in run.grade_fields(start=cache.grades_from, on_block=cache.on_grades):
        # Overwritten by a later line: the last grade of a key is the one in force.
        with suppress(ValueError):  # a damaged key: grading again is free
            verdicts.put(key, VERDICT_NUMBERS[grade.verdict])
    return verdicts
