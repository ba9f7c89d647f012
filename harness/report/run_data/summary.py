"""One model on one task in numbers: what the comparison table is made of.

Reads rows as a stream and keeps counts, sums and latencies; of texts, one message for each kind of failure. What cannot
be known stays None: one call without a price makes the dollars of its group unknown, and the summary says how many and
why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from harness.core.types import FailureKind, FinishReason, Origin, Verdict
from harness.pricing.exact import exact_sum
from harness.report.run_data.answering import AnsweringModels
from harness.report.run_data.charges import ProviderChargeTotals
from harness.report.run_data.load import RunData
from harness.report.run_data.measured import MeasuredFigures
from harness.report.run_data.records import TIMINGS, JobRecord, read_findings
from harness.report.run_data.sample_tallies import SampleTallies
from harness.stats.intervals import ConfidenceInterval, clustered_proportion

_SHOWN_CHARS = 120
_REASONS = 50
"""Different reasons that are told apart; a run of a million answers stays small."""


@dataclass(slots=True, kw_only=True)
class TokenSum:
    """Tokens of one kind over all accepted answers. `missing`: answers that did not report it."""

    total: int = 0
    missing: int = 0

    def add(self, count: int | None) -> None:
        """Count one answer's tokens, or that they are not known."""
        if count is None:
            self.missing += 1
        else:
            self.total += count

    @property
    def known(self) -> int | None:
        """The sum, or None where any answer did not report it."""
        return None if self.missing else self.total


