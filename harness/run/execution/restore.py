"""What earlier sessions of a run did, counted again from its files: jobs, dollars against the budget, missing grades.

One pass over the grades, one over the call log; memory stays flat.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from harness.core.errors import LocalError
from harness.core.types import Attempt, Call, Endpoint, FailureKind, Sample, SamplingParams, Verdict
from harness.pricing.book import PriceBook
from harness.pricing.budget import Budget
from harness.pricing.exact import EXACT
from harness.pricing.repeated import BillForm, Counts, RepeatedBills
from harness.run.execution.progress import ModelProgress
from harness.store.call_log import calls, foreign_label, outcome_of
from harness.store.codec import EndLine, Manifest
from harness.store.corrections import Corrections, corrected_line, corrections
from harness.store.key_table import KeyTable
from harness.store.outcome_fields import OutcomeFields
from harness.store.resume import CompletedJobs, completed_jobs
from harness.store.run_dir import RunDir

_VERDICTS = tuple(Verdict)
_NOTHING = Decimal(0)
_NUMBERS = {verdict.value: number for number, verdict in enumerate(_VERDICTS, 1)}


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
) -> RestoredState:
    """Count into `models` and `budget` what the files hold. LocalError: damage beyond a half-written last line.

    `in_batches`: attempts, as (key, number), that wait in a provider's batch: they are neither lost nor spent.
    """
    verdicts = KeyTable()
    for key, grade in run.grade_fields():
        # Overwritten by a later line: the last grade of a key is the one in force.
        with suppress(ValueError):  # a damaged key: grading again is free
            verdicts.put(key, _NUMBERS[grade.verdict])
    found = RestoredState(completed=CompletedJobs(), verdicts=verdicts, files=tuple(run.call_files()))
    reader = _LogReplayer(
        run=run,
        endpoints={one.label: one for one in reversed(manifest.endpoints)},
        tallies={label: _Tally(model) for label, model in models.items()},
        budget=budget,
        bills=RepeatedBills(book),
        found=found,
        retry_failed=retry_failed,
        reread=corrections(run),
    )
    found.completed = completed_jobs(run, retry_failed=retry_failed, saw=reader.on_line, saw_end=reader.on_end)
    found.completed.spent_usd = reader.spent_on_open
    reader.finish()
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


@dataclass(slots=True)
class _Tally:
    """Sums of one model: dollars of attempts with a price, what those without count as, jobs by number of verdict."""

    model: ModelProgress
    priced_usd: Decimal = _NOTHING
    unpriced_usd: Decimal = _NOTHING
    verdicts: list[int] = field(default_factory=lambda: [0] * (len(_VERDICTS) + 1))


@dataclass(slots=True, kw_only=True)
class _LogReplayer:
    """Counts the outcomes of a log, with usage as it was last read. `places`: outcomes seen of jobs that have such.

    `last_turns`: the last answers of conversations that have not ended.

    `tallies`: by label; `spent_on_open`: by key, those of jobs that have not ended.
    """

    run: RunDir
    endpoints: Mapping[str, Endpoint]
    tallies: Mapping[str, _Tally]
    budget: Budget
    bills: RepeatedBills
    found: RestoredState
    retry_failed: bool
    reread: Corrections
    corrected_keys: frozenset[str] = field(init=False)
    places: dict[str, int] = field(default_factory=dict)
    last_turns: dict[str, OutcomeFields] = field(default_factory=dict)
    spent_on_open: dict[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.corrected_keys = frozenset(key for key, _ in self.reread)

    def on_line(self, line: OutcomeFields, text: bytes) -> None:
        """Count one outcome."""
        head, bound_usd = line.head, line.bound_usd
        if self.reread and head.key in self.corrected_keys:
            line, text = self._reread(line, text)
        attempt = line.attempt
        tally = self.tallies.get(head.label)
        if tally is None:
            raise foreign_label(self.run, head.label)
        form, counts = self._bill(line, text)
        # Billed to the earlier run: its dollars count against that run's budget and not against this one's.
        is_failure = attempt.is_retryable is not None
        if line.reused_from is None:
            at_most = self._count_dollars(tally, form, form.usd(counts), bound_usd)
            if not line.is_final or (is_failure and self.retry_failed):
                self.spent_on_open[head.key] = EXACT.add(self.spent_on_open.get(head.key, _NOTHING), at_most)
        if is_failure:
            tally.model.count_failure(FailureKind(attempt.kind))
        else:
            tokens = None if attempt.usage is None else attempt.usage.completion_tokens
            tally.model.count_answer(form.other_model, tokens, attempt.timing.ttft_s)
        if not line.is_final:
            if not is_failure:
                self.last_turns[head.key] = line
        elif not (is_failure and self.retry_failed):
            self._on_job_end(tally, line, is_answer=not is_failure)

    def _count_dollars(self, tally: _Tally, form: BillForm, usd: Decimal | None, bound_usd: Decimal | None) -> Decimal:
        """Count the dollars of an attempt, None where they are unknown; returns how many count against the budget."""
        if usd is None:
            tally.model.add_dollars(form.known_usd, is_priced=False)
            # as Budget.settle: an unknown cost counts as its bound, or as its known part where that is more
            usd = max(bound_usd or _NOTHING, form.known_usd)
            tally.unpriced_usd = EXACT.add(tally.unpriced_usd, usd)
        else:
            tally.priced_usd = EXACT.add(tally.priced_usd, usd)
        if bound_usd is not None and usd > bound_usd:
            self.budget.learn(tally.model.label, bound_usd=bound_usd, billed_usd=usd)
        return usd

    def finish(self) -> None:
        """Hand on what was summed up by model."""
        for label, tally in self.tallies.items():
            tally.model.add_dollars(tally.priced_usd, is_priced=True)
            self.budget.add_spent(EXACT.add(tally.priced_usd, tally.unpriced_usd), model=label)
            for number, count in enumerate(tally.verdicts):
                if count:
                    tally.model.verdicts[_VERDICTS[number - 1]] += count

    def on_end(self, line: EndLine) -> None:
        """Count the job of a conversation that has ended."""
        last = self.last_turns.pop(line.head.key)
        self._on_job_end(self.tallies[last.head.label], last, is_answer=not last.attempt.is_failure)

    def _on_job_end(self, tally: _Tally, line: OutcomeFields, *, is_answer: bool) -> None:
        if self.spent_on_open:
            self.spent_on_open.pop(line.head.key, None)
        tally.model.count_job(is_answer=is_answer)
        if line.reused_from is not None:
            tally.model.reused += 1
        if is_answer:
            number = self.found.verdicts.get(line.head.key)
            if number:
                tally.verdicts[number] += 1
            elif line.head.grader:  # without one the task is not graded
                self.found.ungraded += 1

    def _reread(self, line: OutcomeFields, text: bytes) -> tuple[OutcomeFields, bytes]:
        """The line with its usage as last read (store.corrections), which reports count too."""
        key = line.head.key
        place = self.places.get(key, 0)
        self.places[key] = place + 1
        found = self.reread.get((key, place))
        return (line, text) if found is None else corrected_line(text, found)

    def _bill(self, line: OutcomeFields, text: bytes) -> tuple[BillForm, Counts]:
        def decoded() -> tuple[SamplingParams, Attempt]:
            whole = outcome_of(text)
            return whole.head.params, whole.attempt

        return self.bills.bill(self.endpoints[line.head.label], bytes(line.head.params), line.attempt, decoded)
