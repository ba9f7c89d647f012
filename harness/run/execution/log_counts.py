"""What the outcomes of a run's log come to: jobs and dollars of each model, as a live session counts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from harness.core.types import Attempt, Endpoint, FailureKind, SamplingParams, Verdict
from harness.pricing.budget import Budget
from harness.pricing.exact import EXACT
from harness.pricing.repeated import BillForm, Counts, RepeatedBills
from harness.run.execution.progress import ModelProgress
from harness.run.execution.resume_cache import CountedLog, ModelCounts
from harness.store.call_log import foreign_label, outcome_of
from harness.store.codec import EndLine
from harness.store.corrections import Corrections, corrected_line
from harness.store.key_table import KeyTable
from harness.store.outcome_fields import OutcomeFields
from harness.store.resume import LogReading
from harness.store.run_dir import RunDir

_VERDICTS = tuple(Verdict)
_NOTHING = Decimal(0)
VERDICT_NUMBERS = {verdict.value: number for number, verdict in enumerate(_VERDICTS, 1)}


@dataclass(slots=True)
class Tally:
    """Sums of one model: dollars of attempts with a price, what those without count as, jobs by number of verdict."""

    model: ModelProgress
    priced_usd: Decimal = _NOTHING
    unpriced_usd: Decimal = _NOTHING
    verdicts: list[int] = field(default_factory=lambda: [0] * (len(_VERDICTS) + 1))

    def counts(self) -> ModelCounts:
        """All that has been counted."""
        model = self.model
        return ModelCounts(
            done=model.done,
            answered=model.answered,
            failed=model.failed,
            reused=model.reused,
            unpriced=model.unpriced,
            completion_tokens=model.completion_tokens,
            known_usd=model.known_usd,
            priced_usd=self.priced_usd,
            unpriced_usd=self.unpriced_usd,
            causes={kind.value: count for kind, count in model.causes.items()},
            other_models=dict(model.other_models),
            ttft_s=list(model.ttft_s),
            verdicts=self.verdicts,
        )

    def go_on_from(self, counts: ModelCounts) -> None:
        """Take over what an earlier pass counted."""
        model = self.model
        model.done, model.answered, model.failed = counts.done, counts.answered, counts.failed
        model.reused, model.unpriced, model.known_usd = counts.reused, counts.unpriced, counts.known_usd
        model.completion_tokens = counts.completion_tokens
        model.causes.update({FailureKind(kind): count for kind, count in counts.causes.items()})
        model.other_models.update(counts.other_models)
        model.ttft_s.extend(counts.ttft_s)
        self.priced_usd, self.unpriced_usd, self.verdicts = counts.priced_usd, counts.unpriced_usd, counts.verdicts


@dataclass(slots=True, kw_only=True)
class LogCounts:
    """Counts the outcomes that `reading` takes in, with usage as it was last read.

    `tallies`: by label. `verdicts`: those in force. `places`: outcomes seen of jobs whose usage was read again.
    `last_turns`: the last answers of conversations that have not ended. By key: `spent_on_open`, dollars of jobs that
    have not ended; `failed`, jobs that ended in a failure; `ungraded`, the model of each answer without a grade.
    `learned`: label, bound and bill of attempts that cost more than their bound.
    """

    run: RunDir
    endpoints: Mapping[str, Endpoint]
    tallies: Mapping[str, Tally]
    budget: Budget
    bills: RepeatedBills
    reading: LogReading
    verdicts: KeyTable
    reread: Corrections
    corrected_keys: frozenset[str] = field(init=False)
    places: dict[str, int] = field(default_factory=dict)
    last_turns: dict[str, OutcomeFields] = field(default_factory=dict)
    spent_on_open: dict[str, Decimal] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    ungraded: dict[str, str] = field(default_factory=dict)
    learned: list[tuple[str, Decimal, Decimal]] = field(default_factory=list)

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
            if not line.is_final or (is_failure and self.reading.jobs.retry_failed):
                self.spent_on_open[head.key] = EXACT.add(self.spent_on_open.get(head.key, _NOTHING), at_most)
        if is_failure:
            tally.model.count_failure(FailureKind(attempt.kind))
        else:
            tokens = None if attempt.usage is None else attempt.usage.completion_tokens
            tally.model.count_answer(form.other_model, tokens, attempt.timing.ttft_s)
        if not line.is_final:
            if not is_failure:
                self.last_turns[head.key] = line
        elif not (is_failure and self.reading.jobs.retry_failed):
            self._on_job_end(tally, line, is_answer=not is_failure)

    def _count_dollars(self, tally: Tally, form: BillForm, usd: Decimal | None, bound_usd: Decimal | None) -> Decimal:
        """Count the dollars of an attempt, None where they are unknown; returns how many count against the budget."""
        if usd is None:
            tally.model.add_dollars(form.known_usd, is_priced=False)
            # as Budget.settle: an unknown cost counts as its bound, or as its known part where that is more
            usd = max(bound_usd or _NOTHING, form.known_usd)
            tally.unpriced_usd = EXACT.add(tally.unpriced_usd, usd)
        else:
            tally.priced_usd = EXACT.add(tally.priced_usd, usd)
        if bound_usd is not None and usd > bound_usd:
            self._learn(tally.model.label, bound_usd, usd)
        return usd

    def _learn(self, label: str, bound_usd: Decimal, billed_usd: Decimal) -> None:
        self.learned.append((label, bound_usd, billed_usd))
        self.budget.learn(label, bound_usd=bound_usd, billed_usd=billed_usd)

    def finish(self) -> None:
        """Hand on what was summed up by model."""
        for label, tally in self.tallies.items():
            tally.model.add_dollars(tally.priced_usd, is_priced=True)
            self.budget.add_spent(EXACT.add(tally.priced_usd, tally.unpriced_usd), model=label)
            for number, count in enumerate(tally.verdicts):
                if count:
                    tally.model.verdicts[_VERDICTS[number - 1]] += count

    def counted(self) -> CountedLog:
        """All of it, before `finish`, for a later pass to go on from."""
        reading = self.reading
        return CountedLog(
            ended=reading.jobs.ended.packed(),
            numbers=reading.reader.numbers.packed(),
            verdicts=self.verdicts.packed(),
            attempts=reading.jobs.numbers,
            failures=reading.failures,
            open_sends=reading.reader.open_sends,
            spent_on_open=self.spent_on_open,
            failed=list(self.failed),
            ungraded=self.ungraded,
            learned=self.learned,
            models={label: tally.counts() for label, tally in self.tallies.items()},
        )

    def go_on_from(self, counted: CountedLog) -> None:
        """Take over what an earlier pass counted; `verdicts` are those in force already."""
        jobs = self.reading.jobs
        jobs.ended = KeyTable.unpacked(counted.ended)
        jobs.numbers.update(counted.attempts)
        self.reading.failures.update(counted.failures)
        self.reading.reader.go_on_from(KeyTable.unpacked(counted.numbers), counted.open_sends)
        self.spent_on_open.update(counted.spent_on_open)
        self.failed.update(counted.failed)
        self.ungraded.update(counted.ungraded)
        for label, bound_usd, billed_usd in counted.learned:
            self._learn(label, bound_usd, billed_usd)
        for label, counts in counted.models.items():
            self.tallies[label].go_on_from(counts)

    def on_end(self, line: EndLine) -> None:
        """Count the job of a conversation that has ended."""
        last = self.last_turns.pop(line.head.key)
        self._on_job_end(self.tallies[last.head.label], last, is_answer=not last.attempt.is_failure)

    def _on_job_end(self, tally: Tally, line: OutcomeFields, *, is_answer: bool) -> None:
        if self.spent_on_open:
            self.spent_on_open.pop(line.head.key, None)
        key = line.head.key
        if key in self.failed:  # an earlier session's end of this job: --retry-failed had it sent again
            self.failed.discard(key)
            tally.model.uncount_failed_job()
        if not is_answer:
            self.failed.add(key)
        tally.model.count_job(is_answer=is_answer)
        if line.reused_from is not None:
            tally.model.reused += 1
        if is_answer:
            number = self.verdicts.get(key)
            if number:
                tally.verdicts[number] += 1
            elif line.head.grader:  # without one the task is not graded
                self.ungraded[key] = line.head.label

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