@dataclass(slots=True)
class VerdictPairs:
    """Answers that both the source and our grader have graded: (correct for the source, correct for us) -> how many."""

    counts: Counter[tuple[bool, bool]] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Answers with both verdicts."""
        return self.counts.total()

    @property
    def correct_for_source(self) -> int:
        """Those that the source calls correct."""
        return self.counts[True, True] + self.counts[True, False]

    @property
    def alike(self) -> int:
        """Those on which both agree."""
        return self.counts[True, True] + self.counts[False, False]


@dataclass(slots=True, kw_only=True)
class ModelSummary:
    """One model on one task. `planned`: jobs the run was to do; `jobs`: those with at least one outcome.
    `findings`: of graders with several questions, by name: answers that have it, of those that it is of.
    `said`: the first message of each kind of failure that ended a job. `ungraded_reasons`: why answers have no grade.
    `answering`: which models gave the answers. `has_gpu_cost`: dollars are of GPU time, not of tokens.

    `source`: verdicts of an imported source beside ours, once answers have been regraded.
    `asked_in`: the samples in the order they were asked, where the run could stop early; else empty.
    """

    label: str
    name: str
    task: str
    task_version: int
    planned: int
    origin: Origin
    has_gpu_cost: bool = False
    asked_in: tuple[str, ...] = ()
    jobs: int = 0
    finished: int = 0
    answered: int = 0
    failed: int = 0
    ungraded: int = 0
    attempts: int = 0
    reused: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    causes: Counter[FailureKind] = field(default_factory=Counter)
    said: dict[FailureKind, str] = field(default_factory=dict)
    ungraded_reasons: Counter[str] = field(default_factory=Counter)
    by_sample: SampleTallies = field(default_factory=SampleTallies)
    prompt: TokenSum = field(default_factory=TokenSum)
    completion: TokenSum = field(default_factory=TokenSum)
    reasoning: TokenSum = field(default_factory=TokenSum)
    cached: TokenSum = field(default_factory=TokenSum)
    known_usd: list[Decimal] = field(default_factory=list)
    now_usd: list[Decimal] = field(default_factory=list)
    unpriced: Counter[str] = field(default_factory=Counter)
    bounds: int = 0
    unfinished: int = 0
    ttft_s: MeasuredFigures = field(default_factory=MeasuredFigures)
    total_s: MeasuredFigures = field(default_factory=MeasuredFigures)
    first_answer_s: MeasuredFigures = field(default_factory=MeasuredFigures)
    chars_per_s: MeasuredFigures = field(default_factory=MeasuredFigures)
    tokens_per_s: MeasuredFigures = field(default_factory=MeasuredFigures)
    sandboxes: set[str] = field(default_factory=set)
    charges: ProviderChargeTotals = field(default_factory=ProviderChargeTotals)
    findings: dict[str, SampleTallies] = field(default_factory=dict)
    source: VerdictPairs = field(default_factory=VerdictPairs)
    answering: AnsweringModels = field(init=False)
    _accuracy_of_jobs: tuple[int, ConfidenceInterval | None] = field(init=False, compare=False, default=(0, None))

    def __post_init__(self) -> None:
        self.answering = AnsweringModels(requested=self.name.partition("/")[2])

    def add(self, record: JobRecord) -> None:
        """Take in one job."""
        self.jobs += 1
        self.attempts += record.attempts
        self.finished += record.is_finished
        self.reused += record.reused_from is not None
        if record.failures:
            self.causes.update(record.failures)
        self._add_dollars(record)
        if not record.is_answered:
            self.failed += record.is_finished
            if record.failure_message is not None:
                self.said.setdefault(record.failures[-1], record.failure_message)
            return
        self.answered += 1
        self.answering.add(record.other_model)
        self.unfinished += record.finish_reason == FinishReason.NOT_GIVEN.value
        self.prompt.add(record.prompt_tokens)
        self.completion.add(record.completion_tokens)
        self.reasoning.add(record.reasoning_tokens)
        self.cached.add(record.cached_tokens)
        for name, (value, error) in zip(TIMINGS, record.timings, strict=True):
            getattr(self, name).add(value, error)
        self._add_grade(record)

    def _add_dollars(self, record: JobRecord) -> None:
        self.known_usd.append(record.spent_known_usd)
        if (
            record.spent_unknown is not None
        ):  # one unknown makes the sum unknown: a total without it would look complete
            self.unpriced[record.spent_unknown] += 1
        else:
            if record.reused_from is None:
                self.now_usd.append(record.spent_known_usd)
            self.bounds += record.spent_is_bound
        if record.charge is not None:
            self.charges.add(record.charge)
        elif record.provider_charge_usd is not None:
            self.charges.add_unknown(record.provider_charge_usd)
        if len(self.known_usd) > 4096:  # sums stay exact; only the list is kept short
            self.known_usd = [exact_sum(self.known_usd)]
            self.now_usd = [exact_sum(self.now_usd)]

    def _add_grade(self, record: JobRecord) -> None:
        verdict = record.verdict
        if verdict is None:
            self.ungraded += bool(record.grader)  # without one the task is not graded
            return
        self.verdicts[verdict] += 1
        if record.sandbox is not None:
            self.sandboxes.add(record.sandbox)
        if verdict is Verdict.GRADER_ERROR:
            self.add_grader_error(record.why)
        else:
            self.by_sample.add(record.sample_id, is_correct=verdict is Verdict.CORRECT)
            if record.findings is not None:
                self.add_findings(record.sample_id, record.findings)

    def add_findings(self, sample: str, text: str) -> None:
        """Take in what a grade found (`records.findings_text`)."""
        for name, holds in read_findings(text).items():
            self.findings.setdefault(name, SampleTallies()).add(sample, is_correct=holds)

    def share_found(self, name: str) -> ConfidenceInterval | None:
        """Share of the answers with that finding, clustered by sample; None where no grade says anything of it."""
        tallies = self.findings.get(name)
        return None if tallies is None else clustered_proportion(tallies.pairs())

    def add_grader_error(self, why: str | None) -> None:
        """Count why one answer has no grade."""
        text = why or ""
        shown = text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 3]}..."
        self.ungraded_reasons[shown if len(self.ungraded_reasons) < _REASONS else "other reasons"] += 1

    @property
    def correct(self) -> int:
        return self.verdicts[Verdict.CORRECT]

    @property
    def graded(self) -> int:
        """Answers the accuracy is taken over: graded ones, grader errors left out."""
        return self.by_sample.graded

    @property
    def accuracy(self) -> ConfidenceInterval | None:
        """Share of answers that are correct, clustered by sample; None without any grade.

        Where the run could stop early, with bounds that hold at every number of samples.
        """
        jobs, known = self._accuracy_of_jobs
        if jobs != self.jobs:  # tables, headlines and charts ask again and again
            known = self._accuracy()
            self._accuracy_of_jobs = self.jobs, known
        return known

    def _accuracy(self) -> ConfidenceInterval | None:
        if not self.graded:
            return None
        if self.asked_in:
            from harness.report.run_data.anytime import anytime_accuracy  # numpy and scipy, for such runs alone

            return anytime_accuracy(self.asked_in, self.by_sample.by_id())
        return clustered_proportion(self.by_sample.pairs())

    @property
    def spent_usd(self) -> Decimal | None:
        """Dollars of all attempts, those too that an earlier run was billed for; None where any is unknown."""
        return None if self.unpriced else exact_sum(self.known_usd)

    @property
    def spent_now_usd(self) -> Decimal | None:
        """Dollars of the attempts that this run was billed for, reused answers left out; None where any is unknown."""
        return None if self.unpriced else exact_sum(self.now_usd)

    @property
    def usd_per_correct(self) -> Decimal | None:
        """Dollars of all attempts per correct answer; None where unknown or without any correct answer."""
        spent = (
            self.spent_usd
        )  # wrong, failed and repeated attempts too: a correct answer costs what was spent to get it
        return None if spent is None or not self.correct else spent / self.correct


def empty_summaries(run: RunData) -> Iterator[ModelSummary]:
    """A summary without jobs for each model on each task."""
    manifest = run.manifest
    samples: dict[str, int] = {}
    for entry in manifest.tasks:
        for endpoint in manifest.endpoints:
            yield ModelSummary(
                label=endpoint.label,
                name=endpoint.name,
                task=entry.name,
                task_version=entry.version,
                planned=entry.samples * manifest.repeats,
                origin=endpoint.origin,
                by_sample=SampleTallies(samples),
                has_gpu_cost=endpoint.gpu_cost is not None,
                asked_in=run.sample_order(entry.name) if manifest.may_stop_early else (),
            )
